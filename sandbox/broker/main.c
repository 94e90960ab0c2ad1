/* cofferdam-broker: between the builder and the engine.
 *
 * Started by the launcher, or by gc, with three descriptors (control.h) and in namespaces
 * of its own. It says everything over the control socket. The order is the point:
 *   policy, counters        ours; nothing of the builder has been read yet
 *   confine              one socket in sight, no call that opens or executes
 *   the engine's version read behind the walls
 *   SERVE                the builder's first byte
 */
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/broker/broker_confine.h"
#include "sandbox/broker/serve.h"
#include "sandbox/companion/companion.h"
#include "sandbox/companion/companion_identity.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static int read_policy(struct policy *ret, struct failure *f)
{
	size_t n = 0;
	void *text;
	int result;

	if (sealed_file_map(COMPANION_POLICY_FD, "Docker policy", POLICY_BYTES_MAX, &text, &n, f) <
		0)
		return -1;
	result = policy_parse(text, n, ret, f);
	munmap(text, n);
	close(COMPANION_POLICY_FD);
	return result;
}

/* A page of our own if nobody wants to read it. */
static int map_counters(struct broker *b, struct failure *f)
{
	bool shared = fcntl(COMPANION_EXTRA_FD, F_GETFD) >= 0;

	b->counters = mmap(NULL, sizeof(*b->counters), PROT_READ | PROT_WRITE,
		shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, shared ? COMPANION_EXTRA_FD : -1,
		0);
	if (b->counters == MAP_FAILED)
		return fail(f, errno, "map the counters");
	if (shared)
		close(COMPANION_EXTRA_FD);
	return 0;
}

static int prepare(struct broker *b, char *note, size_t size, struct failure *f)
{
	int landlock;

	/* A peer that hangs up is an error of send(2) and splice(2), not our end. */
	signal(SIGPIPE, SIG_IGN);
	if (companion_identity(f) < 0)
		return fail_step(f, "broker: give up root");
	if (read_policy(&b->policy, f) < 0)
		return fail_step(f, "broker: read the policy");
	if (map_counters(b, f) < 0 || loop_init(&b->loop, f) < 0 ||
		endpoint_open(&b->loop, &b->control, COMPANION_CONTROL_FD, f) < 0)
		return fail_step(f, "broker: prepare");
	if (broker_confine(&b->policy, &landlock, f) < 0)
		return fail_step(f, "broker: confine");
	snprintf(note, size, landlock > 0 ? "broker confined, Landlock ABI %d" : "broker confined",
		landlock);
	b->upstream = (struct upstream){
		.loop = &b->loop,
		.socket = BROKER_ENGINE,
		.sent = NULL,
	};
	b->own.policy = &b->policy;
	return 0;
}

int main(int argc, char *argv[])
{
	static struct broker b; /* not on a stack: it has a place for every client */
	struct control message = { .type = CONTROL_FAILED };
	struct failure f = { 0 }, unsent;
	char note[64];

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("cofferdam-broker %s, API 1.%d to 1.%d\n", COFFERDAM_VERSION, API_MINOR_MIN,
			API_MINOR_MAX);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	b.listener.fd = b.room.fd = b.claimed.fd = b.made.fd = b.begun.fd = b.unread.fd = -1;
	b.own.journal_fd = -1;
	b.own.control_fd = COMPANION_CONTROL_FD;
	if (prepare(&b, note, sizeof(note), &f) < 0) {
		message.failure = f;
		packet_send(COMPANION_CONTROL_FD, &message, sizeof(message), NULL, 0, &unsent);
		return 1;
	}
	return serve(&b, note);
}
