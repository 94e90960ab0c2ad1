#include "sandbox/broker/registry.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/image_tag.h"
#include "sandbox/broker/lines.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/reservation.h"

#include <string.h>

/* ---- pull ---- */

static const char *auth_of(const struct broker *b, const struct reference *reference)
{
	for (size_t i = 0; i < b->policy.auths_n; i++)
		if (strcmp(b->policy.auths[i].registry, reference->domain) == 0)
			return b->policy.auths[i].header;
	return "e30="; /* {}: never what a builder sent */
}

/* May it be pulled? Then its place is taken. *ret_there: there is one already, of somebody else,
 * which is not replaced; a base is not asked of the registry either. */
static int may_pull(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct reservation *reserved, bool *ret_there, struct refusal *r)
{
	char canonical[REFERENCE_TEXT_MAX], familiar[REFERENCE_TEXT_MAX];
	bool granted = policy_matches(b->policy.pulls, reference);
	cJSON *image = NULL;
	int status = 404;

	reference_canonical(reference, canonical, sizeof(canonical));
	reference_familiar(reference, familiar, sizeof(familiar));
	if (granted && ownership_find(&b->own, OBJECT_TAG, canonical) != NULL)
		return 0;
	if ((granted || policy_matches(b->policy.bases, reference)) &&
		lookup_image_json(b, cancel_on, canonical, &status, &image, r) < 0)
		return -1;
	cJSON_Delete(image);
	*ret_there = status == 200;
	if (*ret_there)
		return 0;
	if (!granted)
		return refuse(r, 403, "pulling %s is not granted: --docker-pull PATTERN", familiar);
	return reservation_intend(reserved, &b->own, OBJECT_TAG, canonical, r);
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

static bool pull_seen(struct exchange *x, cJSON *line, void *data)
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
		image_tag_record(x->broker, pull->reference, NULL);
}

/* tag may hold a digest, as docker-py and the CLI send `pull name@sha256:…`. */
static int pull_reference(
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
	return joined.failed ? refuse_memory(r) : reference_read(joined.s, NULL, ret, r);
}

/* What the engine would say, if the registry has nothing newer. */
static int answer_there(struct exchange *x, const struct reference *reference)
{
	char familiar[REFERENCE_TEXT_MAX], line[REFERENCE_TEXT_MAX + 64];
	cJSON *json = cJSON_CreateObject();
	int result;

	reference_familiar(reference, familiar, sizeof(familiar));
	snprintf(line, sizeof(line), "Status: Image is up to date for %s", familiar);
	if (cJSON_AddStringToObject(json, "status", line) != NULL)
		result = exchange_json(x, 200, json);
	else
		result = refuse_memory(&x->refusal);
	cJSON_Delete(json);
	return result;
}

static bool has_value(const struct exchange *x, const char *name)
{
	const char *value = target_value(&x->target, name);

	return value != NULL && value[0] != '\0';
}

int registry_pull(struct exchange *x)
{
	const char *name = target_value(&x->target, "fromImage");
	const char *tag = target_value(&x->target, "tag");
	own_text struct text path = { 0 };
	struct upstream_request request = { .method = HTTP_POST, .auth_name = "X-Registry-Auth" };
	struct reference reference;
	static const struct line_hooks hooks = {
		.seen = pull_seen, .end = pull_end, .redact = REDACT_KINDS
	};
	own_reservation struct reservation reserved = { 0 };
	struct pull pull = { .reference = &reference };
	bool there = false;
	char canonical[REFERENCE_TEXT_MAX];

	if (has_value(x, "changes") || has_value(x, "repo"))
		return refuse(&x->refusal, 403, "repo and changes are of docker import");
	if (pull_reference(name, tag, &reference, &x->refusal) < 0 ||
		may_pull(x->broker, &x->client->end, &reference, &reserved, &there, &x->refusal) <
			0)
		return -1;
	if (there)
		return answer_there(x, &reference);
	pull_path(&reference, &path);
	request.path = path.s;
	request.auth = auth_of(x->broker, &reference);
	if (path.failed)
		return refuse_memory(&x->refusal);
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	if (lines_relay(x, &hooks, &pull) == 0)
		return 0;
	/* The client has left, and the engine may have finished before it noticed. */
	reference_canonical(&reference, canonical, sizeof(canonical));
	stream_close(&x->engine);
	x->engine.end.fd = -1;
	image_tag_find_out(x->broker, canonical);
	return -1;
}

int registry_fetch(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r)
{
	struct upstream_request request = { .method = HTTP_POST, .auth_name = "X-Registry-Auth" };
	own_text struct text path = { 0 }, answer = { 0 };
	own_reservation struct reservation reserved = { 0 };
	struct upstream_head head;
	struct stream s;
	struct body_reader body;
	bool there = false;
	int result;

	if (may_pull(b, cancel_on, reference, &reserved, &there, r) < 0)
		return -1;
	if (there)
		return 0;
	pull_path(reference, &path);
	request.path = path.s;
	request.auth = auth_of(b, reference);
	if (path.failed)
		return refuse_memory(r);
	if (upstream_connect(&b->upstream, &s, cancel_on, r) < 0)
		return -1;
	result = upstream_send(&b->upstream, &s, &request, r);
	if (result == 0)
		result = upstream_receive(&s, HTTP_POST, &head, &body, r);
	if (result == 0) {
		body.most = UPSTREAM_JSON_BYTES;
		result = body_reader_collect(&body, &answer, r);
	}
	stream_close(&s);
	if (result < 0)
		return -1;
	if (head.status != 200 || answer.n == 0 || strstr(answer.s, "\"error\"") != NULL)
		return refuse(r, 502, "the engine could not pull %s/%s", reference->domain,
			reference->path);
	image_tag_record(b, reference, NULL);
	return 0;
}

/* ---- push ---- */

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
		return refuse(&x->refusal, 403,
			x->match.route->answer == ANSWER_PUSH
				? "pushing %s is not granted: --docker-push PATTERN"
				: "what a registry has of %s is told to who may push it: "
				  "--docker-push PATTERN",
			familiar);
	if (lookup_image(x->broker, &x->client->end, canonical, &standing, x->id, &x->refusal) < 0)
		return -1;
	if (standing == IMAGE_ABSENT ||
		(standing != IMAGE_OWN &&
			ownership_find(&x->broker->own, OBJECT_TAG, canonical) == NULL))
		return refuse(&x->refusal, 404, "No such image: %s", familiar);
	return 0;
}

int registry_push(struct exchange *x)
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
		return refuse_memory(&x->refusal);
	if (exchange_forward(x, &request) < 0)
		return -1;
	return exchange_relay(x);
}

/* buildx asks the registry what it has of a name, once that is pushed. */
int registry_distribution(struct exchange *x)
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
		return refuse_memory(&x->refusal);
	return exchange_forward(x, &request) < 0 ? -1 : exchange_relay(x);
}
