/* sandbox/artifact/artifact_collector.h: who looks through a dead sandbox's tree.
 *
 * Runs in  a process that the launcher clones when the last one of the sandbox is dead. It enters
 *          the sandbox's user namespace, for the files may belong to any id of it, and keeps
 *          nothing but the right to read there. It has two descriptors: the tree, and the socket.
 * Knows    nothing of where anything goes. It finds, checks all of it, and only then hands over
 *          each file as a descriptor that can be read; the launcher, which writes, never meets
 *          a name of the tree but as a name that it gives.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_COLLECTOR_H
#define SANDBOX_ARTIFACT_ARTIFACT_COLLECTOR_H

#include "sandbox/artifact/artifact_plan.h"
#include "sandbox/base/step.h"

enum artifact_message_type {
	ARTIFACT_DIRECTORY = 1, /* path, base, row, mode */
	ARTIFACT_FILE,          /* and size; with a descriptor */
	ARTIFACT_ABSENT,        /* row: nothing matches it; the last message */
	ARTIFACT_REFUSED,       /* failure: what the tree holds may not leave; the last message */
	ARTIFACT_FAILED,        /* failure: of a call or a wall; the last message */
	ARTIFACT_END,           /* that was all */
};

struct artifact_message {
	uint32_t type;
	uint32_t row;
	uint32_t base;
	uint32_t mode;
	uint64_t size;
	union {
		char path[ARTIFACT_NAME_BYTES];
		struct failure failure;
	};
};

/* Does not return. The descriptors: of the tree, of its user namespace, of the launcher. */
void artifact_collector_main(const struct artifact_plan *plan, int work_fd, int user_fd, int socket)
	__attribute__((noreturn));

extern const struct steps collector_steps;

#endif
