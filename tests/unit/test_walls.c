#include "sandbox/base/walls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_every_wall_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < WALL_COUNT; i++) {
		assert_non_null(wall_infos[i].name);
		assert_non_null(wall_infos[i].reason);
		assert_true(strlen(wall_infos[i].reason) > 0);
		assert_int_equal(strspn(wall_infos[i].name, "abcdefghijklmnopqrstuvwxyz-"),
			strlen(wall_infos[i].name));
		assert_int_equal(wall_find(wall_infos[i].name), i);
	}
	assert_true(WALL_COUNT <= 64); /* WALL_BIT() */
}

static void test_find_refuses(void **state)
{
	static const char *const names[] = { "", "User", "user ", "use", "users", "no-such-wall" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(wall_find(names[i]), -1);
}

/* These depend on the host, or on what a container engine can limit; all others are always
 * required. */
static void test_host_dependent(void **state)
{
	const uint64_t dependent = WALL_BIT(WALL_IDS) | WALL_BIT(WALL_LANDLOCK) |
				   WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_LSM_LABEL) |
				   WALL_BIT(WALL_DOCKER_LIMITS);

	(void)state;
	for (int i = 0; i < WALL_COUNT; i++)
		assert_int_equal(wall_infos[i].host_dependent, (dependent & WALL_BIT(i)) != 0);
}

static void test_state_names(void **state)
{
	(void)state;
	assert_string_equal(wall_state_name(WALL_ABSENT), "absent");
	assert_string_equal(wall_state_name(WALL_DEGRADED), "degraded");
	assert_string_equal(wall_state_name(WALL_ENFORCED), "enforced");
}

static void test_set(void **state)
{
	struct wall_report walls[WALL_COUNT] = { 0 };
	char large[1000];

	(void)state;
	wall_set(walls, WALL_PID, WALL_DEGRADED, "why: %s", "a\nb\033\xff");
	assert_int_equal(walls[WALL_PID].state, WALL_DEGRADED);
	assert_string_equal(walls[WALL_PID].detail, "why: a?b??");
	assert_int_equal(walls[WALL_PID - 1].state, WALL_ABSENT);
	assert_int_equal(walls[WALL_PID + 1].state, WALL_ABSENT);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	wall_set(walls, WALL_PID, WALL_ENFORCED, "%s", large);
	assert_int_equal(strlen(walls[WALL_PID].detail), sizeof(walls[WALL_PID].detail) - 1);
	assert_int_equal(walls[WALL_PID + 1].state, WALL_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_wall_is_whole),
		cmocka_unit_test(test_find_refuses),
		cmocka_unit_test(test_host_dependent),
		cmocka_unit_test(test_state_names),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
