/* sandbox/broker/upstream.h: our side of the engine: requests of our own, and their answers.
 *
 * Everything that reaches the engine is written here, from values of ours. A request that
 * changes something never travels on a connection that was used before: the engine may
 * have closed it meanwhile, and then nobody would know whether the request was carried out.
 */
#ifndef SANDBOX_BROKER_UPSTREAM_H
#define SANDBOX_BROKER_UPSTREAM_H

#include "sandbox/broker/body_reader.h"
#include "sandbox/docker/http_response.h"

#include <cjson/cJSON.h>

#define UPSTREAM_POOL       8
#define UPSTREAM_JSON_BYTES (16 * 1024 * 1024) /* of an answer that is read whole */

struct upstream {
	struct loop *loop;
	const char *socket; /* as this process sees it */
	unsigned minor;     /* of the API that is spoken: at most API_MINOR_MAX */
	bool podman;
	char version[64];  /* of the engine */
	char platform[64]; /* "linux/amd64" */
	char root[256];    /* its data directory, once upstream_root() has asked; "" before */
	uint64_t *sent, *received;          /* the counters's counters, or NULL */
	struct stream *pool[UPSTREAM_POOL]; /* idle connections, for GET */
	size_t pool_n;
};

/* What a client may hear of a response's head; copied, for the stream's bytes move on. */
struct upstream_head {
	int status;
	enum framing framing;
	uint64_t length;
	bool upgraded, close;
	char content_type[128];
	char path_stat[4096];
};

struct upstream_request {
	enum http_method method;
	const char *path;             /* from the '/' behind the version on, with its query */
	const char *content_type;     /* NULL: none is sent */
	const struct text *body;      /* NULL: none */
	bool chunked;                 /* the body follows in chunks; body is NULL then */
	const char *upgrade;          /* "tcp", "h2c"; NULL: none is asked for */
	const char *more_headers;     /* whole lines; NULL: none */
	const char *auth_name, *auth; /* "X-Registry-Auth" and its value; NULL: none */
};

/* Connect. cancel_on: whose end makes waiting for the engine pointless, or NULL. */
int upstream_connect(const struct upstream *upstream, struct stream *ret,
	struct endpoint *cancel_on, struct refusal *r);
int upstream_send(const struct upstream *upstream, struct stream *s,
	const struct upstream_request *request, struct refusal *r);
/* The head of the answer. `ret_body` reads what follows. */
int upstream_receive(struct stream *s, enum http_method asked, struct upstream_head *ret,
	struct body_reader *ret_body, struct refusal *r);

/* Ask and read the whole answer. *ret_json (the caller's) is NULL if it is not JSON. A
 * status of any kind is an answer; -1 (502) if there was none. ret_json may be NULL. */
int upstream_ask(struct upstream *upstream, struct endpoint *cancel_on, enum http_method method,
	const char *path, const struct text *json, int *ret_status, cJSON **ret_json,
	struct refusal *r);

/* JSON of the engine's, NULL if it is none or nested deeper than an engine nests: whoever
 * walks it does so on a fiber's stack. */
cJSON *upstream_json(const char *text, size_t n);

/* The engine's data directory: "" if it does not say. */
const char *upstream_root(struct upstream *upstream, struct endpoint *cancel_on);

/* Is this an engine, and one that the tables cover? Fills minor, podman and version. */
int upstream_examine(struct upstream *upstream, struct failure *f);

#endif
