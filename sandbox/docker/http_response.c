#include "sandbox/docker/http_response.h"

/* "HTTP/1.1 200 OK"; the words may be any, or none. */
static int status_line_read(const struct http_head *head, struct span line,
	struct http_response *ret, struct refusal *r)
{
	bool is_old = span_begins(line, "HTTP/1.0 ");

	if (!(is_old || span_begins(line, "HTTP/1.1 ")) || line.n < 13 || line.s[12] != ' ' ||
		!http_is_printable(line, true))
		return refuse(r, head->status, "%s: the first line is not HTTP: '%.*s'",
			head->whose, http_shown(line), line.s);
	for (const char *p = line.s + 9; p < line.s + 12; p++) {
		if (!http_is_digit(*p))
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
	const struct http_head *head, struct http_response *ret, struct refusal *r)
{
	struct http_framing framing;

	if (http_framing_read(head, &framing, r) < 0)
		return -1;
	if (framing.chunked && ret->close)
		return refuse(
			r, head->status, "%s: chunks, which HTTP/1.0 does not have", head->whose);
	ret->chunked = framing.chunked;
	ret->has_length = framing.has_length;
	ret->length = framing.length;
	ret->close = ret->close || framing.close;
	ret->upgraded = framing.connection_upgrade && head->values[HTTP_FIELD_UPGRADE].s != NULL;
	ret->content_type = head->values[HTTP_FIELD_CONTENT_TYPE];
	ret->path_stat = head->values[HTTP_FIELD_PATH_STAT];
	ret->api_version = head->values[HTTP_FIELD_API_VERSION];
	ret->os_type = head->values[HTTP_FIELD_OS_TYPE];
	ret->experimental = head->values[HTTP_FIELD_EXPERIMENTAL];
	return 0;
}

int http_response_read(
	const char *bytes, size_t n, struct http_response *ret, size_t *ret_used, struct refusal *r)
{
	struct http_head head = {
		.side = HTTP_SIDE_RESPONSE, .status = 502, .whose = "the engine's answer"
	};
	struct http_response response = { 0 };
	struct span line;
	size_t used = 0;
	int result = http_head_line(&head, bytes, n, &line, &used, r);

	if (result <= 0)
		return result;
	if (status_line_read(&head, line, &response, r) < 0)
		return -1;
	result = http_head_fields(&head, bytes, n, &used, r);
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
