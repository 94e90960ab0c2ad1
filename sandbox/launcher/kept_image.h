/* sandbox/launcher/kept_image.h: the store of images (root_store.h), in the course of a run.
 *
 * Runs in  the launcher, as the user that the sandbox runs as.
 */
#ifndef SANDBOX_LAUNCHER_KEPT_IMAGE_H
#define SANDBOX_LAUNCHER_KEPT_IMAGE_H

#include "sandbox/keeper/keeper.h"
#include "sandbox/launcher/reporter.h"

/* Find the plan's image, or claim its place. Without one, or without a store: nothing. */
void kept_image_take(const struct config *config, struct plan *plan);
/* Into the outcome, and a warning if it could not be: news is what the keeper says, NULL if there
 * never was one. */
void kept_image_tell(
	const struct plan *plan, const struct image_news *news, const struct reporter *reporter);
/* Let go of it when nothing uses it any more; then what is too much goes, if something came. */
void kept_image_end(
	const struct config *config, struct plan *plan, const struct reporter *reporter);

#endif
