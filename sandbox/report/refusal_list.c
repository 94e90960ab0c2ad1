#include "sandbox/report/refusal_list.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/report/refusal_call.h"

#include <signal.h>

/* What can be met, what would permit more of it, and what that costs. */
enum met {
	MET_MEMORY,
	MET_PIDS,
	MET_DISK,
	MET_TIMEOUT,
	MET_IDLE,
	MET_OUTPUT,
	MET_FILE_SIZE,
	MET_PROFILE,
	MET_CALLS,
	MET_HOST,
	MET_NETWORK,
	MET_DOCKER,
};
static const struct met_row {
	enum wall wall;
	const char *what; /* NULL: it has a name of its own */
	const char *option, *price;
} met_rows[] = {
	[MET_MEMORY] = { WALL_CGROUP, "memory: a process was killed", "--memory SIZE",
		"so much memory of the host" },
	[MET_PIDS] = { WALL_CGROUP, "processes: one more could not be started", "--pids N",
		"so many places in the host's table of processes" },
	[MET_DISK] = { WALL_DISK, "the work space was full", "--app-size SIZE, --app-inodes N",
		"so much memory of the host" },
	[MET_TIMEOUT] = { WALL_TIME_LIMIT, "the time limit had passed", "--timeout SECONDS",
		"a build that hangs does so longer" },
	[MET_IDLE] = { WALL_TIME_LIMIT, "nothing was written for too long",
		"--idle-timeout SECONDS", "a build that hangs does so longer" },
	[MET_OUTPUT] = { WALL_OUTPUT_LIMIT, "the output was too long", "--output-limit SIZE",
		"so much for who keeps the output" },
	[MET_FILE_SIZE] = { WALL_RLIMITS,
		"a file met a limit that is the caller's or the build's own (SIGXFSZ)",
		"ulimit -Hf, before cofferdam is started",
		"none for the host: --app-size counts what is written" },
	/* Ours refuses and never kills. */
	[MET_PROFILE] = { WALL_SECCOMP, "a call for which the profile kills (SIGSYS)",
		"--seccomp FILE", "a profile of your own, for whose calls you answer" },
	[MET_CALLS] = { WALL_SECCOMP, "more calls and programs", NULL, NULL },
	[MET_HOST] = { WALL_EGRESS, NULL, "--net allow:HOST",
		"the build talks to that host, and to whomever it relays to" },
	[MET_NETWORK] = { WALL_NETWORK,
		"names and hosts were asked for, and there is no way to them", "--net allow:HOST",
		"the build talks to that host, and to whomever it relays to" },
	[MET_DOCKER] = { WALL_DOCKER, NULL, NULL, NULL },
};

/* The row of it, new or not; NULL where there is no room. */
static struct refusal_row *find(
	struct refusal_list *list, enum wall wall, const char *what, const char *program)
{
	struct refusal_row *row;

	for (size_t i = 0; i < list->n; i++) {
		row = &list->rows[i];
		if (row->wall == wall && strcmp(row->what, what) == 0 &&
			strcmp(row->program, program) == 0)
			return row;
	}
	if (list->n == REFUSALS_MOST)
		return NULL;
	row = &list->rows[list->n++];
	*row = (struct refusal_row){ .wall = wall };
	snprintf(row->what, sizeof(row->what), "%s", what);
	snprintf(row->program, sizeof(row->program), "%s", program);
	return row;
}

static void add(struct refusal_list *list, enum met met, uint64_t times, const char *name)
{
	const struct met_row *m = &met_rows[met];
	struct refusal_row *row = find(list, m->wall, m->what != NULL ? m->what : name, "");

	if (row == NULL)
		return;
	row->times += times;
	row->option = m->option;
	row->price = m->price;
}

static void add_system_calls(struct refusal_list *list, const struct refused_calls *calls)
{
	char name[REFUSED_CALL_NAME];

	for (uint32_t i = 0; i < calls->n; i++) {
		const struct refused_call *call = &calls->rows[i];
		struct refusal_row *row =
			find(list, WALL_SECCOMP, refused_call_name(call, name), call->program);

		if (row == NULL)
			return;
		failure_sanitize(row->program); /* its program's own choice */
		row->times += call->times;
		row->option = refusal_call_option(name, &row->price);
	}
	if (calls->more > 0)
		add(list, MET_CALLS, calls->more, NULL);
}

static void add_hosts(struct refusal_list *list, const struct netlog *log)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct netlog_row *row = &log->rows[i];

		if (row->record.verdict == EGRESS_REFUSED)
			add(list, MET_HOST, row->times, netlog_host(&row->record));
	}
}

static void add_calls(struct refusal_list *list, const struct dockerlog *log)
{
	for (size_t i = 0; i < log->refused_n; i++) {
		const struct dockerlog_refused *row = &log->refused[i];
		char what[sizeof(row->method) + sizeof(row->path) + 1];

		snprintf(what, sizeof(what), "%s %s", row->method, row->path);
		add(list, MET_DOCKER, 1, what);
	}
}

static bool was_counted(uint64_t times)
{
	return times != UINT64_MAX && times > 0;
}

/* What ended the run, or the command. */
static void add_end(struct refusal_list *list, const struct outcome *o)
{
	if (was_counted(o->usage.oom_kills))
		add(list, MET_MEMORY, o->usage.oom_kills, NULL);
	if (was_counted(o->usage.forks_refused))
		add(list, MET_PIDS, o->usage.forks_refused, NULL);
	if (o->cause == CAUSE_DISK_FULL)
		add(list, MET_DISK, 1, NULL);
	if (o->cause == CAUSE_TIMEOUT)
		add(list, MET_TIMEOUT, 1, NULL);
	if (o->cause == CAUSE_IDLE_TIMEOUT)
		add(list, MET_IDLE, 1, NULL);
	if (o->cause == CAUSE_OUTPUT_LIMIT)
		add(list, MET_OUTPUT, 1, NULL);
	if (o->signal == SIGXFSZ)
		add(list, MET_FILE_SIZE, 1, NULL);
	if (o->signal == SIGSYS && o->profile != NULL)
		add(list, MET_PROFILE, 1, NULL);
}

void refusal_list_make(const struct outcome *outcome, struct refusal_list *ret)
{
	ret->n = 0;
	add_end(ret, outcome);
	add_system_calls(ret, &outcome->calls);
	add_hosts(ret, &outcome->net);
	if (outcome->unheard > 0)
		add(ret, MET_NETWORK, outcome->unheard, NULL);
	add_calls(ret, &outcome->docker);
}

cJSON *refusal_list_json(const struct outcome *outcome)
{
	own_mem struct refusal_list *list = calloc(1, sizeof(*list));
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL && list != NULL;

	if (ok)
		refusal_list_make(outcome, list);
	for (size_t i = 0; ok && i < list->n; i++) {
		const struct refusal_row *row = &list->rows[i];
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && value_text(o, "wall", wall_infos[row->wall].name) &&
		     value_text(o, "what", row->what) &&
		     value_text(o, "program", row->program[0] != '\0' ? row->program : NULL) &&
		     value_integer(o, "times", row->times) &&
		     value_text(o, "option", row->option) && value_text(o, "price", row->price);
	}
	return value_whole(all, ok);
}
