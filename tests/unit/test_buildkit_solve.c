/* What a Solve may say, what is made of its attributes, and what its source policy lets in. */
#include "sandbox/docker/buildkit.h"
#include "sandbox/docker/buildkit_attribute.h"
#include "sandbox/docker/buildkit_message.h"
#include "sandbox/docker/buildkit_result.h"
#include "sandbox/docker/buildkit_solve.h"
#include "sandbox/docker/policy.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/source_policy.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ID "abcdefghijklmnopqrstuvwxy"

static const struct policy policy = { .run_id = "fedcba9876543210fedcba9876543210",
	.build_net = (char *)"none" };

/* The tree that the rows make, or NULL and the reason. */
static cJSON *apply(const struct schema *schema, const char *json, struct refusal *r)
{
	struct schema_run run = { .policy = &policy };
	cJSON *given = cJSON_Parse(json), *tree = NULL;

	assert_non_null(given);
	*r = (struct refusal){ 0 };
	if (schema_apply(schema, given, &run, &tree, r) < 0)
		tree = NULL;
	cJSON_Delete(given);
	return tree;
}

static void recorded(void **state)
{
	struct refusal r;
	cJSON *tree = apply(&buildkit_schema,
		"{\"Ref\":\"" ID "\",\"ExporterDeprecated\":\"moby\",\"ExporterAttrsDeprecated\":"
		"{\"name\":\"mine/x:1\"},\"Session\":\"" ID
		"\",\"FrontendAttrs\":{\"image-resolve-mode\":"
		"\"pull\",\"filename\":\"Dockerfile\",\"build-arg:A\":\"1\",\"context\":\"http://buildkit-session/" ID
		"\",\"context:x\":\"local:x\",\"cache-from\":\"x/y\"},\"Cache\":{\"Imports\":[{\"Type\":\"registry\"}]},"
		"\"Exporters\":"
		"[{\"Type\":\"moby\",\"Attrs\":{\"name\":\"mine/x:1\"}}]}",
		&r);
	const cJSON *attributes = cJSON_GetObjectItemCaseSensitive(tree, "FrontendAttrs");
	const char *type, *names;
	static const struct {
		const char *name, *value;
	} rows[] = { { "filename", "Dockerfile" }, { "build-arg:A", "1" },
		{ "context", "http://buildkit-session/" ID }, { "context:x", "local:x" },
		{ "image-resolve-mode", "local" }, { "force-network-mode", "none" },
		{ "cmdline", "docker/dockerfile" },
		{ "build-arg:BUILDKIT_CACHE_MOUNT_NS", "fedcba9876543210fedcba9876543210" } };

	(void)state;
	assert_non_null(tree);
	assert_int_equal(cJSON_GetArraySize(attributes), ARRAY_LEN(rows));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
					    attributes, rows[i].name)),
			rows[i].value);
	assert_null(cJSON_GetObjectItemCaseSensitive(tree, "Cache")->child);
	buildkit_exporter(tree, &type, &names);
	assert_string_equal(type, "moby");
	assert_string_equal(names, "mine/x:1");
	assert_int_equal(buildkit_set_exporter(tree, "moby", "docker.io/mine/x:1"), 0);
	buildkit_exporter(tree, &type, &names);
	assert_string_equal(names, "docker.io/mine/x:1");
	cJSON_Delete(tree);
}

#define BUILD "\"Ref\":\"" ID "\",\"Session\":\"" ID "\""

static void refused(void **state)
{
	static const struct {
		const char *json, *why;
	} rows[] = {
		{ "{\"Session\":\"" ID "\"}", "Ref is missing" },
		{ "{\"Ref\":\"../x\",\"Session\":\"" ID "\"}", "not an id" },
		{ "{" BUILD ",\"Definition\":{\"def\":1}}", "host's network" },
		{ "{" BUILD ",\"Frontend\":\"gateway.v0\"}", "any image can be a frontend" },
		{ "{" BUILD ",\"Entitlements\":[\"network.host\"]}", "are the host" },
		{ "{" BUILD ",\"FrontendInputs\":{\"x\":{\"def\":1}}}", "host's network" },
		{ "{" BUILD ",\"Exporters\":[{\"Type\":\"moby\"},{\"Type\":\"moby\"}]}",
			"one exporter" },
		{ "{" BUILD ",\"Exporters\":[{\"Type\":\"registry\"}]}", "not served" },
		{ "{" BUILD ",\"Exporters\":[{\"Type\":\"moby\",\"Attrs\":{\"unpack\":\"1\"}}]}",
			"only the name" },
		{ "{" BUILD ",\"Cache\":{\"Exports\":[{\"Type\":\"registry\"}]}}",
			"caches of registries" },
		{ "{" BUILD ",\"EnableSessionExporter\":true}", "in the request" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"unknown\":\"\"}}", "not known" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"https://x/y.git\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context:x\":\"docker-image://y\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"http://buildkit-session/\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"http://buildkit-session/../" ID
		  "\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"http://buildkit-session:80/" ID
		  "\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"http://127.0.0.1/" ID "\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context\":\"git://github.com/x/y\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"Context\":\"x\"}}", "not known" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context:x\":\"local:\"}}", "send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context:x\":\"local:a/../b\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context:x\":\"oci-layout://y\"}}",
			"send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"context:x\":\"input:y\"}}", "send a context" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"requestid\":\"frontend.lint\"}}", "empty one" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"source\":\"x\"}}", "another frontend" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"add-hosts\":\"x=host-gateway\"}}",
			"host-gateway" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"platform\":\"linux/arm64\"}}", "binfmt" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"platform\":\"linux/amd64,linux/arm64\"}}",
			"binfmt" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"build-arg:BUILDKIT_SYNTAX\":\"x\"}}", "steers" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"build-arg:HTTP_PROXY\":\"x\"}}",
			"key of the cache" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"build-arg:hTTps_Proxy\":\"x\"}}",
			"key of the cache" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"build-arg:http\xc5\xbf_proxy\":\"x\"}}",
			"not known" },
		{ "{" BUILD ",\"FrontendAttrs\":{\"label:IO.cofferdam.run\":\"x\"}}",
			"the run's own" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal r;
		cJSON *tree = apply(&buildkit_schema, rows[i].json, &r);

		if (tree != NULL || strstr(r.reason, rows[i].why) == NULL)
			fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].json, rows[i].why,
				tree != NULL ? "a tree" : r.reason);
	}
}

/* What a client says of these is never what the engine gets. */
static void forced(void **state)
{
	struct refusal r;
	cJSON *tree = apply(&buildkit_bridge_schema,
		"{\"Frontend\":\"dockerfile.v0\",\"FrontendOpt\":{\"cmdline\":\"evil\",\"force-network-mode\":"
		"\"host\",\"cgroup-parent\":\"../..\",\"build-arg:BUILDKIT_CACHE_MOUNT_NS\":\"other\"}}",
		&r);
	own_mem char *text = cJSON_PrintUnformatted(tree);

	(void)state;
	assert_non_null(text);
	assert_null(strstr(text, "evil"));
	assert_null(strstr(text, "host\""));
	assert_null(strstr(text, "cgroup-parent"));
	assert_null(strstr(text, "other"));
	cJSON_Delete(tree);
}

/* A Return as proto.h reads it: bytes are base64 there. */
static cJSON *returned(const char *key, const char *config)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	cJSON *tree = cJSON_CreateObject();
	cJSON *metadata =
		cJSON_AddObjectToObject(cJSON_AddObjectToObject(tree, "result"), "metadata");
	own_text struct text text = { 0 };
	size_t bits = 8 * strlen(config);

	for (size_t bit = 0; bit < bits; bit += 6) {
		unsigned six = 0;

		for (size_t i = bit; i < bit + 6; i++)
			six = six << 1 |
			      (i < bits && ((unsigned char)config[i / 8] >> (7 - i % 8) & 1));
		text_add(&text, &digits[six], 1);
	}
	assert_non_null(cJSON_AddStringToObject(metadata, key, text.s != NULL ? text.s : ""));
	return tree;
}

/* A client may be the frontend itself: what it returns has to be labelled as if it were not. */
static void result_has_the_labels(void **state)
{
#define RUN  "\"io.cofferdam.run\":\"fedcba9876543210fedcba9876543210\""
#define OURS RUN ",\"io.cofferdam.user\":\"0\""
#define TAGS "\"io.cofferdam.tags\":\"docker.io/mine/x:1\""
	static const struct {
		const char *key, *config, *why; /* why: NULL if it may pass */
	} rows[] = {
		{ "containerimage.config",
			"{\"config\":{\"Labels\":{" OURS "," TAGS ",\"a\":\"b\"}}}", NULL },
		{ "containerimage.config", "{}", "does not carry" },
		{ "containerimage.config",
			"{\"config\":{\"Labels\":{" RUN "," TAGS ",\"io.cofferdam.user\":\"1\"}}}",
			"does not carry" },
		{ "containerimage.config", "{\"config\":{\"Labels\":{" RUN "," TAGS "}}}",
			"does not carry" },
		{ "containerimage.config", "", "there is none" },
		{ "containerimage.config", "{\"config\":{\"Labels\":{" OURS "}}}",
			"does not carry" },
		{ "containerimage.config", "{\"config\":{\"Labels\":[" OURS "]}}", "JSON" },
		{ "containerimage.config",
			"{\"config\":{\"Labels\":{" OURS "," TAGS ",\"io.cofferdam.x\":\"\"}}}",
			"the run's own" },
		{ "containerimage.config",
			"{\"config\":{\"Labels\":{" OURS "," TAGS "}},\"Config\":{}}",
			"duplicate key" },
		{ "containerimage.config",
			"{\"config\":{\"Labels\":{" OURS "," TAGS "},\"label\xc5\xbf\":{}}}",
			"duplicate key" },
		{ "containerimage.config", "{\"Config\":{\"Labels\":{" OURS "," TAGS "}}}",
			"does not carry" },
		{ "containerimage.config/linux/amd64",
			"{\"config\":{\"Labels\":{" OURS "," TAGS "}}}", "an image without" },
		{ "containerimage.other", "{}", "an image without" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct refusal r = { 0 };
		cJSON *tree = returned(rows[i].key, rows[i].config);
		int got = buildkit_check_result(tree, &policy, "docker.io/mine/x:1", &r);

		if ((got == 0) != (rows[i].why == NULL) ||
			(rows[i].why != NULL && strstr(r.reason, rows[i].why) == NULL))
			fail_msg("%s: %s: got \"%s\"", rows[i].key, rows[i].config, r.reason);
		assert_int_equal(buildkit_check_result(tree, &policy, NULL, &r), 0);
		cJSON_Delete(tree);
	}
}

/* As the engine evaluates it: of ALLOW and DENY the last one that matches counts. */
static bool lets_in(const cJSON *rules, const char *identifier)
{
	const cJSON *rule;
	bool allowed = true;

	cJSON_ArrayForEach(rule, rules)
	{
		const cJSON *selector = cJSON_GetObjectItemCaseSensitive(rule, "selector");
		const char *pattern =
			cJSON_GetObjectItemCaseSensitive(selector, "identifier")->valuestring;
		int match = cJSON_GetObjectItemCaseSensitive(selector, "match_type")->valueint;
		bool matches = strcmp(pattern, identifier) == 0;
		regex_t regex;

		if (match == 2) {
			assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
			matches = regexec(&regex, identifier, 0, NULL, 0) == 0;
			regfree(&regex);
		}
		if (matches)
			allowed = cJSON_GetObjectItemCaseSensitive(rule, "action")->valueint == 0;
	}
	return allowed;
}

static void source_policy(void **state)
{
	static const struct {
		const char *identifier;
		bool allowed;
	} rows[] = {
		{ "local://context", true },
		{ "local://a/../b", false },
		{ "docker-image://docker.io/library/base:1", true },
		{ "docker-image://docker.io/library/base:2", false },
		{ "docker-image://docker.io/library/base:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
			false },
		{ "docker-image://docker.io/host/secret:1", false },
		{ "docker-image://docker.io/library/postgres:16", true },
		{ "docker-image://docker.io/library/postgres", true },
		{ "docker-image://docker.io/library/postgresql:16", false },
		{ "docker-image://docker.io/library/postgres/x:1", false },
		{ "docker-image://registry.example/team/a:v1", true },
		{ "docker-image://registry.example/team/a/b:v1", false },
		{ "docker-image://registryXexample/team/a:v1", false },
		{ "docker-image://registry.example/team/a:w1", false },
		{ "http://buildkit-session/" ID, true },
		{ "http://buildkit-session/" ID "/x", false },
		{ "http://buildkit-session:80/" ID, false },
		{ "http://buildkit-session.example/" ID, false },
		{ "https://buildkit-session/" ID, false },
		{ "https://example.org/x", false },
		{ "http://127.0.0.1/", false },
		{ "git://example.org/x", false },
		{ "oci-layout://x", false },
		{ "ssh://x", false },
	};
	char *pulls[] = { (char *)"postgres", (char *)"registry.example/team/*:v*", NULL };
	cJSON *images = cJSON_Parse("[\"docker.io/library/base:1\"]"), *tree;
	const cJSON *list;

	(void)state;
	tree = source_policy_make(images, pulls);
	list = cJSON_GetObjectItemCaseSensitive(tree, "rules");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (lets_in(list, rows[i].identifier) != rows[i].allowed)
			fail_msg("%s is %s", rows[i].identifier,
				rows[i].allowed ? "kept out" : "let in");
	cJSON_Delete(images);
	cJSON_Delete(tree);
}

static void sessions_and_builds(void **state)
{
	struct buildkit buildkit = { .offered = true };
	struct refusal r;
	char id[32];

	(void)state;
	assert_int_equal(buildkit_session_begin(&buildkit, "short", &r), -1);
	assert_int_equal(buildkit_session_begin(&buildkit, ID, &r), 0);
	assert_true(buildkit_has_session(&buildkit, ID));
	assert_int_equal(buildkit_session_begin(&buildkit, ID, &r), -1);
	assert_int_equal(r.status, 409);
	buildkit_session_end(&buildkit, ID);
	assert_false(buildkit_has_session(&buildkit, ID));
	assert_false(buildkit_has_session(&buildkit, ""));
	for (int i = 0; i < BUILDKIT_BUILDS + 10; i++) {
		snprintf(id, sizeof(id), "abcdefghijklmnopqrst%05d", i);
		assert_int_equal(buildkit_build_begin(&buildkit, id, "mine/x", &r), 0);
		assert_string_equal(buildkit_build_tags(&buildkit, id), "mine/x");
		assert_int_equal(buildkit_build_begin(&buildkit, id, "", &r), -1);
		buildkit_build_end(&buildkit, id);
		buildkit_build_end(&buildkit, id);
	}
	assert_int_equal(buildkit.running, 0);
	assert_false(buildkit_has_build(&buildkit, "abcdefghijklmnopqrst00000"));
	assert_true(buildkit_has_build(&buildkit, id));
	assert_int_equal(buildkit_build_begin(&buildkit, ID, NULL, &r), 0);
	assert_null(buildkit_build_tags(&buildkit, ID));
	for (size_t i = 0; i < buildkit.builds_n; i++)
		free(buildkit.builds[i].tags);
}

static void offered(void **state)
{
	static const struct {
		struct policy policy;
		bool podman;
		unsigned api;
		const char *why;
	} rows[] = {
		{ { .build_net = (char *)"none" }, false, 45, NULL },
		{ { .build_net = (char *)"bridge" }, false, 44, NULL },
		{ { .build_net = (char *)"none" }, false, 43, "source policy" },
		{ { .build_net = (char *)"none" }, true, 45, "podman" },
		{ { .build_net = (char *)"other" }, false, 45, "--docker-build-net" },
		{ { .build_net = (char *)"none", .limits_required = 1 }, false, 45, "limits" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buildkit buildkit = { 0 };

		buildkit_decide(&buildkit, &rows[i].policy, rows[i].podman, rows[i].api);
		assert_int_equal(buildkit.offered, rows[i].why == NULL);
		if (rows[i].why != NULL)
			assert_non_null(strstr(buildkit.why, rows[i].why));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded),
		cmocka_unit_test(refused),
		cmocka_unit_test(forced),
		cmocka_unit_test(result_has_the_labels),
		cmocka_unit_test(source_policy),
		cmocka_unit_test(sessions_and_builds),
		cmocka_unit_test(offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
