/* Lines are joined to instructions as docker's parser and podman's do it: both read lines
 * without their end, trim blanks on the left of a first line, drop comments and empty lines
 * between continued ones.
 */
#include "sandbox/docker/dockerfile_lines.h"

#include "sandbox/base/own.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LINE_BYTES_MAX 65000 /* the engine reads lines of less than 64 KiB */

/* ---- bytes ---- */

size_t blank_length(const char *s, const char *end)
{
	static const char *const wide[] = { "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80" };

	if (s == end)
		return 0;
	if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	if (strncmp(s, "\xe2\x80", 2) == 0 && (unsigned char)s[2] >= 0x80 &&
		(unsigned char)s[2] <= 0x8a)
		return 3; /* U+2000 to U+200A */
	return 0;
}

static const char *past_blanks(const char *s, const char *end)
{
	size_t n;

	while ((n = blank_length(s, end)) > 0)
		s += n;
	return s;
}

bool span_has_wide_blank(struct span text)
{
	for (const char *s = text.s; s < text.s + text.n; s++)
		if (blank_length(s, text.s + text.n) > 1)
			return true;
	return false;
}

bool span_is_wide_at_end(struct span text)
{
	const char *end = text.s + text.n;

	return blank_length(text.s, end) > 1 || (text.n >= 2 && blank_length(end - 2, end) == 2) ||
	       (text.n >= 3 && blank_length(end - 3, end) == 3);
}

struct span span_next_word(struct span *rest)
{
	struct span word;

	*rest = span_trim(*rest);
	word = (struct span){ rest->s, 0 };
	while (word.n < rest->n && !span_is_blank(rest->s[word.n]))
		word.n++;
	rest->s += word.n;
	rest->n -= word.n;
	*rest = span_trim(*rest);
	return word;
}

bool span_is_number(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!isdigit((unsigned char)text.s[i]))
			return false;
	return text.n > 0;
}

bool span_take_char(struct span *rest, char c)
{
	if (rest->n == 0 || rest->s[0] != c)
		return false;
	rest->s++;
	rest->n--;
	return true;
}

/* ---- lines ---- */

/* Without its end. False at the end of the text. */
static bool next_line(struct dockerfile_reader *reader, struct span *ret)
{
	const char *newline;

	if (reader->p == reader->end)
		return false;
	newline = memchr(reader->p, '\n', (size_t)(reader->end - reader->p));
	*ret = (struct span){ reader->p,
		(size_t)((newline != NULL ? newline : reader->end) - reader->p) };
	reader->p = newline != NULL ? newline + 1 : reader->end;
	reader->line++;
	if (ret->n > 0 && ret->s[ret->n - 1] == '\r')
		ret->n--;
	return true;
}

static bool is_comment_or_empty(struct span line)
{
	const char *s = past_blanks(line.s, line.s + line.n);

	return s == line.s + line.n || *s == '#';
}

/* Add a line to the instruction. True: it goes on in the next one. */
static bool join_line(struct dockerfile_reader *reader, struct span line)
{
	size_t n = line.n;

	while (n > 0 && span_is_blank(line.s[n - 1]))
		n--;
	if (n == 0 || line.s[n - 1] != reader->escape) {
		text_add(&reader->joined, line.s, line.n);
		return false;
	}
	text_add(&reader->joined, line.s, n - 1);
	return true;
}

/* May this stand on a line of the file that the engine gets? */
static int check_joined(struct dockerfile_reader *reader, struct span text)
{
	if (text.n == 0)
		return refuse_line(reader, 400, "nothing is continued here");
	if (text.n > LINE_BYTES_MAX)
		return refuse_line(
			reader, 400, "an instruction of more than %d bytes", LINE_BYTES_MAX);
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.s[i] < 0x20 && text.s[i] != '\t')
			return refuse_line(reader, 400, "a control character");
	if (span_is_wide_at_end(text))
		return refuse_line(reader, 400, "a blank that is not ASCII at an end of the line");
	if (text.s[text.n - 1] == reader->escape)
		return refuse_line(reader, 400, "the instruction ends in an escape character");
	return 0;
}

int reader_next(struct dockerfile_reader *reader, struct span *ret)
{
	struct span line;
	bool goes_on;

	text_clear(&reader->joined);
	do {
		if (!next_line(reader, &line))
			return 0;
	} while (is_comment_or_empty(line));
	reader->first_line = reader->line;

	goes_on = join_line(reader, line);
	while (goes_on && next_line(reader, &line))
		if (!is_comment_or_empty(line))
			goes_on = join_line(reader, line);
	if (reader->joined.failed)
		return refuse_memory(reader->r);
	*ret = span_trim((struct span){ reader->joined.s, reader->joined.n });
	return check_joined(reader, *ret) < 0 ? -1 : 1;
}

/* "# name = value"; false if the line is nothing like it. */
static bool split_directive(struct span line, struct span *ret_name, struct span *ret_value)
{
	const char *s = past_blanks(line.s, line.s + line.n), *end = line.s + line.n;
	struct span text;
	size_t n = 0;

	if (s == end || *s != '#')
		return false;
	text = span_trim((struct span){ s + 1, (size_t)(end - s) - 1 });
	while (n < text.n && isalnum((unsigned char)text.s[n]))
		n++;
	*ret_name = (struct span){ text.s, n };
	text = span_trim((struct span){ text.s + n, text.n - n });
	if (n == 0 || text.n < 2 || text.s[0] != '=')
		return false;
	*ret_value = span_trim((struct span){ text.s + 1, text.n - 1 });
	return ret_value->n > 0;
}

/* Directives stand before everything else. Only the escape character means something to a
 * classic builder. */
int reader_directives(struct dockerfile_reader *reader)
{
	struct span line, name, value;
	bool seen = false;

	for (;;) {
		const char *before = reader->p;

		if (!next_line(reader, &line))
			return 0;
		if (!split_directive(line, &name, &value) ||
			!(span_folds_to(name, "escape") || span_folds_to(name, "syntax") ||
				span_folds_to(name, "check"))) {
			reader->p = before;
			reader->line--;
			return 0;
		}
		reader->first_line = reader->line;
		if (!span_folds_to(name, "escape"))
			continue;
		if (seen || value.n != 1 || strchr("\\`", value.s[0]) == NULL)
			return refuse_line(reader, 400, "escape may be \\ or `, once");
		seen = true;
		reader->escape = value.s[0];
	}
}
