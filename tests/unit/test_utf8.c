#include "sandbox/base/utf8.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The bytes of a number as UTF-8 would have them, whether it may or not. */
static size_t encode(uint32_t c, char ret[4])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		ret[0] = (char)c;
		return n;
	}
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		ret[i] = (char)(0x80 | (c & 0x3f));
	ret[0] = (char)((0xf00U >> n & 0xf0) | c);
	return n;
}

static void knows_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x200000; c++) {
		char text[5] = "";
		size_t n = encode(c, text);
		bool valid = c < 0x110000 && (c < 0xd800 || c > 0xdfff);

		if (utf8_length(text) != (valid ? n : 0) ||
			utf8_length_within(text, n) != (valid ? n : 0))
			fail_msg("U+%04X is %s", (unsigned)c, valid ? "refused" : "taken");
	}
}

static void refuses_what_is_no_character(void **state)
{
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2z",
		"\xc2\xc2", "\xe0\x9f\xbf", "\xe0\xa0", "\xe1\x80z", "\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
		"\xfe" };

	(void)state;
	assert_int_equal(utf8_length(""), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(utf8_length(bad[i]), 0);
		assert_int_equal(utf8_length_within(bad[i], strlen(bad[i])), 0);
	}
}

/* What is cut off is on the heap, where the sanitizer sees a byte too many. */
static void reads_nothing_past_the_end(void **state)
{
	static const char text[] = "\xf0\x9f\x98\x80";

	(void)state;
	for (size_t n = 1; n <= 4; n++) {
		own_mem char *cut = malloc(n);

		memcpy(cut, text, n);
		assert_int_equal(utf8_length_within(cut, n), n == 4 ? 4 : 0);
	}
	assert_int_equal(utf8_length_within(text, 0), 0);
	assert_int_equal(utf8_length_within("\0", 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_character),
		cmocka_unit_test(refuses_what_is_no_character),
		cmocka_unit_test(reads_nothing_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
