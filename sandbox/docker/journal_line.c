#include "sandbox/docker/journal_line.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <inttypes.h>
#include <string.h>

static const char *const verbs[] = {
	[JOURNAL_RUN] = "run",
	[JOURNAL_INTENT] = "intent",
	[JOURNAL_MADE] = "made",
	[JOURNAL_INTERMEDIATE] = "passing",
	[JOURNAL_KEPT] = "kept",
	[JOURNAL_GONE] = "gone",
};

static enum journal_verb verb_find(const char *word)
{
	for (size_t i = JOURNAL_RUN; i < ARRAY_LEN(verbs); i++)
		if (strcmp(word, verbs[i]) == 0)
			return (enum journal_verb)i;
	return JOURNAL_NONE;
}

static enum object_kind kind_find(const char *word)
{
	for (int i = 0; i < OBJECT_KINDS; i++)
		if (strcmp(word, object_kind_name((enum object_kind)i)) == 0)
			return (enum object_kind)i;
	return OBJECT_KINDS;
}

/* ---- writing ---- */

/* A line break in a name would begin a line of somebody else's making. */
static bool is_word(const char *word)
{
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return true;
}

static int format_run(const struct journal_line *line, char *ret, size_t size)
{
	return is_word(line->run_id) && is_word(line->owner)
		       ? snprintf(ret, size, "run %s %s %" PRIu64 "\n", line->run_id, line->owner,
				 line->started)
		       : -1;
}

static int format_intent(const struct journal_line *line, char *ret, size_t size)
{
	return is_word(line->name)
		       ? snprintf(ret, size, "intent %s %s\n", object_kind_name(line->kind),
				 line->name[0] != '\0' ? line->name : "-")
		       : -1;
}

static int format_object(const struct journal_line *line, char *ret, size_t size)
{
	const char *name = line->name != NULL ? line->name : "";

	return line->id[0] != '\0' && is_word(line->id) && is_word(name)
		       ? snprintf(ret, size, "%s %s %s%s%s\n", verbs[line->verb],
				 object_kind_name(line->kind), line->id, name[0] != '\0' ? " " : "",
				 name)
		       : -1;
}

size_t journal_line_format(const struct journal_line *line, char ret[JOURNAL_LINE_MAX + 1])
{
	const size_t size = JOURNAL_LINE_MAX + 1;
	int n = line->verb == JOURNAL_NONE     ? -1
		: line->verb == JOURNAL_RUN    ? format_run(line, ret, size)
		: line->verb == JOURNAL_INTENT ? format_intent(line, ret, size)
					       : format_object(line, ret, size);

	return n < 0 || n > JOURNAL_LINE_MAX ? 0 : (size_t)n;
}

/* ---- reading ---- */

static bool is_id(const char *word)
{
	return word != NULL && strlen(word) == JOURNAL_ID_LENGTH &&
	       strspn(word, "0123456789abcdef") == JOURNAL_ID_LENGTH;
}

static bool parse_run(char *words, struct journal_line *ret)
{
	struct failure unsaid;

	ret->run_id = strsep(&words, " ");
	ret->owner = strsep(&words, " ");
	return is_id(ret->run_id) && is_id(ret->owner) && words != NULL &&
	       number_parse("started", words, 0, UINT64_MAX, &ret->started, &unsaid) == 0;
}

static bool parse_object(char *words, struct journal_line *ret)
{
	const char *kind = strsep(&words, " ");

	ret->kind = kind != NULL ? kind_find(kind) : OBJECT_KINDS;
	ret->id = strsep(&words, " ");
	if (ret->kind == OBJECT_KINDS || ret->id == NULL || ret->id[0] == '\0')
		return false;
	ret->name = words != NULL ? words : "";
	if (ret->verb == JOURNAL_INTENT) { /* its first word is its name */
		ret->name = strcmp(ret->id, "-") == 0 ? "" : ret->id;
		ret->id = "";
	}
	return true;
}

bool journal_line_parse(char *text, struct journal_line *ret)
{
	char *words = text;
	struct journal_line line = { .verb = verb_find(strsep(&words, " ")) };

	*ret = (struct journal_line){ .verb = JOURNAL_NONE };
	if (line.verb == JOURNAL_NONE ||
		!(line.verb == JOURNAL_RUN ? parse_run(words, &line) : parse_object(words, &line)))
		return false;
	*ret = line;
	return true;
}

static void reader_add(struct journal_reader *reader, const char *bytes, size_t n)
{
	if (n > JOURNAL_LINE_MAX - 1 - reader->n || memchr(bytes, '\0', n) != NULL)
		reader->broken = true;
	if (reader->broken) {
		reader->n = 0;
		return;
	}
	memcpy(reader->text + reader->n, bytes, n);
	reader->n += n;
}

bool journal_reader_next(struct journal_reader *reader, const char **piece, size_t *piece_n,
	struct journal_line *ret)
{
	const char *end = *piece_n > 0 ? memchr(*piece, '\n', *piece_n) : NULL;
	size_t n = end != NULL ? (size_t)(end - *piece) : *piece_n;

	if (n > 0)
		reader_add(reader, *piece, n);
	*piece += end != NULL ? n + 1 : n;
	*piece_n -= end != NULL ? n + 1 : n;
	if (end == NULL)
		return false;
	*ret = (struct journal_line){ .verb = JOURNAL_NONE };
	if (!reader->broken) {
		reader->text[reader->n] = '\0';
		journal_line_parse(reader->text, ret);
	}
	reader->n = 0;
	reader->broken = false;
	return true;
}
