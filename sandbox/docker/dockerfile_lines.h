/* sandbox/docker/dockerfile_lines.h: the text of a Dockerfile as instructions, one a line; its
 * blanks and words.
 */
#ifndef SANDBOX_DOCKER_DOCKERFILE_LINES_H
#define SANDBOX_DOCKER_DOCKERFILE_LINES_H

#include "sandbox/docker/dockerfile_reader.h"
#include "sandbox/docker/span.h"

/* The length of the blank at s, 0 if there is none; blanks are those of Go's
 * unicode.IsSpace. The text is valid UTF-8 and ends in a NUL. */
size_t blank_length(const char *s, const char *end);

/* Is there a blank that is not ASCII, somewhere or at either end? Engines trim those away,
 * or do not. */
bool span_has_wide_blank(struct span text);
bool span_is_wide_at_end(struct span text);
/* The next word of *rest, which is cut; empty at its end. */
struct span span_next_word(struct span *rest);
bool span_is_number(struct span text); /* digits only */
/* Is c the first? Then it is taken away. */
bool span_take_char(struct span *rest, char c);

/* Before everything else: comments that mean something. */
int reader_directives(struct dockerfile_reader *reader);
/* The next instruction on one line, trimmed. 1, 0 at the end, -1. */
int reader_next(struct dockerfile_reader *reader, struct span *ret);

#endif
