/* sandbox/keeper/pause.c: what is seen in the words of /proc/PID/stat. */
#include "sandbox/keeper/pause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Seven fields between the state and the faults, then utime, stime and six more, then birth. */
#define STAT(name, state, utime, stime, birth)                                                     \
	"12 (" name ") " state " 1 1 1 0 -1 4194304 5 6 7 8 " utime " " stime                      \
	" 0 0 20 0 1 0 " birth " 1000 2000\n"

static struct pause_sight seen(const char *stat)
{
	struct pause_sight ret = { 0 };

	assert_true(pause_see(stat, &ret));
	return ret;
}

static void who_is_awake(void **state)
{
	static const struct {
		const char *stat;
		bool awake;
	} rows[] = {
		{ STAT("sh", "T", "0", "0", "9"), false },
		{ STAT("sh", "t", "0", "0", "9"), false },
		{ STAT("sh", "Z", "0", "0", "9"), false },
		{ STAT("sh", "R", "0", "0", "9"), true },
		{ STAT("sh", "S", "0", "0", "9"), true },
		{ STAT("sh", "D", "0", "0", "9"), true },
		{ STAT("a) T 1", "R", "0", "0", "9"), true },
		{ STAT(") T ", "S", "0", "0", "9"), true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(seen(rows[i].stat).awake, rows[i].awake);
}

static void what_differs(void **state)
{
	struct pause_sight one = seen(STAT("sh", "T", "30", "4", "9"));

	(void)state;
	assert_int_equal(one.ticks, 34);
	assert_true(one.processes == seen(STAT("other", "T", "31", "4", "9")).processes);
	assert_true(one.processes != seen(STAT("sh", "T", "30", "4", "10")).processes);
	assert_true(pause_see(STAT("sh", "T", "5", "5", "9"), &one));
	assert_int_equal(one.ticks, 44);
}

static void what_is_no_such_line(void **state)
{
	static const char *const texts[] = { "", "12", "12 (sh)", "12 (sh) ", "12 (sh) T",
		"12 (sh) T 1 2 3", "12 (sh) T 1 1 1 0 -1 4194304 5 6 7 8 x 4 0 0 20 0 1 0 9" };
	struct pause_sight sight = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(pause_see(texts[i], &sight));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_awake),
		cmocka_unit_test(what_differs),
		cmocka_unit_test(what_is_no_such_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
