/* sandbox/docker/control.h: the messages between launcher (or gc) and broker.
 *
 * One SOCK_SEQPACKET pair, descriptor 3 of the broker; a message arrives whole or not at
 * all. The broker also has, from its start: 4, the policy (policy.h); 5, the counters,
 * which gc's has not (sandbox/companion/companion.h).
 *
 *   launcher           broker
 *              ◄────── READY     confined, and the engine answered: note has its name, and
 *                                behind a ';' how the broker is confined;
 *                                count: 1 if BuildKit is offered
 *   SERVE      ──────►           descriptors: the listener born inside, the journal; limits
 *              ◄────── REFUSED, CHANGED, MADE, GONE   as it happens, any number
 *   CLEANUP    ──────►           the builder has ended: serve nobody any more, remove all
 *                                that the run made. From gc, whose broker never served:
 *                                descriptor: the journal
 *              ◄────── GONE, LEFT, KEPT (object.id a name that stays, object.note its image)
 *              ◄────── CLEANED   count: what could not be removed; the last message
 *   SURVEY     ──────►           of those who keep house (sandbox/broker/survey.h), whose broker serves nobody.
 *                                descriptor: the file that it is written to
 *              ◄────── SURVEYED
 *   DROP       ──────►           a name, if it is still that image's: object.id the name,
 *                                object.note "RUN IMAGE"
 *              ◄────── GONE, LEFT
 *   PRUNE      ──────►           cut the build cache: prune
 *              ◄────── PRUNED    prune.bytes: what it gave back
 *              ◄────── FAILED    struct failure, at any time; the last message
 *
 * End of file from the launcher ends the broker at once.
 */
#ifndef SANDBOX_DOCKER_CONTROL_H
#define SANDBOX_DOCKER_CONTROL_H

#include "sandbox/base/failure.h"
#include "sandbox/base/limits.h"

#include <stdint.h>

enum control_type {
	CONTROL_READY = 1,
	CONTROL_SERVE,
	CONTROL_REFUSED,
	CONTROL_MADE,
	CONTROL_GONE,
	CONTROL_LEFT,
	CONTROL_CLEANUP,
	CONTROL_CLEANED,
	CONTROL_FAILED,
	CONTROL_SURVEY,
	CONTROL_SURVEYED,
	CONTROL_DROP,
	CONTROL_PRUNE,
	CONTROL_PRUNED,
	CONTROL_KEPT,
	CONTROL_CHANGED,
};

enum object_kind {
	OBJECT_CONTAINER,
	OBJECT_EXEC,
	OBJECT_NETWORK,
	OBJECT_VOLUME,
	OBJECT_IMAGE,
	OBJECT_TAG,
	OBJECT_KINDS,
};
const char *object_kind_name(enum object_kind kind);

struct control {
	uint32_t type;
	uint32_t count; /* CLEANED; REFUSED: the status of the answer; READY: BuildKit? */
	uint32_t kind;  /* MADE, GONE, LEFT: enum object_kind */
	union {
		/* SERVE: the policy's, which the repository may have tightened since */
		struct limits limits;
		struct {
			char method[8];
			char path[160];   /* decoded, made printable, cut */
			char reason[240]; /* CHANGED: what became of what was asked for */
		} refused;
		struct {
			char id[160];   /* full id, name of a volume, or canonical tag */
			char note[160]; /* a name, or why it was left */
		} object;
		struct { /* PRUNE: what is kept, and for how long unused; PRUNED: bytes */
			uint64_t bytes, seconds;
		} prune;
		char note[320]; /* READY: "Docker Engine 20.10.24, API 1.41; …"; CLEANED */
		struct failure failure;
	};
};

/* Shared memory: counts that survive the broker. The launcher maps it read-only and trusts
 * no number in it further than to print it. Requests are counted by route (route.h). */
#define COUNTERS_ROUTES 160
struct counters {
	uint64_t requests[COUNTERS_ROUTES]; /* answered by the engine or in its place */
	uint64_t refused[COUNTERS_ROUTES];
	uint64_t refused_elsewhere; /* no route, or not HTTP */
	uint64_t from_builder_bytes, to_builder_bytes;
	uint64_t messages_lost; /* those REFUSED and CHANGED that found the socket full */
	uint64_t connections, connections_refused;
};

/* What came is made safe to read: texts end in NUL and are printable. */
void control_sanitize(struct control *control);

#endif
