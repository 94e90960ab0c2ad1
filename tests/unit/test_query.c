#include "sandbox/base/own.h"
#include "sandbox/docker/query_build.h"
#include "sandbox/docker/query_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 8

/* "a", "b", "c", "d": the pairs a=b and c=d, decoded, as target_read() gives them. */
struct query {
	const char *words[2 * PAIRS];
};

static struct target target_of(const struct query *query, struct target_pair pairs[PAIRS])
{
	struct target target = { .pairs = pairs };

	for (size_t i = 0; i < PAIRS && query->words[2 * i] != NULL; i++)
		pairs[target.pairs_n++] =
			(struct target_pair){ query->words[2 * i], query->words[2 * i + 1] };
	return target;
}

static void writes_queries_anew(void **state)
{
	static const struct {
		const struct query_rule *rules;
		struct query query;
		const char *expected; /* NULL: refused */
	} rows[] = {
		/* what clients send */
		{ query_build,
			{ { "buildargs", "{}", "cachefrom", "[]", "cgroupparent", "", "memory", "0",
				"networkmode", "default", "t", "a:1", "ulimits", "null", "version",
				"1" } },
			"" },
		{ query_build,
			{ { "t", "x", "q", "False", "nocache", "False", "rm", "True", "forcerm",
				"False", "pull", "False", "networkmode", "host" } },
			"nocache=0" },
		{ query_build, { { "t", "a", "t", "b", "target", "b c" } }, "target=b%20c" },
		{ query_containers,
			{ { "limit", "-1", "all", "1", "size", "0", "trunc_cmd", "0", "filters",
				"{\"label\": [\"a=b\"]}" } },
			"all=1&size=0" },
		{ query_networks, { { "filters", "{\"label\": [\"a=b\"]}" } },
			"filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D" },
		{ query_container_create,
			{ { "name", "web", "Image", "x", "HostConfig", "{\"Privileged\":true}" } },
			"name=web" },
		{ query_container_remove, { { "v", "False", "link", "False", "force", "True" } },
			"force=1&v=1" },
		{ query_container_remove, { { NULL } }, "v=1" },
		{ query_container_remove, { { "link", "1" } }, NULL },
		{ query_networks, { { "filters", "{}" } }, "filters=%7B%7D" },
		{ query_networks, { { "filters", "" } }, "" },
		{ query_stop, { { "t", "10" } }, "t=10" },
		{ query_attach, { { "stderr", "1", "stdout", "1", "stream", "1" } },
			"stream=1&stdout=1&stderr=1" },
		{ query_archive_get, { { "path", "/a b/&c" } }, "path=%2Fa%20b%2F%26c" },
		{ query_images, { { "only_ids", "0", "all", "0" } }, "all=0" },
		{ query_pull, { { "fromImage", "alpine", "tag", "3" } }, "fromImage=alpine&tag=3" },
		{ NULL, { { "a", "b" } }, "" },
		/* build: ways to the host */
		{ query_build, { { "version", "2" } }, NULL },
		{ query_build, { { "version", "01" } }, NULL },
		{ query_build, { { "session", "x" } }, NULL },
		{ query_build, { { "buildid", "x" } }, NULL },
		{ query_build, { { "remote", "http://127.0.0.1/x" } }, NULL },
		{ query_build, { { "remote", "client-session" } }, NULL },
		{ query_build, { { "outputs", "[{\"Type\":\"moby\"}]" } }, NULL },
		{ query_build, { { "extrahosts", "h:host-gateway" } }, NULL },
		{ query_build, { { "securityopt", "[\"seccomp=unconfined\"]" } }, NULL },
		{ query_build, { { "squash", "1" } }, NULL },
		{ query_build, { { "platform", "linux/arm64" } }, "" },
		{ query_build, { { "cgroupparent", "/x" } }, "" },
		{ query_build, { { "memory", "-1", "cpusetcpus", "0" } }, "" },
		{ query_build, { { "networkmode", "host", "networkmode", "none" } }, NULL },
		{ query_build, { { "dockerfile", "a", "dockerfile", "FROM x" } }, "" },
		{ query_build, { { "target", "a", "target", "b" } }, NULL },
		{ query_build, { { "buildargs", "{\"http_proxy\":\"x\"}" } }, NULL },
		{ query_build, { { "buildargs", "{\"HTTPS_PROXY\":\"x\"}" } }, NULL },
		{ query_build, { { "buildargs", "{\"No_Proxy\":\"x\"}" } }, NULL },
		{ query_build, { { "buildargs", "{\"BUILDKIT_SYNTAX\":\"x\"}" } }, NULL },
		{ query_build, { { "buildargs", "{\"a\":1}" } }, NULL },
		{ query_build, { { "buildargs", "[]" } }, NULL },
		{ query_build, { { "buildargs", "{\"a\":1,}" } }, NULL },
		{ query_build, { { "buildargs", "{\"a\":\"1\"} x" } }, NULL },
		{ query_build, { { "buildargs", "{\"a\":\"1\",\"A\":\"2\"}" } }, NULL },
		{ query_build, { { "buildargs", "{ \"a\" : null }" } }, "" },
		{ query_build, { { "buildargs", "" } }, "" },
		{ query_build, { { "labels", "{\"io.cofferdam.run\":\"x\"}" } }, NULL },
		{ query_build, { { "labels", "{\"a\":null}" } }, NULL },
		{ query_build, { { "labels", "{\"a\":\"b\"}" } }, "" },
		{ query_build, { { "cachefrom", "[1]" } }, NULL },
		{ query_build, { { "cachefrom", "null" } }, "" },
		/* others */
		{ query_pull, { { "fromSrc", "-", "repo", "x" } }, "" },
		{ query_pull, { { "fromImage", "x", "fromSrc", "http://127.0.0.1/" } }, NULL },
		{ query_pull, { { "fromImage", "x", "changes", "CMD x" } }, "fromImage=x" },
		{ query_commit, { { "container", "c", "repo", "r", "author", "a", "x", "y" } },
			"author=a" },
		{ query_tag, { { "tag", "x" } }, NULL },
		{ query_tag, { { "repo", "a", "repo", "b" } }, NULL },
		{ query_start, { { "checkpoint", "x" } }, NULL },
		{ query_start, { { "checkpoint-dir", "/etc" } }, NULL },
		{ query_untag, { { "force", "1", "noprune", "1" } }, "" },
		{ query_top, { { "ps_args", "-ef" } }, "ps_args=-ef" },
		{ query_top, { { "ps_args", "-eo pid,args e" } }, NULL },
		{ query_stop, { { "t", "1;x" } }, NULL },
		{ query_stop, { { "t", "99999999999999999999" } }, NULL },
		{ query_container_create, { { "name", "a/../b" } }, NULL },
		{ query_rename, { { "x", "y" } }, NULL },
		{ query_save, { { "x", "y" } }, NULL },
		{ query_save, { { "names", "a", "names", "b" } }, "names=a&names=b" },
		{ query_containers, { { "filters", "{\"since\":[\"other\"]}" } }, "" },
		{ query_containers, { { "filters", "{\"ancestor\":{\"x\":1}}" } }, NULL },
		{ query_images, { { "filters", "{\"ancestor\":[\"x\"]}" } }, NULL },
		{ query_containers, { { "filters", "{\"Label\":[\"a\"]}" } }, NULL },
		{ query_containers, { { "filters", "{\"label\":\"a\"}" } }, NULL },
		{ query_containers, { { "filters", "{\"label\":[1]}" } }, NULL },
		{ query_containers, { { "filters", "[]" } }, NULL },
		{ query_networks, { { "filters", "{\"label\":{\"a\":false}}" } },
			"filters=%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D" },
		{ query_events, { { "filters", "{\"plugin\":[\"x\"]}" } }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct target_pair pairs[PAIRS];
		struct target target = target_of(&rows[i].query, pairs);
		own_text struct text got = { 0 };
		struct refusal r = { .reason = "" };
		const char *first = rows[i].query.words[0] != NULL ? rows[i].query.words[0] : "",
			   *value = rows[i].query.words[1] != NULL ? rows[i].query.words[1] : "";
		int result = query_apply(rows[i].rules, &target, &got, &r);

		if (result < 0 && rows[i].expected != NULL)
			fail_msg("%s=%s: refused: %s", first, value, r.reason);
		if (result == 0 && rows[i].expected == NULL)
			fail_msg("%s=%s: expected a refusal, got %s", first, value, got.s);
		if (result == 0 && strcmp(got.s != NULL ? got.s : "", rows[i].expected) != 0)
			fail_msg("%s=%s: expected %s, got %s", first, value, rows[i].expected,
				got.s);
	}
}

static void gives_what_a_build_is_written_with(void **state)
{
	struct target_pair pairs[] = { { "buildargs", "{\"A\":\"b\",\"C\":null}" },
		{ "labels", "{\"x\":\"y\"}" }, { "cachefrom", "[\"i\"]" } };
	struct target target = { .pairs = pairs, .pairs_n = ARRAY_LEN(pairs) };
	struct target none = { .pairs_n = 0 };
	static const struct {
		int (*get)(const struct target *, cJSON **, struct refusal *);
		const char *expected, *without;
	} rows[] = {
		{ query_build_args, "{\"A\":\"b\",\"C\":null}", "{}" },
		{ query_build_labels, "{\"x\":\"y\"}", "{}" },
		{ query_build_cache_from, "[\"i\"]", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		bool with = i % 2 == 0;
		struct refusal r;
		cJSON *tree = NULL;
		own_mem char *text = NULL;

		assert_int_equal(rows[i / 2].get(with ? &target : &none, &tree, &r), 0);
		text = cJSON_PrintUnformatted(tree);
		cJSON_Delete(tree);
		assert_string_equal(text, with ? rows[i / 2].expected : rows[i / 2].without);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_queries_anew),
		cmocka_unit_test(gives_what_a_build_is_written_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
