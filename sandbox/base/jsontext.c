/* A recursive reader whose depth is capped. It keeps nothing but a stack of the
 * keys of the objects that are open, so that each new key can be compared with its
 * sisters; hashes are compared first, letters only when the hashes agree.
 */
#include "sandbox/base/jsontext.h"

#include "sandbox/base/jsonkey.h"
#include "sandbox/base/jsonplace.h"
#include "sandbox/base/own.h"
#include "sandbox/base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* cJSON copies a number into 64 bytes, and a decimal exponent of at most 200 on at
 * most 60 digits is always finite: what passes here is a number for every reader. */
#define NUMBER_LENGTH   63
#define EXPONENT_LIMIT  200
#define KEYS_ON_STACK   64
#define SHOWN_KEY_BYTES 40

const struct jsontext_limits jsontext_config_limits = { 1 << 20, 16, 1024 };

struct key {
	uint64_t hash;
	const unsigned char *at; /* the first byte after the opening quote */
};

struct reader {
	const unsigned char *start, *p, *end;
	const struct jsontext_limits *limits;
	struct jsontext_error *error;
	unsigned depth;
	struct key *keys; /* of all objects that are open, innermost last */
	size_t key_count, key_room;
	struct key first_keys[KEYS_ON_STACK];
};

static int refuse_at(struct reader *r, const unsigned char *at, const char *what)
{
	jsonplace_at(r->start, at, &r->error->line, &r->error->column);
	snprintf(r->error->what, sizeof(r->error->what), "%s", what);
	return -1;
}

static int refuse(struct reader *r, const char *what)
{
	return refuse_at(r, r->p, what);
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const unsigned char *p, const unsigned char *end)
{
	int32_t value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = p[i] >= '0' && p[i] <= '9'   ? p[i] - '0'
			    : p[i] >= 'a' && p[i] <= 'f' ? p[i] - 'a' + 10
			    : p[i] >= 'A' && p[i] <= 'F' ? p[i] - 'A' + 10
							 : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static int read_unicode_escape(struct reader *r)
{
	int32_t unit = hex4(r->p + 2, r->end);

	if (unit < 0)
		return refuse(r, "\\u needs four hexadecimal digits");
	if (unit == 0)
		return refuse(r, "a NUL character in a string");
	if (unit >= 0xdc00 && unit <= 0xdfff)
		return refuse(r, "a lone low surrogate");
	if (unit >= 0xd800 && unit <= 0xdbff) {
		int32_t low = r->end - r->p >= 12 && r->p[6] == '\\' && r->p[7] == 'u'
				      ? hex4(r->p + 8, r->end)
				      : -1;

		if (low < 0xdc00 || low > 0xdfff)
			return refuse(r, "a lone high surrogate");
		r->p += 6;
	}
	r->p += 6;
	return 0;
}

static int read_escape(struct reader *r)
{
	if (r->end - r->p < 2)
		return refuse(r, "the text ends inside a string");
	if (r->p[1] == 'u')
		return read_unicode_escape(r);
	if (r->p[1] == '\0' || strchr("\"\\/bfnrt", r->p[1]) == NULL)
		return refuse(r, "an escape that JSON does not have");
	r->p += 2;
	return 0;
}

/* From the opening quote to after the closing one. */
static int read_string(struct reader *r)
{
	r->p++;
	while (r->p < r->end && *r->p != '"') {
		if (*r->p == '\\') {
			if (read_escape(r) < 0)
				return -1;
			continue;
		}
		if (*r->p < 0x20)
			return refuse(r, "a control character in a string");

		size_t n = utf8_length_within((const char *)r->p, (size_t)(r->end - r->p));
		if (n == 0)
			return refuse(r, "invalid UTF-8");
		r->p += n;
	}
	if (r->p == r->end)
		return refuse(r, "the text ends inside a string");
	r->p++;
	return 0;
}

static size_t skip_digits(struct reader *r)
{
	const unsigned char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return (size_t)(r->p - from);
}

static int read_exponent(struct reader *r)
{
	unsigned value = 0;

	r->p++;
	if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
		r->p++;

	const unsigned char *digits = r->p;
	size_t count = skip_digits(r);
	if (count == 0)
		return refuse(r, "an exponent without digits");
	for (size_t i = 0; i < count && value <= EXPONENT_LIMIT; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	if (value > EXPONENT_LIMIT)
		return refuse_at(r, digits, "an exponent that is too large");
	return 0;
}

static int read_number(struct reader *r)
{
	const unsigned char *from = r->p;

	if (*r->p == '-')
		r->p++;

	const unsigned char *digits = r->p;
	size_t count = skip_digits(r);
	if (count == 0)
		return refuse(r, "a minus sign without digits");
	if (count > 1 && digits[0] == '0')
		return refuse_at(r, digits, "a number that begins with 0");
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		if (skip_digits(r) == 0)
			return refuse(r, "a decimal point without digits after it");
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E') && read_exponent(r) < 0)
		return -1;
	if (r->p - from > NUMBER_LENGTH)
		return refuse_at(r, from, "a number of too many digits");
	return 0;
}

static int read_word(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(r->end - r->p) < length || memcmp(r->p, word, length) != 0)
		return refuse(r, "not a JSON value");
	r->p += length;
	return 0;
}

static int refuse_duplicate(struct reader *r, const struct key *earlier, const unsigned char *at)
{
	unsigned line, column;

	jsonplace_at(r->start, earlier->at - 1, &line, &column);
	jsonplace_at(r->start, at - 1, &r->error->line, &r->error->column);
	snprintf(r->error->what, sizeof(r->error->what),
		"duplicate key \"%.*s\", the first is at %u:%u",
		(int)jsonkey_length(at, SHOWN_KEY_BYTES), (const char *)at, line, column);
	return -1;
}

static int make_room(struct reader *r)
{
	size_t room = r->key_room * 2;
	struct key *grown;

	if (r->key_count < r->key_room)
		return 0;
	grown = malloc(room * sizeof(*grown));
	if (grown == NULL)
		return refuse(r, "no memory for the keys");
	memcpy(grown, r->keys, r->key_count * sizeof(*grown));
	if (r->keys != r->first_keys)
		free(r->keys);
	r->keys = grown;
	r->key_room = room;
	return 0;
}

/* at: the key's first byte; first: index of its object's first key. */
static int note_key(struct reader *r, const unsigned char *at, size_t first)
{
	uint64_t hash = jsonkey_hash(at);

	if (r->key_count - first >= r->limits->members)
		return refuse_at(r, at - 1, "too many keys in one object");
	for (size_t i = first; i < r->key_count; i++)
		if (r->keys[i].hash == hash && jsonkey_folds_alike(r->keys[i].at, at))
			return refuse_duplicate(r, &r->keys[i], at);
	if (make_room(r) < 0)
		return -1;
	r->keys[r->key_count++] = (struct key){ hash, at };
	return 0;
}

static int read_value(struct reader *r);

static int read_member(struct reader *r, size_t first)
{
	const unsigned char *key = r->p + 1;

	if (r->p == r->end || *r->p != '"')
		return refuse(r, "expected a key in double quotes");
	if (read_string(r) < 0 || note_key(r, key, first) < 0)
		return -1;
	skip_space(r);
	if (r->p == r->end || *r->p != ':')
		return refuse(r, "expected \":\" after the key");
	r->p++;
	return read_value(r);
}

/* After a member or element: 1 to go on, 0 at the closing bracket, -1. */
static int read_separator(struct reader *r, char closing)
{
	skip_space(r);
	if (r->p < r->end && *r->p == (unsigned char)closing) {
		r->p++;
		return 0;
	}
	if (r->p == r->end || *r->p != ',')
		return refuse(
			r, closing == '}' ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
	r->p++;
	skip_space(r);
	return 1;
}

static int read_object(struct reader *r)
{
	size_t first = r->key_count;
	int more = 1;

	r->p++;
	skip_space(r);
	if (r->p < r->end && *r->p == '}') {
		r->p++;
		return 0;
	}
	while (more > 0) {
		if (read_member(r, first) < 0)
			return -1;
		more = read_separator(r, '}');
	}
	r->key_count = first;
	return more;
}

static int read_array(struct reader *r)
{
	int more = 1;

	r->p++;
	skip_space(r);
	if (r->p < r->end && *r->p == ']') {
		r->p++;
		return 0;
	}
	while (more > 0) {
		if (read_value(r) < 0)
			return -1;
		more = read_separator(r, ']');
	}
	return more;
}

static int read_nested(struct reader *r)
{
	int result;

	if (r->depth == r->limits->depth)
		return refuse(r, "too many arrays and objects inside one another");
	r->depth++;
	result = *r->p == '{' ? read_object(r) : read_array(r);
	r->depth--;
	return result;
}

static int read_value(struct reader *r)
{
	skip_space(r);
	if (r->p == r->end)
		return refuse(r, "the text ends where a value is expected");
	switch (*r->p) {
	case '{':
	case '[':
		return read_nested(r);
	case '"':
		return read_string(r);
	case 't':
		return read_word(r, "true");
	case 'f':
		return read_word(r, "false");
	case 'n':
		return read_word(r, "null");
	case '-':
		return read_number(r);
	default:
		if (*r->p < '0' || *r->p > '9')
			return refuse(r, "not a JSON value");
		return read_number(r);
	}
}

static int read_text(struct reader *r)
{
	if ((size_t)(r->end - r->start) > r->limits->bytes)
		return refuse(r, "the text is too large");
	if (r->end - r->p >= 3 && memcmp(r->p, "\xef\xbb\xbf", 3) == 0)
		return refuse(r, "a byte order mark");
	if (read_value(r) < 0)
		return -1;
	skip_space(r);
	return r->p == r->end ? 0 : refuse(r, "something follows the JSON value");
}

int jsontext_check(const char *text, size_t length, const struct jsontext_limits *limits,
	struct jsontext_error *error)
{
	struct reader r;
	int result;

	r.start = r.p = (const unsigned char *)text;
	r.end = r.start + length;
	r.limits = limits;
	r.error = error;
	r.depth = 0;
	r.keys = r.first_keys;
	r.key_count = 0;
	r.key_room = KEYS_ON_STACK;

	result = read_text(&r);
	if (r.keys != r.first_keys)
		free(r.keys);
	return result;
}
