/* cofferdam-egress: between a build and the hosts that it may reach.
 *
 * Started by the launcher, in namespaces of its own but for the network, with two descriptors
 * (egress_message.h). The order is the point:
 *   rules      ours; nothing of the build has been read yet
 *   resolver   reads the host's name servers
 *   confine    no file but those, no call that listens or executes
 *   LISTEN     the build's first byte
 */
#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/companion/companion.h"
#include "sandbox/companion/companion_identity.h"
#include "sandbox/egress/egress_confine.h"
#include "sandbox/egress/gateway_loop.h"
#include "sandbox/egress/warden.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define RULES_BYTES       (256 * 1024)
#define CREDENTIALS_BYTES (256 * 1024)
#define CONNECTIONS_MAX   2048 /* at once */
#define CONNECTION_FDS    6 /* two sockets, and a pipe each way while bytes wait for a slow peer */
#define OTHER_FDS         208 /* listeners, the resolver's, idle pipes, a question for a source */

static int read_rules(struct gateway *g, struct failure *f)
{
	size_t n = 0;
	void *text;
	int result;

	if (sealed_file_map(COMPANION_POLICY_FD, "rules", RULES_BYTES, &text, &n, f) < 0)
		return -1;
	result = net_rules_add_lines(&g->rules, "rules", text, n, f);
	munmap(text, n);
	close(COMPANION_POLICY_FD);
	return result < 0 ? -1 : net_rules_ports(&g->rules, g->ports, &g->ports_n, f);
}

/* They stay mapped: whoever could read our memory is kept away by the walls of all companions. */
static int read_credentials(struct gateway *g, struct failure *f)
{
	void *bytes;
	size_t n = 0;

	if (fcntl(EGRESS_CREDENTIALS_FD, F_GETFD) < 0)
		return 0;
	if (sealed_file_map(
		    EGRESS_CREDENTIALS_FD, "credentials", CREDENTIALS_BYTES, &bytes, &n, f) < 0)
		return -1;
	madvise(bytes, n, MADV_DONTDUMP);
	close(EGRESS_CREDENTIALS_FD);
	return http_credentials_read(bytes, n, &g->credentials) == 0
		       ? 0
		       : fail(f, 0, "the credentials are not as they were written");
}

/* So few that none runs out of descriptors half-way, whatever all the others do. */
static int bound_connections(struct gateway *g, struct failure *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return fail(f, errno, "read the limit of descriptors");
	if (limit.rlim_cur < OTHER_FDS + 64)
		return fail(f, 0, "the limit of descriptors is too low: %llu",
			(unsigned long long)limit.rlim_cur);
	g->passages_max = (limit.rlim_cur - OTHER_FDS) / CONNECTION_FDS;
	if (g->passages_max > CONNECTIONS_MAX)
		g->passages_max = CONNECTIONS_MAX;
	return 0;
}

static int prepare(struct gateway *g, char *note, size_t size, struct failure *f)
{
	int landlock;

	signal(SIGPIPE, SIG_IGN);
	if (companion_identity(f) < 0)
		return fail_step(f, "egress: give up root");
	if (read_rules(g, f) < 0)
		return fail_step(f, "egress: read the rules");
	if (read_credentials(g, f) < 0)
		return fail_step(f, "egress: read the credentials");
	g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (g->epoll_fd < 0)
		return fail(f, errno, "make an epoll set");
	if (bound_connections(g, f) < 0 || resolver_open(&g->resolver, g->epoll_fd, f) < 0)
		return fail_step(f, "egress: prepare");
	if (egress_confine(&landlock, f) < 0)
		return fail_step(f, "egress: confine");
	snprintf(note, size,
		landlock > 0 ? "gateway confined, Landlock ABI %d" : "gateway confined", landlock);
	return 0;
}

static void give_up(const struct failure *f)
{
	struct egress_message message = { .type = EGRESS_FAILED, .failure = *f };
	struct failure unsent;

	egress_message_send(COMPANION_CONTROL_FD, &message, NULL, 0, &unsent);
}

/* --net full: nothing of the build is read here. */
static int serve_full(void)
{
	struct egress_message message = { .type = EGRESS_READY, .note = "pasta runs" };
	const struct egress_message finished = { .type = EGRESS_FINISHED };
	struct failure f = { 0 }, unsent;

	signal(SIGPIPE, SIG_IGN);
	if (warden_start(&f) < 0 ||
		egress_message_send(COMPANION_CONTROL_FD, &message, NULL, 0, &f) < 0 ||
		warden_watch(COMPANION_CONTROL_FD, &f) < 0) {
		give_up(&f);
		return 125;
	}
	egress_message_send(COMPANION_CONTROL_FD, &finished, NULL, 0, &unsent);
	return 0;
}

int main(int argc, char *argv[])
{
	static struct gateway g; /* not on a stack: it is large */
	struct egress_message message = { .type = EGRESS_READY };
	struct failure f = { 0 }, unsent;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("cofferdam-egress %s\n", COFFERDAM_VERSION);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (argc == 2 && strcmp(argv[1], "--full") == 0)
		return serve_full();
	g.control.fd = COMPANION_CONTROL_FD;
	for (size_t i = 0; i < EGRESS_LISTENERS; i++)
		g.listeners[i].watcher.fd = -1;
	if (prepare(&g, message.note, sizeof(message.note), &f) < 0) {
		message.type = EGRESS_FAILED;
		message.failure = f;
		egress_message_send(COMPANION_CONTROL_FD, &message, NULL, 0, &unsent);
		return 1;
	}
	if (egress_message_send(COMPANION_CONTROL_FD, &message, NULL, 0, &unsent) == 0)
		gateway_loop(&g);
	resolver_close(&g.resolver);
	return 0;
}
