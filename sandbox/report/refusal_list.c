#include "sandbox/report/refusal_list.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"

#include <signal.h>

/* What would permit it, and what that costs. */
static const struct permit {
	enum wall wall;
	const char *option, *price;
} permits[] = {
	{ WALL_EGRESS, "--net allow:HOST",
		"the build talks to that host, and to whomever it relays to" },
	{ WALL_DOCKER, NULL, NULL },
	{ WALL_CGROUP, "--memory SIZE", "so much memory of the host" },
	{ WALL_DISK, "--app-size SIZE, --app-inodes N", "so much memory of the host" },
	{ WALL_TIME_LIMIT, "--timeout SECONDS, --idle-timeout SECONDS",
		"a build that hangs does so longer" },
	{ WALL_OUTPUT_LIMIT, "--output-limit SIZE", "so much for who keeps the output" },
	{ WALL_RLIMITS, "ulimit -Hf, before cofferdam is started",
		"none for the host: --app-size counts what is written" },
	{ WALL_SECCOMP, "--seccomp FILE", "a profile of your own, for whose calls you answer" },
};

static void add(struct refusal_list *list, enum wall wall, uint64_t times, const char *what)
{
	struct refusal_row *row;

	for (size_t i = 0; i < list->n; i++)
		if (list->rows[i].wall == wall && strcmp(list->rows[i].what, what) == 0) {
			list->rows[i].times += times;
			return;
		}
	if (list->n == REFUSALS_MOST)
		return;
	row = &list->rows[list->n++];
	*row = (struct refusal_row){ .wall = wall, .times = times };
	snprintf(row->what, sizeof(row->what), "%s", what);
	for (size_t i = 0; i < ARRAY_LEN(permits); i++)
		if (permits[i].wall == wall) {
			row->option = permits[i].option;
			row->price = permits[i].price;
		}
}

static void add_hosts(struct refusal_list *list, const struct netlog *log)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct netlog_row *row = &log->rows[i];

		if (row->record.verdict == EGRESS_REFUSED)
			add(list, WALL_EGRESS, row->times, netlog_host(&row->record));
	}
}

static void add_calls(struct refusal_list *list, const struct dockerlog *log)
{
	for (size_t i = 0; i < log->refused_n; i++) {
		const struct dockerlog_refused *row = &log->refused[i];
		char what[sizeof(row->method) + sizeof(row->path) + 1];

		snprintf(what, sizeof(what), "%s %s", row->method, row->path);
		add(list, WALL_DOCKER, 1, what);
	}
}

/* What ended the run, or the command. */
static void add_end(struct refusal_list *list, const struct outcome *o)
{
	if (o->usage.oom_kills != UINT64_MAX && o->usage.oom_kills > 0)
		add(list, WALL_CGROUP, o->usage.oom_kills, "memory: a process was killed");
	if (o->cause == CAUSE_DISK_FULL)
		add(list, WALL_DISK, 1, "the work space was full");
	if (o->cause == CAUSE_TIMEOUT)
		add(list, WALL_TIME_LIMIT, 1, "the time limit had passed");
	if (o->cause == CAUSE_IDLE_TIMEOUT)
		add(list, WALL_TIME_LIMIT, 1, "nothing was written for too long");
	if (o->cause == CAUSE_OUTPUT_LIMIT)
		add(list, WALL_OUTPUT_LIMIT, 1, "the output was too long");
	if (o->signal == SIGXFSZ)
		add(list, WALL_RLIMITS, 1,
			"a file met a limit that is the caller's or the build's own (SIGXFSZ)");
	/* Ours refuses and never kills. */
	if (o->signal == SIGSYS && o->profile != NULL)
		add(list, WALL_SECCOMP, 1, "a system call for which the profile kills (SIGSYS)");
}

void refusal_list_make(const struct outcome *outcome, struct refusal_list *ret)
{
	ret->n = 0;
	add_end(ret, outcome);
	add_hosts(ret, &outcome->net);
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
		     value_text(o, "what", row->what) && value_integer(o, "times", row->times) &&
		     value_text(o, "option", row->option) && value_text(o, "price", row->price);
	}
	if (ok)
		return all;
	cJSON_Delete(all);
	return NULL;
}
