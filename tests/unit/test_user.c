/* namespaces/user.c: which ranges of ids are believed. */
#include "namespaces/user.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct etc {
	char path[64];
};

static int setup(void **state)
{
	struct etc *etc = calloc(1, sizeof(*etc));

	strcpy(etc->path, "/tmp/test-user-XXXXXX");
	assert_non_null(mkdtemp(etc->path));
	*state = etc;
	return 0;
}

static void put(const struct etc *etc, const char *name, const char *text)
{
	char path[128];
	own_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/%s", etc->path, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int teardown(void **state)
{
	static const char *const names[] = { "passwd", "subuid", "subgid" };
	struct etc *etc = *state;
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", etc->path, names[i]);
		unlink(path);
	}
	rmdir(etc->path);
	free(etc);
	return 0;
}

static struct user_plan planned(const struct etc *etc, const char *subuid, const char *subgid)
{
	struct user_plan plan;

	put(etc, "passwd", "root:x:0:0::/root:/bin/sh\nann:x:1234:1234::/home/ann:/bin/sh\n");
	put(etc, "subuid", subuid);
	put(etc, "subgid", subgid);
	user_plan(etc->path, 1234, 1234, false, &plan);
	return plan;
}

/* Whether a range is used also depends on newuidmap(1); whether it is found does not. */
static bool found(const struct user_plan *plan)
{
	return plan->uids.count != 0 && plan->gids.count != 0;
}

static void test_range_by_name_and_number(void **state)
{
	struct user_plan by_name =
		planned(*state, "bob:1:65536\nann:100000:65536\n", "ann:200000:65536\n");
	struct user_plan by_number = planned(*state, "1234:100000:65535\n", "1234:100000:65535\n");

	assert_int_equal(by_name.uids.first, 100000);
	assert_int_equal(by_name.gids.first, 200000);
	assert_true(found(&by_number));
}

static void test_no_range(void **state)
{
	static const char *const rows[] = {
		"",
		"bob:100000:65536\n",       /* somebody else's */
		"ann:100000:1000\n",        /* too short */
		"ann:0:65536\n",            /* root's id is nobody's to give */
		"ann:1000:65536\n",         /* contains our own id */
		"ann:4294967000:65536\n",   /* past the end */
		"ann:100000:99999999999\n", /* past the end */
		"ann:100000\n",             /* two fields */
		"ann::65536\n",             /* no number */
		"ann:x:65536\n",            /* no number */
		"ann:100000:65536x\n",      /* junk behind */
		":100000:65536\n",          /* no owner */
		"annx:100000:65536\n",      /* a longer name */
		"-1:100000:65536\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct user_plan plan = planned(*state, rows[i], "ann:100000:65536\n");

		if (plan.range)
			fail_msg("a range was believed: %s", rows[i]);
		assert_int_not_equal(plan.detail[0], '\0');
	}
}

static void test_both_files_are_needed(void **state)
{
	struct user_plan plan = planned(*state, "ann:100000:65536\n", "");

	assert_false(plan.range);
	assert_non_null(strstr(plan.detail, "subgid"));
}

static void test_ids_inside(void **state)
{
	struct user_plan plan = { .host_uid = 1234, .host_gid = 1234 };
	struct user_ids one = user_ids(&plan, false), range = user_ids(&plan, true);

	(void)state;
	assert_int_equal(one.builder_uid, USER_INSIDE);
	assert_int_equal(one.keeper_uid, one.builder_uid);
	assert_int_equal(range.builder_uid, USER_INSIDE);
	assert_int_not_equal(range.keeper_uid, range.builder_uid);
	plan.root_inside = true;
	range = user_ids(&plan, true);
	assert_int_equal(range.builder_uid, 0);
	assert_int_not_equal(range.keeper_uid, 0); /* our own id is never the builder's root */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_range_by_name_and_number, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_range, setup, teardown),
		cmocka_unit_test_setup_teardown(test_both_files_are_needed, setup, teardown),
		cmocka_unit_test(test_ids_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
