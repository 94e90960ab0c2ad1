/* sandbox/artifact/cache_merger.h: who copies a dead sandbox's cache into the store.
 *
 * Runs in  a process that the launcher clones when the last one of the sandbox is dead, as the
 *          collector is (artifact_collector.h); of a mirror, when the fetcher is. It enters the
 *          sandbox's user namespace, for the files may belong to any id of it, and are to be the
 *          builder's again.
 * Has      the cache as the builder left it, to read; an empty directory of the store, to write
 *          to; and the socket. No path of the host.
 * Copies   by tree_copy.h. Who reads an overlay sees what is there: whiteouts and the like are the
 *          kernel's own business, and nothing that a builder makes is taken for one.
 */
#ifndef SANDBOX_ARTIFACT_CACHE_MERGER_H
#define SANDBOX_ARTIFACT_CACHE_MERGER_H

#include "sandbox/base/step.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cache_merger {
	int merged_fd;
	int upper_fd; /* empty: nothing was changed; -1: nobody can tell */
	int older_fd; /* of a mirror: objects that are to lie beside its own; -1: none */
	int user_fd;  /* of the user namespace */
	int tree_fd;  /* of the store */
	int socket;
	uint64_t most_bytes;
	uid_t uid; /* the builder, inside */
	gid_t gid;
};

/* Its one message. */
struct cache_merged {
	bool failed, unchanged;
	uint64_t bytes, files, left_out;
	struct failure failure;
};

/* Does not return. */
void cache_merger_main(struct cache_merger *merger) __attribute__((noreturn));

extern const struct steps merger_steps;

#endif
