/* sandbox/privilege/landlock.h: the second lock on files, sockets and signals.
 *
 * Runs in  the builder and the fetcher, after no_new_privs and before seccomp.
 * Uses     the newest ABI that the kernel has; what an older one lacks is left out by
 *          one falling switch, and the ABI stands in the report.
 * Source   landlock(7), Documentation/userspace-api/landlock.rst.
 */
#ifndef SANDBOX_PRIVILEGE_LANDLOCK_H
#define SANDBOX_PRIVILEGE_LANDLOCK_H

#include "sandbox/base/failure.h"

#include <stddef.h>

enum landlock_access {
	LANDLOCK_LIST = 1 << 0,   /* see the names in directories */
	LANDLOCK_READ = 1 << 1,   /* and read the files */
	LANDLOCK_RUN = 1 << 2,    /* and execute them */
	LANDLOCK_WRITE = 1 << 3,  /* write to files that exist */
	LANDLOCK_MAKE = 1 << 4,   /* create, rename, remove: files, directories, links */
	LANDLOCK_NODE = 1 << 5,   /* and sockets and fifos; nobody makes device nodes */
	LANDLOCK_DEVICE = 1 << 6, /* ioctl(2) on devices */
};

/* What is forbidden besides (ABI 4). */
enum landlock_net {
	LANDLOCK_NO_BIND = 1 << 0,    /* no TCP port */
	LANDLOCK_NO_CONNECT = 1 << 1, /* no TCP connection */
};

struct landlock_rule {
	const char *path; /* absolute; NULL or one that does not exist is left out */
	unsigned access;  /* enum landlock_access */
};

/* The kernel's ABI version, 0 if it has none or it is switched off. */
int landlock_abi(void);

/* Restrict the calling thread to the rules, and keep it from the abstract sockets and
 * signals of everybody outside (ABI 6). net: enum landlock_net. The caller must have set
 * no_new_privs. */
int landlock_restrict(const struct landlock_rule *rules, size_t n, unsigned net, struct failure *f);

/* The same to what is below open directories, and nothing else; without any, to nothing. */
struct landlock_place {
	int directory_fd;
	unsigned access; /* enum landlock_access */
};
int landlock_restrict_to(
	const struct landlock_place *places, size_t n, unsigned net, struct failure *f);

/* The canary of those whose rules leave "/" out, which is always there: 0 if it opens, else
 * the errno. EACCES proves the rules if it was 0 before them. */
int landlock_try_root(void);

#endif
