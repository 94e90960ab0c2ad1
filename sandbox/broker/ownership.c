#include "sandbox/broker/ownership.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/docker/journal_line.h"

#include <string.h>
#include <sys/socket.h>

#define GONE_MS       10000
#define JOURNAL_BYTES (16 * 1024 * 1024) /* far from RLIMIT_FSIZE, past which a write kills */

const struct ownership_limit ownership_limits[OBJECT_KINDS] = {
	{ OBJECT_CONTAINER, 32, "each may use as much as the run itself" },
	{ OBJECT_EXEC, 4096, "the engine keeps them until their container ends" },
	{ OBJECT_NETWORK, 16, "the engine's address pools are small, and shared" },
	{ OBJECT_VOLUME, 64, "directories on the engine's disk" },
	{ OBJECT_IMAGE, 4096, "every step of a build is one" },
	{ OBJECT_TAG, 256, "names that stay" },
};

uint64_t ownership_mark_bytes(const struct ownership *o)
{
	char digits[7];

	snprintf(digits, sizeof(digits), "%.6s", o->policy->owner);
	return 64 * 1024 * 1024 + 1 + strtoull(digits, NULL, 16);
}

/* ---- the journal ---- */

static void journal(struct ownership *o, const struct journal_line *line)
{
	char text[JOURNAL_LINE_MAX + 1];
	size_t n = journal_line_format(line, text);

	if (o->journal_fd < 0 || n == 0)
		return;
	o->journal_bytes += n;
	/* One write of an O_APPEND file: whole or not at all. A full disk costs the memory
	 * of a crash, not this run: labels still find everything but images. */
	if (write(o->journal_fd, text, n) < 0)
		return;
}

int ownership_begin(struct ownership *o, struct failure *f)
{
	const struct journal_line line = {
		.verb = JOURNAL_RUN,
		.run_id = o->policy->run_id,
		.owner = o->policy->owner,
		.started = o->policy->started,
	};
	char text[JOURNAL_LINE_MAX + 1];
	size_t n = journal_line_format(&line, text);

	return o->journal_fd < 0 || write(o->journal_fd, text, n) == (ssize_t)n
		       ? 0
		       : fail(f, errno, "begin the journal of Docker objects");
}

/* ---- objects ---- */

void ownership_release(struct ownership *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->objects[i].id);
		free(o->objects[i].name);
		free(o->objects[i].image);
		free(o->objects[i].holder);
		cJSON_Delete(o->objects[i].asked);
	}
	free(o->objects);
	while (o->intended_n > 0)
		free(o->intended[--o->intended_n]);
	free(o->intended);
	o->intended = NULL;
	o->objects = NULL;
	o->n = o->size = 0;
}

static void tell(const struct ownership *o, uint32_t type, const struct object *object)
{
	struct control control = { .type = type, .kind = object->kind };
	struct failure unsent;

	snprintf(control.object.id, sizeof(control.object.id), "%s", object->id);
	snprintf(control.object.note, sizeof(control.object.note), "%s", object->name);
	/* The launcher reads them as it can; the report says how many it missed. */
	if (o->control_fd >= 0)
		packet_send(o->control_fd, &control, sizeof(control), NULL, MSG_DONTWAIT, &unsent);
}

struct object *ownership_find(const struct ownership *o, enum object_kind kind, const char *id)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->objects[i].kind == kind && strcmp(o->objects[i].id, id) == 0)
			return &o->objects[i];
	return NULL;
}

bool ownership_knows(const struct ownership *o, const char *digits, size_t n)
{
	for (size_t i = 0; i < o->n; i++) {
		const char *id = o->objects[i].id;

		if (strncmp(id, "sha256:", 7) == 0)
			id += 7;
		if (strncmp(id, digits, n) == 0)
			return true;
	}
	return false;
}

static size_t count(const struct ownership *o, enum object_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->objects[i].kind == kind && !o->objects[i].intermediate;
	return n;
}

/* What nobody can remember would not be counted. */
static int room_in_memory(const struct ownership *o, size_t n, struct refusal *r)
{
	size_t there = o->n;

	for (int i = 0; i < OBJECT_KINDS; i++)
		there += o->reserved[i];
	return there + n <= OWNERSHIP_MAX
		       ? 0
		       : refuse(r, 429,
				 "this run has %zu objects of all kinds, and that is the limit",
				 there);
}

int ownership_room(const struct ownership *o, enum object_kind kind, size_t n, struct refusal *r)
{
	size_t there = count(o, kind) + o->reserved[kind], most = ownership_limits[kind].most;

	if (n <= most && there <= most - n)
		return room_in_memory(o, n, r);
	return refuse(r, 429,
		"this run has %zu of the kind %s already, and with %zu more would pass the limit "
		"of %zu",
		there, object_kind_name(kind), n, most);
}

bool ownership_is_making(const struct ownership *o)
{
	for (int i = 0; i < OBJECT_KINDS; i++)
		if (o->making[i] > 0)
			return true;
	return false;
}

static void intended_remove(struct ownership *o, const char *tag)
{
	for (size_t i = 0; i < o->intended_n; i++)
		if (strcmp(o->intended[i], tag) == 0) {
			free(o->intended[i]);
			o->intended[i] = o->intended[--o->intended_n];
			return;
		}
}

static int intended_add(struct ownership *o, const char *tag, struct refusal *r)
{
	char **grown;

	intended_remove(o, tag);
	if (o->intended_n >= OWNERSHIP_MAX)
		return refuse(r, 429, "this run has asked for too many names");
	grown = reallocarray(o->intended, o->intended_n + 1, sizeof(*grown));
	if (grown == NULL)
		return refuse_memory(r);
	o->intended = grown;
	grown[o->intended_n] = strdup(tag);
	if (grown[o->intended_n] == NULL)
		return refuse_memory(r);
	o->intended_n++;
	return 0;
}

int ownership_intend(
	struct ownership *o, enum object_kind kind, const char *name, struct refusal *r)
{
	if (o->journal_bytes > JOURNAL_BYTES)
		return refuse(r, 429, "this run has made so much that its journal is full");
	if (kind == OBJECT_TAG && intended_add(o, name, r) < 0)
		return -1;
	journal(o, &(struct journal_line){ .verb = JOURNAL_INTENT, .kind = kind, .name = name });
	return 0;
}

static struct object *object_add(
	struct ownership *o, enum object_kind kind, const char *id, const char *name)
{
	struct object object = { .kind = kind, .id = strdup(id), .name = strdup(name) };

	if (o->n == o->size && o->size < OWNERSHIP_MAX) {
		size_t size = o->size > 0 ? 2 * o->size : 16;
		struct object *grown = reallocarray(o->objects, size, sizeof(*grown));

		if (grown != NULL) {
			o->objects = grown;
			o->size = size;
		}
	}
	if (object.id == NULL || object.name == NULL || o->n == o->size) {
		free(object.id);
		free(object.name);
		return NULL;
	}
	o->objects[o->n] = object;
	return &o->objects[o->n++];
}

struct object *ownership_made(
	struct ownership *o, enum object_kind kind, const char *id, const char *name)
{
	struct object *object = ownership_find(o, kind, id);

	if (kind == OBJECT_TAG)
		intended_remove(o, id);
	if (object != NULL)
		return object;
	object = object_add(o, kind, id, name);
	return object;
}

bool ownership_passes(struct ownership *o, enum object_kind kind, const char *id)
{
	struct object *object;
	size_t n = 0;

	if (ownership_find(o, kind, id) != NULL)
		return true;
	for (size_t i = 0; i < o->n; i++)
		n += o->objects[i].intermediate;
	object = n < OWNERSHIP_PASSING ? ownership_made(o, kind, id, "") : NULL;
	if (object == NULL)
		return false;
	object->intermediate = true;
	ownership_record(o, object);
	return true;
}

void ownership_hold(
	struct ownership *o, enum object_kind kind, const char *id, const char *container)
{
	struct object *object = ownership_made(o, kind, id, "");

	if (object != NULL && object->holder == NULL)
		object->holder = strdup(container);
}

void ownership_record(struct ownership *o, const struct object *object)
{
	const struct journal_line line = {
		.verb = object->kept           ? JOURNAL_KEPT
			: object->intermediate ? JOURNAL_INTERMEDIATE
					       : JOURNAL_MADE,
		.kind = object->kind,
		.id = object->id,
		.name = object->name,
	};

	journal(o, &line);
	if (object->kind != OBJECT_EXEC && !object->intermediate)
		tell(o, CONTROL_MADE, object);
}

static void object_forget(struct ownership *o, struct object *object)
{
	struct object copy = *object;

	*object = o->objects[--o->n];
	free(copy.id);
	free(copy.name);
	free(copy.image);
	free(copy.holder);
	cJSON_Delete(copy.asked);
}

static void remember_gone(struct ownership *o, const struct object *object)
{
	struct object_gone *gone = &o->gone[o->gone_n++ % OWNERSHIP_GONE];

	gone->kind = object->kind;
	snprintf(gone->id, sizeof(gone->id), "%s", object->id);
	snprintf(
		gone->image, sizeof(gone->image), "%s", object->image != NULL ? object->image : "");
	gone->until_ms = clock_now_ms() + GONE_MS;
}

static const struct object_gone *find_gone(
	const struct ownership *o, enum object_kind kind, const char *id, const char *image)
{
	uint64_t now = clock_now_ms();

	for (size_t i = 0; i < OWNERSHIP_GONE; i++) {
		const struct object_gone *gone = &o->gone[i];

		if (gone->until_ms > now && gone->kind == kind &&
			(id == NULL || strcmp(gone->id, id) == 0) &&
			(image == NULL || strcmp(gone->image, image) == 0))
			return gone;
	}
	return NULL;
}

bool ownership_was(const struct ownership *o, enum object_kind kind, const char *id)
{
	return find_gone(o, kind, id, NULL) != NULL;
}

bool ownership_was_tagged(const struct ownership *o, const char *image)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct object *object = &o->objects[i];

		if (object->kind == OBJECT_TAG && object->leaving > 0 && object->image != NULL &&
			strcmp(object->image, image) == 0)
			return true;
	}
	return find_gone(o, OBJECT_TAG, NULL, image) != NULL;
}

static void forget_held(struct ownership *o, const char *container)
{
	for (size_t i = o->n; i-- > 0;)
		if (o->objects[i].holder != NULL && strcmp(o->objects[i].holder, container) == 0)
			object_forget(o, &o->objects[i]);
}

void ownership_gone(struct ownership *o, enum object_kind kind, const char *id)
{
	struct object *object = ownership_find(o, kind, id);

	if (object == NULL)
		return;
	remember_gone(o, object);
	if (object->holder == NULL)
		journal(o, &(struct journal_line){ .verb = JOURNAL_GONE, .kind = kind, .id = id });
	if (kind != OBJECT_EXEC && !object->intermediate && object->holder == NULL)
		tell(o, CONTROL_GONE, object);
	if (kind == OBJECT_CONTAINER)
		forget_held(o, id); /* which moves the others */
	object = ownership_find(o, kind, id);
	if (object != NULL)
		object_forget(o, object);
}

void ownership_tag(struct object *tag, const char *image)
{
	char *copy = strdup(image);

	if (copy == NULL)
		return; /* and then the run does not know it by this name */
	free(tag->image);
	tag->image = copy;
}

void ownership_rename(struct object *object, const char *name)
{
	char *copy = strdup(name);

	if (copy == NULL)
		return;
	free(object->name);
	object->name = copy;
}

struct object *ownership_resolve(const struct ownership *o, enum object_kind kind, const char *word)
{
	struct object *named = NULL, *begun = NULL;
	size_t length = strlen(word), begun_n = 0;

	if (length == 0)
		return NULL;
	for (size_t i = 0; i < o->n; i++) {
		struct object *object = &o->objects[i];

		if (object->kind != kind || object->intermediate)
			continue;
		if (strcmp(object->id, word) == 0)
			return object;
		if (strcmp(object->name, word) == 0)
			named = object;
		if (kind != OBJECT_VOLUME && kind != OBJECT_TAG &&
			strncmp(object->id, word, length) == 0) {
			begun = object;
			begun_n++;
		}
	}
	return named != NULL ? named : begun_n == 1 ? begun : NULL;
}

/* ---- read back ---- */

/* Nothing of it is written again, which would move the file's offset to its end, and with it the
 * reader; and nothing is told again. */
static void recall_line(struct ownership *o, const struct journal_line *line)
{
	struct object *object;

	if (line->verb == JOURNAL_GONE) {
		object = ownership_find(o, line->kind, line->id);
		if (object != NULL)
			object_forget(o, object);
	} else if (line->verb == JOURNAL_MADE || line->verb == JOURNAL_KEPT ||
		   line->verb == JOURNAL_INTERMEDIATE) {
		object = ownership_made(o, line->kind, line->id, line->name);
		if (object == NULL)
			return;
		object->kept = line->verb == JOURNAL_KEPT;
		object->intermediate = line->verb == JOURNAL_INTERMEDIATE;
	}
}

int ownership_recall(struct ownership *o, int journal_fd, struct failure *f)
{
	struct journal_reader reader = { .n = 0 };
	struct journal_line line;
	char piece[4096];
	ssize_t n = -1;

	if (lseek(journal_fd, 0, SEEK_SET) == 0)
		while ((n = read(journal_fd, piece, sizeof(piece))) > 0) {
			const char *rest = piece;
			size_t rest_n = (size_t)n;

			while (journal_reader_next(&reader, &rest, &rest_n, &line))
				recall_line(o, &line);
		}
	return n == 0 ? 0 : fail(f, errno, "read the journal of Docker objects");
}
