/* sandbox/broker/broker.h: everything that one broker holds. */
#ifndef SANDBOX_BROKER_BROKER_H
#define SANDBOX_BROKER_BROKER_H

#include "sandbox/broker/ownership.h"
#include "sandbox/broker/upstream.h"
#include "sandbox/docker/buildkit.h"
#include "sandbox/docker/policy.h"

#define BROKER_CLIENTS 256                /* connections of the builder at once */
#define BROKER_READ    (12 * 1024 * 1024) /* bytes of large bodies as they come, at once */
#define BROKER_MADE    (32 * 1024 * 1024) /* and for what is made of them */
#define BROKER_BUILDS  4 /* builds at once: each may use as much as the run itself */

/* Where the confined broker finds the engine's socket. */
#define BROKER_ENGINE  "/engine"

struct exchange;
struct broker {
	struct loop loop;
	struct policy policy;
	struct upstream upstream;
	struct ownership own;
	struct buildkit buildkit;
	struct counters *counters; /* shared with the launcher, or a page of our own */
	struct endpoint control, listener;
	/* Conditions, poked when they may have changed. */
	struct endpoint room;    /* a client has left */
	struct endpoint claimed; /* claiming has become less */
	struct endpoint made;    /* own.making has become less: what was made is recorded */
	struct endpoint unread;  /* read_bytes or made_bytes has become less */
	struct endpoint begun;   /* BuildKit has a session or a build more */
	struct stream *clients[BROKER_CLIENTS];
	size_t clients_n, builds;
	size_t read_bytes, made_bytes; /* of memory, for the JSON of all requests */
	const struct exchange *reader; /* who may read on beyond what all may have */
	size_t claiming; /* requests between the look at their volumes and the engine's answer */
	bool closing;    /* nobody is served any more */
};

/* So many of a kind are asked of the engine; and it has answered, or will not. */
void broker_making(struct broker *b, enum object_kind kind, size_t n);
void broker_made(struct broker *b, enum object_kind kind, size_t n);

/* A message to the launcher that may not be lost: where the socket is full, it is about to read,
 * and the fiber waits for it. False: it does not read, or is not there. */
struct control;
bool broker_tell(struct broker *b, const struct control *control);

#endif
