/* sandbox/report/netlog.c: what is said of the hosts that a run did not reach. */
#include "sandbox/report/netlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void take(struct netlog *log, const char *name, const char *reason, unsigned times)
{
	struct egress_record record = { .verdict = EGRESS_REFUSED, .protocol = "none" };

	snprintf(record.name, sizeof(record.name), "%s", name);
	snprintf(record.reason, sizeof(record.reason), "%s", reason);
	for (unsigned i = 0; i < times; i++)
		netlog_take(log, &record);
}

static void a_rule_is_proposed_only_where_it_would_help(void **state)
{
	struct netlog log = { 0 };
	char list[600], first[HOST_NAME_BYTES];

	(void)state;
	netlog_refused(&log, list, sizeof(list), first, sizeof(first));
	assert_string_equal(list, "");
	take(&log, "inner.example",
		"its address is private: 10.1.2.3 (@private permits private ones)", 9);
	netlog_refused(&log, list, sizeof(list), first, sizeof(first));
	assert_string_equal(list, "inner.example (9)");
	assert_string_equal(first, "");
	take(&log, "b.example", "not permitted", 1);
	take(&log, "c.example", "not permitted; --net allow:c.example:22", 2);
	take(&log, "c.example", "not permitted", 3);
	netlog_refused(&log, list, sizeof(list), first, sizeof(first));
	assert_string_equal(list, "inner.example (9), c.example (5), b.example (1)");
	assert_string_equal(first, "c.example");
	netlog_release(&log);
}

static void those_without_a_host_are_counted_apart(void **state)
{
	struct netlog log = { 0 };
	char list[600], first[HOST_NAME_BYTES];

	(void)state;
	take(&log, "b.example", "not permitted", 1);
	take(&log, "", "too many connections at once", 7);
	take(&log, "", "a connection cannot be taken: Too many open files", 2);
	netlog_refused(&log, list, sizeof(list), first, sizeof(first));
	assert_string_equal(list, "b.example (1)");
	assert_int_equal(netlog_crowded(&log), 9);
	netlog_release(&log);
}

static void rows_are_bounded_and_all_are_counted(void **state)
{
	struct netlog log = { 0 };
	char name[40];

	(void)state;
	for (unsigned i = 0; i < NETLOG_ROWS + 20; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		take(&log, name, "not permitted", 2);
	}
	assert_int_equal(log.n, NETLOG_ROWS);
	assert_int_equal(log.totals[EGRESS_REFUSED], 2 * (NETLOG_ROWS + 20));
	netlog_release(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_is_proposed_only_where_it_would_help),
		cmocka_unit_test(those_without_a_host_are_counted_apart),
		cmocka_unit_test(rows_are_bounded_and_all_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
