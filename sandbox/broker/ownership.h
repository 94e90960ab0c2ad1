/* sandbox/broker/ownership.h: what this run made, and nothing else it may touch.
 *
 * Authority  the ids recorded here, from answers of the engine. A builder names an object by
 *            id, by a unique beginning of it or by name; what is forwarded is the recorded
 *            id. What is not recorded answers 404, as if it were not there: the
 *            engine is not even asked.
 * Journal    every intent before it is forwarded, every id once it is known, so that what a
 *            crash leaves can be found (object_cleanup.h); its lines are in journal_line.h.
 */
#ifndef SANDBOX_BROKER_OWNERSHIP_H
#define SANDBOX_BROKER_OWNERSHIP_H

#include "sandbox/docker/control.h"
#include "sandbox/docker/policy.h"
#include "sandbox/docker/refusal.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define OWNERSHIP_GONE    256   /* of those that went last, so many are remembered */
#define OWNERSHIP_MAX     16384 /* of all kinds, what only passes included */
#define OWNERSHIP_PASSING 8192  /* which is whatever a step of a build prints, and takes no more */

struct object {
	enum object_kind kind;
	bool intermediate; /* made by the engine for a build; only ever removed */
	bool kept;         /* a tag that --docker-tag grants: it stays */
	unsigned leaving;  /* so many requests to remove it are on their way */
	char *id;     /* 64 digits; a volume's name; "sha256:…" of an image; a canonical tag */
	char *name;   /* "" if it has none, or none is known yet */
	char *image;  /* of a tag: the id that it was given to; NULL of one that was pulled */
	cJSON *asked; /* what a client is shown (asked.h); NULL: as the engine says */
	char *holder; /* of a volume without a name: the container that it goes with; else NULL */
};

/* What has gone, for events that come later. A volume's name may be another's soon. */
struct object_gone {
	enum object_kind kind;
	char id[160];   /* cut, if it is longer */
	char image[80]; /* of a tag: whose it was */
	uint64_t until_ms;
};

struct ownership {
	const struct policy *policy;
	int journal_fd;         /* borrowed; -1: none */
	int control_fd;         /* borrowed */
	uint64_t journal_bytes; /* written by this broker */
	struct object *objects;
	size_t n, size;
	size_t reserved[OBJECT_KINDS]; /* taken for what is not recorded yet (reservation.h) */
	size_t making[OBJECT_KINDS];   /* asked of the engine, which has not answered yet */
	struct object_gone gone[OWNERSHIP_GONE];
	size_t gone_n;   /* ever */
	char **intended; /* tags that were asked for, and of which nobody has heard yet */
	size_t intended_n;
};

/* The first line of the journal. */
int ownership_begin(struct ownership *o, struct failure *f);
/* Read a journal back (cleanup after a crash). What is not a line of ours is skipped. */
int ownership_recall(struct ownership *o, int journal_fd, struct failure *f);
void ownership_release(struct ownership *o);

/* Is there room for so many more, beside those for whom a place is taken? 429 if not. Only
 * reservation.h takes it, so that nobody looks at room that another has seen. */
int ownership_room(const struct ownership *o, enum object_kind kind, size_t n, struct refusal *r);
/* Write the intent down; that of a tag is kept until it is made. */
int ownership_intend(
	struct ownership *o, enum object_kind kind, const char *name, struct refusal *r);
/* Is there anything whose making the engine has not answered for yet? */
bool ownership_is_making(const struct ownership *o);
/* It was made: remember it. Once more changes nothing. NULL: out of memory, and then the
 * engine's object is found by its label at the end. */
struct object *ownership_made(
	struct ownership *o, enum object_kind kind, const char *id, const char *name);
/* One that the engine made with a container, and removes with it: neither the journal nor the
 * launcher hears of it. */
void ownership_hold(
	struct ownership *o, enum object_kind kind, const char *id, const char *container);
/* The engine has named what it makes in passing. False: more than may be remembered. */
bool ownership_passes(struct ownership *o, enum object_kind kind, const char *id);
/* Once kept or intermediate are set: write it into the journal and tell the launcher. */
void ownership_record(struct ownership *o, const struct object *object);
/* With a container goes what it holds. */
void ownership_gone(struct ownership *o, enum object_kind kind, const char *id);
/* The tag is of this image. */
void ownership_tag(struct object *tag, const char *image);
void ownership_rename(struct object *object, const char *name);

/* By full id. */
struct object *ownership_find(const struct ownership *o, enum object_kind kind, const char *id);
/* Was it the run's a moment ago? Had the image with this id a name of the run's then, or has it one
 * that is leaving? */
bool ownership_was(const struct ownership *o, enum object_kind kind, const char *id);
bool ownership_was_tagged(const struct ownership *o, const char *image);
/* Does any object's id begin with these n digits? */
bool ownership_knows(const struct ownership *o, const char *digits, size_t n);
/* By id, name, or a beginning of an id that only one has. Not what is intermediate. */
struct object *ownership_resolve(
	const struct ownership *o, enum object_kind kind, const char *word);

/* The engine makes a build's containers without our label, and their ids are read in output
 * in which a step may have printed others. This size of /dev/shm, asked for with every
 * build, is what only they have. */
uint64_t ownership_mark_bytes(const struct ownership *o);

/* How many of a kind may be there at once, what only passes not counted; for explain. */
struct ownership_limit {
	enum object_kind kind;
	size_t most;
	const char *reason;
};
extern const struct ownership_limit ownership_limits[OBJECT_KINDS];

#endif
