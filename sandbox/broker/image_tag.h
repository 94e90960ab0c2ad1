/* sandbox/broker/image_tag.h: names of images: who may give them, and who has. */
#ifndef SANDBOX_BROKER_IMAGE_TAG_H
#define SANDBOX_BROKER_IMAGE_TAG_H

#include "sandbox/broker/exchange.h"
#include "sandbox/broker/reservation.h"
#include "sandbox/docker/reference.h"

int image_tag_create(struct exchange *x); /* docker tag */
int image_tag_remove(struct exchange *x); /* docker rmi */

/* May reference get an image of ours? Granted by --docker-tag, and absent, or ours. */
int image_tag_may_give(struct broker *b, struct endpoint *cancel_on,
	const struct reference *reference, struct refusal *r);
/* Give it, and record it. id: as the engine told it. */
int image_tag_give(struct broker *b, const char *id, const struct reference *to, struct refusal *r);
/* The run has given the image with this id this name; id NULL: it was pulled. */
void image_tag_record(struct broker *b, const struct reference *reference, const char *id);
/* Has the engine given a name that was intended, although nobody has heard so? Then record it. Ours
 * is what carries the run's label, or may be pulled. -1: the engine does not answer. */
int image_tag_find_out(struct broker *b, const char *canonical);

/* The names that one build gives. */
#define IMAGE_TAGS 16
struct image_tags {
	struct reference tags[IMAGE_TAGS];
	size_t n;
	struct reservation reserved; /* for all of them, until image_tags_leave() */
};
/* One more: it may be given, its place is taken, and the intent is written down. */
int image_tags_add(struct image_tags *tags, struct broker *b, struct endpoint *cancel_on,
	const char *name, struct refusal *r);
/* They are recorded, or will not be. */
void image_tags_leave(struct image_tags *tags);
/* All of them in full, with commas: what was checked is what the engine reads. */
void image_tags_list(const struct image_tags *tags, struct text *ret);

#endif
