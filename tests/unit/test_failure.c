#include "sandbox/base/failure.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka has a macro of that name; ours is the function */

static void test_fill(void **state)
{
	struct failure f = { .step = "old", .remedy = "old" };

	(void)state;
	assert_int_equal(fail(&f, ENOENT, "open %s", "x"), -1);
	assert_int_equal(f.errnum, ENOENT);
	assert_string_equal(f.what, "open x");
	assert_string_equal(f.step, "");
	assert_string_equal(f.remedy, "");
	assert_int_equal(fail_remedy(&f, "make %s", "it"), -1);
	assert_string_equal(f.remedy, "make it");
	assert_string_equal(f.what, "open x");
}

static void test_the_deeper_step_stays(void **state)
{
	struct failure f;

	(void)state;
	fail(&f, 0, "x");
	assert_int_equal(fail_step(&f, "keeper: mount the root"), -1);
	fail_step(&f, "launcher: build");
	assert_string_equal(f.step, "keeper: mount the root");
	f.step[0] = '\0';
	fail_step(&f, "a step whose name is much longer than the room that there is");
	assert_int_equal(strlen(f.step), sizeof(f.step) - 1);
}

/* Cut at a character: half of one would be invalid where it is printed. */
static void test_cut_at_a_character(void **state)
{
	struct failure f;
	char large[2 * sizeof(f.what)];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(large, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(large); i += 4)
			memcpy(large + i, "\xf0\x9f\x8c\x8a", 5);
		fail(&f, 0, "%s", large);
		assert_true(strlen(f.what) < sizeof(f.what));
		assert_true(strlen(f.what) > sizeof(f.what) - 8);
		for (size_t i = shift; i + 4 <= strlen(f.what); i += 4)
			assert_memory_equal(f.what + i, "\xf0\x9f\x8c\x8a", 4);
	}
}

static void test_sanitize(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "plain ASCII ~", "plain ASCII ~" },
		{ "\t\n\r\033\x7f\x01", "??????" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x8a",
			"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x8a" },
		{ "\xc0\xaf", "??" },           /* overlong '/' */
		{ "\xe0\x80\xaf", "???" },      /* and longer */
		{ "\xed\xa0\x80", "???" },      /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* past U+10FFFF */
		{ "\xf5\x80\x80\x80", "????" }, /* no such first byte */
		{ "\xc2\x9b[2J", "??[2J" },     /* CSI as one C1 character */
		{ "\xc2\xa0", "\xc2\xa0" },     /* the first that is none */
		{ "\xe2\x82", "??" },           /* cut */
		{ "\xe2\x82z", "??z" },         /* interrupted */
		{ "\x80\xbf", "??" },           /* continuation alone */
		{ "", "" },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].in);
		failure_sanitize(text);
		assert_string_equal(text, rows[i].out);
	}
}

static void test_message_is_sanitized(void **state)
{
	struct failure f;

	(void)state;
	fail(&f, 0, "ref %s", "a\n\033b");
	assert_string_equal(f.what, "ref a??b");
	fail_remedy(&f, "%s", "x\xff");
	assert_string_equal(f.remedy, "x?");
}

static void test_heard(void **state)
{
	struct failure f;

	(void)state;
	memset(&f, 0x1b, sizeof(f));
	failure_heard(&f);
	assert_int_equal(strlen(f.step), sizeof(f.step) - 1);
	assert_int_equal(strlen(f.what), sizeof(f.what) - 1);
	assert_int_equal(strlen(f.remedy), sizeof(f.remedy) - 1);
	assert_null(strchr(f.step, 0x1b));
	assert_null(strchr(f.what, 0x1b));
	assert_null(strchr(f.remedy, 0x1b));
}

static void test_redact(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "clone https://user:secret@host/x", "clone https://user:******@host/x" },
		{ "https://token@host", "https://*****@host" },
		{ "oci:/images:1.0@sha256:0123456789ab", "oci:/images:1.0@sha256:0123456789ab" },
		{ "user:secret@sha256:12345", "user:******@sha256:12345" }, /* a host and a port */
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(text, rows[i].in);
		failure_redact(text);
		assert_string_equal(text, rows[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_the_deeper_step_stays),
		cmocka_unit_test(test_cut_at_a_character),
		cmocka_unit_test(test_sanitize),
		cmocka_unit_test(test_message_is_sanitized),
		cmocka_unit_test(test_heard),
		cmocka_unit_test(test_redact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
