/* What becomes of the engine's answers, one function per enum answer. */
#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/exchange.h"
#include "sandbox/docker/redact.h"
#include "sandbox/docker/reference.h"

#include <string.h>

#define CLAIMS_MS 30000 /* for containers that are being made to be there */

/* ---- whose is it? ---- */

/* The engine draws a name for a container that gets none. */
static void learn_names(struct broker *b, struct endpoint *cancel_on)
{
	for (size_t i = 0; i < b->own.n; i++) {
		own_text struct text path = { 0 };
		own_mem char *id = NULL;
		struct refusal unsaid;
		struct object *object = &b->own.objects[i];
		cJSON *json = NULL;
		int status;

		if (object->kind != OBJECT_CONTAINER || object->intermediate ||
			object->name[0] != '\0')
			continue;
		id = strdup(object->id);
		if (id == NULL)
			return;
		text_format(&path, "/containers/%s/json", id);
		if (upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, &status, &json,
			    &unsaid) == 0 &&
			json_text(json, "Name")[0] == '/') {
			/* The list may have moved while we waited. */
			object = ownership_find(&b->own, OBJECT_CONTAINER, id);
			if (object != NULL)
				ownership_rename(object, json_text(json, "Name") + 1);
		}
		cJSON_Delete(json);
	}
}

bool place_find(struct broker *b, struct endpoint *cancel_on, enum object_kind kind,
	const char *word, char ret_id[160])
{
	struct object *object = ownership_resolve(&b->own, kind, word);

	if (object == NULL && kind == OBJECT_CONTAINER) {
		learn_names(b, cancel_on);
		object = ownership_resolve(&b->own, kind, word);
	}
	if (object == NULL || strlen(object->id) >= 160)
		return false;
	snprintf(ret_id, 160, "%s", object->id);
	return true;
}

/* ---- the handshake ---- */

int answer_ping(struct exchange *x)
{
	static const char headers[] = "Builder-Version: 1\r\nDocker-Experimental: false\r\n"
				      "Ostype: linux\r\nCache-Control: no-cache\r\n"
				      "Pragma: no-cache\r\n";
	int status;

	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, "/_ping", NULL, &status,
		    NULL, &x->refusal) < 0)
		return -1;
	if (status != 200)
		return exchange_error(x, 502, "cofferdam: the engine is not well");
	if (exchange_head(x, 200, "text/plain; charset=utf-8", false, 2, headers) < 0)
		return -1;
	return x->writes_body ? stream_write(x->client, "OK", 2) : 0;
}

static int answer_made_anew(struct exchange *x, const char *path, bool info)
{
	cJSON *json = NULL, *anew;
	int status, result;

	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	anew = info ? redact_info(json, &x->broker->policy)
		    : redact_version(json, x->broker->upstream.minor);
	cJSON_Delete(json);
	result = status == 200 && anew != NULL
			 ? exchange_json(x, 200, anew)
			 : exchange_error(x, 502, "cofferdam: the engine does not describe itself");
	cJSON_Delete(anew);
	return result;
}

int answer_version(struct exchange *x)
{
	return answer_made_anew(x, "/version", false);
}

int answer_info(struct exchange *x)
{
	return answer_made_anew(x, "/info", true);
}

int answer_auth(struct exchange *x)
{
	cJSON *json = cJSON_CreateObject();
	int result = -1;

	if (cJSON_AddStringToObject(json, "Status", "Login Succeeded") != NULL &&
		cJSON_AddStringToObject(json, "IdentityToken", "") != NULL)
		result = exchange_json(x, 200, json);
	cJSON_Delete(json);
	return result;
}

int answer_prune(struct exchange *x)
{
	static const struct {
		const char *family, *deleted;
	} rows[] = { { "containers", "ContainersDeleted" }, { "images", "ImagesDeleted" },
		{ "networks", "NetworksDeleted" }, { "volumes", "VolumesDeleted" },
		{ "build", "CachesDeleted" } };
	cJSON *json = cJSON_CreateObject();
	int result = -1;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(x->target.segments[0], rows[i].family) == 0)
			cJSON_AddNullToObject(json, rows[i].deleted);
	if (cJSON_AddNumberToObject(json, "SpaceReclaimed", 0) != NULL)
		result = exchange_json(x, 200, json);
	cJSON_Delete(json);
	return result;
}

/* ---- what is made and removed ---- */

static enum object_kind family_kind(const struct exchange *x)
{
	return strcmp(x->target.segments[0], "networks") == 0  ? OBJECT_NETWORK
	       : strcmp(x->target.segments[0], "volumes") == 0 ? OBJECT_VOLUME
							       : OBJECT_CONTAINER;
}

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
	size_t *making = &x->broker->own.making[kind];
	int result;

	x->makes = true;
	(*making)++;
	result = forward_and_collect(x, ret);
	(*making)--;
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
			 ? refuse(&x->refusal, 503, "out of memory")
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

static int intend(struct exchange *x, enum object_kind kind, const char *name)
{
	struct refusal full;

	if (kind == OBJECT_CONTAINER && ownership_room(&x->broker->own, kind, &full) < 0 &&
		forget_ended(x) < 0)
		return -1;
	return ownership_intend(&x->broker->own, kind, name, &x->refusal);
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

int answer_created(struct exchange *x)
{
	enum object_kind kind = family_kind(x);
	const char *name = kind == OBJECT_NETWORK ? json_text(x->given, "Name")
						  : target_value(&x->target, "name");
	cJSON *json;
	int result;

	if (name == NULL)
		name = "";
	if (name[0] == '/')
		name++;
	if (intend(x, kind, name) < 0)
		return -1;
	if (make_and_collect(x, kind, &json) < 0)
		return -1; /* if it was made after all, its label says so at the end */
	if (x->head.status == 201 && is_full_id(json_text(json, "Id")))
		record(x, kind, json_text(json, "Id"), name);
	if (x->head.status == 409 && ownership_resolve(&x->broker->own, kind, name) == NULL)
		result = refuse_name(x, kind, name);
	else
		result = answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

int answer_exec(struct exchange *x)
{
	cJSON *json;
	int result;

	if (ownership_intend(&x->broker->own, OBJECT_EXEC, x->id, &x->refusal) < 0 ||
		make_and_collect(x, OBJECT_EXEC, &json) < 0)
		return -1;
	if (x->head.status == 201 && is_full_id(json_text(json, "Id")))
		record(x, OBJECT_EXEC, json_text(json, "Id"), "");
	result = answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

/* Creating a volume that is there answers 201 as well: whose it is says the label, which only
 * we know. */
bool is_ours(const struct broker *b, const cJSON *object)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(object, "Labels");

	return strcmp(json_text(labels, LABEL_OWNER), b->policy.owner) == 0;
}

int volume_absent(struct broker *b, struct endpoint *cancel_on, const char *name, struct refusal *r)
{
	own_text struct text path = { 0 };
	int status;

	text_word(&path, "/volumes/");
	text_encode(&path, name, false);
	if (path.failed ||
		upstream_ask(&b->upstream, cancel_on, HTTP_GET, path.s, NULL, &status, NULL, r) < 0)
		return -1;
	return status == 404
		       ? 0
		       : refuse(r, 409, "a volume of that name exists, and is not this run's: %s",
				 name);
}

int answer_volume(struct exchange *x)
{
	struct broker *b = x->broker;
	const char *name = json_text(x->given, "Name");
	cJSON *json;
	int result;

	if (ownership_find(&b->own, OBJECT_VOLUME, name) == NULL &&
		((name[0] != '\0' && volume_absent(b, &x->client->end, name, &x->refusal) < 0) ||
			ownership_intend(&b->own, OBJECT_VOLUME, name, &x->refusal) < 0))
		return -1;
	if (make_and_collect(x, OBJECT_VOLUME, &json) < 0)
		return -1;
	if (x->head.status == 201 && !is_ours(b, json)) {
		cJSON_Delete(json);
		return refuse(&x->refusal, 409,
			"a volume of that name exists, and is not this run's: %s", name);
	}
	if (x->head.status == 201)
		record(x, OBJECT_VOLUME, json_text(json, "Name"), "");
	result = json != NULL && !redact_object(REDACT_VOLUME, json)
			 ? -1
			 : answer_json(x, x->head.status, json);
	cJSON_Delete(json);
	return result;
}

/* A volume may not go between the moment when a container's request was found to name it
 * and the engine's answer: the engine would make one of that name anew, which is nobody's, or
 * take another's. Those that come later are told that it is leaving. */
static int volume_leaves(struct exchange *x)
{
	struct broker *b = x->broker;
	struct endpoint never = { .fd = -1 };
	struct wait waits[] = { { &never, WAIT_IN }, { &x->client->end, WAIT_HUP } };
	uint64_t until = clock_now_ms() + CLAIMS_MS;
	struct object *object = ownership_find(&b->own, OBJECT_VOLUME, x->id);

	if (object != NULL)
		object->leaving++;
	while (b->claiming > 0 && clock_now_ms() < until && !x->client->end.hup)
		fiber_wait(&b->loop, waits, ARRAY_LEN(waits), clock_now_ms() + 5);
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

int answer_removed(struct exchange *x)
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
int answer_renamed(struct exchange *x)
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

/* ---- looking ---- */

static enum redact redact_of(const struct exchange *x, bool list)
{
	const char *family = x->target.segments[0];

	if (strcmp(family, "containers") == 0)
		return list ? REDACT_CONTAINER_SUMMARY : REDACT_CONTAINER;
	if (strcmp(family, "images") == 0)
		return list ? REDACT_IMAGE_SUMMARY : REDACT_IMAGE;
	if (strcmp(family, "exec") == 0)
		return REDACT_EXEC;
	return strcmp(family, "networks") == 0 ? REDACT_NETWORK : REDACT_VOLUME;
}

/* An image is named in the path as the engine knows it, by id. */
static int look_at_image(struct exchange *x)
{
	enum image_standing standing;

	if (x->match.place != PLACE_IMAGE)
		return 0;
	if (image_look(x->broker, &x->client->end, x->match.name, &standing, x->id, &x->refusal) <
		0)
		return -1;
	if (standing == IMAGE_OWN || standing == IMAGE_BASE)
		return 0;
	return refuse(&x->refusal, 404, "No such image: %s", x->match.name);
}

/* Of an image's names those that the run may know. */
static void redact_foreign_tags(const struct broker *b, cJSON *image)
{
	static const char *const keys[] = { "RepoTags", "RepoDigests" };

	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		cJSON *names = cJSON_GetObjectItemCaseSensitive(image, keys[k]);

		for (int i = cJSON_GetArraySize(names) - 1; i >= 0; i--)
			if (!image_name_is_granted(
				    b, cJSON_GetStringValue(cJSON_GetArrayItem(names, i))))
				cJSON_DeleteItemFromArray(names, i);
	}
}

/* The steps of an image: their own ids and names may be anybody's. */
static void redact_history(const struct broker *b, cJSON *steps)
{
	cJSON *step;

	cJSON_ArrayForEach(step, steps)
	{
		cJSON *tags = cJSON_GetObjectItemCaseSensitive(step, "Tags");

		for (int i = cJSON_GetArraySize(tags) - 1; i >= 0; i--)
			if (!image_name_is_granted(
				    b, cJSON_GetStringValue(cJSON_GetArrayItem(tags, i))))
				cJSON_DeleteItemFromArray(tags, i);
	}
}

int answer_inspect(struct exchange *x)
{
	own_text struct text path = { 0 };
	cJSON *json = NULL;
	int status, result;

	if (look_at_image(x) < 0)
		return -1;
	if (exchange_path(x, &path) < 0)
		return refuse(&x->refusal, 413, "the request does not fit into memory");
	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path.s, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	if (json == NULL)
		return exchange_error(x, 502, "cofferdam: the engine gave no answer");
	if (cJSON_IsArray(json))
		redact_history(x->broker, json);
	else if (x->match.place == PLACE_IMAGE)
		redact_foreign_tags(x->broker, json);
	result = status != 200 || cJSON_IsArray(json) || redact_object(redact_of(x, false), json)
			 ? exchange_json(x, status, json)
			 : -1;
	cJSON_Delete(json);
	return result;
}

static bool entry_is_own(const struct exchange *x, cJSON *entry)
{
	const struct broker *b = x->broker;

	if (strcmp(x->target.segments[0], "images") == 0) {
		const struct object *own =
			ownership_find(&b->own, OBJECT_IMAGE, json_text(entry, "Id"));

		redact_foreign_tags(b, entry);
		return (own != NULL && !own->intermediate) ||
		       cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(entry, "RepoTags")) > 0;
	}
	return ownership_find(&b->own, family_kind(x),
		       family_kind(x) == OBJECT_VOLUME ? json_text(entry, "Name")
						       : json_text(entry, "Id")) != NULL;
}

static int filter_list(struct exchange *x, cJSON *list)
{
	for (int i = cJSON_GetArraySize(list) - 1; i >= 0; i--) {
		cJSON *entry = cJSON_GetArrayItem(list, i);

		if (!entry_is_own(x, entry))
			cJSON_DeleteItemFromArray(list, i);
		else if (!redact_object(redact_of(x, true), entry))
			return -1;
	}
	return 0;
}

int answer_list(struct exchange *x)
{
	own_text struct text path = { 0 };
	cJSON *json = NULL, *list;
	int status, result;

	if (exchange_path(x, &path) < 0)
		return refuse(&x->refusal, 413, "the request does not fit into memory");
	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path.s, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	list = cJSON_IsArray(json) ? json : cJSON_GetObjectItemCaseSensitive(json, "Volumes");
	if (status == 200 && list == NULL) {
		cJSON_Delete(json);
		return exchange_error(x, 502, "cofferdam: the engine gave no list");
	}
	cJSON_DeleteItemFromObjectCaseSensitive(json, "Warnings");
	result = status == 200 && filter_list(x, list) < 0 ? -1 : exchange_json(x, status, json);
	cJSON_Delete(json);
	return result;
}

static bool event_is_own(struct exchange *x, const cJSON *line, void *data)
{
	const char *type = json_text(line, "Type");
	const cJSON *actor = cJSON_GetObjectItemCaseSensitive(line, "Actor");
	const cJSON *attributes = cJSON_GetObjectItemCaseSensitive(actor, "Attributes");
	const char *id = json_text(actor, "ID");
	static const enum object_kind kinds[] = { OBJECT_CONTAINER, OBJECT_NETWORK, OBJECT_VOLUME,
		OBJECT_IMAGE };

	(void)data;
	/* Of a container that is being made the engine speaks before it tells us the id. */
	if (strcmp(type, "container") == 0 &&
		strcmp(json_text(attributes, LABEL_OWNER), x->broker->policy.owner) == 0)
		return true;
	if (strcmp(type, "volume") == 0 && id[0] == '\0') /* podman */
		id = json_text(attributes, "name");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct object *own;

		if (strcmp(type, object_kind_name(kinds[i])) != 0)
			continue;
		own = ownership_find(&x->broker->own, kinds[i], id);
		return own != NULL && !own->intermediate;
	}
	return false;
}

/* Events carry the labels of what they speak of, our secret among them: each is printed
 * anew. */
int answer_events(struct exchange *x)
{
	static const struct line_hooks hooks = { .seen = event_is_own, .redact = REDACT_EVENT };

	if (exchange_forward_route(x) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	return exchange_relay_lines(x, &hooks, NULL);
}

/* ---- tunnels ---- */

static bool is_raw_stream(const struct exchange *x)
{
	struct span type = { x->head.content_type, strlen(x->head.content_type) };

	return x->head.status == 200 && x->head.framing == FRAMING_CLOSE &&
	       (http_type_is(type, "application/vnd.docker.raw-stream") ||
		       http_type_is(type, "application/vnd.docker.multiplexed-stream"));
}

/* What the request asked for decides nothing: only the engine's 101, or a 200 that is a raw
 * stream to the end of the connection, makes a tunnel. */
int answer_hijack(struct exchange *x)
{
	own_text struct text path = { 0 }, head = { 0 };
	struct upstream_request request = {
		.method = HTTP_POST,
		.content_type = x->has_json ? "application/json" : "text/plain",
		.body = x->has_json ? &x->json : NULL,
		.upgrade = x->request.connection_upgrade && x->request.upgrade == HTTP_UPGRADE_TCP
				   ? "tcp"
				   : NULL,
	};

	if (exchange_path(x, &path) < 0)
		return refuse(&x->refusal, 413, "the request does not fit into memory");
	request.path = path.s;
	if (exchange_forward(x, &request) < 0)
		return -1;
	if (!x->head.upgraded && !is_raw_stream(x))
		return exchange_relay(x);
	if (x->head.upgraded)
		text_word(
			&head, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n");
	else
		text_word(&head, "HTTP/1.1 200 OK\r\nConnection: close\r\n");
	text_format(&head, "Content-Type: %s\r\n\r\n",
		x->head.content_type[0] != '\0' ? x->head.content_type
						: "application/vnd.docker.raw-stream");
	x->begun = true;
	x->keep = false;
	if (head.failed || stream_write(x->client, head.s, head.n) < 0)
		return -1;
	stream_tunnel(x->client, &x->engine);
	return 0;
}
