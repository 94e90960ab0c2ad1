/* sandbox/report/refusal_list.c: each fact of an outcome is one row, with what would permit it. */
#include "sandbox/base/own.h"
#include "sandbox/report/refusal_list.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

static struct refusal_list list;

static void assert_only(const struct outcome *o, enum wall wall, uint64_t times, const char *option)
{
	refusal_list_make(o, &list);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.rows[0].wall, wall);
	assert_true(list.rows[0].times == times);
	assert_non_null(strstr(list.rows[0].option, option));
	assert_non_null(list.rows[0].price);
}

static void ends(void **state)
{
	struct outcome o = { .cause = CAUSE_EXITED };

	(void)state;
	refusal_list_make(&o, &list);
	assert_int_equal(list.n, 0);
	o.exit_code = 1; /* failed, and nobody knows by what */
	o.usage.oom_kills = UINT64_MAX;
	refusal_list_make(&o, &list);
	assert_int_equal(list.n, 0);
	o.usage.oom_kills = 3;
	assert_only(&o, WALL_CGROUP, 3, "--memory");
	o = (struct outcome){ .cause = CAUSE_EXITED, .usage = { .forks_refused = 7 } };
	assert_only(&o, WALL_CGROUP, 7, "--pids");
	o = (struct outcome){ .cause = CAUSE_DISK_FULL };
	assert_only(&o, WALL_DISK, 1, "--app-size");
	o = (struct outcome){ .cause = CAUSE_TIMEOUT };
	assert_only(&o, WALL_TIME_LIMIT, 1, "--timeout");
	o = (struct outcome){ .cause = CAUSE_IDLE_TIMEOUT };
	assert_only(&o, WALL_TIME_LIMIT, 1, "--idle-timeout");
	o = (struct outcome){ .cause = CAUSE_OUTPUT_LIMIT };
	assert_only(&o, WALL_OUTPUT_LIMIT, 1, "--output-limit");
	o = (struct outcome){ .cause = CAUSE_SIGNALLED, .signal = SIGXFSZ };
	assert_only(&o, WALL_RLIMITS, 1, "ulimit -Hf");
	o = (struct outcome){ .cause = CAUSE_SIGNALLED, .signal = SIGSYS };
	refusal_list_make(&o, &list);
	assert_int_equal(list.n, 0); /* somebody's kill(2): our filter never does that */
	o.profile = "mine.json";
	assert_only(&o, WALL_SECCOMP, 1, "--seccomp");
}

static void hosts_and_calls(void **state)
{
	struct egress_record record = {
		.verdict = EGRESS_REFUSED, .port = 443, .name = "a.example"
	};
	struct dockerlog_refused calls[] = { { .method = "POST", .path = "/x" },
		{ .method = "POST", .path = "/x" }, { .method = "GET", .path = "/y" } };
	struct outcome o = { .docker = { .refused = calls, .refused_n = ARRAY_LEN(calls) } };

	(void)state;
	netlog_take(&o.net, &record);
	record.port = 80;
	netlog_take(&o.net, &record);
	record.verdict = EGRESS_CARRIED;
	netlog_take(&o.net, &record);
	refusal_list_make(&o, &list);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.rows[0].what, "a.example");
	assert_true(list.rows[0].times == 2);
	assert_string_equal(list.rows[1].what, "POST /x");
	assert_true(list.rows[1].times == 2);
	assert_null(list.rows[1].option);
	assert_string_equal(list.rows[2].what, "GET /y");
	netlog_release(&o.net);
}

static void many(void **state)
{
	struct dockerlog_refused calls[REFUSALS_MOST + 9] = { 0 };
	struct outcome o = { .docker = { .refused = calls, .refused_n = ARRAY_LEN(calls) } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		snprintf(calls[i].path, sizeof(calls[i].path), "/%zu", i);
	refusal_list_make(&o, &list);
	assert_int_equal(list.n, REFUSALS_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(hosts_and_calls),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
