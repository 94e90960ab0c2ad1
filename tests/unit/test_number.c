#include "sandbox/base/number.h"

#include "sandbox/base/own.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const junk[] = { "", " ", "1 ", " 1", "+1", "-1", "-0", "00", "01", "0x1", "1x",
	"1\n", "1,5", "1e3", "one", "\xd9\xa1", "18446744073709551616", "18446744073709551615999",
	"99999999999999999999999999", "1\t" };

static void parses_whole_numbers(void **state)
{
	struct failure f;
	uint64_t value = 77;

	(void)state;
	assert_int_equal(number_parse("--n", "0", 0, UINT64_MAX, &value, &f), 0);
	assert_true(value == 0);
	assert_int_equal(number_parse("--n", "18446744073709551615", 0, UINT64_MAX, &value, &f), 0);
	assert_true(value == UINT64_MAX);
	value = 77;
	for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
		assert_int_equal(number_parse("--n", junk[i], 0, UINT64_MAX, &value, &f), -1);
		assert_non_null(strstr(f.what, "--n"));
		assert_non_null(strstr(f.remedy, "whole number"));
	}
	assert_int_equal(number_parse("--n", "4", 5, 9, &value, &f), -1);
	assert_int_equal(number_parse("--n", "10", 5, 9, &value, &f), -1);
	assert_true(value == 77); /* untouched on failure */
	assert_int_equal(number_parse("--n", "9", 5, 9, &value, &f), 0);
	assert_true(value == 9);
}

static void parses_sizes(void **state)
{
	static const struct {
		const char *word;
		uint64_t value;
	} good[] = {
		{ "0", 0 },
		{ "0G", 0 },
		{ "1", 1 },
		{ "1K", 1024 },
		{ "3KiB", 3072 },
		{ "512M", UINT64_C(512) << 20 },
		{ "512m", UINT64_C(512) << 20 },
		{ "2G", UINT64_C(2) << 30 },
		{ "2g", UINT64_C(2) << 30 },
		{ "2GiB", UINT64_C(2) << 30 },
		{ "1T", UINT64_C(1) << 40 },
		{ "1TiB", UINT64_C(1) << 40 },
		{ "16777215T", UINT64_C(16777215) << 40 },
		{ "18446744073709551614", UINT64_MAX - 1 },
		{ "max", UINT64_MAX },
	};
	static const char *const bad[] = { "K", "1KB", "1kB", "1GB", "1Gi", "1 G", "1.5G", "1P",
		"1GG", "16777216T", "17592186044416M", "18446744073709551615", "18014398509481984K",
		"Max", "max ", "maxK", "1K\n", "0x1K", "-1K", "" };
	struct failure f;
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(number_parse_size("--s", good[i].word, &value, &f), 0);
		assert_true(value == good[i].value);
	}
	value = 77;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (number_parse_size("--s", bad[i], &value, &f) == 0)
			fail_msg("accepted %s", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(junk); i++)
		assert_int_equal(number_parse_size("--s", junk[i], &value, &f), -1);
	assert_true(value == 77);
}

static void parses_processors(void **state)
{
	static const struct {
		const char *word;
		uint32_t milli;
	} good[] = { { "2", 2000 }, { "1.5", 1500 }, { "0.25", 250 }, { "0.001", 1 },
		{ "1.050", 1050 }, { "0", 0 }, { "4294966", 4294966000 } };
	static const char *const bad[] = { ".5", "1.", "1.2345", "1.5x", "1..5", "1.5.", "-1",
		"01.5", "1,5", "1.-5", "4294967", "18446744073709551616", "1e3", "max", "", " 1" };
	struct failure f;
	uint32_t milli;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(number_parse_cpus("--cpus", good[i].word, &milli, &f), 0);
		assert_int_equal(milli, good[i].milli);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (number_parse_cpus("--cpus", bad[i], &milli, &f) == 0)
			fail_msg("accepted %s", bad[i]);
}

static void keeps_to_ranges(void **state)
{
	const struct range timeout = { UNIT_COUNT, 1, 100, BOUNDLESS_OR_ZERO, 0 };
	const struct range pids = { UNIT_COUNT, 4, 1000, BOUNDLESS, UINT32_MAX };
	const struct range weight = { UNIT_COUNT, 1, 100, BOUNDED, 0 };
	struct failure f;
	uint64_t value;

	(void)state;
	assert_int_equal(number_parse_range("t", "0", &timeout, &value, &f), 0);
	assert_true(value == 0);
	assert_int_equal(number_parse_range("t", "max", &timeout, &value, &f), 0);
	assert_true(value == 0);
	assert_int_equal(number_parse_range("p", "max", &pids, &value, &f), 0);
	assert_true(value == UINT32_MAX);
	assert_int_equal(number_parse_range("p", "0", &pids, &value, &f), -1);
	assert_int_equal(number_parse_range("p", "1001", &pids, &value, &f), -1);
	assert_non_null(strstr(f.remedy, "max for no limit"));
	assert_int_equal(number_parse_range("w", "0", &weight, &value, &f), -1);
	assert_int_equal(number_parse_range("w", "max", &weight, &value, &f), -1);
	assert_true(number_in_range(&timeout, 0));
	assert_false(number_in_range(&weight, 0));
	assert_true(number_in_range(&pids, UINT32_MAX));
	assert_false(number_in_range(&pids, UINT64_MAX));
}

static void knows_what_is_wider(void **state)
{
	const struct range timeout = { UNIT_COUNT, 1, 100, BOUNDLESS_OR_ZERO, 0 };
	const struct range memory = { UNIT_SIZE, 1, UINT64_C(1) << 50, BOUNDLESS, UINT64_MAX };

	(void)state;
	assert_true(number_is_wider(&timeout, 11, 10));
	assert_false(number_is_wider(&timeout, 10, 10));
	assert_false(number_is_wider(&timeout, 9, 10));
	assert_true(number_is_wider(&timeout, 0, 10)); /* 0 is "none" */
	assert_false(number_is_wider(&timeout, 10, 0));
	assert_false(number_is_wider(&timeout, 0, 0));
	assert_true(number_is_wider(&memory, UINT64_MAX, 5));
	assert_false(number_is_wider(&memory, 5, UINT64_MAX));
}

static void formats_what_it_reads(void **state)
{
	static const struct range ranges[] = { { UNIT_COUNT, 0, UINT64_MAX - 1, BOUNDLESS,
						       UINT64_MAX },
		{ UNIT_SIZE, 0, UINT64_MAX - 1, BOUNDLESS, UINT64_MAX },
		{ UNIT_CPUS, 1, 8192000, BOUNDLESS_OR_ZERO, 0 } };
	static const uint64_t values[] = { 1, 7, 10, 100, 250, 1000, 1023, 1024, 1500, 1536, 4096,
		999999, 1048576, 8192000 };
	char text[NUMBER_TEXT_SIZE];
	struct failure f;
	uint64_t value;

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(ranges); r++) {
		for (size_t i = 0; i < ARRAY_LEN(values); i++) {
			number_format(&ranges[r], values[i], text);
			if (number_parse_range("n", text, &ranges[r], &value, &f) < 0 ||
				value != values[i])
				fail_msg("%" PRIu64 " became %s", values[i], text);
		}
		assert_string_equal(number_format(&ranges[r], ranges[r].none, text), "max");
	}
	assert_string_equal(number_format(&ranges[1], UINT64_C(2) << 30, text), "2G");
	assert_string_equal(number_format(&ranges[2], 1500, text), "1.5");
}

/* Any word that is accepted is rejected with anything behind it or before it. */
static void accepts_nothing_around_a_number(void **state)
{
	static const char tail[] = " \n\t+-.,xX%;\x7f\xc2";
	struct failure f;
	uint64_t value;
	uint32_t milli;
	char word[32];

	(void)state;
	for (unsigned n = 0; n < 2000; n += 37)
		for (size_t i = 0; i < strlen(tail); i++) {
			snprintf(word, sizeof(word), "%u%c", n, tail[i]);
			assert_int_equal(number_parse("n", word, 0, UINT64_MAX, &value, &f), -1);
			assert_int_equal(number_parse_size("n", word, &value, &f), -1);
			assert_int_equal(number_parse_cpus("n", word, &milli, &f), -1);
			snprintf(word, sizeof(word), "%c%u", tail[i], n);
			assert_int_equal(number_parse("n", word, 0, UINT64_MAX, &value, &f), -1);
			assert_int_equal(number_parse_size("n", word, &value, &f), -1);
			assert_int_equal(number_parse_cpus("n", word, &milli, &f), -1);
		}
}

static void loads_what_it_stores(void **state)
{
	struct {
		uint32_t before, narrow, after;
		uint64_t wide;
	} s = { 1, 2, 3, 4 };

	(void)state;
	number_store(&s, (size_t)((char *)&s.narrow - (char *)&s), sizeof(s.narrow), UINT32_MAX);
	number_store(&s, (size_t)((char *)&s.wide - (char *)&s), sizeof(s.wide), UINT64_MAX);
	assert_int_equal(s.before, 1);
	assert_int_equal(s.after, 3);
	assert_true(number_load(&s, (size_t)((char *)&s.narrow - (char *)&s), sizeof(s.narrow)) ==
		    UINT32_MAX);
	assert_true(number_load(&s, (size_t)((char *)&s.wide - (char *)&s), sizeof(s.wide)) ==
		    UINT64_MAX);
}

static void says_bytes_as_people_do(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1.0 KiB" },
		{ 1536, "1.5 KiB" },
		{ UINT64_C(3) << 30, "3.0 GiB" },
		{ UINT64_C(5) << 50, "5.0 PiB" },
		{ UINT64_MAX, "16.0 EiB" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[NUMBER_BYTES_SIZE];

		assert_string_equal(number_format_bytes(rows[i].bytes, text), rows[i].text);
	}
}

static void test_time(void **state)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} good[] = { { "0", 0 }, { "90", 90 }, { "90s", 90 }, { "10m", 600 }, { "2h", 7200 },
		{ "1d", 86400 } };
	static const char *const bad[] = { "", "m", "10 m", "10mm", "1.5h", "-1", "10M", "1w",
		"18446744073709551615d" };
	struct failure f;
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(number_parse_time("t", good[i].word, &value, &f), 0);
		assert_int_equal(value, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(number_parse_time("t", bad[i], &value, &f), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),
		cmocka_unit_test(parses_whole_numbers),
		cmocka_unit_test(parses_sizes),
		cmocka_unit_test(parses_processors),
		cmocka_unit_test(keeps_to_ranges),
		cmocka_unit_test(knows_what_is_wider),
		cmocka_unit_test(formats_what_it_reads),
		cmocka_unit_test(accepts_nothing_around_a_number),
		cmocka_unit_test(loads_what_it_stores),
		cmocka_unit_test(says_bytes_as_people_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
