#include "sandbox/docker/policy.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char socket_path[] = "/run/docker.sock", none[] = "none", tag[] = "team/*",
	    registry[] = "docker.io", header[] = "e30=";

static struct policy example(void)
{
	static char *tags[] = { tag, none, NULL };
	static struct docker_auth auths[] = { { registry, header } };

	return (struct policy){
		.level = DOCKER_RUN,
		.run_id = "0123456789abcdef0123456789abcdef",
		.owner = "ffffffffffffffffffffffffffffffff",
		.socket = socket_path,
		.socket_device = UINT64_MAX,
		.socket_inode = UINT64_C(9007199254740993), /* no double is this */
		.build_net = none,
		.tags = tags,
		.auths = auths,
		.auths_n = 1,
		.limits.memory_bytes = LIMIT_NONE,
		.limits.swap_bytes = 0,
		.limits.cpus_milli = LIMIT_NONE,
		.limits.pids = 77,
		.started = 1700000000,
	};
}

static void crosses_whole(void **state)
{
	struct policy sent = example(), got;
	struct failure f;
	own_mem char *text = policy_print(&sent);

	(void)state;
	if (policy_parse(text, strlen(text), &got, &f) < 0)
		fail_msg("not read: %s", f.what);
	assert_int_equal(got.level, sent.level);
	assert_string_equal(got.run_id, sent.run_id);
	assert_string_equal(got.owner, sent.owner);
	assert_string_equal(got.socket, sent.socket);
	assert_true(got.socket_device == sent.socket_device);
	assert_true(got.socket_inode == sent.socket_inode);
	assert_string_equal(got.build_net, sent.build_net);
	assert_string_equal(got.tags[0], sent.tags[0]);
	assert_string_equal(got.tags[1], sent.tags[1]);
	assert_null(got.tags[2]);
	assert_null(got.bases);
	assert_int_equal(got.auths_n, 1);
	assert_string_equal(got.auths[0].registry, registry);
	assert_string_equal(got.auths[0].header, header);
	assert_true(got.limits.memory_bytes == sent.limits.memory_bytes &&
		    got.limits.swap_bytes == sent.limits.swap_bytes);
	assert_true(got.limits.cpus_milli == sent.limits.cpus_milli &&
		    got.limits.pids == sent.limits.pids);
	assert_true(got.started == sent.started);
	policy_release(&got);
}

/* The text of a policy in which one part stands for another. */
static char *edited(const char *from, const char *to)
{
	struct policy policy = example();
	own_mem char *text = policy_print(&policy);
	char *found, *ret = calloc(1, 8192);

	assert_non_null(text);
	found = strstr(text, from);
	if (found == NULL)
		fail_msg("%s is not in %s", from, text);
	snprintf(ret, 8192, "%.*s%s%s", (int)(found - text), text, to, found + strlen(from));
	return ret;
}

static void reads_strictly(void **state)
{
	static const struct {
		const char *from, *to;
		int result;
	} rows[] = {
		{ "\"run\"", "\"build\"", 0 },
		{ "\"run\"", "\"all\"", -1 },
		{ "\"run\"", "2", -1 },
		{ "\"pids\":\"77\"", "\"pids\":77", -1 },
		{ "\"pids\":\"77\"", "\"pids\":\"-1\"", -1 },
		{ "\"pids\":\"77\"", "\"pids\":\"18446744073709551616\"", -1 },
		{ "\"doubted\":\"0\"", "\"doubted\":\"4294967296\"", -1 },
		{ "\"pids\":\"77\"", "\"pids\":\"\"", -1 },
		{ "\"started\":\"1700000000\"", "\"started\":\"99999999999999999999\"", -1 },
		{ "\"pids\":\"77\",", "", -1 },
		{ "\"pids\":\"77\",", "\"pids\":\"77\",\"Pids\":\"78\",", -1 },
		{ "\"pids\":\"77\",", "\"pids\":\"77\",\"more\":1,", -1 },
		{ "[\"team", "[1,\"team", -1 },
		{ "\"0123456789", "\"xx0123456789", -1 },
		{ "\"header\"", "\"Header\"", -1 },
		{ "\"header\"", "\"more\":1,\"header\"", -1 },
		{ "{", "[{", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *text = edited(rows[i].from, rows[i].to);
		struct policy got = { .level = DOCKER_OFF };
		struct failure f = { .what = "" };

		if (policy_parse(text, strlen(text), &got, &f) != rows[i].result)
			fail_msg("%s: expected %d: %s", rows[i].to, rows[i].result, f.what);
		if (strstr(f.what, header) != NULL)
			fail_msg("%s: the message quotes a secret", rows[i].to);
		policy_release(&got);
	}
}

static void wants_a_text(void **state)
{
	struct policy got;
	struct failure f;

	(void)state;
	assert_int_equal(policy_parse("", 0, &got, &f), -1);
}

static void matches_patterns(void **state)
{
	char a[] = "app", b[] = "registry.example/team/*";
	char *patterns[] = { a, b, NULL };
	struct reference reference;
	struct refusal r;

	(void)state;
	assert_int_equal(reference_read("registry.example/team/x:1", NULL, &reference, &r), 0);
	assert_true(policy_matches(patterns, &reference));
	assert_false(policy_matches(NULL, &reference));
	assert_int_equal(reference_read("other", NULL, &reference, &r), 0);
	assert_false(policy_matches(patterns, &reference));
}

static void names_levels(void **state)
{
	(void)state;
	assert_string_equal(docker_level_name(DOCKER_OFF), "off");
	assert_string_equal(docker_level_name(DOCKER_BUILD), "build");
	assert_string_equal(docker_level_name(DOCKER_RUN), "run");
	assert_string_equal(docker_level_name(DOCKER_RAW), "raw");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crosses_whole),
		cmocka_unit_test(reads_strictly),
		cmocka_unit_test(wants_a_text),
		cmocka_unit_test(matches_patterns),
		cmocka_unit_test(names_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
