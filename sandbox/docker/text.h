/* sandbox/docker/text.h: bytes that grow: what the broker writes anew.
 *
 * Zero-initialised is empty. After a failed allocation or past the cap everything added
 * is dropped and `failed` stays set, so that a writer checks once, at the end.
 */
#ifndef SANDBOX_DOCKER_TEXT_H
#define SANDBOX_DOCKER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_BYTES_MAX (16 * 1024 * 1024)

/* Bytes of somebody else, not NUL-terminated. */
struct span {
	const char *s;
	size_t n;
};

struct text {
	char *s; /* NUL-terminated once anything was added; owned */
	size_t n, size;
	bool failed;
};

void text_add(struct text *text, const char *bytes, size_t n);
void text_word(struct text *text, const char *word);
void text_format(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Percent-encoded: everything but letters, digits and "-._~", and '/' where keep_slash. */
void text_encode(struct text *text, const char *word, bool keep_slash);
/* Drop the first n bytes. */
void text_cut(struct text *text, size_t n);
/* Keep the memory, forget the bytes; and give the memory back. */
void text_clear(struct text *text);
void text_release(struct text *text);

#define own_text __attribute__((cleanup(text_release)))

#endif
