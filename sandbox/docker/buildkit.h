/* sandbox/docker/buildkit.h: BuildKit behind the broker: sessions, and calls of gRPC.
 *
 * A session (POST /session) is a tunnel in which the engine asks and the builder answers:
 * files of the context, its own secrets. It is known by an id, which a Solve must name.
 * Calls (POST /grpc) are ended here on both sides: HTTP/2 by nghttp2, messages by proto.h and
 * the rows of buildkit_solve.h; what has no row in buildkit_calls is UNIMPLEMENTED.
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_H
#define SANDBOX_DOCKER_BUILDKIT_H

#include "sandbox/docker/proto.h"
#include "sandbox/docker/schema.h"

#include <stdbool.h>
#include <stddef.h>

#define BUILDKIT_SESSIONS  32
#define BUILDKIT_BUILDS    256 /* a `docker build` makes three, two of them to look around */
#define BUILDKIT_REFUSED   16
#define BUILDKIT_RUNNING   12 /* at once */

/* The API from which on the engine's BuildKit has a source policy (Docker 25, BuildKit 0.12). */
#define BUILDKIT_API_MINOR 44

/* Its Solve has passed: Status and LLBBridge may name it. */
struct buildkit_build {
	char ref[65];
	char *tags; /* the names that its image gets, with commas; owned. NULL: it makes no
		       image of the engine's */
	bool running;
	bool uncached; /* it has asked for caches, which were left out; told once */
};

struct buildkit {
	bool offered;
	char why[240];                        /* if not */
	char sessions[BUILDKIT_SESSIONS][65]; /* open ones; "" */
	struct buildkit_build builds[BUILDKIT_BUILDS];
	size_t builds_n, running;
	char refused[BUILDKIT_REFUSED][65]; /* builds whose Solve was refused last */
	size_t refused_n;
	size_t request_bytes; /* of calls that are not understood yet, on all connections */
};

/* ---- calls, as data ---- */

enum buildkit_answer {
	BUILDKIT_RELAY,   /* the engine's stream, as it is */
	BUILDKIT_CLEANED, /* one message, of which the rows of `response` alone are passed on */
	BUILDKIT_SOLVED,  /* the same, and the image is the run's */
	BUILDKIT_EMPTY,   /* answered here, with an empty message */
	BUILDKIT_SERVING, /* the same: the health of the broker */
};

struct buildkit_call {
	const char *path; /* "/moby.buildkit.v1.Control/Solve" */
	enum buildkit_answer answer;
	const struct proto_message *request, *response; /* NULL: not read */
	const struct schema *schema;
	bool of_build; /* its metadata name the build that it belongs to */
	const char *reason;
};
extern const struct buildkit_call buildkit_calls[]; /* ended by a NULL path */
const struct buildkit_call *buildkit_call_find(const char *path);
const char *buildkit_answer_name(enum buildkit_answer answer);

/* gRPC methods that a session may offer to the engine; ended by NULL. */
extern const char *const buildkit_session_methods[];

/* ---- what is known of a run's sessions and builds ---- */
bool buildkit_has_session(struct buildkit *buildkit, const char *id);
/* May BuildKit be used with this engine and this policy? If not, buildkit->why says why. */
struct policy;
void buildkit_decide(
	struct buildkit *buildkit, const struct policy *policy, bool podman, unsigned api_minor);
/* 0, or -1: refused. */
int buildkit_session_begin(struct buildkit *buildkit, const char *id, struct refusal *r);
void buildkit_session_end(struct buildkit *buildkit, const char *id);
bool buildkit_has_build(struct buildkit *buildkit, const char *ref);
const char *buildkit_build_tags(struct buildkit *buildkit, const char *ref); /* or NULL */
/* tags: "" for none; NULL: no image is made. */
int buildkit_build_begin(
	struct buildkit *buildkit, const char *ref, const char *tags, struct refusal *r);
void buildkit_build_end(struct buildkit *buildkit, const char *ref);
/* Its caches were left out; whether they were, and nobody was told so yet. */
void buildkit_build_set_uncached(struct buildkit *buildkit, const char *ref);
bool buildkit_build_take_uncached(struct buildkit *buildkit, const char *ref);
/* There will be no build of that name: nobody has to wait for it. */
void buildkit_build_refuse(struct buildkit *buildkit, const char *ref);
bool buildkit_build_is_refused(const struct buildkit *buildkit, const char *ref);

#endif
