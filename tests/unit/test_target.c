/* Request targets: what they mean, and what two readers could understand differently. */
#include "sandbox/docker/target.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int read_target(const char *raw, struct target *ret, struct refusal *r)
{
	size_t n = strlen(raw);
	own_mem char *exact = malloc(n + (n == 0)); /* ASan sees a byte too far */

	assert_non_null(exact);
	memcpy(exact, raw, n);
	*r = (struct refusal){ 0 };
	return target_read((struct span){ exact, n }, ret, r);
}

/* "minor|seg|seg?name=value&name=value" with everything decoded: what was understood. */
static void show(const struct target *target, struct text *ret)
{
	text_format(ret, "%u", target->minor);
	for (size_t i = 0; i < target->segments_n; i++)
		text_format(ret, "|%s", target->segments[i]);
	for (size_t i = 0; i < target->pairs_n; i++)
		text_format(ret, "%c%s=%s", i == 0 ? '?' : '&', target->pairs[i].name,
			target->pairs[i].value);
}

static void understands_targets(void **state)
{
	static const struct {
		const char *raw, *meaning;
	} rows[] = {
		{ "/", "0" },
		{ "/?", "0" },
		{ "/_ping", "0|_ping" },
		{ "/_ping?", "0|_ping" },
		{ "/v1.41", "41" },
		{ "/v1.41/_ping", "41|_ping" },
		{ "/v1.12/info", "12|info" },
		{ "/v1.100/info", "100|info" },
		{ "/v1.41/containers/json", "41|containers|json" },
		/* decoded once, in the path as well */
		{ "/containers%2Fjson", "0|containers|json" },
		{ "/%5fping", "0|_ping" },
		{ "/v1.41%2f_ping", "41|_ping" },
		{ "/v1%2E41/_ping", "41|_ping" },
		{ "/images/localhost%2Fbb:1/tag", "0|images|localhost|bb:1|tag" },
		{ "/images/a@sha256:00/json", "0|images|a@sha256:00|json" },
		{ "/containers/a%20b/json", "0|containers|a b|json" },
		{ "/containers/a+b/json", "0|containers|a+b|json" },
		/* letters are what they are: no route has these */
		{ "/_PING", "0|_PING" },
		{ "/images/.../json", "0|images|...|json" },
		{ "/images/.a/json", "0|images|.a|json" },
		/* a name may look like a version */
		{ "/containers/v1/json", "0|containers|v1|json" },
		{ "/v1.41/volumes/v2data", "41|volumes|v2data" },
		{ "/version", "0|version" },
		{ "/v1.41/version", "41|version" },
		{ "/volumes/v1.41", "0|volumes|v1.41" },
		/* the query */
		{ "/build?t=a%3A1&q=False", "0|build?t=a:1&q=False" },
		{ "/build?t=a&t=b", "0|build?t=a&t=b" },
		{ "/build?t=a&", "0|build?t=a" },
		{ "/build?t", "0|build?t=" },
		{ "/build?t=", "0|build?t=" },
		{ "/build?t=a=b", "0|build?t=a=b" },
		{ "/build?t=a?b", "0|build?t=a?b" },
		{ "/build?t=/../%2e", "0|build?t=/../." },
		{ "/build?%72epo=x&Repo=y", "0|build?repo=x&Repo=y" },
		{ "/build?a%3Db=c%26d%3De", "0|build?a=b=c&d=e" },
		{ "/build?a=x+y%20z%2B", "0|build?a=x y z+" },
		{ "/build?a=%2541", "0|build?a=%41" },
		{ "/build?labels=%7B%22a%22%3A%22b%3Bc%23d%22%7D",
			"0|build?labels={\"a\":\"b;c#d\"}" },
		{ "/build?a=%0a%0d%09%c3%a9", "0|build?a=\n\r\t\xc3\xa9" },
		{ "/build?%c3%a9=1", "0|build?\xc3\xa9=1" },
		{ "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", "0|a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_text struct text shown = { 0 };
		struct target target;
		struct refusal r;

		if (read_target(rows[i].raw, &target, &r) < 0)
			fail_msg("%s: %s", rows[i].raw, r.reason);
		show(&target, &shown);
		if (strcmp(shown.s, rows[i].meaning) != 0)
			fail_msg("%s: expected '%s', got '%s'", rows[i].raw, rows[i].meaning,
				shown.s);
		target_release(&target);
	}
}

static void refuses_targets(void **state)
{
	static const struct {
		int status;
		const char *reason, *raw;
	} rows[] = {
		/* the path */
		{ 400, "begin with", "" },
		{ 400, "begin with", "_ping" },
		{ 400, "begin with", "?a=b" },
		{ 400, "begin with", "*" },
		{ 400, "begin with", "http://docker/_ping" },
		{ 400, "'//'", "//_ping" },
		{ 400, "'//'", "/containers//json" },
		{ 400, "'//'", "/containers/%2fjson" },
		{ 400, "'//'", "/%2F_ping" },
		{ 400, "'//'", "/_ping//" },
		{ 400, "'.'", "/./_ping" },
		{ 400, "'.'", "/containers/%2e/json" },
		{ 400, "'.'", "/containers/." },
		{ 400, "'..'", "/containers/../start" },
		{ 400, "'..'", "/containers/.%2e/start" },
		{ 400, "'..'", "/%2e%2e/x" },
		{ 400, "'..'", "/containers/a%2f%2e%2e%2fb" },
		{ 400, "'..'", "/v1.41/.." },
		{ 404, "ends in", "/_ping/" },
		{ 404, "ends in", "/_ping%2f" },
		{ 404, "ends in", "/v1.41/" },
		{ 400, "character", "/a%25b" },
		{ 400, "character", "/%252e%252e/x" },
		{ 400, "character", "/a%5cb" },
		{ 400, "character", "/a\\b" },
		{ 400, "character", "/a%3bb" },
		{ 400, "character", "/a%23b" },
		{ 400, "character", "/a%3fb=c" },
		{ 400, "character", "/a%0ab" },
		{ 400, "character", "/a%7f" },
		{ 400, "character", "/a%1b[31m" },
		{ 400, "character", "/%c3%a9" },
		{ 400, "character", "/%ff" },
		{ 400, "NUL", "/a%00b" },
		{ 400, "encodes nothing", "/a%" },
		{ 400, "encodes nothing", "/a%4" },
		{ 400, "encodes nothing", "/a%4g" },
		{ 400, "encodes nothing", "/a%%41" },
		{ 400, "encodes nothing", "/a%u0041" },
		{ 400, "';'", "/_ping;x" },
		{ 400, "'#'", "/_ping#x" },
		{ 400, "not ASCII", "/_pi ng" },
		{ 400, "not ASCII", "/_pi\tng" },
		{ 400, "not ASCII", "/\xc3\xa9" },
		{ 400, "16 parts", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q" },
		/* the version */
		{ 400, "no version", "/v1.41./_ping" },
		{ 400, "no version", "/v01.41/_ping" },
		{ 400, "no version", "/v1.041/_ping" },
		{ 400, "no version", "/v1.41.0.0/_ping" },
		{ 400, "no version", "/v1..41/_ping" },
		{ 400, "no version", "/v1./_ping" },
		{ 400, "no version", "/v1/_ping" },
		{ 400, "no version", "/v99/_ping" },
		{ 400, "no version", "/v1.4/_ping" },
		{ 400, "no version", "/v1.1000/_ping" },
		{ 400, "no version", "/v1.00/_ping" },
		{ 400, "no version", "/v2.41/_ping" },
		{ 400, "no version", "/v1.4x/_ping" },
		{ 400, "no version", "/V1.41/_ping" },
		{ 400, "no version", "/v1.41/v1.41/_ping" },
		{ 400, "no version", "/v1.41/v1" },
		{ 400, "no version", "/v4.3.1/_ping" },
		{ 403, "libpod", "/v4.3.1/libpod/_ping" },
		/* the query */
		{ 400, "';'", "/build?a=b;c=d" },
		{ 400, "'#'", "/build?a=b#c" },
		{ 400, "not ASCII", "/build?a=\xc3\xa9" },
		{ 400, "name is empty", "/build?=a" },
		{ 400, "name is empty", "/build?=" },
		{ 400, "name is empty", "/build?&a=b" },
		{ 400, "name is empty", "/build?a=b&&" },
		{ 400, "name is empty", "/build?a=b&&c=d" },
		{ 400, "name is empty", "/build?&" },
		{ 400, "encodes nothing", "/build?a=%" },
		{ 400, "encodes nothing", "/build?%4=a" },
		{ 400, "encodes nothing", "/build?a=%zz" },
		{ 400, "NUL", "/build?a=%00" },
		{ 400, "NUL", "/build?a%00b=c" },
		{ 400, "not text", "/build?a=%01" },
		{ 400, "not text", "/build?a=%7f" },
		{ 400, "not text", "/build?a=%ff" },
		{ 400, "not text", "/build?a=%c0%af" },
		{ 400, "not text", "/build?a=%ed%a0%80" },
		{ 400, "not text", "/build?a=%c3" },
		{ 400, "not text", "/build?%0a=a" },
		{ 400, "not text", "/build?a%ff=b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct target target = { .minor = 77 };
		struct refusal r;

		if (read_target(rows[i].raw, &target, &r) == 0)
			fail_msg("%s: accepted, expected '%s'", rows[i].raw, rows[i].reason);
		if (strstr(r.reason, rows[i].reason) == NULL || r.status != rows[i].status)
			fail_msg("%s: expected %d '%s', got %d '%s'", rows[i].raw, rows[i].status,
				rows[i].reason, r.status, r.reason);
		assert_int_equal(target.minor, 77);
	}
}

static void keeps_to_its_limits(void **state)
{
	struct target target;
	struct refusal r;
	char raw[4 * TARGET_PAIRS] = "/build?", name[128] = "/build?";

	(void)state;
	for (int i = 0; i < TARGET_PAIRS; i++)
		strcat(raw, i == 0 ? "a" : "&a");
	assert_int_equal(read_target(raw, &target, &r), 0);
	assert_int_equal(target.pairs_n, TARGET_PAIRS);
	target_release(&target);
	strcat(raw, "&a");
	assert_int_equal(read_target(raw, &target, &r), -1);

	memset(name + strlen(name), 'n', 64);
	assert_int_equal(read_target(name, &target, &r), 0);
	target_release(&target);
	strcat(name, "n");
	assert_int_equal(read_target(name, &target, &r), -1);
	assert_non_null(strstr(r.reason, "too long"));
}

static void finds_values(void **state)
{
	struct target target;
	struct refusal r;

	(void)state;
	assert_int_equal(read_target("/build?t=a&t=b&q=&T=c&%74=d", &target, &r), 0);
	assert_string_equal(target_value(&target, "t"), "a");
	assert_string_equal(target_value(&target, "q"), "");
	assert_string_equal(target_value(&target, "T"), "c");
	assert_null(target_value(&target, "Q"));
	assert_int_equal(target_count(&target, "t"), 3);
	assert_int_equal(target_count(&target, "T"), 1);
	assert_int_equal(target_count(&target, "x"), 0);
	target_release(&target);
	assert_int_equal(target.segments_n, 0);
	assert_null(target.memory);
}

static void write_again(const struct target *target, struct text *ret)
{
	if (target->minor > 0)
		text_format(ret, "/v1.%u", target->minor);
	for (size_t i = 0; i < target->segments_n; i++) {
		text_word(ret, "/");
		text_encode(ret, target->segments[i], false);
	}
	if (ret->n == 0)
		text_word(ret, "/");
	for (size_t i = 0; i < target->pairs_n; i++) {
		text_word(ret, i == 0 ? "?" : "&");
		text_encode(ret, target->pairs[i].name, false);
		text_word(ret, "=");
		text_encode(ret, target->pairs[i].value, false);
	}
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* What is accepted and written anew means the same. */
static void reads_its_own_words_again(void **state)
{
	static const char *const pieces[] = { "/", "/a", "v1.41", "/containers", "?", "&", "=",
		"%2f", "%2e", "%41", "%25", "+", "name", ".", "%c3%a9", "%00", ":", "v1", "%", "b",
		"%0a", "@", "~" };
	uint32_t seed = 5;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		own_text struct text first = { 0 }, second = { 0 }, raw = { 0 };
		char word[160] = "/";
		unsigned n = 1 + random_next(&seed) % 8;
		struct target target, again;
		struct refusal r;

		for (unsigned i = 0; i < n; i++)
			strcat(word, pieces[random_next(&seed) % ARRAY_LEN(pieces)]);
		if (read_target(word, &target, &r) < 0)
			continue;
		accepted++;
		write_again(&target, &raw);
		if (read_target(raw.s, &again, &r) < 0)
			fail_msg("%s became %s: %s", word, raw.s, r.reason);
		show(&target, &first);
		show(&again, &second);
		assert_string_equal(first.s, second.s);
		target_release(&target);
		target_release(&again);
	}
	if (accepted < 1000)
		fail_msg("only %u targets were accepted", accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands_targets),
		cmocka_unit_test(refuses_targets),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(finds_values),
		cmocka_unit_test(reads_its_own_words_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
