/* sandbox/doctor/wall_probe.h: each wall, raised for real in a child that is thrown away.
 *
 * Runs in  the launcher's process, as the user that a run would have. A probe calls what
 *          a run calls (spawn, user_map, mount_*, caps_*, …), never a copy of it: what
 *          works here works there.
 * Leaves   nothing: namespaces and mounts end with the child, a cgroup is removed.
 */
#ifndef SANDBOX_DOCTOR_WALL_PROBE_H
#define SANDBOX_DOCTOR_WALL_PROBE_H

#include "sandbox/base/walls.h"

struct probe_answer {
	enum wall_state state;
	int errnum;       /* of the call that failed, 0 if none applies */
	char detail[400]; /* what stands, or what failed and why */
};

/* Raise one wall. A child that dies or does not answer in ten seconds is an answer as
 * well. A wall that only exists if asked for (docker, egress, lsm-label) is absent. */
void probe_wall(enum wall wall, struct probe_answer *ret);

/* Does this wall stand inside the user namespace, so that without that one there is
 * nothing to try? */
bool probe_needs_user(enum wall wall);

/* Is there anything to try, or does this wall need nothing of the host? */
bool probe_has_trial(enum wall wall);

/* Is this wall raised only when an option asks for it? */
bool probe_on_request(enum wall wall);

/* clone3 with a pidfd, no namespace: what every other probe, and every run, starts with. */
void probe_clone(struct probe_answer *ret);

#endif
