/* seccomp/filter.h: classic BPF programs for the roles, and how one is installed.
 *
 * The built-in filters are compiled from the rows of policy.c when cofferdam is
 * built (build/filters.c, made by the generator, which is linked with libseccomp)
 * and are only loaded at run time. A profile of the user (--seccomp FILE, OCI
 * JSON) is compiled in the launcher by profile.c, before anything is cloned.
 */
#ifndef SECCOMP_FILTER_H
#define SECCOMP_FILTER_H

#include "sandbox/base/failure.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

struct filter {
	const struct sock_filter *instructions;
	unsigned short length;
};

enum filter_role {
	FILTER_BUILDER,
	FILTER_BUILDER_32BIT,        /* --allow-32bit */
	FILTER_BUILDER_USERNS,       /* --allow-userns */
	FILTER_BUILDER_32BIT_USERNS, /* both */
	FILTER_KEEPER,               /* PID 1 once the builder runs: wait, kill, messages */
	FILTER_FETCHER,              /* libgit2 with TCP and UDP */
	FILTER_FETCHER_LOCAL,        /* libgit2 on files alone: no socket at all */
	FILTER_FETCHER_AGENT,        /* with a UNIX socket for an ssh agent */
	FILTER_BROKER,               /* between the builder and a container engine */
	FILTER_EGRESS,               /* between the builder and the hosts that it may reach */
	FILTER_UNPACK,               /* libarchive on one descriptor, and files of one tree */
	FILTER_COUNT,
};

const char *filter_role_name(enum filter_role role);

/* The built-in program of a role; static storage. */
struct filter filter_builtin(enum filter_role role);

/* Install for the calling thread: needs no_new_privs. Read back afterwards:
 * PR_GET_SECCOMP must say "filter". No allocation, safe between clone and exec. */
int filter_install(const struct filter *filter, struct failure *f);

/* The same program, but that what it refuses with EPERM is asked of a listener. Heap memory, the
 * caller's. */
int filter_tell(const struct filter *filter, struct filter *ret, struct failure *f);
/* Install such a one. *ret_listener_fd has to answer from then on, or the callers wait: closed, it
 * answers ENOSYS. Fails where an outer filter has a listener already, or forbids a second; nothing
 * is installed then. */
int filter_install_told(const struct filter *filter, int *ret_listener_fd, struct failure *f);

/* The canary of the filters that start no program: does execve(2) reach the kernel? It has
 * to before, or the answer afterwards proves nothing. */
bool filter_lets_execute(void);

#endif
