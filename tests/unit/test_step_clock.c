/* sandbox/base/step_clock.c: rows of several processes, in order, and never more than there is room for. */
#include "sandbox/base/own.h"
#include "sandbox/base/step.h"
#include "sandbox/base/step_clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int works(void *subject, struct failure *f)
{
	(void)subject;
	(void)f;
	return 0;
}

static int fails(void *subject, struct failure *f)
{
	(void)subject;
	return (fail)(f, 0, "on purpose");
}

static const struct step rows[] = { { "one", works, "" }, { "two", fails, "" },
	{ "three", works, "" } };
static const struct steps steps = { .role = "a role of some length", .rows = rows, .n = 3 };

static void without_a_clock_nothing_is_kept(void **state)
{
	struct failure f;
	size_t n = 7;

	(void)state;
	assert_int_equal(steps_run(&steps, NULL, &f), -1);
	assert_null(step_clock_rows(&n));
	assert_int_equal(n, 0);
}

static void steps_of_all_processes_are_kept(void **state)
{
	const struct step_time *kept;
	struct failure f;
	size_t n, ended = 0;
	pid_t child;

	(void)state;
	assert_int_equal(step_clock_start(&f), 0);
	child = fork();
	if (child == 0)
		_exit(steps_run(&steps, NULL, &f) == -1 ? 0 : 1);
	assert_int_equal(waitpid(child, &(int){ 0 }, 0), child);
	assert_int_equal(steps_run(&steps, NULL, &f), -1);
	kept = step_clock_rows(&n);
	assert_int_equal(n, 4); /* what comes after a failure is not begun */
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(kept[i].role, "a role of s");
		ended += kept[i].took_us != STEP_CLOCK_NEVER;
		/* only the one of them has */
		assert_string_equal(
			kept[i].name, kept[i].took_us != STEP_CLOCK_NEVER ? "one" : "two");
		assert_true(i == 0 || kept[i - 1].at_us <= kept[i].at_us);
	}
	assert_int_equal(ended, 2);
}

/* What another process wrote there is not believed. */
static void what_does_not_fit_is_not_kept(void **state)
{
	struct step_time *row, *last = NULL;
	size_t n;

	(void)state;
	while ((row = step_clock_begin("r", "n")) != NULL)
		last = row;
	assert_non_null(last);
	memset(last->role, 'x', sizeof(last->role));
	memset(last->name, 'x', sizeof(last->name));
	step_clock_end(step_clock_begin("r", "n"));
	assert_non_null(step_clock_rows(&n));
	assert_int_equal(n, STEP_CLOCK_ROWS);
	for (size_t i = 0; i < n; i++) {
		const struct step_time *kept = &step_clock_rows(&n)[i];

		assert_true(strnlen(kept->role, sizeof(kept->role)) < sizeof(kept->role));
		assert_true(strnlen(kept->name, sizeof(kept->name)) < sizeof(kept->name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_clock_nothing_is_kept),
		cmocka_unit_test(steps_of_all_processes_are_kept),
		cmocka_unit_test(what_does_not_fit_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
