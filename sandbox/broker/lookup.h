/* sandbox/broker/lookup.h: whose object is this?
 *
 * What the run knows of by itself stands in ownership.h; here the engine is asked as well.
 * cancel_on: whose end makes waiting for it pointless, or NULL.
 */
#ifndef SANDBOX_BROKER_LOOKUP_H
#define SANDBOX_BROKER_LOOKUP_H

#include "sandbox/broker/broker.h"

/* The full id of the run's own object of that name; false if it has none. Names that the
 * engine drew are asked for. */
bool lookup_object(struct broker *b, struct endpoint *cancel_on, enum object_kind kind,
	const char *word, char ret_id[160]);
/* Does the object carry the run's secret label? */
bool lookup_is_ours(const struct broker *b, const cJSON *object);
/* 409 if the engine has a volume of that name. */
int lookup_volume_absent(
	struct broker *b, struct endpoint *cancel_on, const char *name, struct refusal *r);

enum image_standing {
	IMAGE_ABSENT, /* the engine has none of that name, or this run may know nothing of it */
	IMAGE_BASE, /* granted by --docker-base or --docker-pull, or such a one under a tag of ours */
	IMAGE_OWN, /* made by this run */
};
/* Ask the engine about name (a reference, or a beginning of an id). id: its full id, and what is
 * sent to the engine from then on: a name may be another image's by then. */
int lookup_image(struct broker *b, struct endpoint *cancel_on, const char *name,
	enum image_standing *ret, char id[160], struct refusal *r);
/* The engine's words about it: the caller's tree, NULL and status 404 if there is none. */
int lookup_image_json(struct broker *b, struct endpoint *cancel_on, const char *name,
	int *ret_status, cJSON **ret, struct refusal *r);
/* The ONBUILD of the image with this id, the caller's; NULL or of no length if it has none. */
int lookup_triggers(struct broker *b, struct endpoint *cancel_on, const char *id, cJSON **ret,
	struct refusal *r);
/* Is this name, of the image with this id, one that the run may know: granted, or its own? */
bool lookup_name_is_known(const struct broker *b, const char *name, const char *id);
/* Digits, as many as name an image, with "sha256:" before them or without. */
bool lookup_is_image_id(const char *name);

#endif
