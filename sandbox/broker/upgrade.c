#include "sandbox/broker/upgrade.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/grpc.h"
#include "sandbox/broker/tunnel.h"

#include <string.h>

/* ---- attach and exec ---- */

static bool is_raw_stream(const struct exchange *x)
{
	struct span type = { x->head.content_type, strlen(x->head.content_type) };

	return x->head.status == 200 && x->head.framing == FRAMING_CLOSE &&
	       (http_type_is(type, "application/vnd.docker.raw-stream") ||
		       http_type_is(type, "application/vnd.docker.multiplexed-stream"));
}

int upgrade_hijack(struct exchange *x)
{
	own_text struct text path = { 0 }, head = { 0 };
	struct upstream_request request = {
		.method = HTTP_POST,
		.content_type = x->has_json ? "application/json" : "text/plain",
		.body = x->has_json ? &x->json : NULL,
		.upgrade = x->request.connection_upgrade && x->request.upgrade == HTTP_UPGRADE_TCP
				   ? "tcp"
				   : NULL,
	};

	if (exchange_path(x, &path) < 0)
		return -1;
	request.path = path.s;
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (!x->head.upgraded && !is_raw_stream(x))
		return exchange_relay(x);
	if (x->head.upgraded)
		text_word(
			&head, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n");
	else
		text_word(&head, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
	text_format(&head, "Content-Type: %s\r\n\r\n",
		x->head.content_type[0] != '\0' ? x->head.content_type
						: "application/vnd.docker.raw-stream");
	x->begun = true;
	x->keep = false;
	if (head.failed || stream_write(x->client, head.s, head.n) < 0)
		return -1;
	tunnel_run(x->client, &x->engine);
	return 0;
}

/* ---- BuildKit's two connections ---- */

static int offered(const struct broker *b, struct refusal *r)
{
	return b->buildkit.offered ? 0 : refuse(r, 403, "%s", b->buildkit.why);
}

static bool is_session_method(struct span method)
{
	for (const char *const *name = buildkit_session_methods; *name != NULL; name++)
		if (method.n == strlen(*name) && memcmp(method.s, *name, method.n) == 0)
			return true;
	return false;
}

/* Letters and what stands between words: it is put into a header again. */
static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.s[i] < ' ' || s.s[i] > '~')
			return false;
	return s.n <= 200;
}

int upgrade_understand(struct exchange *x)
{
	const struct http_request *h = &x->request;

	if (offered(x->broker, &x->refusal) < 0)
		return -1;
	if (h->session_id.n >= sizeof(x->session) || h->session_id.n == 0)
		return refuse(&x->refusal, 400, "X-Docker-Expose-Session-Uuid is missing");
	if (!is_plain(h->session_name) || !is_plain(h->session_key))
		return refuse(&x->refusal, 400, "the session's name or key is too long");
	memcpy(x->session, h->session_id.s, h->session_id.n);
	text_format(&x->more,
		"X-Docker-Expose-Session-Uuid: %s\r\nX-Docker-Expose-Session-Name: %.*s\r\n",
		x->session, (int)h->session_name.n, h->session_name.s);
	/* Under a key the engine keeps the files of one context for the next one. */
	text_format(&x->more, "X-Docker-Expose-Session-Sharedkey: %s:%.*s\r\n",
		x->broker->policy.run_id, (int)h->session_key.n, h->session_key.s);
	for (size_t i = 0; i < h->session_methods_n; i++)
		if (is_session_method(h->session_methods[i]))
			text_format(&x->more, "X-Docker-Expose-Session-Grpc-Method: %.*s\r\n",
				(int)h->session_methods[i].n, h->session_methods[i].s);
	return x->more.failed ? refuse_memory(&x->refusal) : 0;
}

static int upgrade_engine(struct exchange *x, const char *path)
{
	const struct upstream_request request = {
		.method = HTTP_POST, .path = path, .upgrade = "h2c", .more_headers = x->more.s
	};

	if (exchange_forward(x, &request) < 0)
		return -1;
	return x->head.upgraded ? 0
				: refuse(&x->refusal, 502, "%s: the engine did not upgrade", path);
}

/* From here on both sides speak HTTP/2, if the engine agrees. */
static int upgrade_both(struct exchange *x, const char *path)
{
	static const char agreed[] =
		"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

	if (!x->request.connection_upgrade || x->request.upgrade != HTTP_UPGRADE_H2C)
		return refuse(&x->refusal, 400, "%s: an upgrade to h2c is expected", path);
	if (upgrade_engine(x, path) < 0)
		return -1;
	x->begun = true;
	x->keep = false;
	return stream_write(x->client, agreed, sizeof(agreed) - 1);
}

bool upgrade_is_preface(const char *bytes, size_t n)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

	return n > 0 &&
	       memcmp(bytes, preface, n < UPGRADE_PREFACE_BYTES ? n : UPGRADE_PREFACE_BYTES) == 0;
}

int upgrade_session(struct exchange *x)
{
	struct buildkit *buildkit = &x->broker->buildkit;
	int result;

	if (buildkit_session_begin(buildkit, x->session, &x->refusal) < 0)
		return -1;
	endpoint_poke(&x->broker->begun);
	result = upgrade_both(x, "/session");
	if (result == 0)
		tunnel_run(x->client, &x->engine);
	buildkit_session_end(buildkit, x->session);
	return result;
}

int upgrade_grpc(struct exchange *x)
{
	if (offered(x->broker, &x->refusal) < 0 || upgrade_both(x, "/grpc") < 0)
		return -1;
	grpc_serve(x);
	return 0;
}

int upgrade_preface(struct exchange *x)
{
	if (offered(x->broker, &x->refusal) < 0 || upgrade_engine(x, "/grpc") < 0)
		return -1;
	x->begun = true;
	grpc_serve(x);
	return 0;
}
