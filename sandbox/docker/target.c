/* The raw bytes are copied once; segments, names and values are decoded in place in that
 * copy, where they are never longer than before, and end in a NUL where '/', '&' or '='
 * stood.
 */
#include "sandbox/docker/target.h"

#include "sandbox/base/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 64
#define SHOWN_BYTES    80 /* of a stranger's word in a reason */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static int hex_digit(char c)
{
	return is_digit(c)            ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* In place, once. A NUL would end the word early for all who read it afterwards. */
static int decode(char *word, bool plus_is_blank, const char *what, struct refusal *r)
{
	char *out = word;

	for (const char *p = word; *p != '\0'; p++) {
		char c = plus_is_blank && *p == '+' ? ' ' : *p;

		if (*p == '%') {
			int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);

			if (low < 0)
				return refuse(
					r, 400, "the %s has a '%%' that encodes nothing", what);
			if (high == 0 && low == 0)
				return refuse(r, 400, "the %s has a NUL", what);
			c = (char)(high * 16 + low);
			p += 2;
		}
		*out++ = c;
	}
	*out = '\0';
	return 0;
}

/* What no part of a target may hold as it came. */
static int check_raw(struct span raw, struct refusal *r)
{
	if (raw.n == 0 || raw.s[0] != '/')
		return refuse(r, 400, "the target does not begin with '/'");
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.s[i] < 0x21 || raw.s[i] > 0x7e)
			return refuse(
				r, 400, "the target has a blank, or a character that is not ASCII");
		if (raw.s[i] == ';' || raw.s[i] == '#')
			return refuse(r, 400, "the target has a '%c'", raw.s[i]);
	}
	return 0;
}

/* ---- the path ---- */

/* Decoded, what is left must be a path to every reader. */
static int check_path(const char *path, struct refusal *r)
{
	for (const char *p = path; *p != '\0'; p++)
		if (is_control(*p) || (unsigned char)*p > 0x7e || is_one_of(*p, "%\\#;?"))
			return refuse(r, 400,
				"the path has a character that no path of the Docker API has: "
				"'%.*s'",
				SHOWN_BYTES, path);
	if (strstr(path, "//") != NULL)
		return refuse(r, 400, "the path has '//' in it: '%.*s'", SHOWN_BYTES, path);
	if (path[1] != '\0' && path[strlen(path) - 1] == '/')
		return refuse(r, 404, "the path ends in '/': '%.*s'", SHOWN_BYTES, path);
	return 0;
}

static int cut_path(char *path, struct target *ret, struct refusal *r)
{
	for (char *p = path; p != NULL && p[1] != '\0';) {
		char *segment = p + 1;

		p = strchr(segment, '/');
		if (p != NULL)
			*p = '\0';
		if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
			return refuse(r, 400, "the path has '%s' in it", segment);
		if (ret->segments_n == TARGET_SEGMENTS)
			return refuse(r, 400, "the path has more than %d parts", TARGET_SEGMENTS);
		ret->segments[ret->segments_n++] = segment;
	}
	return 0;
}

static bool looks_like_version(const char *segment)
{
	return (segment[0] == 'v' || segment[0] == 'V') && is_digit(segment[1]);
}

/* The NN of "v1.NN", 0 if it is not that. */
static unsigned version_minor(const char *segment)
{
	const char *digits = segment + 3;
	size_t n = strlen(segment);
	unsigned minor = 0;

	if (n < 5 || n > 6 || strncmp(segment, "v1.", 3) != 0 || digits[0] == '0')
		return 0;
	for (const char *p = digits; *p != '\0'; p++) {
		if (!is_digit(*p))
			return 0;
		minor = minor * 10 + (unsigned)(*p - '0');
	}
	return minor;
}

static void drop_segment(struct target *target)
{
	target->segments_n--;
	memmove(target->segments, target->segments + 1,
		target->segments_n * sizeof(target->segments[0]));
}

/* The version may only stand in front, and once: what follows it may not look like one. */
static int take_version(struct target *ret, struct refusal *r)
{
	if (ret->segments_n == 0 || !looks_like_version(ret->segments[0]))
		return 0;
	ret->minor = version_minor(ret->segments[0]);
	if (ret->minor == 0 && ret->segments_n > 1 && strcmp(ret->segments[1], "libpod") == 0)
		return refuse(r, 403,
			"podman's own API (libpod) is not offered here, only Docker's: use a "
			"Docker client");
	if (ret->minor == 0 || (ret->segments_n > 1 && looks_like_version(ret->segments[1])))
		return refuse(r, 400, "the path begins with no version such as v1.41: '%.*s'",
			SHOWN_BYTES, ret->segments[0]);
	drop_segment(ret);
	return 0;
}

static int read_path(char *path, struct target *ret, struct refusal *r)
{
	if (decode(path, false, "path", r) < 0 || check_path(path, r) < 0 ||
		cut_path(path, ret, r) < 0)
		return -1;
	return take_version(ret, r);
}

/* ---- the query ---- */

static int check_name(const char *name, struct refusal *r)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_BYTES_MAX)
		return refuse(r, 400, "the query has a parameter whose name is %s",
			n == 0 ? "empty" : "too long");
	for (const char *p = name; *p != '\0'; p += utf8_length(p))
		if (utf8_length(p) == 0 || is_control(*p))
			return refuse(r, 400, "the query has a name that is not text");
	return 0;
}

static int check_value(const struct target_pair *pair, struct refusal *r)
{
	for (const char *p = pair->value; *p != '\0'; p += utf8_length(p))
		if (utf8_length(p) == 0 || (is_control(*p) && !is_one_of(*p, "\n\r\t")))
			return refuse(r, 400, "the query's '%s' is not text", pair->name);
	return 0;
}

/* "name=value" or "name". */
static int read_pair(char *text, struct target_pair *ret, struct refusal *r)
{
	char *value = strchr(text, '=');

	if (value != NULL)
		*value++ = '\0';
	else
		value = text + strlen(text);
	*ret = (struct target_pair){ text, value };
	if (decode(text, true, "query", r) < 0 || check_name(text, r) < 0 ||
		decode(value, true, "query", r) < 0)
		return -1;
	return check_value(ret, r);
}

static int read_query(char *query, struct target *ret, struct refusal *r)
{
	while (query != NULL && (ret->pairs_n > 0 || *query != '\0')) {
		char *pair = query;

		query = strchr(pair, '&');
		if (query != NULL)
			*query++ = '\0';
		else if (*pair == '\0' && ret->pairs_n > 0)
			break; /* a '&' at the end */
		if (ret->pairs_n == TARGET_PAIRS)
			return refuse(
				r, 400, "the query has more than %d parameters", TARGET_PAIRS);
		if (read_pair(pair, &ret->pairs[ret->pairs_n], r) < 0)
			return -1;
		ret->pairs_n++;
	}
	return 0;
}

/* ---- both ---- */

/* The pairs, then the copy of the raw bytes, which is returned: one block. */
static char *allocate(struct span raw, struct target *ret)
{
	size_t pairs_n = 1, size;
	char *text;

	for (size_t i = 0; i < raw.n && pairs_n < TARGET_PAIRS; i++)
		pairs_n += raw.s[i] == '&';
	size = pairs_n * sizeof(ret->pairs[0]);
	ret->memory = malloc(size + raw.n + 1);
	if (ret->memory == NULL)
		return NULL;
	ret->pairs = (struct target_pair *)(void *)ret->memory;
	text = ret->memory + size;
	memcpy(text, raw.s, raw.n);
	text[raw.n] = '\0';
	return text;
}

int target_read(struct span raw, struct target *ret, struct refusal *r)
{
	struct target target = { 0 };
	char *path, *query;

	if (check_raw(raw, r) < 0)
		return -1;
	path = allocate(raw, &target);
	if (path == NULL)
		return refuse_memory(r);
	query = strchr(path, '?');
	if (query != NULL)
		*query++ = '\0';
	if (read_path(path, &target, r) < 0 || read_query(query, &target, r) < 0) {
		target_release(&target);
		return -1;
	}
	*ret = target;
	return 0;
}

void target_release(struct target *target)
{
	free(target->memory);
	*target = (struct target){ 0 };
}

const char *target_value(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->pairs_n; i++)
		if (strcmp(target->pairs[i].name, name) == 0)
			return target->pairs[i].value;
	return NULL;
}

size_t target_count(const struct target *target, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < target->pairs_n; i++)
		count += strcmp(target->pairs[i].name, name) == 0;
	return count;
}
