/* A head is read in two stages. First its lines, one after the other, are checked for form
 * and the values of the fields that mean something are kept; then, at the empty line, those
 * values are understood. Lines and limits are looked at from the front only, so that a
 * refusal never depends on how many bytes have arrived behind the point of it.
 */
#include "sandbox/docker/http.h"

#include "sandbox/base/own.h"

#include <string.h>
#include <strings.h>

#define LENGTH_MAX   (UINT64_C(1) << 62)
#define CHUNK_DIGITS 15
#define SHOWN_BYTES  40 /* of a stranger's word in a reason */

_Static_assert(HTTP_PLAIN_BYTES + HTTP_REGISTRY_BYTES == HTTP_HEAD_BYTES,
	"a head within the two limits is within the one for all of it");

enum field {
	FIELD_HOST,
	FIELD_CONNECTION,
	FIELD_UPGRADE,
	FIELD_EXPECT,
	FIELD_TRANSFER_ENCODING,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_TYPE,
	FIELD_CONTENT_ENCODING,
	FIELD_REGISTRY_AUTH,
	FIELD_REGISTRY_CONFIG,
	FIELD_SESSION_ID,
	FIELD_SESSION_NAME,
	FIELD_SESSION_KEY,
	FIELD_SESSION_METHOD, /* may stand there more than once */
	FIELD_PATH_STAT,
	FIELD_API_VERSION,
	FIELD_OS_TYPE,
	FIELD_EXPERIMENTAL,
	FIELDS,
};

enum side { SIDE_REQUEST = 1, SIDE_RESPONSE = 2, SIDE_BOTH = 3 };

/* What is not here is checked for form and forgotten. */
static const struct {
	const char *name;
	enum side side;
	bool is_registry; /* its value counts towards HTTP_REGISTRY_BYTES */
} fields[FIELDS] = {
	[FIELD_HOST] = { "Host", SIDE_REQUEST, false },
	[FIELD_CONNECTION] = { "Connection", SIDE_BOTH, false },
	[FIELD_UPGRADE] = { "Upgrade", SIDE_BOTH, false },
	[FIELD_EXPECT] = { "Expect", SIDE_REQUEST, false },
	[FIELD_TRANSFER_ENCODING] = { "Transfer-Encoding", SIDE_BOTH, false },
	[FIELD_CONTENT_LENGTH] = { "Content-Length", SIDE_BOTH, false },
	[FIELD_CONTENT_TYPE] = { "Content-Type", SIDE_BOTH, false },
	[FIELD_CONTENT_ENCODING] = { "Content-Encoding", SIDE_REQUEST, false },
	[FIELD_REGISTRY_AUTH] = { "X-Registry-Auth", SIDE_REQUEST, true },
	[FIELD_REGISTRY_CONFIG] = { "X-Registry-Config", SIDE_REQUEST, true },
	[FIELD_SESSION_ID] = { "X-Docker-Expose-Session-Uuid", SIDE_REQUEST, false },
	[FIELD_SESSION_NAME] = { "X-Docker-Expose-Session-Name", SIDE_REQUEST, false },
	[FIELD_SESSION_KEY] = { "X-Docker-Expose-Session-Sharedkey", SIDE_REQUEST, false },
	[FIELD_SESSION_METHOD] = { "X-Docker-Expose-Session-Grpc-Method", SIDE_REQUEST, false },
	[FIELD_PATH_STAT] = { "X-Docker-Container-Path-Stat", SIDE_RESPONSE, false },
	[FIELD_API_VERSION] = { "Api-Version", SIDE_RESPONSE, false },
	[FIELD_OS_TYPE] = { "Ostype", SIDE_RESPONSE, false },
	[FIELD_EXPERIMENTAL] = { "Docker-Experimental", SIDE_RESPONSE, false },
};

static const char *const method_names[HTTP_METHODS] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
};

struct head {
	enum side side;
	int status;         /* of a refusal: a builder's fault is 400, the engine's 502 */
	const char *whose;  /* the same, in words */
	size_t plain_bytes; /* so far */
	size_t registry_bytes;
	unsigned fields_n;
	struct span values[FIELDS]; /* s NULL: not there */
	struct span methods[HTTP_SESSION_METHODS];
	size_t methods_n;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110, section 5.6.2. */
static bool is_token_character(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_token_character(s.s[i]))
			return false;
	return s.n > 0;
}

/* Visible ASCII, and blank and tab where they may stand. */
static bool is_printable(struct span s, bool blanks)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.s[i] < 0x21 || s.s[i] > 0x7e) && !(blanks && is_blank(s.s[i])))
			return false;
	return true;
}

static bool span_is(struct span s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.s, word, s.n) == 0;
}

static bool span_folds_to(struct span s, const char *word)
{
	return s.n == strlen(word) && (s.n == 0 || strncasecmp(s.s, word, s.n) == 0);
}

static bool span_begins(struct span s, const char *word)
{
	return s.n >= strlen(word) && memcmp(s.s, word, strlen(word)) == 0;
}

static struct span span_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.s[0]))
		s = (struct span){ s.s + 1, s.n - 1 };
	while (s.n > 0 && is_blank(s.s[s.n - 1]))
		s.n--;
	return s;
}

/* What stands before the first c; *rest what stands behind it, s NULL if there is no c. */
static struct span span_cut(struct span s, char c, struct span *rest)
{
	const char *at = s.n > 0 ? memchr(s.s, c, s.n) : NULL;

	if (at == NULL) {
		*rest = (struct span){ NULL, 0 };
		return s;
	}
	*rest = (struct span){ at + 1, s.n - (size_t)(at - s.s) - 1 };
	return (struct span){ s.s, (size_t)(at - s.s) };
}

static int shown(struct span s)
{
	return s.n > SHOWN_BYTES ? SHOWN_BYTES : (int)s.n;
}

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

/* ---- lines and fields ---- */

/* Up to the first LF within `most` bytes, LF included; all that is there if none came yet. */
static struct span line_at(const char *bytes, size_t n, size_t most, bool *ret_whole)
{
	const char *lf;

	if (n > most)
		n = most;
	lf = n > 0 ? memchr(bytes, '\n', n) : NULL;
	*ret_whole = lf != NULL;
	return (struct span){ bytes, lf != NULL ? (size_t)(lf - bytes) + 1 : n };
}

/* Take CRLF off the end. */
static int line_end(struct span *line, int status, const char *whose, struct refusal *r)
{
	if (line->n < 2 || line->s[line->n - 2] != '\r')
		return refuse(r, status, "%s: a line that does not end in CRLF", whose);
	line->n -= 2;
	return 0;
}

static int field_find(struct span name, enum side side)
{
	for (int i = 0; i < FIELDS; i++)
		if ((fields[i].side & side) && span_folds_to(name, fields[i].name))
			return i;
	return -1;
}

/* "Name: value", blanks around the value cut. line is not empty. */
static int field_split(struct span line, int status, const char *whose, struct span *ret_name,
	struct span *ret_value, struct refusal *r)
{
	struct span value, name = span_cut(line, ':', &value);

	if (is_blank(line.s[0]))
		return refuse(r, status, "%s: a folded header line", whose);
	if (value.s == NULL)
		return refuse(r, status, "%s: a header line without a colon", whose);
	if (!is_token(name))
		return refuse(r, status, "%s: a header name that is not one word: '%.*s'", whose,
			shown(name), name.s);
	if (!is_printable(value, true))
		return refuse(r, status, "%s: %.*s has a character that is not printable ASCII",
			whose, shown(name), name.s);
	*ret_name = name;
	*ret_value = span_trim(value);
	return 0;
}

/* Count a line against the limits, whole or not: its growing makes neither count smaller. */
static int head_count(struct head *head, struct span line, bool whole, struct refusal *r)
{
	struct span value, name = span_cut(line, ':', &value);
	int field = value.s != NULL ? field_find(name, head->side) : -1;
	size_t registry = field >= 0 && fields[field].is_registry ? value.n : 0;
	size_t plain_max = head->side == SIDE_REQUEST ? HTTP_PLAIN_BYTES : HTTP_HEAD_BYTES;

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

static int head_line(struct head *head, const char *bytes, size_t n, struct span *ret_line,
	size_t *used, struct refusal *r)
{
	bool whole;
	struct span line = line_at(bytes + *used, n - *used, HTTP_HEAD_BYTES + 1, &whole);

	if (head_count(head, line, whole, r) < 0)
		return -1;
	if (!whole)
		return 0;
	*used += line.n;
	if (line_end(&line, head->status, head->whose, r) < 0)
		return -1;
	*ret_line = line;
	return 1;
}

static int head_field(struct head *head, struct span line, struct refusal *r)
{
	struct span name, value;
	int field;

	if (++head->fields_n > HTTP_HEADERS)
		return refuse(r, head->status == 400 ? 413 : head->status,
			"%s: more than %d headers", head->whose, HTTP_HEADERS);
	if (field_split(line, head->status, head->whose, &name, &value, r) < 0)
		return -1;
	field = field_find(name, head->side);
	if (field < 0)
		return 0;
	if (field == FIELD_SESSION_METHOD) {
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

/* All that follows the first line, the empty line included. */
static int head_fields(
	struct head *head, const char *bytes, size_t n, size_t *used, struct refusal *r)
{
	struct span line;
	int result;

	while ((result = head_line(head, bytes, n, &line, used, r)) > 0) {
		if (line.n == 0)
			return 1;
		if (head_field(head, line, r) < 0)
			return -1;
	}
	return result;
}

/* ---- what the values mean ---- */

struct framing {
	bool chunked, has_length;
	uint64_t length;
	bool close, connection_upgrade;
};

static int length_read(const struct head *head, struct span value, uint64_t *ret, struct refusal *r)
{
	uint64_t length = 0;
	bool good = value.n > 0 && value.n <= 19 && (value.n == 1 || value.s[0] != '0');

	for (size_t i = 0; good && i < value.n; i++) {
		good = is_digit(value.s[i]);
		length = length * 10 + (uint64_t)(value.s[i] - '0');
	}
	if (!good || length > LENGTH_MAX)
		return refuse(r, head->status, "%s: Content-Length is not a number: '%.*s'",
			head->whose, shown(value), value.s);
	*ret = length;
	return 0;
}

static int connection_read(
	const struct head *head, struct span value, struct framing *ret, struct refusal *r)
{
	for (struct span rest = value; rest.s != NULL;) {
		struct span word = span_trim(span_cut(rest, ',', &rest));

		if (!is_token(word))
			return refuse(r, head->status, "%s: Connection is not a list of words",
				head->whose);
		ret->close = ret->close || span_folds_to(word, "close");
		ret->connection_upgrade = ret->connection_upgrade || span_folds_to(word, "upgrade");
	}
	return 0;
}

static int framing_read(const struct head *head, struct framing *ret, struct refusal *r)
{
	struct span encoding = head->values[FIELD_TRANSFER_ENCODING];
	struct span length = head->values[FIELD_CONTENT_LENGTH];

	*ret = (struct framing){ .chunked = encoding.s != NULL, .has_length = length.s != NULL };
	if (ret->chunked && ret->has_length)
		return refuse(r, head->status, "%s: Content-Length and Transfer-Encoding together",
			head->whose);
	if (ret->chunked && !span_is(encoding, "chunked"))
		return refuse(r, head->status, "%s: Transfer-Encoding is not 'chunked': '%.*s'",
			head->whose, shown(encoding), encoding.s);
	if (ret->has_length && length_read(head, length, &ret->length, r) < 0)
		return -1;
	return connection_read(head, head->values[FIELD_CONNECTION], ret, r);
}

static int upgrade_read(struct span value, enum http_upgrade *ret, struct refusal *r)
{
	struct span version, protocol = span_cut(value, '/', &version);

	*ret = HTTP_UPGRADE_NONE;
	if (value.s == NULL)
		return 0;
	if (!is_token(protocol) || (version.s != NULL && !is_token(version)))
		return refuse(r, 400, "request: Upgrade does not name one protocol: '%.*s'",
			shown(value), value.s);
	*ret = span_folds_to(value, "tcp")   ? HTTP_UPGRADE_TCP
	       : span_folds_to(value, "h2c") ? HTTP_UPGRADE_H2C
					     : HTTP_UPGRADE_OTHER;
	return 0;
}

/* ---- requests ---- */

static int method_read(struct span word, enum http_method *ret, struct refusal *r)
{
	for (int i = 0; i < HTTP_METHODS; i++)
		if (span_is(word, method_names[i])) {
			*ret = (enum http_method)i;
			return 0;
		}
	return refuse(
		r, 400, "request: '%.*s' is not a method of the Docker API", shown(word), word.s);
}

static int request_line_read(struct span line, struct http_request *ret, struct refusal *r)
{
	struct span rest, version, method = span_cut(line, ' ', &rest);
	struct span target = span_cut(rest, ' ', &version);

	if (span_is(line, "PRI * HTTP/2.0"))
		return refuse(r, 400, "request: HTTP/2 is not spoken here, only HTTP/1.1");
	if (version.s == NULL)
		return refuse(r, 400, "request: the first line is not 'METHOD /path HTTP/1.1'");
	if (method_read(method, &ret->method, r) < 0)
		return -1;
	if (target.n == 0 || target.s[0] != '/' || !is_printable(target, false))
		return refuse(r, 400, "request: the target is not a path: '%.*s'", shown(target),
			target.s);
	if (!span_is(version, "HTTP/1.1"))
		return refuse(r, 400, "request: the version is not HTTP/1.1: '%.*s'",
			shown(version), version.s);
	ret->target = target;
	return 0;
}

static int request_understand(const struct head *head, struct http_request *ret, struct refusal *r)
{
	struct span expect = head->values[FIELD_EXPECT];
	struct span encoding = head->values[FIELD_CONTENT_ENCODING];
	struct framing framing;

	if (framing_read(head, &framing, r) < 0 ||
		upgrade_read(head->values[FIELD_UPGRADE], &ret->upgrade, r) < 0)
		return -1;
	if (expect.s != NULL && !span_folds_to(expect, "100-continue"))
		return refuse(r, 417, "request: Expect is not '100-continue'");
	ret->chunked = framing.chunked;
	ret->has_length = framing.has_length;
	ret->length = framing.length;
	ret->expect_continue = expect.s != NULL;
	ret->close = framing.close;
	ret->connection_upgrade = framing.connection_upgrade;
	ret->content_type = head->values[FIELD_CONTENT_TYPE];
	if (encoding.s != NULL && !span_folds_to(encoding, "identity"))
		ret->content_encoding = encoding;
	ret->registry_auth = head->values[FIELD_REGISTRY_AUTH];
	ret->registry_config = head->values[FIELD_REGISTRY_CONFIG];
	ret->session_id = head->values[FIELD_SESSION_ID];
	ret->session_name = head->values[FIELD_SESSION_NAME];
	ret->session_key = head->values[FIELD_SESSION_KEY];
	memcpy(ret->session_methods, head->methods, sizeof(head->methods));
	ret->session_methods_n = head->methods_n;
	return 0;
}

int http_request_read(
	const char *bytes, size_t n, struct http_request *ret, size_t *ret_used, struct refusal *r)
{
	struct head head = { .side = SIDE_REQUEST, .status = 400, .whose = "request" };
	struct http_request request = { 0 };
	struct span line;
	size_t used = 0;
	int result = head_line(&head, bytes, n, &line, &used, r);

	if (result <= 0)
		return result;
	if (request_line_read(line, &request, r) < 0)
		return -1;
	result = head_fields(&head, bytes, n, &used, r);
	if (result <= 0)
		return result;
	if (request_understand(&head, &request, r) < 0)
		return -1;
	*ret = request;
	*ret_used = used;
	return 1;
}

bool http_type_is(struct span content_type, const char *type)
{
	struct span parameters;

	return span_folds_to(span_trim(span_cut(content_type, ';', &parameters)), type);
}

/* ---- responses ---- */

/* "HTTP/1.1 200 OK"; the words may be any, or none. */
static int status_line_read(
	const struct head *head, struct span line, struct http_response *ret, struct refusal *r)
{
	bool is_old = span_begins(line, "HTTP/1.0 ");

	if (!(is_old || span_begins(line, "HTTP/1.1 ")) || line.n < 13 || line.s[12] != ' ' ||
		!is_printable(line, true))
		return refuse(r, head->status, "%s: the first line is not HTTP: '%.*s'",
			head->whose, shown(line), line.s);
	for (const char *p = line.s + 9; p < line.s + 12; p++) {
		if (!is_digit(*p))
			return refuse(
				r, head->status, "%s: the status is not a number", head->whose);
		ret->status = ret->status * 10 + (*p - '0');
	}
	if (ret->status < 100 || ret->status > 599)
		return refuse(
			r, head->status, "%s: no such status as %d", head->whose, ret->status);
	ret->close = is_old;
	return 0;
}

static int response_understand(
	const struct head *head, struct http_response *ret, struct refusal *r)
{
	struct framing framing;

	if (framing_read(head, &framing, r) < 0)
		return -1;
	if (framing.chunked && ret->close)
		return refuse(r, head->status, "%s: chunks, which HTTP/1.0 has not", head->whose);
	ret->chunked = framing.chunked;
	ret->has_length = framing.has_length;
	ret->length = framing.length;
	ret->close = ret->close || framing.close;
	ret->upgraded = framing.connection_upgrade && head->values[FIELD_UPGRADE].s != NULL;
	ret->content_type = head->values[FIELD_CONTENT_TYPE];
	ret->path_stat = head->values[FIELD_PATH_STAT];
	ret->api_version = head->values[FIELD_API_VERSION];
	ret->os_type = head->values[FIELD_OS_TYPE];
	ret->experimental = head->values[FIELD_EXPERIMENTAL];
	return 0;
}

int http_response_read(
	const char *bytes, size_t n, struct http_response *ret, size_t *ret_used, struct refusal *r)
{
	struct head head = { .side = SIDE_RESPONSE, .status = 502, .whose = "the engine's answer" };
	struct http_response response = { 0 };
	struct span line;
	size_t used = 0;
	int result = head_line(&head, bytes, n, &line, &used, r);

	if (result <= 0)
		return result;
	if (status_line_read(&head, line, &response, r) < 0)
		return -1;
	result = head_fields(&head, bytes, n, &used, r);
	if (result <= 0)
		return result;
	if (response_understand(&head, &response, r) < 0)
		return -1;
	*ret = response;
	*ret_used = used;
	return 1;
}

bool http_response_has_body(const struct http_response *response, enum http_method asked)
{
	return asked != HTTP_HEAD && response->status >= 200 && response->status != 204 &&
	       response->status != 304;
}

/* ---- chunks ---- */

static int hex_digit(char c)
{
	return is_digit(c)            ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

static int chunk_size_read(struct span digits, uint64_t *ret, struct refusal *r)
{
	uint64_t size = 0;
	bool good = digits.n > 0 && digits.n <= CHUNK_DIGITS;

	for (size_t i = 0; good && i < digits.n; i++) {
		good = hex_digit(digits.s[i]) >= 0;
		size = size * 16 + (uint64_t)(good ? hex_digit(digits.s[i]) : 0);
	}
	if (!good)
		return refuse(
			r, 400, "chunk: the size is not a number: '%.*s'", shown(digits), digits.s);
	*ret = size;
	return 0;
}

int http_chunk_read(
	const char *bytes, size_t n, uint64_t *ret_size, size_t *ret_used, struct refusal *r)
{
	struct span digits, extension, line;
	bool whole;
	size_t used;

	line = line_at(bytes, n, HTTP_CHUNK_LINE, &whole);
	if (!whole)
		return n < HTTP_CHUNK_LINE
			       ? 0
			       : refuse(r, 400, "chunk: its first line has more than %d bytes",
					 HTTP_CHUNK_LINE);
	used = line.n;
	if (line_end(&line, 400, "chunk", r) < 0)
		return -1;
	digits = span_cut(line, ';', &extension);
	if (!is_printable(extension, true))
		return refuse(r, 400, "chunk: an extension that is not printable ASCII");
	if (chunk_size_read(digits, ret_size, r) < 0)
		return -1;
	*ret_used = used;
	return 1;
}

int http_trailer_read(const char *bytes, size_t n, size_t *ret_used, struct refusal *r)
{
	struct span line, name, value;
	bool whole;

	for (size_t used = 0;;) {
		line = line_at(bytes + used, n - used, HTTP_TRAILER_BYTES - used, &whole);
		if (!whole)
			return n < HTTP_TRAILER_BYTES
				       ? 0
				       : refuse(r, 413, "trailer: more than %d bytes",
						 HTTP_TRAILER_BYTES);
		used += line.n;
		if (line_end(&line, 400, "trailer", r) < 0)
			return -1;
		if (line.n == 0) {
			*ret_used = used;
			return 1;
		}
		if (field_split(line, 400, "trailer", &name, &value, r) < 0)
			return -1;
	}
}
