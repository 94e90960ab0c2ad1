/* sandbox/docker/route.h: the table of what a builder may ask of Docker.
 *
 * Data     route.c: one row a call; query_rows.c and body.c: what may stand in its query and
 *          body. What has no row is refused. Linked by the launcher too (explain, report).
 * Rows     are tried in order; the first whose method and path fit is the route. Rows of
 *          ANSWER_REFUSE name what clients are known to try, so that the refusal helps.
 */
#ifndef SANDBOX_DOCKER_ROUTE_H
#define SANDBOX_DOCKER_ROUTE_H

#include "sandbox/docker/http_request.h"
#include "sandbox/docker/policy.h"
#include "sandbox/docker/query.h"
#include "sandbox/docker/schema.h"
#include "sandbox/docker/target.h"

/* What the body may be. */
enum body_kind {
	BODY_NONE,   /* none, or a small JSON object, which goes nowhere */
	BODY_JSON,   /* application/json (charset dropped), checked by the schema, written anew */
	BODY_MAYBE,  /* the same, or none */
	BODY_BUILD,  /* a build context: application/x-tar or application/tar */
	BODY_IMPORT, /* a tar of the same types with fromSrc, else as BODY_NONE */
	BODY_LOAD,   /* images in a tar, also packed: the same types, octet-stream, or none */
	BODY_TAR,    /* a tar for a container's files: application/x-tar, application/tar,
		       application/octet-stream, text/plain, or no type */
};

/* How the request is carried out and its answer written. The names say what the broker
 * does; connection.c has a handler for each. */
enum answer {
	ANSWER_REFUSE,       /* a known call that is never allowed */
	ANSWER_ABSENT,       /* 404: there can be none of that name */
	ANSWER_JOIN,         /* a container into a network of the run */
	ANSWER_RELAY,        /* forwarded; the body is framed anew */
	ANSWER_TOP,          /* processes, without the host's numbers of them */
	ANSWER_WAIT,         /* its line of JSON, which comes when the container ends */
	ANSWER_PING,         /* forwarded; version clamped, builder version 1 */
	ANSWER_VERSION,      /* synthesised from the engine's: no host names, no paths */
	ANSWER_INFO,         /* synthesised */
	ANSWER_AUTH,         /* answered here: nothing is logged in to */
	ANSWER_PRUNE,        /* own ones, one by one */
	ANSWER_BUILD,        /* Dockerfile and context checked; ids noticed in the answer */
	ANSWER_PULL,         /* checked name, no clobber */
	ANSWER_COMMIT,       /* of an own container; granted name, our labels */
	ANSWER_LOAD,         /* images of an archive, whole; granted names, our labels */
	ANSWER_PUSH,         /* granted name of an own image, our credentials */
	ANSWER_DISTRIBUTION, /* what the registry has of such a name */
	ANSWER_TAG,          /* own source, granted name, no clobber; remembered */
	ANSWER_UNTAG,        /* own tag only */
	ANSWER_SAVE,         /* own images; streamed */
	ANSWER_CREATED,      /* Id of the answer becomes ours */
	ANSWER_EXEC,         /* the same, of an exec */
	ANSWER_VOLUME,       /* volume create: must not exist, then it is ours */
	ANSWER_REMOVED,      /* what the path names is ours no longer */
	ANSWER_RENAMED,      /* it is found by its new name from now on */
	ANSWER_INSPECT,      /* JSON object; fields of redact.c taken out */
	ANSWER_LIST,         /* JSON array (or .Volumes); only own ones stay, the same taken out */
	ANSWER_STREAM,       /* forwarded; the body is moved, not read */
	ANSWER_HIJACK,       /* a tunnel, after 101 or a raw-stream 200 */
	ANSWER_EVENTS,       /* stream of JSON; only own objects' */
	ANSWER_SESSION,      /* a tunnel in which the engine asks the builder */
	ANSWER_GRPC,         /* HTTP/2, ended on both sides: the calls of buildkit.h */
};

/* A path is a template of segments: a literal, or {container}, {exec}, {network},
 * {volume}, {plugin}, {image}. {image} takes one segment or more, up to what follows it. {rest}, last
 * in rows that refuse a family, takes any number, also none. */
#define ROUTE_ANY_METHOD HTTP_METHODS /* in rows of ANSWER_REFUSE only */
struct route {
	enum docker_level level; /* the lowest that has it; DOCKER_OFF with ANSWER_REFUSE */
	enum http_method method;
	const char *path; /* "/containers/{container}/start" */
	enum answer answer;
	enum body_kind body;
	const struct query_rule *query; /* ended by a NULL name; NULL: every key is dropped */
	const struct schema *schema;    /* of BODY_JSON, BODY_MAYBE; NULL: content dropped */
	unsigned body_kib;              /* most of a JSON body */
	const char *reason;
};

extern const struct route routes[];
extern const size_t routes_n; /* at most COUNTERS_ROUTES */

/* What a path's placeholder stood for. */
struct route_match {
	const struct route *route;
	enum route_place {
		PLACE_NONE,
		PLACE_CONTAINER,
		PLACE_EXEC,
		PLACE_NETWORK,
		PLACE_VOLUME,
		PLACE_PLUGIN, /* nobody has one */
		PLACE_IMAGE,
		PLACE_WORDS /* any number of segments that name nothing */
	} place;
	char name[512]; /* decoded; {image}: its segments joined by '/' */
};

/* The route of a request at this level, or -1: 403 with the reason (a row that refuses,
 * one of a higher level, or none); 404 is never given, for nothing is known of it. A version
 * outside API_MINOR_OLDEST to API_MINOR_MAX is a 400 in the engine's own words. */
int route_find(enum http_method method, const struct target *target, enum docker_level level,
	struct route_match *ret, struct refusal *r);

const char *route_method_name(const struct route *route); /* "POST"; "any" */
const char *answer_name(enum answer answer);
const char *body_kind_name(enum body_kind kind);

#endif
