/* sandbox/scope/manager.h: systemd's manager of the user's services, over the session bus.
 *
 * Runs in  cofferdam-scope alone: nothing else links libsystemd.
 * Needs    DBUS_SESSION_BUS_ADDRESS, or a bus in XDG_RUNTIME_DIR or /run/user/UID.
 * Fails    with what the bus said, and within the time that was given at the start.
 * Source   org.freedesktop.systemd1(5), sd_bus_call(3), D-Bus specification.
 */
#ifndef SANDBOX_SCOPE_MANAGER_H
#define SANDBOX_SCOPE_MANAGER_H

#include "sandbox/scope/scope_answer.h"

#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>

struct manager {
	sd_bus *bus;
	uint64_t end_us;  /* monotonic: when all of it must be over */
	unsigned most_ms; /* the same as it was given, for messages */
	char unit[64];    /* the scope that is waited for */
	char result[32];  /* of its job, "" until the manager tells */
};

/* Connect, and wait until the bus has let us in. manager_close() is due in any case. */
int manager_open(struct manager *ret, unsigned most_ms, struct failure *f);
void manager_close(struct manager *m);

/* Read two properties, change nothing. */
int manager_look(struct manager *m, struct scope_answer *ret, struct failure *f);

/* Put pid into the new, delegated scope "cofferdam-<id>.scope"; return when the manager has
 * done it. companion: a unit of the same manager with which the scope is to be stopped, or
 * NULL. */
int manager_start_scope(
	struct manager *m, const char *id, pid_t pid, const char *companion, struct failure *f);

#endif
