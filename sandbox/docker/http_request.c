#include "sandbox/docker/http_request.h"

#include <string.h>

static const char *const method_names[HTTP_METHODS] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
};

const char *http_method_name(enum http_method method)
{
	return method_names[method];
}

static int upgrade_read(struct span value, enum http_upgrade *ret, struct refusal *r)
{
	struct span version, protocol = span_cut(value, '/', &version);

	*ret = HTTP_UPGRADE_NONE;
	if (value.s == NULL)
		return 0;
	if (!http_is_token(protocol) || (version.s != NULL && !http_is_token(version)))
		return refuse(r, 400, "request: Upgrade does not name one protocol: '%.*s'",
			http_shown(value), value.s);
	*ret = span_folds_to(value, "tcp")   ? HTTP_UPGRADE_TCP
	       : span_folds_to(value, "h2c") ? HTTP_UPGRADE_H2C
					     : HTTP_UPGRADE_OTHER;
	return 0;
}

static int method_read(struct span word, enum http_method *ret, struct refusal *r)
{
	for (int i = 0; i < HTTP_METHODS; i++)
		if (span_is(word, method_names[i])) {
			*ret = (enum http_method)i;
			return 0;
		}
	return refuse(r, 400, "request: '%.*s' is not a method of the Docker API", http_shown(word),
		word.s);
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
	if (target.n == 0 || target.s[0] != '/' || !http_is_printable(target, false))
		return refuse(r, 400, "request: the target is not a path: '%.*s'",
			http_shown(target), target.s);
	ret->old = span_is(version, "HTTP/1.0");
	if (!ret->old && !span_is(version, "HTTP/1.1"))
		return refuse(r, 400, "request: the version is not HTTP/1.1: '%.*s'",
			http_shown(version), version.s);
	ret->target = target;
	return 0;
}

static int request_understand(
	const struct http_head *head, struct http_request *ret, struct refusal *r)
{
	struct span expect = head->values[HTTP_FIELD_EXPECT];
	struct span encoding = head->values[HTTP_FIELD_CONTENT_ENCODING];
	struct http_framing framing;

	if (http_framing_read(head, &framing, r) < 0 ||
		upgrade_read(head->values[HTTP_FIELD_UPGRADE], &ret->upgrade, r) < 0)
		return -1;
	if (ret->old && (framing.chunked || expect.s != NULL || ret->upgrade != HTTP_UPGRADE_NONE))
		return refuse(r, 400,
			"request: HTTP/1.0 does not have Transfer-Encoding, Expect and Upgrade");
	if (expect.s != NULL && !span_folds_to(expect, "100-continue"))
		return refuse(r, 417, "request: Expect is not '100-continue'");
	ret->chunked = framing.chunked;
	ret->has_length = framing.has_length;
	ret->length = framing.length;
	ret->expect_continue = expect.s != NULL;
	ret->close = framing.close || ret->old;
	ret->connection_upgrade = framing.connection_upgrade;
	ret->content_type = head->values[HTTP_FIELD_CONTENT_TYPE];
	if (encoding.s != NULL && !span_folds_to(encoding, "identity"))
		ret->content_encoding = encoding;
	ret->registry_auth = head->values[HTTP_FIELD_REGISTRY_AUTH];
	ret->registry_config = head->values[HTTP_FIELD_REGISTRY_CONFIG];
	ret->session_id = head->values[HTTP_FIELD_SESSION_ID];
	ret->session_name = head->values[HTTP_FIELD_SESSION_NAME];
	ret->session_key = head->values[HTTP_FIELD_SESSION_KEY];
	memcpy(ret->session_methods, head->methods, sizeof(head->methods));
	ret->session_methods_n = head->methods_n;
	return 0;
}

int http_request_read(
	const char *bytes, size_t n, struct http_request *ret, size_t *ret_used, struct refusal *r)
{
	struct http_head head = { .side = HTTP_SIDE_REQUEST, .status = 400, .whose = "request" };
	struct http_request request = { 0 };
	struct span line;
	size_t used = 0;
	int result = http_head_line(&head, bytes, n, &line, &used, r);

	if (result <= 0)
		return result;
	if (request_line_read(line, &request, r) < 0)
		return -1;
	result = http_head_fields(&head, bytes, n, &used, r);
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
