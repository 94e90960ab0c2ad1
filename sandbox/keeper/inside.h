/* sandbox/keeper/inside.h: what is inside the sandbox, as its own processes know it. */
#ifndef SANDBOX_KEEPER_INSIDE_H
#define SANDBOX_KEEPER_INSIDE_H

#include "namespaces/root.h"
#include "namespaces/root_cache.h"
#include "sandbox/keeper/keeper.h"

/* What the keeper, and after it its two children, work on. */
struct keeper {
	const struct plan *plan;
	struct keeper_ends ends;
	const struct cgroup *cgroup;
	struct wall_report *walls;      /* shared with the launcher, which reads it after BUILT */
	struct refused_calls *refused;  /* shared likewise, read at the end */
	uint64_t *unheard;              /* the same */
	struct image_news *image;       /* the same, whole with READY */
	struct cache_news *caches_news; /* the same */
	struct root_cache_mount caches[ROOT_CACHES_MOST]; /* until they are handed over */
	struct user_ids ids;
	struct root root;
	int fetch_fds[FETCH_INPUTS];   /* detached clones, -1 where there is none */
	int mirror_fd, mirror_root_fd; /* of what is fetched: the mount, its directory; or -1 */
	int exe_fd, credential_fd;
	int unpack_exe_fd, unpack_input_fd;   /* with an archive as the root; -1 without */
	int unpack_tree_fd, unpack_report_fd; /* while it is unpacked */
	uint64_t unpack_most;                 /* bytes that it may write */
	uint64_t image_left_out;              /* entries of it that are no files */
	int terminal_fd, master_fd;           /* the builder's terminal; -1 without one */
	unsigned terminal_number;             /* its name below /dev/pts */
	int listener_fd;                      /* of /run/docker.sock, until READY; -1 without one */
	char unbounded[160];                  /* settings that are not ours to write here */
	int null_fd;                          /* the host's /dev/null, for stdio of our own */
	struct root_secret secrets[ROOT_SECRETS_MOST]; /* its own, until they are given */
	int child_fd;                                  /* to the child that is being started */
	int signals_fd;                                /* says that a child has ended */
	int refusals_fd;      /* says that the filter refuses a call; -1 where it tells nobody */
	struct message build; /* the launcher's order */
	pid_t builder;        /* 0: not yet, or it has ended */
	bool released;        /* nothing of it is held (any more) */
};

#endif
