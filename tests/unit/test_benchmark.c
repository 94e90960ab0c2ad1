/* doctor --docker: what each rule says of what it may be told. */
#include "sandbox/benchmark/benchmark.h"
#include "sandbox/benchmark/escape.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void escapes(void **state)
{
	static const struct {
		const char *component, *version, *cve; /* NULL: none */
		bool patched;
	} rows[] = {
		{ "runc", "1.0.0-rc5", "CVE-2024-21626", false },
		{ "runc", "0.1.1", "CVE-2019-5736", false },
		{ "runc", "1.1.11", "CVE-2024-21626", false },
		{ "runc", "1.1.12", "CVE-2025-31133", false },
		{ "runc", "1.1.5+ds1-1+deb12u1", "CVE-2024-21626", true },
		{ "runc", "1.2.7", "CVE-2025-31133", false },
		{ "runc", "1.2.8", NULL, false },
		{ "runc", "1.3.2", "CVE-2025-31133", false },
		{ "runc", "1.3.3", NULL, false },
		{ "runc", "1.4.0", NULL, false },
		{ "runc", "2.0.0", NULL, false },
		{ "Engine", "20.10.24+dfsg1", "CVE-2024-23652", true },
		{ "Engine", "24.0.9", NULL, false },
		{ "Engine", "25.0.1", "CVE-2024-23652", false },
		{ "Engine", "v26.1.5", NULL, false },
		{ "Engine", "dev", NULL, false },
		{ "Engine", "99999999999.1.1", NULL, false },
		{ "docker-init", "0.19.0", NULL, false },
		{ "containerd", "1.2.13", "CVE-2020-15257", false },
		{ "containerd", "1.3.8", "CVE-2020-15257", false },
		{ "containerd", "v1.3.9", NULL, false },
		{ "containerd", "1.4.1~ds1", "CVE-2020-15257", true },
		{ "containerd", "v1.4.2", "CVE-2020-15257", false },
		{ "containerd", "1.4.3", NULL, false },
		{ "containerd", "1.6.20~ds1", NULL, false },
		{ "OCI Runtime (runc)",
			"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev",
			"CVE-2024-21626", true },
		{ "OCI Runtime (runc)", "runc version 1.1.11\nspec: 1.0.2-dev", "CVE-2024-21626",
			false },
		{ "OCI Runtime (crun)", "crun version 0.10.4\ncommit: 1", "CVE-2019-18837", false },
		{ "OCI Runtime (crun)", "crun version 1.20\ncommit: 1", NULL, false },
		{ "OCI Runtime (runc", "version", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool patched;
		struct escape_part part;
		const struct escape *escape;

		escape_part(rows[i].component, rows[i].version, &part);
		escape = escape_find(&part, &patched);
		if (rows[i].cve == NULL)
			assert_null(escape);
		else
			assert_true(escape != NULL && strcmp(escape->cve, rows[i].cve) == 0 &&
				    patched == rows[i].patched);
	}
}

static const struct benchmark_row *row(const struct benchmark *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->rows[i].name, name) == 0)
			return &b->rows[i];
	return NULL;
}

static const char *const best =
	"{\"version\":{\"version\":\"29.0.0\",\"components\":{\"Engine\":\"29.0.0\",\"runc\":\"1.3.3\"}},"
	"\"info\":{\"logging\":\"local\",\"options\":[\"name=seccomp,profile=builtin\",\"name=apparmor\","
	"\"name=userns\",\"name=no-new-privileges\"],\"live_restore\":true,\"experimental\":false,"
	"\"insecure\":[],\"exposed\":[]}}";

static const struct benchmark_host good_host = {
	.mode = 0140660, .group = "docker", .uid = 1000, .listens_known = true, .daemon_known = true
};

/* What is changed, and which row has to say what. The two texts are JSON to judge. */
static void one_change(const char *found, const struct benchmark_host *host, const char *name,
	enum benchmark_state state, const char *detail)
{
	cJSON *json = cJSON_Parse(found);
	struct benchmark b;
	const struct benchmark_row *found_row;

	assert_non_null(json);
	benchmark_judge(json, host, &b);
	found_row = row(&b, name);
	assert_non_null(found_row);
	if (found_row->state != state || strstr(found_row->detail, detail) == NULL)
		fail_msg("%s: %s, %s", name, benchmark_state_name(found_row->state),
			found_row->detail);
	assert_true((found_row->remedy == NULL) == (state == BENCHMARK_PASS));
	assert_true(state != BENCHMARK_FAIL || !b.ok);
	cJSON_Delete(json);
}

static void the_best_host(void **state)
{
	static const char daemon[] = "{\"builder\":{\"entitlements\":{\"security-insecure\":false,"
				     "\"network-host\":false}}}";
	struct benchmark_host host = good_host;
	cJSON *json = cJSON_Parse(best);
	struct benchmark b;

	(void)state;
	host.daemon = cJSON_Parse(daemon);
	benchmark_judge(json, &host, &b);
	assert_true(b.ok);
	assert_string_equal(b.version, "29.0.0");
	for (size_t i = 0; i < b.n; i++)
		/* No engine checks signatures. */
		if (b.rows[i].state != BENCHMARK_PASS &&
			strcmp(b.rows[i].name, "content-trust") != 0)
			fail_msg("%s: %s", b.rows[i].name, b.rows[i].detail);
	cJSON_Delete(json);
	cJSON_Delete(host.daemon);
}

static void what_the_engine_says(void **state)
{
	static const struct {
		const char *found, *name;
		enum benchmark_state state;
		const char *detail;
	} rows[] = {
		{ "{}", "seccomp", BENCHMARK_FAIL, "no filter" },
		{ "{\"info\":{\"options\":[\"name=seccomp,profile=unconfined\"]}}", "seccomp",
			BENCHMARK_FAIL, "no filter" },
		{ "{\"info\":{\"options\":[\"name=seccompare\",7]}}", "seccomp", BENCHMARK_FAIL,
			"no filter" },
		{ "{}", "lsm", BENCHMARK_WARN, "neither" },
		{ "{\"info\":{\"options\":[\"name=selinux\"]}}", "lsm", BENCHMARK_PASS, "selinux" },
		{ "{}", "userns-remap", BENCHMARK_WARN, "root" },
		{ "{\"info\":{\"options\":[\"name=rootless\"]}}", "userns-remap", BENCHMARK_PASS,
			"rootless" },
		{ "{}", "live-restore", BENCHMARK_WARN, "update" },
		{ "{\"info\":{\"logging\":\"json-file\"}}", "log-limits", BENCHMARK_WARN,
			"max-size" },
		{ "{\"info\":{\"logging\":\"a\\u001b[31m\"}}", "log-limits", BENCHMARK_PASS,
			"a?[31m" },
		{ "{\"info\":{\"insecure\":[\"r.example\"]}}", "insecure-registries",
			BENCHMARK_WARN, "r.example" },
		{ "{\"info\":{\"experimental\":true}}", "experimental", BENCHMARK_WARN, "on" },
		{ "{}", "known-escapes", BENCHMARK_UNKNOWN, "runtime" },
		{ "{\"version\":{\"components\":{\"runc\":\"1.1.11\"}}}", "known-escapes",
			BENCHMARK_FAIL, "CVE-2024-21626" },
		{ "{\"version\":{\"components\":{\"runc\":\"1.1.5+ds1\"}}}", "known-escapes",
			BENCHMARK_WARN, "distribution" },
		{ "{\"version\":{\"components\":{\"runc\":\"1.3.3\"}}}", "known-escapes",
			BENCHMARK_PASS, "none" },
		/* The worst counts, in whatever order. */
		{ "{\"version\":{\"components\":{\"Engine\":\"20.10.24+dfsg1\",\"runc\":\"1.1.4\"}}}",
			"known-escapes", BENCHMARK_FAIL, "CVE-2024-21626" },
		{ "{\"version\":{\"components\":{\"runc\":\"1.1.4\",\"Engine\":\"20.10.24+dfsg1\"}}}",
			"known-escapes", BENCHMARK_FAIL, "CVE-2024-21626" },
		{ "{\"version\":{\"components\":{\"Engine\":\"20.10.24+dfsg1\",\"runc\":\"1.3.3\"}}}",
			"known-escapes", BENCHMARK_WARN, "distribution" },
		{ "{\"version\":{\"components\":{\"Podman Engine\":\"4.3.1\","
		  "\"OCI Runtime (runc)\":\"runc version 1.1.11\\ncommit: 1\"}}}",
			"known-escapes", BENCHMARK_FAIL, "runc 1.1.11: CVE-2024-21626" },
		{ "{\"version\":{\"components\":{\"OCI Runtime (crun)\":\"crun version 1.8.1\"}}}",
			"known-escapes", BENCHMARK_PASS, "none" },
		{ "{\"version\":{\"components\":{\"OCI Runtime (runsc)\":\"runsc version 1\"}}}",
			"known-escapes", BENCHMARK_UNKNOWN, "runtime" },
		{ "{\"version\":{\"components\":{\"runc\":\"unknown\"}}}", "known-escapes",
			BENCHMARK_UNKNOWN, "runtime" },
		{ "{}", "tcp", BENCHMARK_UNKNOWN, "does not say where else" },
		{ "{\"info\":{\"exposed\":[]}}", "tcp", BENCHMARK_PASS, "nothing listens" },
		{ "{\"info\":{\"exposed\":[\"API is accessible on http://0.0.0.0:4243\"]}}", "tcp",
			BENCHMARK_FAIL, "0.0.0.0:4243" },
		{ "{}", "entitlements", BENCHMARK_WARN, "network.host" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		one_change(rows[i].found, &good_host, rows[i].name, rows[i].state, rows[i].detail);
}

static void what_the_host_has(void **state)
{
	static const struct {
		const char *daemon, *name;
		enum benchmark_state state;
		const char *detail;
	} rows[] = {
		{ "{\"hosts\":[\"fd://\",\"tcp://0.0.0.0:9\"]}", "tcp", BENCHMARK_FAIL,
			"0.0.0.0:9" },
		{ "{\"hosts\":[\"tcp://0.0.0.0:9\"],\"tlsverify\":true}", "tcp", BENCHMARK_PASS,
			"9" },
		{ "{\"hosts\":[7]}", "tcp", BENCHMARK_UNKNOWN, "nothing listens" },
		{ "{\"builder\":{\"entitlements\":{\"security-insecure\":true}}}", "entitlements",
			BENCHMARK_FAIL, "privileged" },
		{ "{\"no-new-privileges\":true}", "no-new-privileges", BENCHMARK_PASS, "set" },
	};
	struct benchmark_host host;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		host = good_host;
		host.daemon = cJSON_Parse(rows[i].daemon);
		assert_non_null(host.daemon);
		one_change("{}", &host, rows[i].name, rows[i].state, rows[i].detail);
		cJSON_Delete(host.daemon);
	}
	host = good_host;
	host.mode = 0140666;
	one_change("{}", &host, "socket-mode", BENCHMARK_FAIL, "0666");
	host = good_host;
	host.owner = 33;
	one_change("{}", &host, "socket-owner", BENCHMARK_WARN, "uid 33");
	host = good_host;
	host.direct = true;
	one_change("{}", &host, "trusted-users", BENCHMARK_WARN, "uid 1000");
	host = good_host;
	host.listens_plain = true;
	one_change("{}", &host, "tcp", BENCHMARK_FAIL, "2375");
	host = good_host;
	host.listens_known = false;
	one_change("{}", &host, "tcp", BENCHMARK_UNKNOWN, "/proc/net/tcp");
	host = good_host;
	host.daemon_known = false;
	one_change("{}", &host, "entitlements", BENCHMARK_UNKNOWN, "daemon.json");
}

static void podman_has_no_daemon(void **state)
{
	cJSON *json = cJSON_Parse("{\"version\":{\"components\":{\"Podman Engine\":\"4.3.1\"}}}");
	struct benchmark b;

	(void)state;
	benchmark_judge(json, &good_host, &b);
	assert_null(row(&b, "live-restore"));
	assert_non_null(row(&b, "seccomp"));
	cJSON_Delete(json);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(the_best_host),
		cmocka_unit_test(what_the_engine_says),
		cmocka_unit_test(what_the_host_has),
		cmocka_unit_test(podman_has_no_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
