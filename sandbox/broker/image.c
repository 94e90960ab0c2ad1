/* Images: whose they are, and what may be done with them. */
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/exchange.h"
#include "sandbox/docker/reference.h"

#include <string.h>

/* ---- whose? ---- */

static bool is_image_id(const char *name)
{
	size_t n;

	if (strncmp(name, "sha256:", 7) == 0)
		name += 7;
	n = strlen(name);
	return n >= 11 && n <= 64 && strspn(name, "0123456789abcdef") == n;
}

static bool reference_is_granted(const struct broker *b, const struct reference *reference)
{
	const struct policy *p = &b->policy;
	char canonical[REFERENCE_TEXT_MAX];

	reference_canonical(reference, canonical, sizeof(canonical));
	return policy_matches(p->bases, reference) || policy_matches(p->pulls, reference) ||
	       policy_matches(p->tags, reference) ||
	       ownership_find(&b->own, OBJECT_TAG, canonical) != NULL;
}

bool image_name_is_granted(const struct broker *b, const char *name)
{
	struct reference reference;
	struct refusal unsaid;

	return name != NULL && reference_read(name, NULL, &reference, &unsaid) == 0 &&
	       reference_is_granted(b, &reference);
}

/* Inspect by name; the caller's tree, NULL and status 404 if there is none. */
static int inspect(struct broker *b, struct endpoint *cancel_on, const char *name, int *ret_status,
	cJSON **ret, struct refusal *r)
{
	own_text struct text path = { 0 };

	text_word(&path, "/images/");
	text_encode(&path, name, true);
	text_word(&path, "/json");
	if (path.failed)
		return refuse(r, 413, "the name does not fit into memory");
	return upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, ret_status, ret, r);
}

static bool any_name_granted(const struct broker *b, const cJSON *image)
{
	static const char *const keys[] = { "RepoTags", "RepoDigests" };
	const cJSON *name;

	for (size_t k = 0; k < ARRAY_LEN(keys); k++)
		cJSON_ArrayForEach(name,
			cJSON_GetObjectItemCaseSensitive(image,
				keys[k])) if (image_name_is_granted(b,
						      cJSON_GetStringValue(name))) return true;
	return false;
}

int image_look(struct broker *b, struct endpoint *cancel_on, const char *name,
	enum image_standing *ret, char id[160], struct refusal *r)
{
	struct reference reference;
	const struct object *own;
	cJSON *image = NULL;
	int status;

	if (!is_image_id(name) && reference_read(name, NULL, &reference, r) < 0)
		return -1;
	if (inspect(b, cancel_on, name, &status, &image, r) < 0)
		return -1;
	snprintf(id, 160, "%s", json_text(image, "Id"));
	own = ownership_find(&b->own, OBJECT_IMAGE, id);
	if (status != 200 || id[0] == '\0')
		*ret = IMAGE_ABSENT;
	else if (own != NULL && !own->intermediate)
		*ret = IMAGE_OWN;
	else
		*ret = any_name_granted(b, image) ? IMAGE_BASE : IMAGE_FOREIGN;
	cJSON_Delete(image);
	return 0;
}

int image_triggers(struct broker *b, struct endpoint *cancel_on, const char *name, cJSON **ret,
	struct refusal *r)
{
	cJSON *image = NULL;
	int status;

	*ret = NULL;
	if (inspect(b, cancel_on, name, &status, &image, r) < 0)
		return -1;
	*ret = cJSON_DetachItemFromObjectCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "OnBuild");
	cJSON_Delete(image);
	return status == 200 ? 0 : refuse(r, 404, "No such image: %s", name);
}

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

int image_may_tag(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r)
{
	char canonical[REFERENCE_TEXT_MAX], familiar[REFERENCE_TEXT_MAX];
	const struct object *own;
	cJSON *image = NULL;
	bool free_to_take;
	int status;

	reference_canonical(reference, canonical, sizeof(canonical));
	reference_familiar(reference, familiar, sizeof(familiar));
	if (!policy_matches(b->policy.tags, reference))
		return refuse(
			r, 403, "the image name %s is not granted: --docker-tag PATTERN", familiar);
	if (inspect(b, cancel_on, canonical, &status, &image, r) < 0)
		return -1;
	own = ownership_find(&b->own, OBJECT_IMAGE, json_text(image, "Id"));
	free_to_take = status == 404 || (own != NULL && !own->intermediate) ||
		       ownership_find(&b->own, OBJECT_TAG, canonical) != NULL ||
		       (status == 200 && label_names(image, canonical));
	cJSON_Delete(image);
	return free_to_take ? 0
			    : refuse(r, 409,
				      "the image %s exists and was not made here: remove it first",
				      familiar);
}

/* ---- claims of a body ---- */

static int volume_ensure(struct exchange *x, const char *name)
{
	struct broker *b = x->broker;
	own_text struct text body = { 0 };
	cJSON *json = NULL;
	struct object *object;
	int status, result;

	object = ownership_find(&b->own, OBJECT_VOLUME, name);
	if (object != NULL)
		return object->leaving > 0
			       ? refuse(&x->refusal, 409, "the volume %s is being removed", name)
			       : 0;
	/* As the engine does it for `docker run -v`, but with our label. */
	if (volume_absent(b, &x->client->end, name, &x->refusal) < 0 ||
		ownership_intend(&b->own, OBJECT_VOLUME, name, &x->refusal) < 0)
		return -1;
	text_format(&body, "{\"Name\":\"%s\",\"Labels\":{\"%s\":\"%s\",\"%s\":\"%s\"}}", name,
		LABEL_OWNER, b->policy.owner, LABEL_RUN, b->policy.run_id);
	if (body.failed)
		return refuse(&x->refusal, 503, "out of memory");
	b->own.making[OBJECT_VOLUME]++; /* and nobody's leaving ends the wait for it */
	result = upstream_ask(&b->upstream, NULL, HTTP_POST, "/volumes/create", &body, &status,
		&json, &x->refusal);
	b->own.making[OBJECT_VOLUME]--;
	if (result < 0)
		return -1;
	if (status != 201 || !is_ours(b, json)) {
		cJSON_Delete(json);
		return refuse(&x->refusal, 409, "the volume %s could not be made", name);
	}
	object = ownership_made(&b->own, OBJECT_VOLUME, name, "");
	if (object != NULL)
		ownership_record(&b->own, object);
	cJSON_Delete(json);
	return 0;
}

static int claim_image(struct exchange *x, const char *name, char id[160])
{
	enum image_standing standing;

	if (image_look(x->broker, &x->client->end, name, &standing, id, &x->refusal) < 0)
		return -1;
	if (standing == IMAGE_OWN || standing == IMAGE_BASE)
		return 0;
	return refuse(&x->refusal, 404,
		"No such image: %s (built or pulled by this run, or granted by --docker-base)",
		name);
}

static int claim_find(struct exchange *x, const struct claim *claim, const char *name, char id[160])
{
	static const enum object_kind kinds[] = {
		[CLAIM_NETWORK] = OBJECT_NETWORK, [CLAIM_CONTAINER] = OBJECT_CONTAINER
	};

	if (claim->kind == CLAIM_IMAGE)
		return claim_image(x, name, id);
	if (claim->kind == CLAIM_VOLUME) {
		snprintf(id, 160, "%s", name);
		return volume_ensure(x, name);
	}
	if (place_find(x->broker, &x->client->end, kinds[claim->kind], name, id))
		return 0;
	return refuse(
		&x->refusal, 404, "No such %s: %s", object_kind_name(kinds[claim->kind]), name);
}

static int claim_settle(struct exchange *x, const struct claim *claim)
{
	const char *text = claim->is_key ? claim->where->string : claim->where->valuestring;
	size_t length = claim->first_part ? strcspn(text, ":") : strlen(text);
	own_mem char *name = strndup(text, length);
	own_text struct text anew = { 0 };
	char id[160];

	if (name == NULL)
		return refuse(&x->refusal, 503, "out of memory");
	if (claim_find(x, claim, name, id) < 0)
		return -1;
	text_format(&anew, "%s%s", id, text + length);
	if (anew.failed)
		return refuse(&x->refusal, 503, "out of memory");
	if (claim->is_key) {
		cJSON_free(claim->where->string);
		claim->where->string = own_mem_give(anew.s);
	} else if (cJSON_SetValuestring(claim->where, anew.s) == NULL) {
		return refuse(&x->refusal, 503, "out of memory"); /* or the name would stay */
	}
	return 0;
}

int claims_settle(struct exchange *x, struct schema_run *run)
{
	for (size_t i = 0; i < run->claims_n; i++)
		if (claim_settle(x, &run->claims[i]) < 0)
			return -1;
	return 0;
}

/* ---- names that stay ---- */

void image_record_tag(struct broker *b, const struct reference *reference)
{
	char canonical[REFERENCE_TEXT_MAX];
	struct object *object;

	reference_canonical(reference, canonical, sizeof(canonical));
	object = ownership_find(&b->own, OBJECT_TAG, canonical);
	if (object != NULL)
		return;
	object = ownership_made(&b->own, OBJECT_TAG, canonical, "");
	if (object == NULL)
		return;
	object->kept = policy_matches(b->policy.tags, reference);
	ownership_record(&b->own, object);
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

int image_name(struct broker *b, const char *id, const struct reference *to, struct refusal *r)
{
	own_text struct text path = { 0 };
	cJSON *answer = NULL;
	int status, result;

	tag_path(id, to, &path);
	if (path.failed)
		return refuse(r, 503, "out of memory");
	result = upstream_ask(&b->upstream, NULL, HTTP_POST, path.s, NULL, &status, &answer, r);
	if (result == 0 && status == 201)
		image_record_tag(b, to);
	else if (result == 0)
		result = refuse(r, 502, "the engine gave the image no name: %s",
			json_text(answer, "message"));
	cJSON_Delete(answer);
	return result;
}

int image_tag(struct exchange *x)
{
	const char *repo = target_value(&x->target, "repo"), *tag = target_value(&x->target, "tag");
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_POST };
	enum image_standing standing;
	struct reference to;
	char canonical[REFERENCE_TEXT_MAX];

	if (reference_read(repo != NULL ? repo : "", tag != NULL && tag[0] != '\0' ? tag : NULL,
		    &to, &x->refusal) < 0)
		return -1;
	if (to.digest[0] != '\0')
		return refuse(&x->refusal, 400, "a digest is no tag");
	if (image_look(x->broker, &x->client->end, x->match.name, &standing, x->id, &x->refusal) <
		0)
		return -1;
	if (standing != IMAGE_OWN && standing != IMAGE_BASE)
		return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
	reference_canonical(&to, canonical, sizeof(canonical));
	if (image_may_tag(x->broker, &x->client->end, &to, &x->refusal) < 0 ||
		ownership_intend(&x->broker->own, OBJECT_TAG, canonical, &x->refusal) < 0)
		return -1;
	tag_path(x->id, &to, &path);
	request.path = path.s;
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (x->head.status == 201)
		image_record_tag(x->broker, &to);
	return exchange_relay(x);
}

/* By id nothing is deleted: the engine would take all names of it, the host's among them. */
int image_untag(struct exchange *x)
{
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_DELETE };
	char canonical[REFERENCE_TEXT_MAX];
	struct reference reference;

	if (is_image_id(x->match.name))
		return refuse(&x->refusal, 403,
			"images are removed by name; those without one go when the run ends");
	if (reference_read(x->match.name, NULL, &reference, &x->refusal) < 0)
		return -1;
	reference_canonical(&reference, canonical, sizeof(canonical));
	if (ownership_find(&x->broker->own, OBJECT_TAG, canonical) == NULL)
		return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
	text_word(&path, "/images/");
	text_encode(&path, canonical, true);
	request.path = path.s;
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (x->head.status == 200)
		ownership_gone(&x->broker->own, OBJECT_TAG, canonical);
	return exchange_relay(x);
}

/* ---- to and from registries ---- */

static const char *auth_of(const struct broker *b, const struct reference *reference)
{
	for (size_t i = 0; i < b->policy.auths_n; i++)
		if (strcmp(b->policy.auths[i].registry, reference->domain) == 0)
			return b->policy.auths[i].header;
	return "e30="; /* {}: never what a builder sent */
}

/* May it be pulled, and is there nothing yet that would be replaced? */
static int may_pull(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r)
{
	char canonical[REFERENCE_TEXT_MAX], familiar[REFERENCE_TEXT_MAX];
	cJSON *image = NULL;
	int status;

	reference_canonical(reference, canonical, sizeof(canonical));
	reference_familiar(reference, familiar, sizeof(familiar));
	if (!policy_matches(b->policy.pulls, reference))
		return refuse(r, 403, "pulling %s is not granted: --docker-pull PATTERN", familiar);
	if (ownership_find(&b->own, OBJECT_TAG, canonical) != NULL)
		return 0;
	if (inspect(b, cancel_on, canonical, &status, &image, r) < 0)
		return -1;
	cJSON_Delete(image);
	if (status == 200)
		return refuse(r, 409,
			"the engine has %s already, and it is not this run's to replace: use it",
			familiar);
	return ownership_intend(&b->own, OBJECT_TAG, canonical, r);
}

static void pull_path(const struct reference *reference, struct text *ret)
{
	char canonical[REFERENCE_TEXT_MAX];
	char *cut;

	reference_canonical(reference, canonical, sizeof(canonical));
	cut = strrchr(canonical, reference->digest[0] != '\0' ? '@' : ':');
	*cut = '\0';
	text_word(ret, "/images/create?fromImage=");
	text_encode(ret, canonical, false);
	text_word(ret, "&tag=");
	text_encode(ret, cut + 1, false);
}

/* The engine says 200 and then, in the stream, whether it worked. */
struct pull {
	const struct reference *reference;
	bool failed;
};

static bool pull_seen(struct exchange *x, const cJSON *line, void *data)
{
	struct pull *pull = data;

	(void)x;
	if (cJSON_HasObjectItem(line, "error"))
		pull->failed = true;
	return true;
}

static void pull_end(struct exchange *x, struct text *ret, void *data)
{
	const struct pull *pull = data;

	(void)ret;
	if (!pull->failed)
		image_record_tag(x->broker, pull->reference);
}

int image_pull(struct exchange *x)
{
	const char *name = target_value(&x->target, "fromImage");
	const char *tag = target_value(&x->target, "tag");
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_POST, .auth_name = "X-Registry-Auth" };
	struct reference reference;
	static const struct line_hooks hooks = {
		.seen = pull_seen, .end = pull_end, .redact = REDACT_KINDS
	};
	struct pull pull = { .reference = &reference };

	if (image_pull_reference(name, tag, &reference, &x->refusal) < 0 ||
		may_pull(x->broker, &x->client->end, &reference, &x->refusal) < 0)
		return -1;
	pull_path(&reference, &path);
	request.path = path.s;
	request.auth = auth_of(x->broker, &reference);
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	return exchange_relay_lines(x, &hooks, &pull);
}

/* tag may hold a digest, as docker-py and the CLI send `pull name@sha256:…`. */
int image_pull_reference(
	const char *name, const char *tag, struct reference *ret, struct refusal *r)
{
	own_text struct text joined = { 0 };

	if (name == NULL || name[0] == '\0')
		return refuse(r, 400, "fromImage is missing");
	if (tag == NULL || tag[0] == '\0')
		return reference_read(name, NULL, ret, r);
	if (strchr(tag, ':') == NULL)
		return reference_read(name, tag, ret, r);
	text_format(&joined, "%s@%s", name, tag);
	return joined.failed ? refuse(r, 503, "out of memory")
			     : reference_read(joined.s, NULL, ret, r);
}

int image_fetch(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r)
{
	struct upstream_request request = { .method = HTTP_POST, .auth_name = "X-Registry-Auth" };
	own_text struct text path = { 0 }, answer = { 0 };
	struct upstream_head head;
	struct stream s;
	struct body body;
	int result;

	if (may_pull(b, cancel_on, reference, r) < 0)
		return -1;
	pull_path(reference, &path);
	request.path = path.s;
	request.auth = auth_of(b, reference);
	if (path.failed || upstream_connect(&b->upstream, &s, cancel_on, r) < 0)
		return -1;
	result = upstream_send(&b->upstream, &s, &request, r);
	if (result == 0)
		result = upstream_receive(&s, HTTP_POST, &head, &body, r);
	if (result == 0) {
		body.most = UPSTREAM_JSON_BYTES;
		result = body_collect(&body, &answer, r);
	}
	stream_close(&s);
	if (result < 0)
		return -1;
	if (head.status != 200 || answer.n == 0 || strstr(answer.s, "\"error\"") != NULL)
		return refuse(r, 502, "the engine could not pull %s/%s", reference->domain,
			reference->path);
	image_record_tag(b, reference);
	return 0;
}

/* The name of a push: granted, and of an image of this run's. */
static int may_push(struct exchange *x, const char *tag, struct reference *ret,
	char canonical[REFERENCE_TEXT_MAX])
{
	char familiar[REFERENCE_TEXT_MAX];
	enum image_standing standing;

	if (reference_read(x->match.name, tag != NULL && tag[0] != '\0' ? tag : NULL, ret,
		    &x->refusal) < 0)
		return -1;
	reference_canonical(ret, canonical, REFERENCE_TEXT_MAX);
	reference_familiar(ret, familiar, sizeof(familiar));
	if (!policy_matches(x->broker->policy.pushes, ret))
		return refuse(&x->refusal, 403, "pushing %s is not granted: --docker-push PATTERN",
			familiar);
	if (image_look(x->broker, &x->client->end, canonical, &standing, x->id, &x->refusal) < 0)
		return -1;
	if (standing != IMAGE_OWN && ownership_find(&x->broker->own, OBJECT_TAG, canonical) == NULL)
		return refuse(&x->refusal, 404, "No such image: %s", familiar);
	return 0;
}

int image_push(struct exchange *x)
{
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_POST, .auth_name = "X-Registry-Auth" };
	char canonical[REFERENCE_TEXT_MAX];
	struct reference reference;

	if (may_push(x, target_value(&x->target, "tag"), &reference, canonical) < 0)
		return -1;
	*strrchr(canonical, ':') = '\0';
	text_word(&path, "/images/");
	text_encode(&path, canonical, true);
	text_word(&path, "/push?tag=");
	text_encode(&path, reference.tag, false);
	request.path = path.s;
	request.auth = auth_of(x->broker, &reference);
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	if (exchange_forward(x, &request) < 0)
		return -1;
	return exchange_relay(x);
}

/* buildx asks the registry what it has of a name, once that is pushed. */
int image_distribution(struct exchange *x)
{
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_GET, .auth_name = "X-Registry-Auth" };
	char canonical[REFERENCE_TEXT_MAX];
	struct reference reference;

	if (may_push(x, NULL, &reference, canonical) < 0)
		return -1;
	text_word(&path, "/distribution/");
	text_encode(&path, canonical, true);
	text_word(&path, "/json");
	request.path = path.s;
	request.auth = auth_of(x->broker, &reference);
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	return exchange_forward(x, &request) < 0 ? -1 : exchange_relay(x);
}

/* ---- docker save ---- */

static int save_name(struct exchange *x, const char *name, struct text *query)
{
	enum image_standing standing;

	if (image_look(x->broker, &x->client->end, name, &standing, x->id, &x->refusal) < 0)
		return -1;
	if (standing != IMAGE_OWN)
		return refuse(&x->refusal, 404, "No such image built by this run: %s", name);
	text_word(query, query->n > 0 ? "&names=" : "?names=");
	/* A name, because it is written into the tar; whose it is was asked just now. */
	text_encode(query, is_image_id(name) ? x->id : name, false);
	return 0;
}

int image_save(struct exchange *x)
{
	own_text struct text query = { 0 }, path = { 0 };
	struct upstream_request request = { .method = HTTP_GET };
	int result = 0;

	if (x->match.place == PLACE_IMAGE)
		result = save_name(x, x->match.name, &query);
	for (size_t i = 0; i < x->target.pairs_n && x->match.place != PLACE_IMAGE && result == 0;
		i++)
		if (strcmp(x->target.pairs[i].name, "names") == 0)
			result = save_name(x, x->target.pairs[i].value, &query);
	if (result < 0)
		return -1;
	if (query.n == 0)
		return refuse(&x->refusal, 400, "no image is named");
	text_format(&path, "/images/get%s", query.s);
	request.path = path.s;
	if (path.failed)
		return refuse(&x->refusal, 503, "out of memory");
	return exchange_forward(x, &request) < 0 ? -1 : exchange_relay(x);
}
