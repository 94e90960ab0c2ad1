#include "sandbox/config/request.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* From the heap and without a NUL behind it, as it comes from a file. */
static int parse(const char *text, struct repo_request *r, struct failure *f)
{
	own_mem char *copy = malloc(strlen(text) + 1);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	return repo_request_parse(copy, strlen(text), r, f);
}

static void parses_every_key(void **state)
{
	static const char text[] =
		"{\"command\":[\"make\",\"\",\"\xc3\xa9 x\"],\"memory\":\"512M\",\"swap\":0,"
		"\"cpus\":1.5,\"pids\":100,\"app-size\":1048576,\"app-inodes\":\"4K\","
		"\"timeout\":60,\"idle-timeout\":\"max\",\"output-limit\":\"1M\",\"artifacts\":[\"d/**\",\"e?\"]}";
	struct repo_request r;
	struct failure f;

	(void)state;
	if (parse(text, &r, &f) < 0)
		fail_msg("%s", f.what);
	assert_int_equal(r.present, (1 << 11) - 1);
	assert_int_equal(r.words, 3);
	assert_int_equal(r.command_length, 5 + 1 + 5);
	assert_memory_equal(r.command, "make\0\0\xc3\xa9 x", 11);
	assert_true(r.limits.memory_bytes == 512 << 20);
	assert_true(r.limits.swap_bytes == 0);
	assert_int_equal(r.limits.cpus_milli, 1500);
	assert_int_equal(r.limits.pids, 100);
	assert_true(r.limits.app_size_bytes == 1 << 20);
	assert_true(r.limits.app_inodes == 4096);
	assert_int_equal(r.limits.timeout_s, 60);
	assert_true(r.limits.idle_timeout_s == LIMIT_NONE);
	assert_true(r.limits.output_limit_bytes == 1 << 20);
	assert_int_equal(r.offers_length, 5 + 3);
	assert_memory_equal(r.offers, "d/**\0e?", 8);
	assert_int_equal(r.net_length, 0);
}

static void an_empty_file_asks_for_nothing(void **state)
{
	struct repo_request r;
	struct failure f;

	(void)state;
	assert_int_equal(parse("{}", &r, &f), 0);
	assert_int_equal(r.present, 0);
	assert_int_equal(r.words, 0);
}

static void refuses_with_name_and_place(void **state)
{
	static const struct {
		const char *text, *what, *remedy;
	} rows[] = {
		{ "", ".cofferdam.json:1:1:", "" },
		{ "[]", "not a JSON object", "" },
		{ "null", "not a JSON object", "" },
		{ "{\"pids\":5}x", ":1:11: something follows", "" },
		{ "{\n \"net\":\"full\"}", ":2:2: net: neither", "allow:npm" },
		{ "{\"net\":\"allow:\"}", "net", "" },
		{ "{\"net\":\"allow:@/etc/passwd\"}", "no name of a host", "" },
		{ "{\"net\":[\"allow:a.example\",\"none\"]}", "net: neither", "" },
		{ "{\"net\":[1]}", "net: neither", "" },
		{ "{\"net\":{}}", "net: neither", "" },
		{ "{\"net\":\"allow:169.254.169.254\"}", "link-local", "" },
		{ "{\"docker\":\"off\"}", "docker: a repository may not", "" },
		{ "{\"Memory\":\"1G\"}", "Memory: a repository may not", "" },
		{ "{\"env\":[]}", "env: a repository may not", "" },
		{ "{\"ro-bind\":[\"/:/x\"]}", "ro-bind: a repository may not", "" },
		{ "{\"strict\":false}", "strict: a repository may not", "" },
		{ "{\"allow-degraded\":[\"cgroup\"]}", "allow-degraded: a repository may not", "" },
		{ "{\"\":1}", ": a repository may not", "" },
		{ "{\"a\\u001bb\":1}", "a?b: a repository may not", "" },
		{ "{\"artifacts\":\"x\"}", ":1:2: artifacts: not a list of at most", "" },
		{ "{\"artifacts\":[1]}", ":1:2: artifacts: not a list of paths", "dist/**" },
		{ "{\"artifacts\":[\"\"]}", "artifacts: not a list of paths", "" },
		{ "{\"artifacts\":[\"-\"]}", "artifacts: not a list of paths", "" },
		{ "{\"artifacts\":[\"a:/etc\"]}", "artifacts: not a list of paths", "who starts" },
		{ "{\"artifacts\":[\"a/../b\"]}", "'..' cannot be a part", "" },
		{ "{\"artifacts\":[\"a\\u001bb\"]}", "has a control character", "" },
		{ "{\"pids\":5,\"PIDS\":9}", "duplicate key", "" },
		{ "{\"pids\":5,\"pid\\u017f\":9}", "duplicate key", "" },
		{ "{\"pids\":null}", ":1:2: pids: not a number", "give a number" },
		{ "{\"pids\":\"100\"}", "pids: not a number", "" },
		{ "{\"pids\":[100]}", "pids: not a number", "" },
		{ "{\"pids\":true}", "pids: not a number", "" },
		{ "{\"pids\":-1}", "pids: '-1'", "" },
		{ "{\"pids\":1.5}", "pids: '1.5'", "" },
		{ "{\"pids\":0}", "pids: '0'", "" },
		{ "{\"pids\":4294967296}", "pids: '4294967296'", "" },
		{ "{\"pids\":18446744073709551616}", "pids: '", "" },
		{ "{\"memory\":18446744073709551616}", "memory: '", "" },
		{ "{\"memory\":1e3}", "memory: '1000' is out of range", "1M" },
		{ "{\"memory\":\"1X\"}", "memory: '1X' is not a size", "" },
		{ "{\"memory\":\"\"}", "memory: '' is not a size", "" },
		{ "{\"memory\":true}", "memory: not a number", "512M" },
		{ "{\"app-size\":\"max\"}", "app-size: 'max' is out of range", "" },
		{ "{\"cpus\":0.001}", "cpus: '0.001' is out of range", "" },
		{ "{\"cpus\":\"1.5\"}", "cpus: not a number", "" },
		{ "{\"command\":\"make all\"}", "command: not a list", "no shell" },
		{ "{\"command\":[]}", "command: not a list", "" },
		{ "{\"command\":[\"\"]}", "command: not a list", "" },
		{ "{\"command\":[1]}", "command: not a list", "" },
		{ "{\"command\":[\"a\",null]}", "command: not a list", "" },
		{ "{\"command\":[\"a\",[\"b\"]]}", "command: not a list", "" },
		{ "{\"command\":{\"0\":\"a\"}}", "command: not a list", "" },
		{ "{\"command\":[\"a\\u0000b\"]}", "NUL", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct repo_request r = { .limits.pids = 77 };
		struct failure f;

		if (parse(rows[i].text, &r, &f) == 0)
			fail_msg("accepted %s", rows[i].text);
		if (strstr(f.what, rows[i].what) == NULL ||
			strstr(f.remedy, rows[i].remedy) == NULL)
			fail_msg("%s: expected '%s' '%s', got '%s' '%s'", rows[i].text,
				rows[i].what, rows[i].remedy, f.what, f.remedy);
		assert_int_equal(r.limits.pids, 77);
	}
}

static void takes_rules_for_the_network(void **state)
{
	struct repo_request r;
	struct failure f;

	(void)state;
	assert_int_equal(parse("{\"net\":\"none\"}", &r, &f), 0);
	assert_int_equal(r.present, REPO_NET);
	assert_int_equal(r.net_length, 1);
	assert_string_equal(r.net, "");
	assert_int_equal(
		parse("{\"net\":[\"allow:npm\",\"allow:a.example:443,b.example\"]}", &r, &f), 0);
	assert_string_equal(r.net, "npm,a.example:443,b.example");
	assert_int_equal(r.net_length, strlen(r.net) + 1);
}

static void bounds_the_rules(void **state)
{
	own_mem char *text = malloc(2 * REPO_NET_BYTES);
	struct repo_request r;
	struct failure f;

	(void)state;
	assert_non_null(text);
	/* "a.example," is ten bytes, and the last one has a NUL for its comma. */
	for (size_t n = REPO_NET_BYTES / 10; n <= REPO_NET_BYTES / 10 + 1; n++) {
		char *p = stpcpy(text, "{\"net\":[");

		for (size_t i = 0; i < n; i++)
			p = stpcpy(p, i == 0 ? "\"allow:a.example" : ",a.example");
		strcpy(p, "\"]}");
		assert_int_equal(parse(text, &r, &f), n * 10 <= REPO_NET_BYTES ? 0 : -1);
	}
}

static void bounds_the_command(void **state)
{
	own_mem char *text = malloc(3 * REPO_COMMAND_BYTES);
	struct repo_request r;
	struct failure f;
	char *p;

	(void)state;
	assert_non_null(text);
	for (int words = REPO_COMMAND_WORDS; words <= REPO_COMMAND_WORDS + 1; words++) {
		p = stpcpy(text, "{\"command\":[\"a\"");
		for (int i = 1; i < words; i++)
			p = stpcpy(p, ",\"b\"");
		strcpy(p, "]}");
		assert_int_equal(parse(text, &r, &f), words == REPO_COMMAND_WORDS ? 0 : -1);
	}
	for (int bytes = REPO_COMMAND_BYTES; bytes <= REPO_COMMAND_BYTES + 1; bytes++) {
		p = stpcpy(text, "{\"command\":[\"");
		memset(p, 'a', (size_t)bytes - 1);
		strcpy(p + bytes - 1, "\"]}");
		assert_int_equal(parse(text, &r, &f), bytes == REPO_COMMAND_BYTES ? 0 : -1);
	}
	assert_non_null(strstr(f.what, "8192 bytes"));
}

static void bounds_the_text(void **state)
{
	size_t length = 64 * 1024 + 1;
	own_mem char *text = malloc(length);
	struct repo_request r;
	struct failure f;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', length);
	memcpy(text, "{}", 2);
	assert_int_equal(repo_request_parse(text, length - 1, &r, &f), 0);
	assert_int_equal(repo_request_parse(text, length, &r, &f), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_every_key),
		cmocka_unit_test(an_empty_file_asks_for_nothing),
		cmocka_unit_test(refuses_with_name_and_place),
		cmocka_unit_test(takes_rules_for_the_network),
		cmocka_unit_test(bounds_the_rules),
		cmocka_unit_test(bounds_the_command),
		cmocka_unit_test(bounds_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
