#include "sandbox/base/step_clock.h"

#include "sandbox/base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct step_clock {
	uint64_t started_us;
	_Atomic uint32_t n; /* rows that were begun, also those that found no room */
	struct step_time rows[STEP_CLOCK_ROWS];
};

/* One, for a run is one family of processes. */
static struct step_clock *the_clock;

int step_clock_start(struct failure *f)
{
	void *pages = mmap(NULL, sizeof(*the_clock), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return fail(f, errno, "map pages for --timings");
	the_clock = pages;
	the_clock->started_us = clock_now_us();
	return 0;
}

static uint32_t elapsed_us(void)
{
	uint64_t us = clock_now_us() - the_clock->started_us;

	return us < STEP_CLOCK_NEVER ? (uint32_t)us : STEP_CLOCK_NEVER - 1;
}

struct step_time *step_clock_begin(const char *role, const char *name)
{
	struct step_time *row;
	uint32_t at;

	if (the_clock == NULL)
		return NULL;
	at = atomic_fetch_add(&the_clock->n, 1);
	if (at >= STEP_CLOCK_ROWS)
		return NULL;
	row = &the_clock->rows[at];
	snprintf(row->role, sizeof(row->role), "%s", role);
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->took_us = STEP_CLOCK_NEVER;
	row->at_us = elapsed_us();
	return row;
}

void step_clock_end(struct step_time *row)
{
	if (row != NULL)
		row->took_us = elapsed_us() - row->at_us;
}

static int by_beginning(const void *a, const void *b)
{
	const struct step_time *x = a, *y = b;

	return x->at_us == y->at_us ? 0 : x->at_us < y->at_us ? -1 : 1;
}

const struct step_time *step_clock_rows(size_t *ret_n)
{
	size_t n;

	*ret_n = 0;
	if (the_clock == NULL)
		return NULL;
	n = the_clock->n < STEP_CLOCK_ROWS ? the_clock->n : STEP_CLOCK_ROWS;
	for (size_t i = 0; i < n; i++) {
		the_clock->rows[i].role[sizeof(the_clock->rows[i].role) - 1] = '\0';
		the_clock->rows[i].name[sizeof(the_clock->rows[i].name) - 1] = '\0';
	}
	qsort(the_clock->rows, n, sizeof(the_clock->rows[0]), by_beginning);
	*ret_n = n;
	return the_clock->rows;
}
