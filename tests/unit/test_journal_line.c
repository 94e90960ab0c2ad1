/* sandbox/docker/journal_line.c: what is written is read back, and nothing else is. */
#include "sandbox/base/own.h"
#include "sandbox/docker/journal_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ID    "00112233445566778899aabbccddeeff"
#define OWNER "ffeeddccbbaa99887766554433221100"

static const struct {
	struct journal_line line;
	const char *text;
} rows[] = {
	{ { .verb = JOURNAL_RUN, .run_id = ID, .owner = OWNER, .started = 17 },
		"run " ID " " OWNER " 17\n" },
	{ { .verb = JOURNAL_INTENT, .kind = OBJECT_CONTAINER, .id = "", .name = "web" },
		"intent container web\n" },
	{ { .verb = JOURNAL_INTENT, .kind = OBJECT_VOLUME, .id = "", .name = "" },
		"intent volume -\n" },
	{ { .verb = JOURNAL_MADE, .kind = OBJECT_NETWORK, .id = "n1", .name = "net" },
		"made network n1 net\n" },
	{ { .verb = JOURNAL_MADE, .kind = OBJECT_EXEC, .id = "e1", .name = "" }, "made exec e1\n" },
	{ { .verb = JOURNAL_INTERMEDIATE, .kind = OBJECT_IMAGE, .id = "sha256:1", .name = "" },
		"passing image sha256:1\n" }, /* so it stands in files of older versions */
	{ { .verb = JOURNAL_KEPT, .kind = OBJECT_TAG, .id = "a/b:1", .name = "a/b:1" },
		"kept tag a/b:1 a/b:1\n" },
	{ { .verb = JOURNAL_GONE, .kind = OBJECT_CONTAINER, .id = "c1", .name = "" },
		"gone container c1\n" },
};

static void assert_word(const char *got, const char *expected)
{
	if (expected == NULL)
		assert_null(got);
	else
		assert_string_equal(got, expected);
}

static void assert_line(const struct journal_line *got, const struct journal_line *expected)
{
	assert_int_equal(got->verb, expected->verb);
	assert_int_equal(got->started, expected->started);
	assert_int_equal(got->kind, expected->kind);
	assert_word(got->run_id, expected->run_id);
	assert_word(got->owner, expected->owner);
	assert_word(got->id, expected->id);
	assert_word(got->name, expected->name);
}

static void test_both_ways(void **state)
{
	char text[JOURNAL_LINE_MAX + 1];
	struct journal_line got;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(journal_line_format(&rows[i].line, text), strlen(rows[i].text));
		assert_string_equal(text, rows[i].text);
		text[strlen(text) - 1] = '\0';
		assert_true(journal_line_parse(text, &got));
		assert_line(&got, &rows[i].line);
	}
}

/* What would be read back as something else is not written. */
static void test_not_written(void **state)
{
	static const char *const words[] = { "a b", "a\nmade container c2", "a\tb", "\177" };
	char text[JOURNAL_LINE_MAX + 1], word[JOURNAL_LINE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const struct journal_line made = { .verb = JOURNAL_MADE, .id = words[i] },
					  named = { .verb = JOURNAL_MADE,
						  .id = "c1",
						  .name = words[i] },
					  meant = { .verb = JOURNAL_INTENT, .name = words[i] };

		assert_int_equal(journal_line_format(&made, text), 0);
		assert_int_equal(journal_line_format(&named, text), 0);
		assert_int_equal(journal_line_format(&meant, text), 0);
	}
	assert_int_equal(
		journal_line_format(&(struct journal_line){ .verb = JOURNAL_NONE }, text), 0);
	assert_int_equal(
		journal_line_format(&(struct journal_line){ .verb = JOURNAL_GONE, .id = "" }, text),
		0);
	memset(word, 'v', sizeof(word));
	word[JOURNAL_LINE_MAX - strlen("made volume \n")] = '\0';
	struct journal_line longest = { .verb = JOURNAL_MADE, .kind = OBJECT_VOLUME, .id = word };
	assert_int_equal(journal_line_format(&longest, text), JOURNAL_LINE_MAX);
	word[JOURNAL_LINE_MAX - strlen("made volume \n")] = 'v';
	word[JOURNAL_LINE_MAX - strlen("made volume \n") + 1] = '\0';
	assert_int_equal(journal_line_format(&longest, text), 0);
}

/* However the bytes come: all at once, or one by one. */
static void test_pieces(void **state)
{
	char journal[4096] = "", line_text[JOURNAL_LINE_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		strcat(journal, rows[i].text);
	for (size_t step = 1; step <= strlen(journal); step++) {
		struct journal_reader reader = { .n = 0 };
		struct journal_line line;
		size_t seen = 0;

		for (size_t at = 0; at < strlen(journal); at += step) {
			const char *piece = journal + at;
			size_t n = strlen(piece) < step ? strlen(piece) : step;

			while (journal_reader_next(&reader, &piece, &n, &line)) {
				assert_true(seen < ARRAY_LEN(rows));
				assert_true(journal_line_format(&line, line_text) > 0);
				assert_string_equal(line_text, rows[seen++].text);
			}
			assert_int_equal(n, 0);
		}
		assert_int_equal(seen, ARRAY_LEN(rows));
		assert_int_equal(reader.n, 0);
	}
}

/* The end of a line that is too long is not a line of its own. */
static void test_broken_lines(void **state)
{
	char journal[2 * JOURNAL_LINE_MAX];
	struct journal_reader reader = { .n = 0 };
	struct journal_line line;
	const char *piece = journal;
	size_t n;

	(void)state;
	memset(journal, 'v', sizeof(journal));
	memcpy(journal, "made volume ", strlen("made volume "));
	n = JOURNAL_LINE_MAX;
	n += (size_t)sprintf(journal + n, "\nmade volume ");
	journal[n++] = '\0';
	n += (size_t)sprintf(journal + n, "\nmade volume v\n");
	for (int i = 0; i < 2; i++) {
		assert_true(journal_reader_next(&reader, &piece, &n, &line));
		assert_int_equal(line.verb, JOURNAL_NONE);
	}
	assert_true(journal_reader_next(&reader, &piece, &n, &line));
	assert_int_equal(line.verb, JOURNAL_MADE);
	assert_string_equal(line.id, "v");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_not_written),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_broken_lines),
	};

	return cmocka_run_group_tests_name("journal_line", tests, NULL, NULL);
}
