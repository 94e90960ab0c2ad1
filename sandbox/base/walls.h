/* sandbox/base/walls.h: the walls, their names, and what became of each.
 *
 * A wall is one protection layer. Its state is decided by whoever raised it and
 * proved that it stands; the report prints the states and nothing else.
 */
#ifndef SANDBOX_BASE_WALLS_H
#define SANDBOX_BASE_WALLS_H

#include <stdbool.h>
#include <stdint.h>

enum wall {
	WALL_USER,
	WALL_IDS, /* several ids inside: keeper and builder differ on the host */
	WALL_MOUNT,
	WALL_PID,
	WALL_NETWORK,
	WALL_IPC,
	WALL_UTS,
	WALL_CGROUP_NS,
	WALL_NO_NEW_PRIVILEGES,
	WALL_CAPABILITIES,
	WALL_SECCOMP,
	WALL_LANDLOCK,
	WALL_RLIMITS,
	WALL_CGROUP,
	WALL_NESTED_USERNS,
	WALL_TTY,
	WALL_DESCRIPTORS,
	WALL_ENVIRONMENT,
	WALL_PROC_MASK,
	WALL_LSM_LABEL,
	WALL_DOCKER,
	WALL_DOCKER_LIMITS,
	WALL_EGRESS,
	WALL_TIME_LIMIT,
	WALL_DISK,
	WALL_OUTPUT_LIMIT,
	WALL_COUNT,
};

enum wall_state {
	WALL_ABSENT,   /* not raised: switched off, not applicable, or never reached */
	WALL_DEGRADED, /* the next best thing stands; detail says what and why */
	WALL_ENFORCED, /* raised and read back */
};

struct wall_report {
	enum wall_state state;
	char detail[600]; /* one line, no newline */
};

/* Static facts of each wall. */
struct wall_info {
	const char *name;    /* as in the report and in --allow-degraded */
	bool host_dependent; /* may be degraded unless asked for, or --strict (SECURITY.md, 21) */
	const char *reason;  /* what it keeps out, one line */
};

extern const struct wall_info wall_infos[WALL_COUNT];

/* The wall of that name, or -1. */
int wall_find(const char *name);
/* Whether --allow-degraded may name it: those that depend on the host, and the socket's, which
 * --docker raw gives up. */
bool wall_may_degrade(int wall);
const char *wall_state_name(enum wall_state state);

/* Set one row: walls[wall] = state and a formatted detail. */
void wall_set(struct wall_report walls[WALL_COUNT], enum wall wall, enum wall_state state,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#define WALL_BIT(w) (UINT64_C(1) << (w))

#endif
