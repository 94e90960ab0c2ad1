#include "sandbox/broker/image_tag.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"

#include <string.h>

/* Among LABEL_TAGS stand the names that an earlier run gave this image when it built it. An
 * image that somebody built from ours has the label too, but then another name. */
static bool label_names(const cJSON *image, const char *canonical)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "Labels");
	const char *list = json_text(labels, LABEL_TAGS);
	size_t n = strlen(canonical);

	for (; *list != '\0'; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == n && strncmp(list, canonical, n) == 0)
			return true;
	return false;
}

int image_tag_may_give(struct broker *b, struct endpoint *cancel_on,
	const struct reference *reference, struct refusal *r)
{
	char canonical[REFERENCE_TEXT_MAX], familiar[REFERENCE_TEXT_MAX];
	const struct object *own, *tag;
	cJSON *image = NULL;
	bool free_to_take;
	int status;

	reference_canonical(reference, canonical, sizeof(canonical));
	reference_familiar(reference, familiar, sizeof(familiar));
	if (!policy_matches(b->policy.tags, reference))
		return refuse(
			r, 403, "the image name %s is not granted: --docker-tag PATTERN", familiar);
	if (lookup_image_json(b, cancel_on, canonical, &status, &image, r) < 0)
		return -1;
	own = ownership_find(&b->own, OBJECT_IMAGE, json_text(image, "Id"));
	tag = ownership_find(&b->own, OBJECT_TAG, canonical);
	free_to_take = status == 404 || (own != NULL && !own->intermediate) ||
		       (tag != NULL && tag->image != NULL &&
			       strcmp(tag->image, json_text(image, "Id")) == 0) ||
		       (status == 200 && label_names(image, canonical));
	cJSON_Delete(image);
	return free_to_take ? 0
			    : refuse(r, 409,
				      "the image %s exists and was not made here: remove it first",
				      familiar);
}

void image_tag_record(struct broker *b, const struct reference *reference, const char *id)
{
	char canonical[REFERENCE_TEXT_MAX];
	struct object *object;

	reference_canonical(reference, canonical, sizeof(canonical));
	object = ownership_find(&b->own, OBJECT_TAG, canonical);
	if (object != NULL && id != NULL)
		ownership_tag(object, id);
	if (object != NULL)
		return;
	object = ownership_made(&b->own, OBJECT_TAG, canonical, "");
	if (object == NULL)
		return;
	if (id != NULL)
		ownership_tag(object, id);
	object->kept = policy_matches(b->policy.tags, reference);
	ownership_record(&b->own, object);
}

int image_tag_find_out(struct broker *b, const char *canonical)
{
	struct reference reference;
	struct refusal unsaid;
	cJSON *image = NULL;
	const cJSON *labels;
	bool ours;
	int status;

	if (reference_read(canonical, NULL, &reference, &unsaid) < 0)
		return 0;
	if (lookup_image_json(b, NULL, canonical, &status, &image, &unsaid) < 0)
		return -1;
	labels = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "Labels");
	ours = strcmp(json_text(labels, LABEL_RUN), b->policy.run_id) == 0;
	if (status == 200 && (ours || policy_matches(b->policy.pulls, &reference)))
		image_tag_record(b, &reference, ours ? json_text(image, "Id") : NULL);
	cJSON_Delete(image);
	return 0;
}

static void tag_path(const char *id, const struct reference *to, struct text *ret)
{
	char canonical[REFERENCE_TEXT_MAX];

	reference_canonical(to, canonical, sizeof(canonical));
	*strrchr(canonical, ':') = '\0';
	text_format(ret, "/images/%s/tag?repo=", id);
	text_encode(ret, canonical, false);
	text_word(ret, "&tag=");
	text_encode(ret, to->tag, false);
}

int image_tag_give(struct broker *b, const char *id, const struct reference *to, struct refusal *r)
{
	own_text struct text path = { 0 };
	cJSON *answer = NULL;
	int status, result;

	tag_path(id, to, &path);
	if (path.failed)
		return refuse_memory(r);
	broker_making(b, OBJECT_TAG, 1);
	result = upstream_ask(&b->upstream, NULL, HTTP_POST, path.s, NULL, &status, &answer, r);
	if (result == 0 && status == 201)
		image_tag_record(b, to, id);
	broker_made(b, OBJECT_TAG, 1);
	if (result == 0 && status != 201)
		result = refuse(r, 502, "the engine gave the image no name: %s",
			json_text(answer, "message"));
	cJSON_Delete(answer);
	return result;
}

/* What is so already needs nobody's leave. */
static bool is_so_already(struct exchange *x, const char *canonical)
{
	own_json cJSON *image = NULL;
	struct refusal unsaid;
	int status;

	return x->refusal.status == 409 &&
	       lookup_image_json(x->broker, &x->client->end, canonical, &status, &image, &unsaid) ==
		       0 &&
	       status == 200 && strcmp(json_text(image, "Id"), x->id) == 0;
}

int image_tag_create(struct exchange *x)
{
	const char *repo = target_value(&x->target, "repo"), *tag = target_value(&x->target, "tag");
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_POST };
	enum image_standing standing;
	own_reservation struct reservation reserved = { 0 };
	struct reference to;
	char canonical[REFERENCE_TEXT_MAX];
	int result;

	if (reference_read(repo != NULL ? repo : "", tag != NULL && tag[0] != '\0' ? tag : NULL,
		    &to, &x->refusal) < 0)
		return -1;
	if (to.digest[0] != '\0')
		return refuse(&x->refusal, 400, "a digest is not a tag");
	if (lookup_image(x->broker, &x->client->end, x->match.name, &standing, x->id, &x->refusal) <
		0)
		return -1;
	if (standing != IMAGE_OWN && standing != IMAGE_BASE)
		return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
	reference_canonical(&to, canonical, sizeof(canonical));
	if (image_tag_may_give(x->broker, &x->client->end, &to, &x->refusal) < 0)
		return is_so_already(x, canonical) ? exchange_head(x, 201, NULL, false, 0, NULL)
						   : -1;
	if (reservation_intend(&reserved, &x->broker->own, OBJECT_TAG, canonical, &x->refusal) < 0)
		return -1;
	tag_path(x->id, &to, &path);
	request.path = path.s;
	if (path.failed)
		return refuse_memory(&x->refusal);
	/* The engine does it whether anybody waits or not. */
	x->makes = true;
	broker_making(x->broker, OBJECT_TAG, 1);
	result = exchange_forward(x, &request);
	if (result == 0 && x->head.status == 201)
		image_tag_record(x->broker, &to, x->id);
	reservation_leave(&reserved);
	broker_made(x->broker, OBJECT_TAG, 1);
	if (result < 0)
		return -1;
	return exchange_relay(x);
}

/* Of which image it was the event says that comes of it, also of one that was pulled. */
static void tag_leaves(struct broker *b, const char *canonical, const char *image)
{
	struct object *tag = ownership_find(&b->own, OBJECT_TAG, canonical);

	if (tag != NULL && tag->image == NULL)
		ownership_tag(tag, image);
	if (tag != NULL)
		tag->leaving++;
}

static void tag_left(struct broker *b, const char *canonical, bool gone)
{
	struct object *tag = ownership_find(&b->own, OBJECT_TAG, canonical);

	if (tag != NULL && tag->leaving > 0)
		tag->leaving--;
	if (gone)
		ownership_gone(&b->own, OBJECT_TAG, canonical);
}

/* By id nothing is deleted: the engine would take all names of it, the host's among them. */
int image_tag_remove(struct exchange *x)
{
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_DELETE };
	char canonical[REFERENCE_TEXT_MAX];
	struct reference reference;
	enum image_standing standing;
	int result;

	if (lookup_is_image_id(x->match.name))
		return refuse(&x->refusal, 403,
			"images are removed by name; those without one go when the run ends");
	if (reference_read(x->match.name, NULL, &reference, &x->refusal) < 0)
		return -1;
	reference_canonical(&reference, canonical, sizeof(canonical));
	if (ownership_find(&x->broker->own, OBJECT_TAG, canonical) == NULL)
		return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
	/* Whoever has moved it since has it. */
	if (lookup_image(x->broker, &x->client->end, canonical, &standing, x->id, &x->refusal) < 0)
		return -1;
	if (standing == IMAGE_ABSENT) {
		ownership_gone(&x->broker->own, OBJECT_TAG, canonical);
		return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
	}
	text_word(&path, "/images/");
	text_encode(&path, canonical, true);
	request.path = path.s;
	if (path.failed)
		return refuse_memory(&x->refusal);
	tag_leaves(x->broker, canonical, x->id);
	result = exchange_forward(x, &request);
	tag_left(x->broker, canonical, result == 0 && x->head.status == 200);
	if (result < 0)
		return -1;
	return exchange_relay(x);
}

/* ---- those of a build ---- */

int image_tags_add(struct image_tags *tags, struct broker *b, struct endpoint *cancel_on,
	const char *name, struct refusal *r)
{
	struct reference *tag = &tags->tags[tags->n];
	char canonical[REFERENCE_TEXT_MAX];

	if (tags->n == IMAGE_TAGS)
		return refuse(r, 400, "more than %d names", IMAGE_TAGS);
	if (reference_read(name, NULL, tag, r) < 0)
		return -1;
	if (tag->digest[0] != '\0')
		return refuse(r, 400, "a digest is not a tag");
	reference_canonical(tag, canonical, sizeof(canonical));
	if (image_tag_may_give(b, cancel_on, tag, r) < 0 ||
		reservation_intend(&tags->reserved, &b->own, OBJECT_TAG, canonical, r) < 0)
		return -1;
	tags->n++;
	return 0;
}

void image_tags_leave(struct image_tags *tags)
{
	reservation_leave(&tags->reserved);
}

void image_tags_list(const struct image_tags *tags, struct text *ret)
{
	char canonical[REFERENCE_TEXT_MAX];

	for (size_t i = 0; i < tags->n; i++) {
		reference_canonical(&tags->tags[i], canonical, sizeof(canonical));
		text_format(ret, "%s%s", i > 0 ? "," : "", canonical);
	}
}
