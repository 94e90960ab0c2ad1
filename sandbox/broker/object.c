#include "sandbox/broker/object.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/anonymous.h"
#include "sandbox/broker/asked.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/reservation.h"
#include "sandbox/docker/change.h"
#include "sandbox/docker/redact.h"

#include <string.h>

#define CLAIMS_MS 30000 /* for containers that are being made to be there */

/* ---- what is made ---- */

static bool is_full_id(const char *id)
{
	return strlen(id) == 64 && strspn(id, "0123456789abcdef") == 64;
}

/* The engine's word, with 2xx or without, to the client; *ret is the tree, if it made one. */
static int forward_and_collect(struct exchange *x, cJSON **ret)
{
	*ret = NULL;
	return exchange_forward_route(x) < 0 ? -1 : exchange_collect(x, ret);
}

/* The same for a request that makes something. The engine makes it whether anybody waits or
 * not, and what nobody heard of would outlive the run. */
static int make_and_collect(struct exchange *x, enum object_kind kind, cJSON **ret)
{
	int result;

	x->makes = true;
	broker_making(x->broker, kind, 1);
	result = forward_and_collect(x, ret);
	broker_made(x->broker, kind, 1);
	return result;
}

static void record(struct exchange *x, enum object_kind kind, const char *id, const char *name)
{
	struct object *object = ownership_made(&x->broker->own, kind, id, name);

	if (object != NULL)
		ownership_record(&x->broker->own, object);
}

/* Containers that the engine removes by itself (--rm) are noticed only when room is needed.
 * Nothing that is made while the engine answers may be taken for gone. */
static int forget_ended(struct exchange *x)
{
	struct broker *b = x->broker;
	own_text struct text filter = { 0 }, path = { 0 };
	cJSON *there = NULL, *recorded = cJSON_CreateArray();
	const cJSON *id, *entry;
	int status, result;

	for (size_t i = 0; i < b->own.n; i++)
		if (b->own.objects[i].kind == OBJECT_CONTAINER && !b->own.objects[i].intermediate)
			cJSON_AddItemToArray(recorded, cJSON_CreateString(b->own.objects[i].id));
	text_format(&filter, "{\"label\":[\"%s=%s\"]}", LABEL_OWNER, b->policy.owner);
	text_word(&path, "/containers/json?all=1&filters=");
	text_encode(&path, filter.s != NULL ? filter.s : "", false);
	result = path.failed || filter.failed
			 ? refuse_memory(&x->refusal)
			 : upstream_ask(&b->upstream, &x->client->end, HTTP_GET, path.s, NULL,
				   &status, &there, &x->refusal);
	cJSON_ArrayForEach(id, recorded)
	{
		bool found = result < 0 || status != 200;

		cJSON_ArrayForEach(entry, there) found |=
			strcmp(json_text(entry, "Id"), id->valuestring) == 0;
		if (!found)
			ownership_gone(&b->own, OBJECT_CONTAINER, id->valuestring);
	}
	cJSON_Delete(there);
	cJSON_Delete(recorded);
	return result;
}

static int intend(
	struct exchange *x, enum object_kind kind, const char *name, struct reservation *reserved)
{
	struct refusal full;

	if (kind == OBJECT_CONTAINER && ownership_room(&x->broker->own, kind, 1, &full) < 0 &&
		forget_ended(x) < 0)
		return -1;
	return reservation_intend(reserved, &x->broker->own, kind, name, &x->refusal);
}

/* Room for the volumes without a name of a container to be. */
static int intend_anonymous(struct exchange *x, enum object_kind kind, struct reservation *reserved)
{
	struct ownership *own = &x->broker->own;
	struct refusal full;
	size_t n;

	if (kind != OBJECT_CONTAINER)
		return 0;
	if (anonymous_count(x, &n) < 0)
		return -1;
	if (n > 0 && ownership_room(own, OBJECT_VOLUME, n, &full) < 0 && forget_ended(x) < 0)
		return -1;
	return n > 0 ? reservation_take(reserved, own, OBJECT_VOLUME, n, &x->refusal) : 0;
}

/* A name that another's object has: the engine's words would say whose. */
static int refuse_name(struct exchange *x, enum object_kind kind, const char *name)
{
	return refuse(&x->refusal, 409, "the %s name %s is in use already, and not by this run",
		object_kind_name(kind), name);
}

/* A tree of the engine's, or its error without the ids of others. */
static int answer_json(struct exchange *x, int status, const cJSON *json)
{
	if (json == NULL)
		return exchange_error(x, 502, "cofferdam: the engine gave no answer");
	if (status >= 400)
		return exchange_engine_error(x, status, json);
	return exchange_json(x, status, json);
}

/* Podman with netavark gives the host an address in an internal network, too, and has no option
 * against it: such a network goes again at once. */
static int network_has_gateway(struct exchange *x, const char *id)
{
	own_text struct text path = { 0 };
	cJSON *network = NULL;
	const cJSON *pool;
	bool found = false;
	int status;

	text_format(&path, "/networks/%s", id);
	if (path.failed)
		return refuse_memory(&x->refusal);
	if (upstream_ask(&x->broker->upstream, NULL, HTTP_GET, path.s, NULL, &status, &network,
		    &x->refusal) < 0)
		return -1;
	cJSON_ArrayForEach(
		pool, cJSON_GetObjectItemCaseSensitive(
			      cJSON_GetObjectItemCaseSensitive(network, "IPAM"), "Config"))
	{
		const char *gateway = json_text(pool, "Gateway");

		found |= gateway[0] != '\0' && strcmp(gateway, "<nil>") != 0;
	}
	cJSON_Delete(network);
	if (!found)
		return 0;
	if (upstream_ask(&x->broker->upstream, NULL, HTTP_DELETE, path.s, NULL, &status, NULL,
		    &x->refusal) < 0)
		return -1;
	if (status == 200 || status == 204)
		ownership_gone(&x->broker->own, OBJECT_NETWORK, id);
	return refuse(&x->refusal, 403,
		"this podman gives the host an address in every network, by which its services "
		"answer: there are no networks but with Docker, or podman with CNI");
}

/* The client shows warnings, and the launcher has each of them as an event. */
static bool add_warnings(struct exchange *x, cJSON *answer)
{
	own_json cJSON *changes = change_list(x->asked, x->given);
	cJSON *warnings = cJSON_GetObjectItemCaseSensitive(answer, "Warnings"), *change;

	if (changes == NULL)
		return false;
	if (changes->child == NULL)
		return true;
	if (!cJSON_IsArray(warnings)) {
		cJSON_DeleteItemFromObjectCaseSensitive(answer, "Warnings");
		warnings = cJSON_AddArrayToObject(answer, "Warnings");
	}
	while ((change = cJSON_DetachItemFromArray(changes, 0)) != NULL) {
		exchange_note_change(x, change->valuestring);
		if (!cJSON_AddItemToArray(warnings, change))
			cJSON_Delete(change);
	}
	return warnings != NULL;
}

int object_create(struct exchange *x)
{
	enum object_kind kind = exchange_kind(x);
	own_reservation struct reservation reserved = { 0 }, anonymous = { 0 };
	const char *name = kind == OBJECT_NETWORK ? json_text(x->given, "Name")
						  : target_value(&x->target, "name");
	cJSON *json;
	int result;

	if (name == NULL)
		name = "";
	if (name[0] == '/')
		name++;
	if (intend_anonymous(x, kind, &anonymous) < 0 || intend(x, kind, name, &reserved) < 0)
		return -1;
	broker_making(x->broker, OBJECT_VOLUME, anonymous.n);
	result = make_and_collect(x, kind, &json);
	if (result == 0 && x->head.status == 201 && is_full_id(json_text(json, "Id"))) {
		record(x, kind, json_text(json, "Id"), name);
		asked_keep(x, kind, json_text(json, "Id"));
		if (kind == OBJECT_CONTAINER && !add_warnings(x, json))
			result = refuse_memory(&x->refusal);
		if (anonymous.n > 0)
			anonymous_record(x, json_text(json, "Id"));
	}
	broker_made(x->broker, OBJECT_VOLUME, anonymous.n);
	reservation_leave(&anonymous);
	reservation_leave(&reserved);
	if (result < 0)
		return -1; /* if it was made after all, its label says so at the end */
	if (kind == OBJECT_NETWORK && x->head.status == 201 && x->broker->upstream.podman &&
		network_has_gateway(x, json_text(json, "Id")) < 0) {
		cJSON_Delete(json);
		return -1;
	}
	if (x->head.status == 409 && ownership_resolve(&x->broker->own, kind, name) == NULL)
		result = refuse_name(x, kind, name);
	else
		result = answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

/* Into the network without a way, or out of it. What comes of it the next request shows. */
static int move_none(struct exchange *x, const char *path)
{
	own_text struct text body = { 0 };
	int status;

	text_format(&body, "{\"Container\":\"%s\"}", json_text(x->given, "Container"));
	if (body.failed)
		return refuse_memory(&x->refusal);
	return upstream_ask(
		&x->broker->upstream, NULL, HTTP_POST, path, &body, &status, NULL, &x->refusal);
}

/* A container that named no network is in `none`, beside which no other can be: on a bare engine it
 * would be in the default one. Podman does not let it out. */
int object_join(struct exchange *x)
{
	bool moves = !x->broker->upstream.podman;

	x->makes = true;
	if ((moves && move_none(x, "/networks/none/disconnect") < 0) ||
		exchange_forward_route(x) < 0)
		return -1;
	if (moves && x->head.status >= 400 && move_none(x, "/networks/none/connect") < 0)
		return -1;
	return exchange_relay(x);
}

int object_exec(struct exchange *x)
{
	own_reservation struct reservation reserved = { 0 };
	cJSON *json;
	int result;

	if (reservation_intend(&reserved, &x->broker->own, OBJECT_EXEC, x->id, &x->refusal) < 0 ||
		make_and_collect(x, OBJECT_EXEC, &json) < 0)
		return -1;
	if (x->head.status == 201 && is_full_id(json_text(json, "Id")))
		record(x, OBJECT_EXEC, json_text(json, "Id"), "");
	reservation_leave(&reserved);
	result = answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

int object_volume(struct exchange *x)
{
	struct broker *b = x->broker;
	const char *name = json_text(x->given, "Name");
	own_reservation struct reservation reserved = { 0 };
	cJSON *json;
	int result;

	if (ownership_find(&b->own, OBJECT_VOLUME, name) == NULL &&
		((name[0] != '\0' &&
			 lookup_volume_absent(b, &x->client->end, name, &x->refusal) < 0) ||
			reservation_intend(&reserved, &b->own, OBJECT_VOLUME, name, &x->refusal) <
				0))
		return -1;
	if (make_and_collect(x, OBJECT_VOLUME, &json) < 0)
		return -1;
	if (x->head.status == 201 && !lookup_is_ours(b, json)) {
		cJSON_Delete(json);
		return refuse(&x->refusal, 409,
			"a volume of that name exists, and is not this run's: %s", name);
	}
	if (x->head.status == 201)
		record(x, OBJECT_VOLUME, json_text(json, "Name"), "");
	reservation_leave(&reserved);
	result = json != NULL && !redact_object(REDACT_VOLUME, json)
			 ? refuse_memory(&x->refusal)
			 : answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

/* ---- what goes, or is renamed ---- */

/* A volume may not go between the moment when a container's request was found to name it
 * and the engine's answer: the engine would make one of that name anew, which is nobody's, or
 * take another's. Those that come later are told that it is leaving. */
static int volume_leaves(struct exchange *x)
{
	struct broker *b = x->broker;
	struct wait waits[] = { { &b->claimed, WAIT_POKE }, { &x->client->end, WAIT_HUP } };
	uint64_t until = clock_now_ms() + CLAIMS_MS;
	struct object *object = ownership_find(&b->own, OBJECT_VOLUME, x->id);

	if (object != NULL)
		object->leaving++;
	while (b->claiming > 0 && clock_now_ms() < until && !x->client->end.hup)
		fiber_wait(&b->loop, waits, ARRAY_LEN(waits), until);
	return b->claiming == 0
		       ? 0
		       : refuse(&x->refusal, 409,
				 "the volume %s may be in use: a container is being made", x->id);
}

static void volume_stays(struct exchange *x)
{
	struct object *object = ownership_find(&x->broker->own, OBJECT_VOLUME, x->id);

	if (object != NULL && object->leaving > 0)
		object->leaving--;
}

int object_remove(struct exchange *x)
{
	static const enum object_kind kinds[] = {
		[PLACE_CONTAINER] = OBJECT_CONTAINER,
		[PLACE_NETWORK] = OBJECT_NETWORK,
		[PLACE_VOLUME] = OBJECT_VOLUME,
	};
	enum object_kind kind = kinds[x->match.place];
	int status, result = kind == OBJECT_VOLUME ? volume_leaves(x) : 0;

	x->makes = true; /* or what came of it nobody knows */
	if (result == 0)
		result = exchange_forward_route(x);
	if (kind == OBJECT_VOLUME)
		volume_stays(x);
	if (result < 0)
		return -1;
	status = x->head.status;
	if (status == 204 || status == 200 || status == 404)
		ownership_gone(&x->broker->own, kind, x->id);
	return exchange_relay(x);
}

/* The old name may be another one's at once. */
int object_rename(struct exchange *x)
{
	const char *name = target_value(&x->target, "name");
	struct object *object;

	if (exchange_forward_route(x) < 0)
		return -1;
	object = ownership_find(&x->broker->own, OBJECT_CONTAINER, x->id);
	if (x->head.status == 204 && object != NULL && name != NULL)
		ownership_rename(object, name[0] == '/' ? name + 1 : name);
	return exchange_relay(x);
}
