/* The planned limits, and that they are set and read back in a process. */
#include "sandbox/limits/rlimits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct config config = {
	.limits.memory_bytes = UINT64_C(1) << 30,
	.limits.pids = 77,
	.limits.app_size_bytes = 5 << 20,
	.required = WALL_BIT(WALL_CGROUP),
};

static const struct rlimit_row *find(const struct rlimits *rlimits, int resource)
{
	for (size_t i = 0; i < rlimits->n; i++)
		if (rlimits->rows[i].resource == resource)
			return &rlimits->rows[i];
	return NULL;
}

static rlim_t hosts(int resource)
{
	struct rlimit host;

	assert_int_equal(getrlimit((__rlimit_resource_t)resource, &host), 0);
	return host.rlim_max;
}

static void values_of_the_configuration(void **state)
{
	struct rlimits got;

	(void)state;
	rlimits_plan(&config, false, false, &got);
	assert_int_equal(find(&got, RLIMIT_DATA)->hard, config.limits.memory_bytes);
	assert_int_equal(find(&got, RLIMIT_NPROC)->soft, 77);
	assert_true(find(&got, RLIMIT_FSIZE)->soft == RLIM_INFINITY);
	assert_int_equal(find(&got, RLIMIT_CORE)->hard, 1);
	assert_int_equal(find(&got, RLIMIT_AS)->hard, hosts(RLIMIT_AS));
}

static void what_a_cgroup_limits_no_rlimit_does(void **state)
{
	struct rlimits got;

	(void)state;
	rlimits_plan(&config, true, false, &got);
	assert_int_equal(find(&got, RLIMIT_DATA)->hard, hosts(RLIMIT_DATA));
	assert_int_equal(find(&got, RLIMIT_NPROC)->hard, 77);
	rlimits_plan(&config, false, true, &got);
	assert_int_equal(find(&got, RLIMIT_DATA)->hard, config.limits.memory_bytes);
	assert_int_equal(find(&got, RLIMIT_NPROC)->hard, hosts(RLIMIT_NPROC));
}

static void reserved_memory_is_limited_if_asked(void **state)
{
	struct config not_asked = config;
	struct rlimits got;

	(void)state;
	not_asked.required = 0;
	rlimits_plan(&not_asked, false, false, &got);
	assert_int_equal(find(&got, RLIMIT_DATA)->soft, hosts(RLIMIT_DATA));
	rlimits_plan_fetcher(&not_asked, false, &got);
	assert_int_equal(find(&got, RLIMIT_DATA)->soft, config.limits.memory_bytes);
}

static void a_repository_lowers_what_no_cgroup_holds(void **state)
{
	struct config not_asked = config;
	struct rlimits got;

	(void)state;
	not_asked.required = 0;
	rlimits_plan(&not_asked, false, false, &got);
	rlimits_lower(&got, RLIMIT_DATA, 4096);
	rlimits_lower(&got, RLIMIT_NPROC, 78);
	rlimits_lower(&got, RLIMIT_NOFILE, 1);
	assert_int_equal(find(&got, RLIMIT_DATA)->soft, 4096);
	assert_int_equal(find(&got, RLIMIT_NPROC)->hard, 77);
	assert_int_not_equal(find(&got, RLIMIT_NOFILE)->soft, 1);
	rlimits_plan(&config, true, true, &got);
	rlimits_lower(&got, RLIMIT_DATA, 4096);
	assert_int_equal(find(&got, RLIMIT_DATA)->soft, hosts(RLIMIT_DATA));
}

static void every_limit_is_the_sandboxs_own(void **state)
{
	struct rlimits got;

	(void)state;
	rlimits_plan(&config, true, true, &got);
	for (int resource = 0; resource < RLIM_NLIMITS; resource++)
		assert_non_null(find(&got, resource));
}

static void max_is_what_the_host_allows(void **state)
{
	const struct config no_limits = {
		.limits.memory_bytes = LIMIT_NONE,
		.limits.pids = LIMIT_NONE,
		.limits.app_size_bytes = LIMIT_NONE,
	};
	struct rlimits got;
	struct rlimit host;

	(void)state;
	rlimits_plan(&no_limits, false, false, &got);
	assert_int_equal(getrlimit(RLIMIT_NPROC, &host), 0);
	assert_int_equal(find(&got, RLIMIT_NPROC)->hard, host.rlim_max);
}

static void no_row_exceeds_the_host(void **state)
{
	struct rlimits plans[2];

	(void)state;
	rlimits_plan(&config, false, false, &plans[0]);
	rlimits_plan_fetcher(&config, false, &plans[1]);
	for (size_t p = 0; p < 2; p++) {
		assert_true(plans[p].n > 5);
		for (size_t i = 0; i < plans[p].n; i++) {
			const struct rlimit_row *row = &plans[p].rows[i];
			struct rlimit host;

			assert_int_equal(getrlimit((__rlimit_resource_t)row->resource, &host), 0);
			assert_true(row->hard <= host.rlim_max);
			assert_true(row->soft <= row->hard);
			assert_true(row->reason[0] != '\0');
			assert_memory_equal(row->name, "RLIMIT_", 7);
		}
	}
}

/* Run body in a child, whose limits may be spoilt; its exit status. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int apply_and_look(void)
{
	struct rlimits planned;
	struct failure f;
	struct rlimit got;

	rlimits_plan(&config, true, false, &planned); /* RLIMIT_DATA would stop the sanitizer */
	if (rlimits_apply(&planned, &f) < 0)
		return 1;
	for (size_t i = 0; i < planned.n; i++) {
		const struct rlimit_row *row = &planned.rows[i];

		if (getrlimit((__rlimit_resource_t)row->resource, &got) < 0 ||
			got.rlim_cur != row->soft || got.rlim_max != row->hard)
			return 2;
	}
	return 0;
}

static void they_stand_in_the_process(void **state)
{
	(void)state;
	assert_int_equal(in_child(apply_and_look), 0);
}

static int apply_nonsense(void)
{
	const struct rlimits wrong = {
		.n = 1,
		.rows = { { RLIMIT_CORE, "RLIMIT_CORE", 2, 1, "soft above hard" } },
	};
	struct failure f;

	return rlimits_apply(&wrong, &f) < 0 && strstr(f.what, "RLIMIT_CORE") != NULL ? 0 : 1;
}

static int raise_as_a_user(void)
{
	struct rlimits up = { .n = 1, .rows = { { RLIMIT_CORE, "RLIMIT_CORE", 0, 0, "" } } };
	struct failure f;

	if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
		return 3;
	if (rlimits_apply(&up, &f) < 0)
		return 1;
	up.rows[0].hard = 1;
	return rlimits_apply(&up, &f) < 0 ? 0 : 2;
}

static void a_limit_that_cannot_be_set_is_a_failure(void **state)
{
	(void)state;
	assert_int_equal(in_child(apply_nonsense), 0);
	assert_int_equal(in_child(raise_as_a_user), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_the_configuration),
		cmocka_unit_test(what_a_cgroup_limits_no_rlimit_does),
		cmocka_unit_test(reserved_memory_is_limited_if_asked),
		cmocka_unit_test(a_repository_lowers_what_no_cgroup_holds),
		cmocka_unit_test(every_limit_is_the_sandboxs_own),
		cmocka_unit_test(max_is_what_the_host_allows),
		cmocka_unit_test(no_row_exceeds_the_host),
		cmocka_unit_test(they_stand_in_the_process),
		cmocka_unit_test(a_limit_that_cannot_be_set_is_a_failure),
	};
	return cmocka_run_group_tests_name("rlimits", tests, NULL, NULL);
}
