/* What target.c accepts is a clean path and a query of text, and, encoded again and read
 * again, it is the same.
 */
#include "sandbox/docker/target.h"

#include "sandbox/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_segment(const char *segment)
{
	require(segment[0] != '\0' && strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0);
	for (const char *p = segment; *p != '\0'; p++)
		require((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f &&
			strchr("/%\\#;?", *p) == NULL);
}

static void check_text(const char *text)
{
	for (const char *p = text; *p != '\0'; p += utf8_length(p))
		require(utf8_length(p) > 0 && *p != 0x7f &&
			((unsigned char)*p >= 0x20 || strchr("\n\r\t", *p) != NULL));
}

static void check_target(const struct target *target)
{
	size_t counted = 0;

	require(target->segments_n <= TARGET_SEGMENTS && target->pairs_n <= TARGET_PAIRS);
	require(target->minor == 0 || (target->minor >= 10 && target->minor <= 999));
	for (size_t i = 0; i < target->segments_n; i++)
		check_segment(target->segments[i]);
	for (size_t i = 0; i < target->pairs_n; i++) {
		const char *name = target->pairs[i].name;

		require(name[0] != '\0' && strlen(name) <= 64);
		check_text(name);
		check_text(target->pairs[i].value);
		require(target_value(target, name) != NULL);
		counted += target_count(target, name) > 0;
	}
	require(counted == target->pairs_n);
}

static void encode(const struct target *target, struct text *ret)
{
	if (target->minor > 0)
		text_format(ret, "/v1.%u", target->minor);
	for (size_t i = 0; i < target->segments_n; i++) {
		text_word(ret, "/");
		text_encode(ret, target->segments[i], false);
	}
	if (ret->n == 0)
		text_word(ret, "/");
	for (size_t i = 0; i < target->pairs_n; i++) {
		text_word(ret, i == 0 ? "?" : "&");
		text_encode(ret, target->pairs[i].name, false);
		text_word(ret, "=");
		text_encode(ret, target->pairs[i].value, false);
	}
}

static void check_again(const struct target *a)
{
	own_text struct text out = { 0 };
	struct target b;
	struct refusal r;

	encode(a, &out);
	require(target_read((struct span){ out.s, out.n }, &b, &r) == 0);
	require(a->minor == b.minor && a->segments_n == b.segments_n && a->pairs_n == b.pairs_n);
	for (size_t i = 0; i < a->segments_n; i++)
		require(strcmp(a->segments[i], b.segments[i]) == 0);
	for (size_t i = 0; i < a->pairs_n; i++)
		require(strcmp(a->pairs[i].name, b.pairs[i].name) == 0 &&
			strcmp(a->pairs[i].value, b.pairs[i].value) == 0);
	target_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refusal r = { 0 };
	struct target target;

	if (target_read((struct span){ (const char *)data, size }, &target, &r) < 0) {
		require(r.reason[0] != '\0' && r.status >= 400 && r.status < 500);
		return 0;
	}
	check_target(&target);
	check_again(&target);
	target_release(&target);
	return 0;
}
