/* Whatever a journal holds, it says the same however its bytes come, and a line that is understood
 * is written again as a line that says the same. Input: where it is cut into two; a journal.
 */
#include "sandbox/docker/journal_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_same_word(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool is_same(const struct journal_line *a, const struct journal_line *b)
{
	return a->verb == b->verb && a->started == b->started && a->kind == b->kind &&
	       is_same_word(a->run_id, b->run_id) && is_same_word(a->owner, b->owner) &&
	       is_same_word(a->id, b->id) && is_same_word(a->name, b->name);
}

static void check_written(const struct journal_line *line)
{
	char text[JOURNAL_LINE_MAX + 1];
	size_t n = journal_line_format(line, text);
	struct journal_line again;

	require(line->verb != JOURNAL_RUN || n > 0);
	if (n == 0)
		return;
	require(n == strlen(text) && strchr(text, '\n') == text + n - 1);
	text[n - 1] = '\0';
	require(journal_line_parse(text, &again) && is_same(line, &again));
}

/* The next line of a journal that comes in two pieces. */
struct source {
	struct journal_reader reader;
	const char *at[2];
	size_t n[2];
};

static bool next(struct source *s, struct journal_line *ret)
{
	return journal_reader_next(&s->reader, &s->at[0], &s->n[0], ret) ||
	       journal_reader_next(&s->reader, &s->at[1], &s->n[1], ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	size_t n = size - 1, cut;
	struct journal_line line, same;

	if (size == 0)
		return 0;
	cut = data[0] < n ? data[0] : n;
	struct source whole = { .at = { text, text + n }, .n = { n, 0 } };
	struct source parted = { .at = { text, text + cut }, .n = { cut, n - cut } };

	while (next(&whole, &line)) {
		require(next(&parted, &same) && is_same(&line, &same));
		if (line.verb == JOURNAL_GONE)
			line.name = "";
		if (line.verb != JOURNAL_NONE)
			check_written(&line);
	}
	require(!next(&parted, &same));
	require(whole.reader.n == parted.reader.n && whole.reader.broken == parted.reader.broken);
	return 0;
}
