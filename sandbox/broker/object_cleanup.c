/* What the run has left at the engine goes, in the order of `steps` at the end of this file: each
 * step has its reason beside it. Containers, networks and volumes go first by record, and then by
 * the engine's list, for what a crash kept from being recorded carries our label all the same.
 *
 * Nothing but a name, which carries no label, is removed on a record's word: it is looked at first
 * (destroy_if_ours, destroy_intermediate, destroy_image). An engine that does not answer ends it
 * all, -1. An object that it keeps is told to the launcher (LEFT), and the next one has its turn.
 */
#include "sandbox/broker/object_cleanup.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/image_tag.h"

#include <string.h>
#include <time.h>

#define PASSES   3     /* over images: a parent goes after its last child */
#define SLOW_MS  10000 /* for containers that the engine is removing already, all together */
#define AGAIN_MS 50

struct object_cleanup {
	struct broker *b;
	struct refusal *r;
	int left;
	bool unheard; /* the launcher does not read: removing is more urgent than messages */
	uint64_t slow_until;
};

int64_t object_cleanup_time(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int hours, minutes;
	char sign;

	if (rest == NULL)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (strcmp(rest, "Z") == 0)
		return timegm(&tm);
	if (sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
		return -1;
	return timegm(&tm) - (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
}

/* ---- one object ---- */

/* A run may leave more than the socket holds, and neither may be lost: by LEFT the user knows what
 * to remove, by KEPT `gc --images` does. */
static void tell(struct object_cleanup *p, const struct control *control)
{
	p->unheard = p->unheard || !broker_tell(p->b, control);
}

static void tell_left(
	struct object_cleanup *p, enum object_kind kind, const char *id, const char *why)
{
	struct control control = { .type = CONTROL_LEFT, .kind = kind };

	snprintf(control.object.id, sizeof(control.object.id), "%s", id);
	snprintf(control.object.note, sizeof(control.object.note), "%s", why);
	tell(p, &control);
	p->left++;
}

static int ask(struct object_cleanup *p, enum http_method method, const char *before,
	const char *id, const char *behind, int *ret_status, cJSON **ret)
{
	own_text struct text path = { 0 };

	text_word(&path, before);
	text_encode(&path, id, true);
	text_word(&path, behind);
	if (path.failed)
		return refuse_memory(p->r);
	return upstream_ask(&p->b->upstream, NULL, method, path.s, NULL, ret_status, ret, p->r);
}

/* How an object of a kind is looked at and removed. */
static const struct {
	const char *path, *look, *remove;
} ways[OBJECT_KINDS] = {
	[OBJECT_CONTAINER] = { "/containers/", "/json", "?force=1&v=1" },
	[OBJECT_NETWORK] = { "/networks/", "", "" },
	[OBJECT_VOLUME] = { "/volumes/", "", "" },
	[OBJECT_IMAGE] = { "/images/", "/json", "" },
	[OBJECT_TAG] = { "/images/", "/json", "" },
};

/* 409 of a container: the engine removes it by itself (--rm), and has not finished. */
static bool is_going(const struct object_cleanup *p, enum object_kind kind, int status)
{
	struct loop *loop = &p->b->loop;
	struct endpoint never = { .fd = -1 };

	if (kind != OBJECT_CONTAINER || status != 409 || clock_now_ms() >= p->slow_until)
		return false;
	fiber_wait(loop, &(struct wait){ &never, WAIT_IN }, 1, clock_now_ms() + AGAIN_MS);
	return true;
}

/* -1: the engine does not answer. The object is forgotten if it is not there any more. */
static int destroy(struct object_cleanup *p, enum object_kind kind, const char *id)
{
	cJSON *answer = NULL;
	int status = 0, result;

	do {
		cJSON_Delete(answer);
		result = ask(
			p, HTTP_DELETE, ways[kind].path, id, ways[kind].remove, &status, &answer);
	} while (result == 0 && is_going(p, kind, status));

	if (result == 0 && (status == 200 || status == 204 || status == 404))
		ownership_gone(&p->b->own, kind, id);
	else if (result == 0 && (kind != OBJECT_IMAGE || status != 409))
		tell_left(p, kind, id, json_text(answer, "message"));
	/* 409 of an image: something stands upon it, and that has a name. It is part of what stays. */
	cJSON_Delete(answer);
	return result;
}

/* ---- containers, networks, volumes: by label ---- */

static const cJSON *labels_of(const cJSON *object)
{
	const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "Config");

	return cJSON_GetObjectItemCaseSensitive(config != NULL ? config : object, "Labels");
}

/* Both labels, or it is not the run's: one of them may have come with an image, or be all that
 * somebody knows. */
static bool is_labelled(
	const struct object_cleanup *p, const cJSON *labels, const char *second, const char *value)
{
	return strcmp(json_text(labels, LABEL_RUN), p->b->policy.run_id) == 0 &&
	       strcmp(json_text(labels, second), value) == 0;
}

static int destroy_if_ours(struct object_cleanup *p, enum object_kind kind, const char *id)
{
	cJSON *object = NULL;
	bool ours;
	int status;

	if (ask(p, HTTP_GET, ways[kind].path, id, ways[kind].look, &status, &object) < 0)
		return -1;
	ours = status == 200 && is_labelled(p, labels_of(object), LABEL_OWNER, p->b->policy.owner);
	cJSON_Delete(object);
	if (ours)
		return destroy(p, kind, id);
	if (status == 404 || status == 200)
		ownership_gone(&p->b->own, kind, id);
	else
		tell_left(p, kind, id, "the engine does not say whose it is");
	return 0;
}

/* The engine's list of what carries our secret, whether it was recorded or not. */
static int destroy_labelled(struct object_cleanup *p, enum object_kind kind, const char *list,
	const char *array, const char *key)
{
	own_text struct text filter = { 0 }, path = { 0 };
	cJSON *answer = NULL;
	const cJSON *entry, *entries;
	int status, result = 0;

	text_format(&filter, "{\"label\":[\"%s=%s\"]}", LABEL_OWNER, p->b->policy.owner);
	text_format(&path, "%sfilters=", list);
	text_encode(&path, filter.s != NULL ? filter.s : "", false);
	if (path.failed || filter.failed)
		return refuse_memory(p->r);
	if (upstream_ask(&p->b->upstream, NULL, HTTP_GET, path.s, NULL, &status, &answer, p->r) < 0)
		return -1;
	if (status != 200)
		tell_left(p, kind, "", json_text(answer, "message"));
	entries = array != NULL ? cJSON_GetObjectItemCaseSensitive(answer, array) : answer;
	cJSON_ArrayForEach(entry, entries)
	{
		const char *id = json_text(entry, key);

		if (id[0] == '\0' || (ownership_find(&p->b->own, kind, id) == NULL &&
					     ownership_made(&p->b->own, kind, id, "") == NULL))
			continue;
		result = destroy_if_ours(p, kind, id);
		if (result < 0)
			break;
	}
	cJSON_Delete(answer);
	return result;
}

/* Every recorded object of a kind, the last one first; fn may forget it. */
static int each(struct object_cleanup *p, enum object_kind kind, bool intermediate,
	int (*fn)(struct object_cleanup *p, enum object_kind kind, const char *id))
{
	for (size_t i = p->b->own.n; i-- > 0;) {
		const struct object *object;
		own_mem char *id = NULL;

		if (i >= p->b->own.n)
			continue;
		object = &p->b->own.objects[i];
		if (object->kind != kind || object->intermediate != intermediate || object->kept)
			continue;
		id = strdup(object->id);
		if (id == NULL)
			return refuse_memory(p->r);
		if (fn(p, kind, id) < 0)
			return -1;
	}
	return 0;
}

/* A name has no label: it is the run's because its journal says so. */
static int destroy_tag(struct object_cleanup *p, enum object_kind kind, const char *id)
{
	if (p->b->policy.doubted == 0)
		return destroy(p, kind, id);
	tell_left(p, kind, id, "root takes no user's word for a name: docker rmi");
	return 0;
}

/* Is this what one of our builds made? A step may have printed the id of another container,
 * which then does not have our size of /dev/shm. */
static bool has_mark(const struct object_cleanup *p, const cJSON *container)
{
	const cJSON *size = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(container, "HostConfig"), "ShmSize");

	return cJSON_IsNumber(size) &&
	       size->valuedouble == (double)ownership_mark_bytes(&p->b->own);
}

static int destroy_intermediate(struct object_cleanup *p, enum object_kind kind, const char *id)
{
	cJSON *object = NULL;
	own_mem char *full = NULL;
	bool ours;
	int status, result = 0;

	if (p->b->policy.doubted != 0) {
		tell_left(
			p, kind, id, "root takes no user's word for what has no label: docker rm");
		return 0;
	}
	if (ask(p, HTTP_GET, ways[kind].path, id, ways[kind].look, &status, &object) < 0)
		return -1;
	ours = status == 200 && has_mark(p, object) &&
	       strncmp(json_text(object, "Id"), id, strlen(id)) == 0 &&
	       object_cleanup_time(json_text(object, "Created")) >=
		       (int64_t)p->b->policy.started - 1;
	full = strdup(json_text(object, "Id"));
	cJSON_Delete(object);
	if (ours && full != NULL)
		result = destroy(p, kind, full);
	if (result == 0)
		ownership_gone(&p->b->own, kind, id);
	return result;
}

/* ---- images: what has no name ---- */

/* BuildKit lets an image without a step of its own be as old as its base: such a one is known
 * by the run's label, which it cannot have had before. An intermediate one has no label yet. */
static bool is_of_run(const struct object_cleanup *p, const cJSON *image)
{
	char user[POLICY_USER_SIZE];

	if (p->b->policy.doubted != 0)
		return is_labelled(
			p, labels_of(image), LABEL_USER, policy_user(&p->b->policy, user));
	return strcmp(json_text(labels_of(image), LABEL_RUN), p->b->policy.run_id) == 0 ||
	       object_cleanup_time(json_text(image, "Created")) >=
		       (int64_t)p->b->policy.started - 1;
}

static int destroy_image(struct object_cleanup *p, enum object_kind kind, const char *id)
{
	size_t prefix = strncmp(id, "sha256:", 7) == 0 ? 0 : 7; /* in passing they come without */
	cJSON *image = NULL;
	own_mem char *full = NULL;
	bool ours, named;
	int status, result = 0;

	if (ask(p, HTTP_GET, ways[kind].path, id, ways[kind].look, &status, &image) < 0)
		return -1;
	full = strdup(json_text(image, "Id"));
	ours = status == 200 && full != NULL && strlen(full) > prefix &&
	       strncmp(full + prefix, id, strlen(id)) == 0 && is_of_run(p, image);
	named = cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(image, "RepoTags")) > 0;
	cJSON_Delete(image);
	if (ours && !named)
		result = destroy(p, kind, full);
	if (status == 404 || (status == 200 && (!ours || named)))
		ownership_gone(&p->b->own, kind, id);
	return result;
}

/* A result that was finished when nobody was left to hear of it. */
static int destroy_dangling(struct object_cleanup *p)
{
	own_text struct text filter = { 0 }, path = { 0 };
	cJSON *answer = NULL;
	const cJSON *entry;
	int status, result = 0;

	text_format(&filter, "{\"dangling\":[\"true\"],\"label\":[\"%s=%s\"]}", LABEL_RUN,
		p->b->policy.run_id);
	text_word(&path, "/images/json?filters=");
	text_encode(&path, filter.s != NULL ? filter.s : "", false);
	if (path.failed || filter.failed)
		return refuse_memory(p->r);
	if (upstream_ask(&p->b->upstream, NULL, HTTP_GET, path.s, NULL, &status, &answer, p->r) < 0)
		return -1;
	cJSON_ArrayForEach(entry, answer)
	{
		result = destroy_image(p, OBJECT_IMAGE, json_text(entry, "Id"));
		if (result < 0)
			break;
	}
	cJSON_Delete(answer);
	return result;
}

/* Nobody can tell yet what its name or id will be: gc finds it by its label. */
static void tell_unanswered(struct object_cleanup *p)
{
	for (int kind = 0; kind < OBJECT_KINDS; kind++)
		if (p->b->own.making[kind] > 0)
			tell_left(p, (enum object_kind)kind, "",
				"the engine does not say whether it was made");
}

/* What the engine has named for a client that did not wait. */
static int find_tags(struct object_cleanup *p)
{
	struct ownership *own = &p->b->own;

	while (own->intended_n > 0) {
		own_mem char *tag = own->intended[--own->intended_n];

		if (image_tag_find_out(p->b, tag) < 0)
			return refuse(p->r, 502, "the engine does not answer");
	}
	return 0;
}

/* A name that stays, and the image that it is of: by both `gc --images` will know it. */
static int tell_kept(struct object_cleanup *p)
{
	struct ownership *own = &p->b->own;

	for (size_t i = 0; i < own->n; i++) {
		struct control message = { .type = CONTROL_KEPT, .kind = OBJECT_TAG };
		own_mem char *tag = NULL;
		cJSON *image = NULL;
		int status, result;

		if (own->objects[i].kind != OBJECT_TAG || !own->objects[i].kept)
			continue;
		tag = strdup(own->objects[i].id);
		if (tag == NULL)
			return refuse_memory(p->r);
		result = ask(p, HTTP_GET, ways[OBJECT_TAG].path, tag, ways[OBJECT_TAG].look,
			&status, &image);
		snprintf(message.object.id, sizeof(message.object.id), "%s", tag);
		snprintf(message.object.note, sizeof(message.object.note), "%s",
			json_text(image, "Id"));
		cJSON_Delete(image);
		if (result < 0)
			return -1;
		if (status == 200)
			tell(p, &message);
	}
	return 0;
}

/* ---- the order ---- */

static int clean_containers(struct object_cleanup *p)
{
	return each(p, OBJECT_CONTAINER, false, destroy_if_ours) < 0
		       ? -1
		       : destroy_labelled(
				 p, OBJECT_CONTAINER, "/containers/json?all=1&", NULL, "Id");
}

static int clean_intermediate(struct object_cleanup *p)
{
	return each(p, OBJECT_CONTAINER, true, destroy_intermediate);
}

static int clean_networks(struct object_cleanup *p)
{
	return each(p, OBJECT_NETWORK, false, destroy_if_ours) < 0
		       ? -1
		       : destroy_labelled(p, OBJECT_NETWORK, "/networks?", NULL, "Id");
}

static int clean_volumes(struct object_cleanup *p)
{
	return each(p, OBJECT_VOLUME, false, destroy_if_ours) < 0
		       ? -1
		       : destroy_labelled(p, OBJECT_VOLUME, "/volumes?", "Volumes", "Name");
}

static int clean_tags(struct object_cleanup *p)
{
	return each(p, OBJECT_TAG, false, destroy_tag);
}

static int clean_images(struct object_cleanup *p)
{
	for (int pass = 0; pass < PASSES; pass++)
		if (each(p, OBJECT_IMAGE, false, destroy_image) < 0 ||
			each(p, OBJECT_IMAGE, true, destroy_image) < 0)
			return -1;
	return destroy_dangling(p);
}

static int (*const steps[])(struct object_cleanup *p) = {
	clean_containers, /* they hold networks, volumes and images; ?v=1 takes their own volumes */
	clean_intermediate, /* those of a build's steps, without our label: they hold layers */
	clean_networks,     /* no container is on one any more */
	clean_volumes,      /* nor mounts one */
	find_tags,          /* before it is told what stays */
	tell_kept,          /* while the engine still knows which image a name is of */
	clean_tags,         /* an image goes only without a name */
	clean_images,       /* last: everything above stood upon them */
};

int object_cleanup(struct broker *b, struct refusal *r)
{
	struct object_cleanup p = { .b = b, .r = r, .slow_until = clock_now_ms() + SLOW_MS };

	if (strlen(b->policy.owner) != 32) /* an empty one is on everything */
		return refuse(r, 500, "this run has no secret to find its objects by");
	tell_unanswered(&p); /* whatever happens next, the user has heard of it */
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i](&p) < 0)
			return -1;
	return p.left;
}
