/* sandbox/docker/http_status.c: no answer of ours without its words. */
#include "sandbox/base/own.h"
#include "sandbox/docker/http_status.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SOURCE_BYTES (256 * 1024)

/* What begins an argument that is, or chooses, the status of an answer. */
static const char *const openings[] = { "refuse(", "refuse_line(", "exchange_error(",
	"exchange_head(", "exchange_json(" };

static bool has_row(int status)
{
	/* Nothing is called 199, 299, …: they have but the words of their class. */
	return strcmp(http_status_phrase(status), http_status_phrase(status / 100 * 100 + 99)) != 0;
}

/* The numbers of an argument of three digits each: "head->status == 400 ? 413 : 404". */
static unsigned check_numbers(const char *file, const char *from, const char *to)
{
	unsigned found = 0;

	for (const char *p = from; p < to; p++) {
		size_t digits = 0;

		while (isdigit((unsigned char)p[digits]))
			digits++;
		if (digits == 0 || isalnum((unsigned char)p[-1]) || p[-1] == '_') {
			p += digits;
			continue;
		}
		if (digits == 3 && *p >= '1' && *p <= '5') {
			found++;
			if (!has_row(atoi(p)))
				fail_msg("%s answers with %.3s, which has no phrase", file, p);
		}
		p += digits;
	}
	return found;
}

/* The second argument, where no string can stand before it. */
static unsigned check_call(const char *file, const char *arguments)
{
	const char *begin = strchr(arguments, ','), *end = begin;
	int depth = 0;

	if (begin == NULL)
		return 0;
	for (end++; *end != '\0' && !(depth == 0 && (*end == ',' || *end == ')')); end++)
		depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
	return check_numbers(file, begin, end);
}

static unsigned check_source(const char *file)
{
	own_mem char *text = calloc(1, SOURCE_BYTES);
	own_file FILE *source = fopen(file, "re");
	unsigned found = 0;

	assert_non_null(source);
	assert_true(fread(text, 1, SOURCE_BYTES - 1, source) < SOURCE_BYTES - 1);
	for (size_t i = 0; i < ARRAY_LEN(openings); i++)
		for (const char *p = text; (p = strstr(p, openings[i])) != NULL; p++)
			if (p == text || (!isalnum((unsigned char)p[-1]) && p[-1] != '_'))
				found += check_call(file, p + strlen(openings[i]));
	for (const char *p = text; (p = strstr(p, ".status = ")) != NULL; p++)
		found += check_numbers(file, p + 9, p + 14);
	return found;
}

static void every_status_of_ours_has_a_phrase(void **state)
{
	static const char *const folders[] = { "sandbox/docker/*.c", "sandbox/broker/*.c",
		"sandbox/docker/*.h", "sandbox/broker/*.h" };
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		glob_t sources;

		assert_int_equal(glob(folders[i], 0, NULL, &sources), 0);
		for (size_t k = 0; k < sources.gl_pathc; k++)
			found += check_source(sources.gl_pathv[k]);
		globfree(&sources);
	}
	if (found < 200)
		fail_msg("only %u statuses were found in the sources: how are they written now?",
			found);
}

static void words_are_those_of_the_standard(void **state)
{
	(void)state;
	assert_string_equal(http_status_phrase(404), "Not Found");
	assert_string_equal(http_status_phrase(417), "Expectation Failed");
	assert_string_equal(http_status_phrase(429), "Too Many Requests");
	assert_string_equal(http_status_phrase(501), "Not Implemented");
	assert_string_equal(http_status_phrase(503), "Service Unavailable");
}

static void a_status_without_a_row_has_its_class(void **state)
{
	static const int odd[] = { -1, 0, 99, 199, 299, 399, 499, 599, 600, 100000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		assert_true(http_status_phrase(odd[i])[0] != '\0');
	assert_string_equal(http_status_phrase(499), "Client Error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_of_ours_has_a_phrase),
		cmocka_unit_test(words_are_those_of_the_standard),
		cmocka_unit_test(a_status_without_a_row_has_its_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
