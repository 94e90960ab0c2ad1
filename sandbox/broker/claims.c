#include "sandbox/broker/claims.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/reservation.h"

#include <string.h>

static int volume_ensure(struct exchange *x, const char *name)
{
	struct broker *b = x->broker;
	own_reservation struct reservation reserved = { 0 };
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
	if (lookup_volume_absent(b, &x->client->end, name, &x->refusal) < 0 ||
		reservation_intend(&reserved, &b->own, OBJECT_VOLUME, name, &x->refusal) < 0)
		return -1;
	text_format(&body, "{\"Name\":\"%s\",\"Labels\":{\"%s\":\"%s\",\"%s\":\"%s\"}}", name,
		LABEL_OWNER, b->policy.owner, LABEL_RUN, b->policy.run_id);
	if (body.failed)
		return refuse_memory(&x->refusal);
	broker_making(b, OBJECT_VOLUME, 1); /* and nobody's leaving ends the wait for it */
	result = upstream_ask(&b->upstream, NULL, HTTP_POST, "/volumes/create", &body, &status,
		&json, &x->refusal);
	broker_made(b, OBJECT_VOLUME, 1);
	if (result < 0)
		return -1;
	if (status != 201 || !lookup_is_ours(b, json)) {
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

	if (lookup_image(x->broker, &x->client->end, name, &standing, id, &x->refusal) < 0)
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
	if (lookup_object(x->broker, &x->client->end, kinds[claim->kind], name, id))
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
		return refuse_memory(&x->refusal);
	if (claim_find(x, claim, name, id) < 0)
		return -1;
	text_format(&anew, "%s%s", id, text + length);
	if (anew.failed)
		return refuse_memory(&x->refusal);
	if (claim->is_key) {
		cJSON_free(claim->where->string);
		claim->where->string = own_mem_give(anew.s);
	} else if (cJSON_SetValuestring(claim->where, anew.s) == NULL) {
		return refuse_memory(&x->refusal); /* or the name would stay */
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
