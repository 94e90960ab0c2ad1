/* sandbox/broker/exchange.h: one request of the builder and its answer.
 *
 * exchange_serve() is the fiber of one connection: read a head, find its route, check query
 * and body, carry it out, answer; again, until either side has enough. The functions
 * below are what carries out: build.c, image.c and answer.c hold one per enum answer.
 */
#ifndef SANDBOX_BROKER_EXCHANGE_H
#define SANDBOX_BROKER_EXCHANGE_H

#include "sandbox/broker/broker.h"
#include "sandbox/docker/redact.h"
#include "sandbox/docker/route.h"

struct exchange {
	struct broker *broker;
	struct stream *client;
	/* the request, as understood */
	struct http_request request; /* its spans are gone once the head is consumed */
	struct target target;
	struct route_match match;
	char id[160]; /* of the match's place, resolved; "" for images and none */
	struct body body;
	struct text query; /* written anew, without '?' */
	struct text json;  /* the body, written anew */
	cJSON *given;      /* the same as a tree, for who has to look again */
	struct text more;  /* headers for the engine, of a session */
	char session[65];  /* its id */
	bool has_json;
	/* its answer */
	struct stream engine; /* the connection that carries it; fd -1: none */
	struct upstream_head head;
	struct body answer;
	bool makes;       /* what the engine answers is waited for, also if the client leaves */
	bool claims;      /* counted in broker->claiming */
	bool begun;       /* the client has got a byte of the answer */
	bool keep;        /* the connection may carry another request */
	bool writes_body; /* not for HEAD */
	struct refusal refusal;
};

/* What the fiber of a connection gets, and frees. The stream stands in broker->clients. */
struct client_start {
	struct broker *broker;
	struct stream *client;
};
void exchange_serve(void *client_start);
/* The connection is over: close it, and make room. */
void client_leave(struct broker *b, struct stream *client);

/* A refusal is an answer, a count, an event and, with -v, a line. route: NULL if it is none of
 * the table's. */
struct route;
void exchange_note_refusal(struct broker *b, const char *method, const char *path,
	const struct route *route, const struct refusal *r);

/* Ask the engine with the path (and query) given; fills head and answer. */
int exchange_forward(struct exchange *x, const struct upstream_request *request);
/* The route's own request: its path with the object's id, the query and the JSON body. */
int exchange_path(const struct exchange *x, struct text *ret);
int exchange_forward_route(struct exchange *x);

/* Answers to the client. Each 0 or -1 (the connection is given up). */
int exchange_relay(struct exchange *x); /* head and body of the engine's answer */
int exchange_json(struct exchange *x, int status, const cJSON *json);
int exchange_head(struct exchange *x, int status, const char *content_type, bool chunked,
	uint64_t length, const char *more_headers);
/* An error of the engine, or of ours, that is no refusal by policy. */
int exchange_error(struct exchange *x, int status, const char *message);
/* The engine's own error, without the ids of what is not this run's. */
int exchange_engine_error(struct exchange *x, int status, const cJSON *json);
/* The engine's answer whole, as JSON; NULL if it is none. */
int exchange_collect(struct exchange *x, cJSON **ret);

/* The full id of the run's own object of that name; false if it has none. Names that the
 * engine drew are asked for. */
bool place_find(struct broker *b, struct endpoint *cancel_on, enum object_kind kind,
	const char *word, char ret_id[160]);
/* Forward the route with the body as it comes, framed anew. */
int upload_relay(struct exchange *x);

/* ---- one per enum answer ---- */
typedef int (*exchange_fn)(struct exchange *x);
int answer_ping(struct exchange *x);
int answer_version(struct exchange *x);
int answer_info(struct exchange *x);
int answer_auth(struct exchange *x);
int answer_prune(struct exchange *x);
int answer_created(struct exchange *x);
int answer_exec(struct exchange *x);
int answer_volume(struct exchange *x);
int answer_removed(struct exchange *x);
int answer_renamed(struct exchange *x);
int answer_inspect(struct exchange *x);
int answer_list(struct exchange *x);
int answer_hijack(struct exchange *x);
int answer_session(struct exchange *x);
int answer_grpc(struct exchange *x);
int answer_events(struct exchange *x);
int build_carry_out(struct exchange *x);
int image_pull(struct exchange *x);
int image_push(struct exchange *x);
int image_distribution(struct exchange *x);
int image_tag(struct exchange *x);
int image_untag(struct exchange *x);
int image_save(struct exchange *x);

/* ---- images: whose are they? (image.c) ---- */

enum image_standing {
	IMAGE_ABSENT,  /* the engine has none of that name */
	IMAGE_FOREIGN, /* it has, and this run may know nothing of it */
	IMAGE_BASE,    /* granted by --docker-base, --docker-pull, or an earlier run's tag */
	IMAGE_OWN,     /* made by this run */
};
/* Ask the engine about name (a reference, or a beginning of an id). id: its full id. */
int image_look(struct broker *b, struct endpoint *cancel_on, const char *name,
	enum image_standing *ret, char id[160], struct refusal *r);
/* Its ONBUILD, the caller's; NULL or of no length if it has none. */
int image_triggers(struct broker *b, struct endpoint *cancel_on, const char *name, cJSON **ret,
	struct refusal *r);
/* May reference get an image of ours? Granted by --docker-tag, and absent, or ours. */
int image_may_tag(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r);
/* Give it, and record it. id: as the engine told it. */
int image_name(struct broker *b, const char *id, const struct reference *to, struct refusal *r);
/* Put ids where the claims of a body stand, or refuse (404). */
int claims_settle(struct exchange *x, struct schema_run *run);

/* From the registry, with our credentials, if --docker-pull grants it; it goes at the end. */
int image_fetch(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r);
/* The name of a pull: tag may be NULL, "", a tag, or a digest. */
int image_pull_reference(
	const char *name, const char *tag, struct reference *ret, struct refusal *r);
/* The run has given an image this name. */
void image_record_tag(struct broker *b, const struct reference *reference);

/* 409 if the engine has a volume of that name. */
int volume_absent(
	struct broker *b, struct endpoint *cancel_on, const char *name, struct refusal *r);
/* Does the object carry the run's secret label? */
bool is_ours(const struct broker *b, const cJSON *object);

/* Is this name one that the run may know: granted, or its own? */
bool image_name_is_granted(const struct broker *b, const char *name);

/* Carry a JSON stream of the engine to the client line by line. */
struct line_hooks {
	/* With each object (NULL where the line was too long, or is none); false drops it. */
	bool (*seen)(struct exchange *x, const cJSON *line, void *data);
	/* May be NULL. The engine's answer is complete, the client's not yet: what is recorded
	 * now holds for its next request. ret is told before the end. */
	void (*end)(struct exchange *x, struct text *ret, void *data);
	/* What is taken out of each line, which is then printed anew; REDACT_KINDS leaves the lines
	 * as they are. */
	enum redact redact;
};
int exchange_relay_lines(struct exchange *x, const struct line_hooks *hooks, void *data);

#endif
