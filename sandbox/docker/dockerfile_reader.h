/* sandbox/docker/dockerfile_reader.h: what the parts of dockerfile.c share, for them only.
 *
 * dockerfile_lines.c   bytes, blanks, lines and directives: text into instructions
 * dockerfile_names.c   variables of FROM, names of stages and images
 * dockerfile.c         the instructions
 */
#ifndef SANDBOX_DOCKER_DOCKERFILE_READER_H
#define SANDBOX_DOCKER_DOCKERFILE_READER_H

#include "sandbox/docker/dockerfile.h"

#define DOCKERFILE_STAGES     128
#define DOCKERFILE_VARIABLES  256
#define DOCKERFILE_NAME_BYTES 512

/* An ARG before the first FROM. */
struct variable {
	char *name;
	char *value;   /* NULL: declared without one */
	bool is_known; /* false: its default is nothing that is understood here */
};

struct dockerfile_reader {
	const char *p, *end;
	unsigned line, first_line; /* the one at hand; where its instruction begins */
	char escape;
	bool onbuild; /* the instruction at hand is one of ONBUILD */
	const struct dockerfile_arg *args;
	size_t args_n;
	struct variable variables[DOCKERFILE_VARIABLES];
	size_t variables_n;
	char *stages[DOCKERFILE_STAGES]; /* lower case; NULL: has no name */
	size_t stages_n;                 /* the one at hand counted */
	struct text joined;              /* the instruction at hand */
	struct text *out;
	struct dockerfile_images *images;
	struct refusal *r;
};

#define refuse_line(reader, status, fmt, ...)                                                      \
	refuse((reader)->r, (status), "Dockerfile line %u: " fmt, (reader)->first_line,            \
		##__VA_ARGS__)

/* The length of the blank at s, 0 if there is none; blanks are those of Go's
 * unicode.IsSpace. The text is valid UTF-8 and ends in a NUL. */
size_t blank_length(const char *s, const char *end);
bool blank_is_plain(char c); /* ' ' or '\t' */

/* Of plain blanks, on both sides. */
struct span span_trim(struct span text);
/* Is there a blank that is not ASCII, somewhere or at either end? Engines trim those away,
 * or do not. */
bool span_has_wide_blank(struct span text);
bool span_is_wide_at_end(struct span text);
/* The next word of *rest, which is cut; empty at its end. */
struct span span_next_word(struct span *rest);
bool span_begins(struct span text, const char *with);
bool span_is_word(struct span text, const char *word); /* in any case */
bool span_is_number(struct span text);                 /* digits only */
/* Is c the first? Then it is taken away. */
bool span_take_char(struct span *rest, char c);

/* Before everything else: comments that mean something. */
int reader_directives(struct dockerfile_reader *reader);
/* The next instruction on one line, trimmed. 1, 0 at the end, -1. */
int reader_next(struct dockerfile_reader *reader, struct span *ret);

bool variable_has_char(char c, bool first);
/* "NAME" or "NAME=default" of an ARG before the first FROM. */
int variable_declare(struct dockerfile_reader *reader, struct span word);
/* A word of ARG: blanks stand in quotes. False: a quote is not closed. */
bool variable_next_word(struct span *rest, struct span *ret);
/* Up to stop, which is taken too ('\0': to the end). -1, without a refusal: it holds what
 * engines do not agree on, or a variable that nobody declared. */
int variable_expand(struct dockerfile_reader *reader, struct span *rest, char stop, unsigned depth,
	struct text *ret);

/* The name of one of the first stages, or NULL. */
const char *stage_find(const struct dockerfile_reader *reader, struct span name, size_t before);
/* Name the stage at hand, and write " AS name". */
int stage_name(struct dockerfile_reader *reader, struct span name);
/* Write the name of an image, and put it into the list. */
int image_write(struct dockerfile_reader *reader, struct span name);

#endif
