#include "sandbox/launcher/kept_image.h"

#include "sandbox/launcher/announce.h"

void kept_image_take(const struct config *config, struct plan *plan)
{
	if (plan->image == NULL || config->store_size_bytes == 0)
		return;
	root_store_take(plan->image->digest, &plan->user, config->store_size_bytes,
		config->limits.timeout_s, &plan->store);
}

void kept_image_tell(
	const struct plan *plan, const struct image_news *news, const struct reporter *reporter)
{
	const struct root_store *store = &plan->store;
	struct outcome *o = reporter->outcome;
	const char *why = store->why;

	if (plan->image == NULL || (store->state != ROOT_STORE_NONE && news == NULL))
		return;
	if (store->state != ROOT_STORE_NONE && news->used) {
		o->image_store =
			store->state == ROOT_STORE_FOUND ? IMAGE_STORE_FOUND : IMAGE_STORE_KEPT;
		return;
	}
	if (store->state != ROOT_STORE_NONE)
		why = news->why;
	if (store->state != ROOT_STORE_NONE && why[0] == '\0')
		return; /* it never came so far */
	o->image_store = IMAGE_STORE_ABSENT;
	snprintf(o->image_store_detail, sizeof(o->image_store_detail), "%.*s",
		(int)sizeof(o->image_store_detail) - 1, why[0] != '\0' ? why : "--store-size is 0");
	if (why[0] == '\0')
		return;
	progress_warn(reporter->progress, "the image was unpacked for this run alone: %s",
		o->image_store_detail);
	announce_warning(reporter->events, o->image_store_detail);
}

void kept_image_end(const struct config *config, struct plan *plan, const struct reporter *reporter)
{
	bool claimed = plan->store.state == ROOT_STORE_CLAIMED;
	const struct store_clear_terms terms = { &plan->user, config->store_size_bytes, false, NULL,
		NULL };
	struct failure f = { 0 };

	root_store_release(&plan->store);
	if (claimed && store_clear(&root_store_kind, &terms, &f) < 0)
		progress_detail(reporter->progress, "the store of images: %s", f.what);
}
