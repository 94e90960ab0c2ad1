/* Each keyword has a function that checks its arguments and writes the instruction on one
 * line. What docker's parser and podman's could read differently is refused: control
 * characters, blanks beyond ASCII where one is looked for, quotes and escapes in flags, a
 * line that would end in the escape character again.
 */
#include "sandbox/docker/dockerfile.h"

#include "sandbox/base/own.h"
#include "sandbox/base/utf8.h"
#include "sandbox/docker/dockerfile_add.h"
#include "sandbox/docker/dockerfile_heredoc.h"
#include "sandbox/docker/dockerfile_lines.h"
#include "sandbox/docker/dockerfile_stages.h"
#include "sandbox/docker/dockerfile_variables.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define INSTRUCTIONS_MAX 4096

/* ---- arguments that instructions share ---- */

static bool is_plain_value(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (!isascii(value.s[i]) || strchr("'\"\\`", value.s[i]) != NULL)
			return false;
	return value.n > 0;
}

/* One "--name=value", which is the flag of names[*ret]. */
static int read_flag(struct dockerfile_reader *reader, const char *keyword,
	const char *const *names, struct span flag, size_t *ret, struct span *ret_value)
{
	struct span name = { flag.s + 2, 0 };
	size_t i = 0;

	while (name.n < flag.n - 2 && name.s[name.n] != '=')
		name.n++;
	while (names[i] != NULL && !(name.n == strlen(names[i]) && span_begins(name, names[i])))
		i++;
	if (names[i] == NULL)
		return refuse_line(reader, 403, "%s --%.*s is not supported here", keyword,
			(int)name.n, name.s);
	*ret_value = (struct span){ name.s + name.n, flag.n - 2 - name.n };
	if (!span_take_char(ret_value, '=') || !is_plain_value(*ret_value))
		return refuse_line(reader, 400, "%s --%s needs =VALUE, plain and without quotes",
			keyword, names[i]);
	*ret = i;
	return 0;
}

/* The value of COPY --from. When a trigger runs, the stages are those of another file. */
static int write_copy_source(struct dockerfile_reader *reader, struct span value)
{
	size_t earlier = reader->stages_n - 1;
	const char *stage = stage_find(reader, value, earlier);

	if (memchr(value.s, '$', value.n) != NULL)
		return refuse_line(
			reader, 400, "--from takes no variables: %.*s", (int)value.n, value.s);
	if (span_folds_to(value, "scratch"))
		return refuse_line(reader, 400, "--from=scratch names no image");
	if (stage != NULL && !reader->onbuild) {
		text_word(reader->out, stage);
		return 0;
	}
	if (!span_is_number(value))
		return image_write(reader, value);
	if (reader->onbuild || value.n > 3 || (value.n > 1 && value.s[0] == '0') ||
		strtoul(value.s, NULL, 10) >= earlier)
		return refuse_line(
			reader, 400, "--from=%.*s is not an earlier stage", (int)value.n, value.s);
	text_add(reader->out, value.s, value.n);
	return 0;
}

/* Flags of letters that no parser takes apart, each once; any other is refused. */
static int write_flags(struct dockerfile_reader *reader, const char *keyword,
	const char *const *names, struct span *args)
{
	struct span value = { NULL, 0 };
	unsigned seen = 0;
	size_t i = 0;

	while (span_begins(*args, "--")) {
		if (read_flag(reader, keyword, names, span_next_word(args), &i, &value) < 0)
			return -1;
		if (seen & 1u << i)
			return refuse_line(reader, 400, "%s --%s, twice", keyword, names[i]);
		seen |= 1u << i;
		text_format(reader->out, "--%s=", names[i]);
		if (strcmp(names[i], "from") != 0)
			text_add(reader->out, value.s, value.n);
		else if (write_copy_source(reader, value) < 0)
			return -1;
		text_word(reader->out, " ");
	}
	if (blank_length(args->s, args->s + args->n) > 1)
		return refuse_line(reader, 400, "a blank that is not ASCII after %s", keyword);
	return 0;
}

static void write_line(struct dockerfile_reader *reader, struct span args)
{
	text_add(reader->out, args.s, args.n);
	text_word(reader->out, "\n");
}

/* ---- one function a kind of instruction: it writes what follows the keyword ---- */

static int write_plain(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	static const char *const none[] = { NULL };

	if (write_flags(reader, keyword, none, &args) < 0)
		return -1;
	write_line(reader, args);
	return 0;
}

static int write_healthcheck(
	struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	static const char *const flags[] = { "interval", "timeout", "start-period",
		"start-interval", "retries", NULL };

	if (write_flags(reader, keyword, flags, &args) < 0)
		return -1;
	write_line(reader, args);
	return 0;
}

static int refuse_heredoc(struct dockerfile_reader *reader, const char *keyword)
{
	return refuse_line(reader, 403,
		"%s has a heredoc (or \"<<\" that newer builders take for one); they need BuildKit",
		keyword);
}

static int write_run(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	if (span_begins(args, "--"))
		return refuse_line(
			reader, 403, "flags of RUN (--mount, --network, --security) need BuildKit");
	if (heredoc_is_possible(args))
		return refuse_heredoc(reader, keyword);
	return write_plain(reader, keyword, args);
}

static int write_copy(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	static const char *const flags[] = { "from", "chown", "chmod", NULL };

	if (write_flags(reader, keyword, flags, &args) < 0)
		return -1;
	if (heredoc_is_possible(args))
		return refuse_heredoc(reader, keyword);
	write_line(reader, args);
	return 0;
}

static int write_add(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	static const char *const flags[] = { "chown", "chmod", NULL };
	struct span rest, word;

	if (write_flags(reader, keyword, flags, &args) < 0)
		return -1;
	if (heredoc_is_possible(args))
		return refuse_heredoc(reader, keyword);
	if (span_begins(args, "["))
		return add_json_write(reader, args);
	rest = args;
	for (word = span_next_word(&rest); rest.n > 0; word = span_next_word(&rest))
		if (add_source_check(reader, word) < 0)
			return -1;
	if (word.n == args.n)
		return refuse_line(reader, 400, "ADD needs a source and a destination");
	write_line(reader, args);
	return 0;
}

static int write_arg(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	struct span rest = args, word;

	if (reader->stages_n > 0)
		return write_plain(reader, keyword, args);
	if (span_has_wide_blank(args) || memchr(args.s, reader->escape, args.n) != NULL)
		return refuse_line(
			reader, 400, "ARG before FROM: no escapes, no blanks that are not ASCII");
	while (rest.n > 0) {
		if (!variable_next_word(&rest, &word))
			return refuse_line(reader, 400, "a quote is not closed");
		if (variable_declare(reader, word) < 0)
			return -1;
	}
	return write_plain(reader, keyword, args);
}

static int write_base(struct dockerfile_reader *reader, struct span word)
{
	own_text struct text name = { 0 };
	struct span rest = word, base;
	const char *stage;

	if (variable_expand(reader, &rest, '\0', 0, &name) < 0)
		return refuse_line(reader, 400,
			"cannot tell the name %.*s: only ${NAME}, ${NAME:-word} and ${NAME:+word} of "
			"an ARG before the first FROM",
			(int)word.n, word.s);
	base = (struct span){ name.s, name.n };
	stage = stage_find(reader, base, reader->stages_n - 1);
	if (stage != NULL)
		text_word(reader->out, stage);
	else if (strcmp(name.s, "scratch") == 0)
		text_word(reader->out, "scratch");
	else
		return image_write(reader, base);
	return 0;
}

static int write_from(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	static const char *const none[] = { NULL };
	struct span base, as, name;

	if (reader->stages_n == DOCKERFILE_STAGES)
		return refuse_line(reader, 400, "more than %d stages", DOCKERFILE_STAGES);
	if (write_flags(reader, keyword, none, &args) < 0)
		return -1;
	base = span_next_word(&args);
	as = span_next_word(&args);
	name = span_next_word(&args);
	if (base.n == 0 || args.n > 0 || (as.n > 0 && (!span_folds_to(as, "as") || name.n == 0)))
		return refuse_line(reader, 400, "FROM takes NAME or NAME AS STAGE");
	reader->stages[reader->stages_n++] = NULL;
	if (write_base(reader, base) < 0 || (as.n > 0 && stage_name(reader, name) < 0))
		return -1;
	text_word(reader->out, "\n");
	return 0;
}

static int write_onbuild(struct dockerfile_reader *reader, const char *keyword, struct span args);

/* ---- the table ---- */

static const struct instruction {
	const char *keyword;
	int (*write)(struct dockerfile_reader *reader, const char *keyword, struct span args);
	bool in_onbuild;
} instructions[] = {
	{ "ADD", write_add, true },
	{ "ARG", write_arg, true },
	{ "CMD", write_plain, true },
	{ "COPY", write_copy, true },
	{ "ENTRYPOINT", write_plain, true },
	{ "ENV", write_plain, true },
	{ "EXPOSE", write_plain, true },
	{ "FROM", write_from, false },
	{ "HEALTHCHECK", write_healthcheck, true },
	{ "LABEL", write_plain, true },
	{ "MAINTAINER", write_plain, false },
	{ "ONBUILD", write_onbuild, false },
	{ "RUN", write_run, true },
	{ "SHELL", write_plain, true },
	{ "STOPSIGNAL", write_plain, true },
	{ "USER", write_plain, true },
	{ "VOLUME", write_plain, true },
	{ "WORKDIR", write_plain, true },
};

static int write_instruction(struct dockerfile_reader *reader, struct span text)
{
	struct span keyword = span_next_word(&text);
	const struct instruction *row = instructions, *end = row + ARRAY_LEN(instructions);

	while (row < end && !span_folds_to(keyword, row->keyword))
		row++;
	if (row == end || (reader->onbuild && !row->in_onbuild))
		return refuse_line(reader, 400, "%s instruction: %.*s",
			row == end ? "unknown" : "ONBUILD takes no such",
			keyword.n > 40 ? 40 : (int)keyword.n, keyword.s);
	if (reader->stages_n == 0 && row->write != write_from && row->write != write_arg)
		return refuse_line(reader, 400, "%s before the first FROM", row->keyword);
	if (blank_length(text.s, text.s + text.n) > 1)
		return refuse_line(reader, 400, "a blank that is not ASCII after %s", row->keyword);
	text_format(reader->out, "%s ", row->keyword);
	return row->write(reader, row->keyword, text);
}

/* The text of a trigger is read again, as a file of its own with \ as its escape
 * character; podman puts all triggers into one. */
static int write_onbuild(struct dockerfile_reader *reader, const char *keyword, struct span args)
{
	int result;

	if (args.n == 0 || span_begins(args, "--"))
		return refuse_line(reader, 400, "%s needs an instruction", keyword);
	if (strchr("\\`", args.s[args.n - 1]) != NULL)
		return refuse_line(reader, 400, "ONBUILD ends in an escape character");
	reader->onbuild = true;
	result = write_instruction(reader, args);
	reader->onbuild = false;
	return result;
}

static int check_text(struct span text, struct refusal *r)
{
	if (text.n > DOCKERFILE_BYTES_MAX)
		return refuse(r, 413, "Dockerfile of more than %d bytes", DOCKERFILE_BYTES_MAX);
	if (memchr(text.s, '\0', text.n) != NULL)
		return refuse(r, 400, "Dockerfile with a NUL byte");
	for (size_t i = 0, n; i < text.n; i += n) {
		n = utf8_length(text.s + i);
		if (n == 0)
			return refuse(r, 400, "Dockerfile that is not UTF-8 (at byte %zu)", i);
	}
	return 0;
}

static int read_all(struct dockerfile_reader *reader)
{
	unsigned count = 0;
	struct span text;
	int more;

	if (reader_directives(reader) < 0)
		return -1;
	if (reader->escape == '`')
		text_word(reader->out, "# escape=`\n");
	while ((more = reader_next(reader, &text)) > 0) {
		if (++count > INSTRUCTIONS_MAX)
			return refuse_line(
				reader, 400, "more than %d instructions", INSTRUCTIONS_MAX);
		if (write_instruction(reader, text) < 0)
			return -1;
	}
	if (more < 0)
		return -1;
	if (reader->stages_n == 0)
		return refuse(reader->r, 400, "Dockerfile without FROM");
	if (reader->out->failed)
		return refuse_memory(reader->r);
	return 0;
}

static void reader_release(struct dockerfile_reader *reader)
{
	for (size_t i = 0; i < reader->variables_n; i++) {
		free(reader->variables[i].name);
		free(reader->variables[i].value);
	}
	for (size_t i = 0; i < reader->stages_n; i++)
		free(reader->stages[i]);
	text_release(&reader->joined);
}

static int read_pinned(struct span text, const struct dockerfile_arg *args, size_t args_n,
	const struct dockerfile_images *pinned, struct text *ret_text,
	struct dockerfile_images *ret_images, struct refusal *r)
{
	static const char mark[] = "\xef\xbb\xbf";
	own_text struct text copy = { 0 };
	struct dockerfile_images images = { .n = 0 };
	struct text out = { 0 };
	struct dockerfile_reader reader = { .escape = '\\',
		.args = args,
		.args_n = args_n,
		.out = &out,
		.images = &images,
		.pinned = pinned,
		.r = r };
	int result;

	if (text.n > 0)
		text_add(&copy, text.s, text.n <= DOCKERFILE_BYTES_MAX ? text.n : 0);
	if (copy.s == NULL)
		return refuse(r, 400, "Dockerfile is empty");
	text.s = copy.s;
	if (check_text(text, r) < 0)
		return -1;
	reader.end = copy.s + copy.n;
	reader.p = copy.s + (strncmp(copy.s, mark, strlen(mark)) == 0 ? strlen(mark) : 0);
	result = read_all(&reader);
	reader_release(&reader);
	if (result < 0) {
		text_release(&out);
		dockerfile_images_release(&images);
		return -1;
	}
	*ret_text = out;
	*ret_images = images;
	return 0;
}

int dockerfile_read(struct span text, const struct dockerfile_arg *args, size_t args_n,
	struct text *ret_text, struct dockerfile_images *ret_images, struct refusal *r)
{
	return read_pinned(text, args, args_n, NULL, ret_text, ret_images, r);
}

int dockerfile_pin(struct span text, const struct dockerfile_arg *args, size_t args_n,
	const struct dockerfile_images *images, struct text *ret_text, struct refusal *r)
{
	struct dockerfile_images same;

	if (read_pinned(text, args, args_n, images, ret_text, &same, r) < 0)
		return -1;
	dockerfile_images_release(&same);
	return 0;
}

void dockerfile_images_release(struct dockerfile_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		free(images->names[i]);
	images->n = 0;
}
