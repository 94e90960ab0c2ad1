/* A head is read in two stages. First its lines, one after the other, are checked for form
 * and the values of the fields that mean something are kept; then, at the empty line, those
 * values are understood. Lines and limits are looked at from the front only, so that a
 * refusal never depends on how many bytes have arrived behind the point of it.
 */
#include "sandbox/docker/http_head.h"

#include <string.h>

#define LENGTH_MAX  (UINT64_C(1) << 62)
#define SHOWN_BYTES 40 /* of a stranger's word in a reason */

_Static_assert(HTTP_PLAIN_BYTES + HTTP_REGISTRY_BYTES == HTTP_HEAD_BYTES,
	"a head within the two limits is within the one for all of it");

/* What is not here is checked for form and forgotten. */
static const struct {
	const char *name;
	enum http_side side;
	bool is_registry; /* its value counts towards HTTP_REGISTRY_BYTES */
} fields[HTTP_FIELDS] = {
	[HTTP_FIELD_HOST] = { "Host", HTTP_SIDE_REQUEST, false },
	[HTTP_FIELD_CONNECTION] = { "Connection", HTTP_SIDE_BOTH, false },
	[HTTP_FIELD_UPGRADE] = { "Upgrade", HTTP_SIDE_BOTH, false },
	[HTTP_FIELD_EXPECT] = { "Expect", HTTP_SIDE_REQUEST, false },
	[HTTP_FIELD_TRANSFER_ENCODING] = { "Transfer-Encoding", HTTP_SIDE_BOTH, false },
	[HTTP_FIELD_CONTENT_LENGTH] = { "Content-Length", HTTP_SIDE_BOTH, false },
	[HTTP_FIELD_CONTENT_TYPE] = { "Content-Type", HTTP_SIDE_BOTH, false },
	[HTTP_FIELD_CONTENT_ENCODING] = { "Content-Encoding", HTTP_SIDE_REQUEST, false },
	[HTTP_FIELD_REGISTRY_AUTH] = { "X-Registry-Auth", HTTP_SIDE_REQUEST, true },
	[HTTP_FIELD_REGISTRY_CONFIG] = { "X-Registry-Config", HTTP_SIDE_REQUEST, true },
	[HTTP_FIELD_SESSION_ID] = { "X-Docker-Expose-Session-Uuid", HTTP_SIDE_REQUEST, false },
	[HTTP_FIELD_SESSION_NAME] = { "X-Docker-Expose-Session-Name", HTTP_SIDE_REQUEST, false },
	[HTTP_FIELD_SESSION_KEY] = { "X-Docker-Expose-Session-Sharedkey", HTTP_SIDE_REQUEST,
		false },
	[HTTP_FIELD_SESSION_METHOD] = { "X-Docker-Expose-Session-Grpc-Method", HTTP_SIDE_REQUEST,
		false },
	[HTTP_FIELD_PATH_STAT] = { "X-Docker-Container-Path-Stat", HTTP_SIDE_RESPONSE, false },
	[HTTP_FIELD_API_VERSION] = { "Api-Version", HTTP_SIDE_RESPONSE, false },
	[HTTP_FIELD_OS_TYPE] = { "Ostype", HTTP_SIDE_RESPONSE, false },
	[HTTP_FIELD_EXPERIMENTAL] = { "Docker-Experimental", HTTP_SIDE_RESPONSE, false },
};

/* ---- characters ---- */

bool http_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, section 5.6.2. */
static bool is_token_character(char c)
{
	return http_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

bool http_is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_character(s.s[i]))
			return false;
	return s.n > 0;
}

bool http_is_printable(struct span s, bool blanks)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.s[i] < 0x21 || s.s[i] > 0x7e) && !(blanks && span_is_blank(s.s[i])))
			return false;
	return true;
}

int http_shown(struct span s)
{
	return s.n > SHOWN_BYTES ? SHOWN_BYTES : (int)s.n;
}

/* ---- lines and fields ---- */

struct span http_line_at(const char *bytes, size_t n, size_t most, bool *ret_whole)
{
	const char *lf;

	if (n > most)
		n = most;
	lf = n > 0 ? memchr(bytes, '\n', n) : NULL;
	*ret_whole = lf != NULL;
	return (struct span){ bytes, lf != NULL ? (size_t)(lf - bytes) + 1 : n };
}

int http_line_end(struct span *line, int status, const char *whose, struct refusal *r)
{
	if (line->n < 2 || line->s[line->n - 2] != '\r')
		return refuse(r, status, "%s: a line that does not end in CRLF", whose);
	line->n -= 2;
	return 0;
}

static int field_find(struct span name, enum http_side side)
{
	for (int i = 0; i < HTTP_FIELDS; i++)
		if ((fields[i].side & side) && span_folds_to(name, fields[i].name))
			return i;
	return -1;
}

int http_field_split(struct span line, int status, const char *whose, struct span *ret_name,
	struct span *ret_value, struct refusal *r)
{
	struct span value, name = span_cut(line, ':', &value);

	if (span_is_blank(line.s[0]))
		return refuse(r, status, "%s: a folded header line", whose);
	if (value.s == NULL)
		return refuse(r, status, "%s: a header line without a colon", whose);
	if (!http_is_token(name))
		return refuse(r, status, "%s: a header name that is not one word: '%.*s'", whose,
			http_shown(name), name.s);
	if (!http_is_printable(value, true))
		return refuse(r, status, "%s: %.*s has a character that is not printable ASCII",
			whose, http_shown(name), name.s);
	*ret_name = name;
	*ret_value = span_trim(value);
	return 0;
}

/* Count a line against the limits, whole or not: its growing makes neither count smaller. */
static int head_count(struct http_head *head, struct span line, bool whole, struct refusal *r)
{
	struct span value, name = span_cut(line, ':', &value);
	int field = value.s != NULL ? field_find(name, head->side) : -1;
	size_t registry = field >= 0 && fields[field].is_registry ? value.n : 0;
	size_t plain_max = head->side == HTTP_SIDE_REQUEST ? HTTP_PLAIN_BYTES : HTTP_HEAD_BYTES;

	if (head->plain_bytes + (line.n - registry) > plain_max)
		return refuse(r, head->status == 400 ? 413 : head->status,
			"%s: the headers are larger than %zu KiB", head->whose, plain_max / 1024);
	if (head->registry_bytes + registry > HTTP_REGISTRY_BYTES)
		return refuse(r, 413, "%s: the X-Registry headers are larger than %d KiB",
			head->whose, HTTP_REGISTRY_BYTES / 1024);
	if (whole) {
		head->plain_bytes += line.n - registry;
		head->registry_bytes += registry;
	}
	return 0;
}

int http_head_line(struct http_head *head, const char *bytes, size_t n, struct span *ret_line,
	size_t *used, struct refusal *r)
{
	bool whole;
	struct span line = http_line_at(bytes + *used, n - *used, HTTP_HEAD_BYTES + 1, &whole);

	if (head_count(head, line, whole, r) < 0)
		return -1;
	if (!whole)
		return 0;
	*used += line.n;
	if (http_line_end(&line, head->status, head->whose, r) < 0)
		return -1;
	*ret_line = line;
	return 1;
}

static int head_field(struct http_head *head, struct span line, struct refusal *r)
{
	struct span name, value;
	int field;

	if (++head->fields_n > HTTP_HEADERS)
		return refuse(r, head->status == 400 ? 413 : head->status,
			"%s: more than %d headers", head->whose, HTTP_HEADERS);
	if (http_field_split(line, head->status, head->whose, &name, &value, r) < 0)
		return -1;
	field = field_find(name, head->side);
	if (field < 0)
		return 0;
	if (field == HTTP_FIELD_SESSION_METHOD) {
		if (head->methods_n == HTTP_SESSION_METHODS)
			return refuse(r, 413, "%s: more than %d methods of a session", head->whose,
				HTTP_SESSION_METHODS);
		head->methods[head->methods_n++] = value;
		return 0;
	}
	if (head->values[field].s != NULL)
		return refuse(r, head->status, "%s: %s stands there twice", head->whose,
			fields[field].name);
	head->values[field] = value;
	return 0;
}

int http_head_fields(
	struct http_head *head, const char *bytes, size_t n, size_t *used, struct refusal *r)
{
	struct span line;
	int result;

	while ((result = http_head_line(head, bytes, n, &line, used, r)) > 0) {
		if (line.n == 0)
			return 1;
		if (head_field(head, line, r) < 0)
			return -1;
	}
	return result;
}

/* ---- what the values mean ---- */

static int length_read(
	const struct http_head *head, struct span value, uint64_t *ret, struct refusal *r)
{
	uint64_t length = 0;
	bool good = value.n > 0 && value.n <= 19 && (value.n == 1 || value.s[0] != '0');

	for (size_t i = 0; good && i < value.n; i++) {
		good = http_is_digit(value.s[i]);
		length = length * 10 + (uint64_t)(value.s[i] - '0');
	}
	if (!good || length > LENGTH_MAX)
		return refuse(r, head->status, "%s: Content-Length is not a number: '%.*s'",
			head->whose, http_shown(value), value.s);
	*ret = length;
	return 0;
}

static int connection_read(const struct http_head *head, struct span value,
	struct http_framing *ret, struct refusal *r)
{
	for (struct span rest = value; rest.s != NULL;) {
		struct span word = span_trim(span_cut(rest, ',', &rest));

		if (!http_is_token(word))
			return refuse(r, head->status, "%s: Connection is not a list of words",
				head->whose);
		ret->close = ret->close || span_folds_to(word, "close");
		ret->connection_upgrade = ret->connection_upgrade || span_folds_to(word, "upgrade");
	}
	return 0;
}

int http_framing_read(const struct http_head *head, struct http_framing *ret, struct refusal *r)
{
	struct span encoding = head->values[HTTP_FIELD_TRANSFER_ENCODING];
	struct span length = head->values[HTTP_FIELD_CONTENT_LENGTH];

	*ret = (struct http_framing){ .chunked = encoding.s != NULL,
		.has_length = length.s != NULL };
	if (ret->chunked && ret->has_length)
		return refuse(r, head->status, "%s: Content-Length and Transfer-Encoding together",
			head->whose);
	if (ret->chunked && !span_is(encoding, "chunked"))
		return refuse(r, head->status, "%s: Transfer-Encoding is not 'chunked': '%.*s'",
			head->whose, http_shown(encoding), encoding.s);
	if (ret->has_length && length_read(head, length, &ret->length, r) < 0)
		return -1;
	return connection_read(head, head->values[HTTP_FIELD_CONNECTION], ret, r);
}
