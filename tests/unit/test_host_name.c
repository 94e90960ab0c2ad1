/* sandbox/net/host_name.c: one spelling, and nothing that a resolver would take for an address. */
#include "sandbox/base/own.h"
#include "sandbox/net/host_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij123"

/* On the heap without slack, so that the sanitizer sees a byte too many. */
static int read_exactly(const char *text, size_t n, char ret[HOST_NAME_BYTES], const char **ret_why)
{
	own_mem char *exact = malloc(n + (n == 0));

	assert_non_null(exact);
	memcpy(exact, text, n);
	return host_name_read(exact, n, ret, ret_why);
}

static void one_spelling(void **state)
{
	static const char *const rows[][2] = {
		{ "example.org", "example.org" },
		{ "EXAMPLE.Org.", "example.org" },
		{ "localhost", "localhost" },
		{ "a_b._tcp.example.org", "a_b._tcp.example.org" },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example" },
		{ "1.2.3.4x", "1.2.3.4x" },
		{ "0.pool.ntp.org", "0.pool.ntp.org" },
		{ "1e5", "1e5" },
		{ "0xfg", "0xfg" },
		{ "3com.com", "3com.com" },
		{ L63 "." L63 ".org", L63 "." L63 ".org" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[HOST_NAME_BYTES] = "";
		const char *why = NULL;

		if (read_exactly(rows[i][0], strlen(rows[i][0]), name, &why) != 0)
			fail_msg("'%s' is refused: %s", rows[i][0], why);
		assert_string_equal(name, rows[i][1]);
	}
}

static void no_name(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *why;
	} rows[] = {
#define ROW(text, why) { text, sizeof(text) - 1, why }
		ROW("", "empty"),
		ROW(".", "empty"),
		ROW("a..b", "empty label"),
		ROW("a.org..", "empty label"),
		ROW(".a.org", "empty label"),
		ROW(L63 "4.org", "63 bytes"),
		ROW("-a.org", "begins or ends"),
		ROW("a-.org", "begins or ends"),
		ROW("a.org-", "begins or ends"),
		ROW("a.org\0.evil.org", "character"),
		ROW("a.org\0", "character"),
		ROW("a b.org", "character"),
		ROW("a.org\n", "character"),
		ROW("a/b.org", "character"),
		ROW("a:80", "character"),
		ROW("user@a.org", "character"),
		ROW("*.a.org", "character"),
		ROW("a%2eorg", "character"),
		ROW("b\303\274cher.example", "ASCII"),
		ROW("a\357\274\216org", "ASCII"), /* U+FF0E, which IDNA makes a dot */
		/* Whatever inet_aton(3) takes. */
		ROW("127.0.0.1", "number"),
		ROW("127.1", "number"),
		ROW("127.1.", "number"),
		ROW("2130706433", "number"),
		ROW("0177.0.0.1", "number"),
		ROW("0x7f.1", "number"),
		ROW("0x7f000001", "number"),
		ROW("0X7F000001", "number"),
		ROW("127.0.0.0x1", "number"),
		ROW("a.0x", "number"),
		ROW("a.1", "number"),
		ROW("a._", "number"),
		ROW("::1", "character"),
		ROW("fe80::1%lo", "character"),
		ROW("[::1]", "character"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[HOST_NAME_BYTES] = "untouched";
		const char *why = NULL;

		if (read_exactly(rows[i].text, rows[i].n, name, &why) != -1)
			fail_msg("'%s' is taken for '%s'", rows[i].text, name);
		assert_non_null(why);
		if (strstr(why, rows[i].why) == NULL)
			fail_msg("'%s': '%s', and not '%s'", rows[i].text, why, rows[i].why);
		assert_string_equal(name, "untouched");
	}
}

static void longest(void **state)
{
	char text[300], name[HOST_NAME_BYTES];
	const char *why;

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = '.';
	text[253] = '.';
	assert_int_equal(read_exactly(text, 253, name, &why), 0);
	assert_int_equal(strlen(name), 253);
	assert_int_equal(read_exactly(text, 254, name, &why), 0); /* with the final dot */
	assert_int_equal(strlen(name), 253);
	assert_int_equal(read_exactly(text, 255, name, &why), -1);
	assert_string_equal(why, "longer than 253 bytes");
}

/* Every byte alone: letters, and nothing else, are a name. */
static void every_byte(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char text[] = { (char)c, 'z' }, name[HOST_NAME_BYTES];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = (c >= '0' && c <= '9') || c == '_';
		const char *why;

		assert_int_equal(read_exactly(text, 1, name, &why) == 0, letter);
		assert_int_equal(read_exactly(text, 2, name, &why) == 0, letter || digit);
	}
}

static void below(void **state)
{
	(void)state;
	assert_true(host_name_is_below("a.example.org", "example.org"));
	assert_true(host_name_is_below("a.b.example.org", "example.org"));
	assert_false(host_name_is_below("example.org", "example.org"));
	assert_false(host_name_is_below("aexample.org", "example.org"));
	assert_false(host_name_is_below(".example.org", "example.org"));
	assert_false(host_name_is_below("example.org.evil.org", "example.org"));
	assert_false(host_name_is_below("org", "example.org"));
	assert_false(host_name_is_below("a.example.org", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_spelling),
		cmocka_unit_test(no_name),
		cmocka_unit_test(longest),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
