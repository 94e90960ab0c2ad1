#include "sandbox/limits/processors.h"

#include "sandbox/base/limits.h"

#include <errno.h>

/* Those that we may use, in order. None where there are more than a cpu_set_t can say. */
struct ring {
	unsigned at[CPU_SETSIZE];
	unsigned n;
};

static void ring_fill(struct ring *ring)
{
	cpu_set_t ours;

	ring->n = 0;
	if (sched_getaffinity(0, sizeof(ours), &ours) < 0)
		return;
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &ours))
			ring->at[ring->n++] = i;
}

/* How many of the ring, or 0 for all of it. */
static unsigned whole(uint64_t cpus_milli, const struct ring *ring)
{
	uint64_t n = cpus_milli == LIMIT_NONE ? ring->n : (cpus_milli + 999) / 1000;

	return n < ring->n ? (unsigned)n : 0;
}

void processors_count(struct processors_load *load, pid_t pid)
{
	struct ring ring;
	cpu_set_t theirs;

	ring_fill(&ring);
	if (sched_getaffinity(pid, sizeof(theirs), &theirs) < 0 ||
		(unsigned)CPU_COUNT(&theirs) >= ring.n)
		return;
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		load->runs[i] += CPU_ISSET(i, &theirs) ? 1 : 0;
}

unsigned processors_first(uint64_t cpus_milli, const struct processors_load *load, unsigned turn)
{
	unsigned least = ~0U, first = 0, n;
	struct ring ring;

	ring_fill(&ring);
	n = cpus_milli == LIMIT_NONE ? 1 : whole(cpus_milli, &ring);
	for (unsigned s = 0; s < ring.n; s++) {
		unsigned start = (s + turn) % ring.n, sum = 0;

		for (unsigned i = 0; i < n; i++)
			sum += load->runs[ring.at[(start + i) % ring.n]];
		if (sum < least) {
			least = sum;
			first = ring.at[start];
		}
	}
	return first;
}

bool processors_set(uint64_t cpus_milli, unsigned first, cpu_set_t *ret)
{
	unsigned n, start = 0;
	struct ring ring;

	ring_fill(&ring);
	n = whole(cpus_milli, &ring);
	while (start < ring.n && ring.at[start] < first)
		start++;
	CPU_ZERO(ret);
	for (unsigned i = 0; i < n; i++)
		CPU_SET(ring.at[(start + i) % ring.n], ret);
	return n > 0;
}

int processors_take(uint64_t cpus_milli, unsigned first, struct failure *f)
{
	cpu_set_t wanted, got;

	if (!processors_set(cpus_milli, first, &wanted))
		return 0;
	if (sched_setaffinity(0, sizeof(wanted), &wanted) < 0 ||
		sched_getaffinity(0, sizeof(got), &got) < 0)
		return fail(f, errno, "go to %d processors", CPU_COUNT(&wanted));
	return CPU_EQUAL(&wanted, &got) ? 0 : fail(f, 0, "we are on other processors than asked");
}
