#include "sandbox/scope/manager.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <string.h>

#define NAME      "org.freedesktop.systemd1"
#define OBJECT    "/org/freedesktop/systemd1"
#define INTERFACE "org.freedesktop.systemd1.Manager"

static const char *const the_bus = "the session bus";
static const char *const the_manager = "the user's systemd";

static void message_end(sd_bus_message **m)
{
	*m = sd_bus_message_unref(*m);
}

#define own_message __attribute__((cleanup(message_end)))
#define own_error   __attribute__((cleanup(sd_bus_error_free)))

static bool is_late(const struct manager *m)
{
	return clock_now_us() >= m->end_us;
}

/* sd_bus_call(3) takes 0 for its own default, 25 s. */
static uint64_t left_us(const struct manager *m)
{
	uint64_t now = clock_now_us();

	return now < m->end_us ? m->end_us - now : 1;
}

/* sd-bus returns a negative errno; what the other side said is in the error. */
static int fail_bus(const struct manager *m, int result, const sd_bus_error *e, const char *who,
	const char *what, struct failure *f)
{
	if (is_late(m) || result == -ETIMEDOUT)
		return fail(f, 0, "%s did not answer within %u ms", who, m->most_ms);
	if (e != NULL && sd_bus_error_is_set(e))
		return fail(f, 0, "%s: %s says: %s", what, who,
			e->message != NULL ? e->message : e->name);
	return fail(f, -result, "%s", what);
}

/* One thing that has come, or a wait for the next. */
static int turn(struct manager *m, const char *who, const char *what, struct failure *f)
{
	int n = sd_bus_process(m->bus, NULL);

	if (n == 0)
		n = sd_bus_wait(m->bus, left_us(m));
	if (n == -EINTR)
		n = 0;
	return n < 0 || is_late(m) ? fail_bus(m, n, NULL, who, what, f) : 0;
}

/* Not sd_bus_open_user(3): its first call waits for 25 s on a bus that accepts and is silent. */
int manager_open(struct manager *ret, unsigned most_ms, struct failure *f)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	int n;

	*ret = (struct manager){ .most_ms = most_ms,
		.end_us = clock_now_us() + (uint64_t)most_ms * 1000 };
	if (address == NULL)
		return fail(f, 0, "no session bus is named");
	n = sd_bus_new(&ret->bus);
	if (n >= 0)
		n = sd_bus_set_address(ret->bus, address);
	if (n >= 0)
		n = sd_bus_set_bus_client(ret->bus, true);
	if (n >= 0)
		n = sd_bus_start(ret->bus);
	if (n < 0)
		return fail_bus(ret, n, NULL, the_bus, "connect to the session bus", f);
	while ((n = sd_bus_is_ready(ret->bus)) == 0)
		if (turn(ret, the_bus, "be let in by the session bus", f) < 0)
			return -1;
	return n < 0 ? fail_bus(ret, n, NULL, the_bus, "be let in by the session bus", f) : 0;
}

void manager_close(struct manager *m)
{
	m->bus = sd_bus_close_unref(m->bus); /* nothing waits to be sent: every call was answered */
}

static int property(struct manager *m, const char *name, char *ret, size_t size, struct failure *f)
{
	own_error sd_bus_error error = SD_BUS_ERROR_NULL;
	own_message sd_bus_message *reply = NULL;
	const char *text;
	int n;

	sd_bus_set_method_call_timeout(m->bus, left_us(m));
	n = sd_bus_get_property(m->bus, NAME, OBJECT, INTERFACE, name, &error, &reply, "s");
	if (n >= 0)
		n = sd_bus_message_read(reply, "s", &text);
	if (n < 0)
		return fail_bus(
			m, n, &error, the_manager, "read a property of the user's systemd", f);
	if (snprintf(ret, size, "%s", text) >= (int)size)
		return fail(f, 0, "the user's systemd tells a %s that is too long", name);
	failure_sanitize(ret);
	return 0;
}

int manager_look(struct manager *m, struct scope_answer *ret, struct failure *f)
{
	if (property(m, "Version", ret->version, sizeof(ret->version), f) < 0)
		return -1;
	return property(m, "ControlGroup", ret->control_group, sizeof(ret->control_group), f);
}

/* A pid means a process of our own only if the manager counts pids as we do. The bus tells
 * how the kernel translated ours for it; the two run in one namespace. Where the socket of
 * a bus was bound into a container, another process would be moved. */
static int check_pids(struct manager *m, struct failure *f)
{
	own_error sd_bus_error error = SD_BUS_ERROR_NULL;
	own_message sd_bus_message *call = NULL, *reply = NULL;
	const char *self;
	uint32_t pid;
	int n;

	n = sd_bus_get_unique_name(m->bus, &self);
	if (n >= 0)
		n = sd_bus_message_new_method_call(m->bus, &call, "org.freedesktop.DBus",
			"/org/freedesktop/DBus", "org.freedesktop.DBus",
			"GetConnectionUnixProcessID");
	if (n >= 0)
		n = sd_bus_message_append(call, "s", self);
	if (n >= 0)
		n = sd_bus_call(m->bus, call, left_us(m), &error, &reply);
	if (n >= 0)
		n = sd_bus_message_read(reply, "u", &pid);
	if (n < 0)
		return fail_bus(m, n, &error, the_bus, "ask the session bus for our pid", f);
	if (pid != (uint32_t)getpid())
		return fail(f, 0, "the session bus is outside of this pid namespace");
	return 0;
}

/* JobRemoved(u id, o job, s unit, s result). A signal of another form says nothing. */
static int job_removed(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct manager *m = data;
	const char *job, *unit, *result;
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0 &&
		strcmp(unit, m->unit) == 0)
		snprintf(m->result, sizeof(m->result), "%s", result);
	return 0;
}

/* The properties of systemd.scope(5), systemd.resource-control(5), systemd.unit(5). */
static int add_properties(sd_bus_message *call, pid_t pid, const char *companion)
{
	int n = sd_bus_message_open_container(call, 'a', "(sv)");

	if (n >= 0)
		n = sd_bus_message_append(call, "(sv)(sv)(sv)(sv)",
			/* who is in it from the start */
			"PIDs", "au", 1, (uint32_t)pid,
			/* we may make groups in it, and systemd leaves them alone */
			"Delegate", "b", true,
			/* a failed scope is forgotten as well */
			"CollectMode", "s", "inactive-or-failed",
			/* what `systemctl --user status` shows */
			"Description", "s", "cofferdam: one run");
	if (n >= 0 && companion != NULL)
		/* who stops the service from which we were started stops us */
		n = sd_bus_message_append(call, "(sv)(sv)", "BindsTo", "as", 1, companion, "After",
			"as", 1, companion);
	return n >= 0 ? sd_bus_message_close_container(call) : n;
}

static int call_start(struct manager *m, pid_t pid, const char *companion, struct failure *f)
{
	own_error sd_bus_error error = SD_BUS_ERROR_NULL;
	own_message sd_bus_message *call = NULL, *reply = NULL;
	const char *job;
	int n;

	n = sd_bus_message_new_method_call(
		m->bus, &call, NAME, OBJECT, INTERFACE, "StartTransientUnit");
	if (n >= 0) /* "fail": never replace somebody else's job */
		n = sd_bus_message_append(call, "ss", m->unit, "fail");
	if (n >= 0)
		n = add_properties(call, pid, companion);
	if (n >= 0)
		n = sd_bus_message_append(call, "a(sa(sv))", 0); /* no further units */
	if (n >= 0)
		n = sd_bus_call(m->bus, call, left_us(m), &error, &reply);
	if (n >= 0)
		n = sd_bus_message_read(reply, "o", &job);
	return n < 0 ? fail_bus(m, n, &error, the_manager, "ask for a scope", f) : 0;
}

/* The signal goes to whoever made the job, without Subscribe(); the match is for the bus. It
 * may come before the reply, so it is known by the unit's name. */
int manager_start_scope(
	struct manager *m, const char *id, pid_t pid, const char *companion, struct failure *f)
{
	int n;

	snprintf(m->unit, sizeof(m->unit), "cofferdam-%.40s.scope", id);
	if (check_pids(m, f) < 0)
		return -1;
	n = sd_bus_match_signal_async(
		m->bus, NULL, NAME, OBJECT, INTERFACE, "JobRemoved", job_removed, NULL, m);
	if (n < 0)
		return fail_bus(m, n, NULL, the_bus, "listen to the user's systemd", f);
	if (call_start(m, pid, companion, f) < 0)
		return -1;
	while (m->result[0] == '\0')
		if (turn(m, the_manager, "wait for the scope", f) < 0)
			return -1;
	if (strcmp(m->result, "done") != 0)
		return fail(f, 0, "the user's systemd could not start %s: %s", m->unit, m->result);
	return 0;
}
