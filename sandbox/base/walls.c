#include "sandbox/base/walls.h"

#include "sandbox/base/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct wall_info wall_infos[WALL_COUNT] = {
	[WALL_USER] = { "user", false, "root inside is nobody outside" },
	[WALL_IDS] = { "ids", true, "keeper and builder have different host ids" },
	[WALL_MOUNT] = { "mount", false, "a root of its own: the host's files are not there" },
	[WALL_PID] = { "pid", false, "the host's processes cannot be seen; all die with PID 1" },
	[WALL_NETWORK] = { "network", false, "no interface but an own loopback" },
	[WALL_IPC] = { "ipc", false, "no System V objects or message queues of the host" },
	[WALL_UTS] = { "uts", false, "the host's name is neither seen nor set" },
	[WALL_CGROUP_NS] = { "cgroup-ns", false, "the host's cgroup paths are not seen" },
	[WALL_NO_NEW_PRIVILEGES] = { "no-new-privileges", false, "set-id programs gain nothing" },
	[WALL_CAPABILITIES] = { "capabilities", false, "all five sets empty, securebits locked" },
	[WALL_SECCOMP] = { "seccomp", false, "only the system calls that builds need" },
	[WALL_LANDLOCK] = { "landlock", true, "a second lock on files, sockets and signals" },
	[WALL_RLIMITS] = { "rlimits", false,
		"core, files, locked memory, queues, signals, priority" },
	[WALL_CGROUP] = { "cgroup", true, "memory, swap, cpu, pids and io of the whole tree" },
	[WALL_NESTED_USERNS] = { "nested-userns", false,
		"no second user namespace, so no capability" },
	[WALL_TTY] = { "tty", false, "no terminal of the host, no injected input" },
	[WALL_DESCRIPTORS] = { "descriptors", false, "0, 1 and 2 only, none of them the host's" },
	[WALL_ENVIRONMENT] = { "environment", false, "cleared, then set from a list" },
	[WALL_PROC_MASK] = { "proc-mask", false, "a proc of its own, dangerous files covered" },
	[WALL_LSM_LABEL] = { "lsm-label", true,
		"an AppArmor profile or SELinux label, if asked for" },
	[WALL_DOCKER] = { "docker", false, "no Docker socket, or one that a broker answers" },
	[WALL_DOCKER_LIMITS] = { "docker-limits", true,
		"the run's limits on what it makes in Docker" },
	[WALL_EGRESS] = { "egress", false, "no connection leaves, or only to named hosts" },
	[WALL_TIME_LIMIT] = { "time-limit", false, "TERM, five seconds later KILL" },
	[WALL_DISK] = { "disk", false, "bytes and inodes of all that can be written" },
	[WALL_OUTPUT_LIMIT] = { "output-limit", false, "bytes of stdout and stderr" },
};

int wall_find(const char *name)
{
	for (int i = 0; i < WALL_COUNT; i++)
		if (strcmp(wall_infos[i].name, name) == 0)
			return i;
	return -1;
}

bool wall_may_degrade(int wall)
{
	return wall_infos[wall].host_dependent || wall == WALL_DOCKER;
}

const char *wall_state_name(enum wall_state state)
{
	static const char *const names[] = { "absent", "degraded", "enforced" };

	return names[state];
}

void wall_set(struct wall_report walls[WALL_COUNT], enum wall wall, enum wall_state state,
	const char *fmt, ...)
{
	va_list ap;

	walls[wall].state = state;
	va_start(ap, fmt);
	vsnprintf(walls[wall].detail, sizeof(walls[wall].detail), fmt, ap);
	va_end(ap);
	failure_sanitize(walls[wall].detail);
}
