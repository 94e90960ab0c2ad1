#include "sandbox/broker/event.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/asked.h"
#include "sandbox/broker/lines.h"
#include "sandbox/docker/reference.h"

#include <string.h>

#define MADE_MS 3000 /* for the engine's answer to who made it */

/* ---- of what is it? ---- */

static bool kind_of(const char *type, enum object_kind *ret)
{
	static const enum object_kind kinds[] = { OBJECT_CONTAINER, OBJECT_NETWORK, OBJECT_VOLUME,
		OBJECT_IMAGE };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(type, object_kind_name(kinds[i])) == 0) {
			*ret = kinds[i];
			return true;
		}
	return false;
}

/* A name of the run's, or one that it had a moment ago. */
static bool is_own_tag(const struct broker *b, const char *name)
{
	char canonical[REFERENCE_TEXT_MAX];
	struct reference reference;
	struct refusal unsaid;

	if (reference_read(name, NULL, &reference, &unsaid) < 0)
		return false;
	reference_canonical(&reference, canonical, sizeof(canonical));
	return ownership_find(&b->own, OBJECT_TAG, canonical) != NULL ||
	       ownership_was(&b->own, OBJECT_TAG, canonical);
}

/* A base gets names of the run's, and loses them; of untagging the engine names but the image. */
static bool is_own_image(
	const struct broker *b, const char *action, const char *id, const char *name)
{
	const struct object *own = ownership_find(&b->own, OBJECT_IMAGE, id);

	if (own != NULL)
		return !own->intermediate;
	if (strcmp(action, "untag") == 0)
		return ownership_was_tagged(&b->own, id);
	return is_own_tag(b, name);
}

static bool is_own(const struct broker *b, enum object_kind kind, const cJSON *event)
{
	const cJSON *actor = json_member(event, "Actor");
	const char *id = json_text(actor, "ID");
	const char *name = json_text(json_member(actor, "Attributes"), "name");

	if (kind == OBJECT_VOLUME && id[0] == '\0') /* podman */
		id = name;
	if (kind == OBJECT_IMAGE)
		return is_own_image(b, json_text(event, "Action"), id, name);
	return ownership_find(&b->own, kind, id) != NULL || ownership_was(&b->own, kind, id);
}

static bool may_be_made(const struct broker *b, enum object_kind kind)
{
	return b->own.making[kind] > 0 || (kind == OBJECT_IMAGE && b->own.making[OBJECT_TAG] > 0);
}

static bool is_own_soon(struct exchange *x, enum object_kind kind, const cJSON *event)
{
	struct broker *b = x->broker;
	struct wait waits[] = { { &b->made, WAIT_POKE }, { &x->client->end, WAIT_HUP } };
	uint64_t until = clock_now_ms() + MADE_MS;

	while (!is_own(b, kind, event)) {
		if (!may_be_made(b, kind) || clock_now_ms() >= until || x->client->end.hup)
			return false;
		fiber_wait(&b->loop, waits, ARRAY_LEN(waits), until);
	}
	return true;
}

static bool event_seen(struct exchange *x, cJSON *line, void *data)
{
	const cJSON *attributes = json_member(json_member(line, "Actor"), "Attributes");
	const char *type = json_text(line, "Type");
	enum object_kind kind;

	(void)data;
	if (!kind_of(type, &kind))
		return false;
	/* Containers carry the run's label, and their events do. */
	if (kind == OBJECT_CONTAINER &&
		strcmp(json_text(attributes, LABEL_OWNER), x->broker->policy.owner) == 0)
		return asked_show_event(x->broker, line);
	return is_own_soon(x, kind, line) && asked_show_event(x->broker, line);
}

/* Events carry the labels of what they speak of, our secret among them: each is printed
 * anew. */
int event_relay(struct exchange *x)
{
	static const struct line_hooks hooks = { .seen = event_seen, .redact = REDACT_EVENT };

	if (exchange_forward_route(x) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	return lines_relay(x, &hooks, NULL);
}
