/* sandbox/broker/exchange.h: one request of the builder and its answer.
 *
 * The toolbox of whoever carries one out: forward it, read or relay the engine's answer, write
 * one of our own. connection.c makes the exchange and ends it; a handler gets it, returns 0, or
 * -1 with x->refusal filled, which connection.c then answers unless the answer has begun.
 */
#ifndef SANDBOX_BROKER_EXCHANGE_H
#define SANDBOX_BROKER_EXCHANGE_H

#include "sandbox/broker/broker.h"
#include "sandbox/docker/route.h"

struct exchange {
	struct broker *broker;
	struct stream *client;
	/* the request, as understood */
	struct http_request request; /* its spans are gone once the head is consumed */
	struct target target;
	struct route_match match;
	char id[160]; /* of the match's place, resolved; "" for images and none */
	struct body_reader body;
	struct text query; /* written anew, without '?' */
	struct text json;  /* the body, written anew */
	cJSON *given;      /* the same as a tree, for those who have to look again */
	cJSON *asked;      /* and as the client wrote it, for what is shown of it */
	struct text more;  /* headers for the engine, of a session */
	char session[65];  /* its id */
	bool has_json;
	/* its answer */
	struct stream engine; /* the connection that carries it; fd -1: none */
	struct upstream_head head;
	struct body_reader answer;
	bool makes; /* what the engine answers is waited for, also if the client leaves */
	size_t read_bytes, made_bytes; /* counted in those of the broker */
	bool claims;                   /* counted in broker->claiming */
	bool begun;                    /* the client has got a byte of the answer */
	bool keep;                     /* the connection may carry another request */
	bool writes_body;              /* not for HEAD */
	struct refusal refusal;
	bool is_absent; /* it is in the words of an engine that has no such object: clients look for them */
};

/* A refusal is an answer, a count, an event and, with -v, a line. route: NULL if it is none of
 * the table's. */
void exchange_note_refusal(struct broker *b, const char *method, const char *path,
	const struct route *route, const struct refusal *r);

/* What the engine was asked for is not what the client asked for: an event, and with -v a line. */
void exchange_note_change(struct exchange *x, const char *words);

/* The kind of what the route makes or lists: the family that its path begins with. */
enum object_kind exchange_kind(const struct exchange *x);

/* Ask the engine with the path (and query) given; fills head and answer. */
int exchange_forward(struct exchange *x, const struct upstream_request *request);
/* The route's own request: its path with the object's id, the query and the JSON body. */
int exchange_path(struct exchange *x, struct text *ret);
int exchange_forward_route(struct exchange *x);

/* Answers to the client. Each 0 or -1 (the connection is given up). */
int exchange_relay(struct exchange *x); /* head and body of the engine's answer */
int exchange_json(struct exchange *x, int status, const cJSON *json);
int exchange_head(struct exchange *x, int status, const char *content_type, bool chunked,
	uint64_t length, const char *more_headers);
/* An error of the engine, or of ours, that is not a refusal by policy. */
int exchange_error(struct exchange *x, int status, const char *message);
/* What an engine says of an error, without paths of its own. True: something was changed. */
bool exchange_hide_paths(struct exchange *x, char *words);
/* The engine's own error, without these and the ids of what is not this run's. */
int exchange_engine_error(struct exchange *x, int status, const cJSON *json);
/* The engine's answer whole, as JSON; NULL if it is none. */
int exchange_collect(struct exchange *x, cJSON **ret);

#endif
