/* sandbox/docker/saved_image.h: the images of an archive, by its list, and the list that goes on.
 *
 * Pure     Believed is what was seen: a description that lies in the archive, and as many layers as
 *          it counts, each with the digest that it names.
 * Source   manifest.json: github.com/moby/moby, "image/tarexport"; descriptions: the OCI image
 *          specification, config.md.
 */
#ifndef SANDBOX_DOCKER_SAVED_IMAGE_H
#define SANDBOX_DOCKER_SAVED_IMAGE_H

#include "sandbox/docker/image_archive.h"

#include <cjson/cJSON.h>

#define SAVED_IMAGES           16
#define SAVED_IMAGE_TAGS       16
#define SAVED_IMAGE_LAYERS     128

/* Under which name the engine gets the layer that is entry number so, and an image. */
#define SAVED_IMAGE_LAYER_NAME "layer-%zu.tar"
#define SAVED_IMAGE_NAME       "image-%zu.json"

/* All of it points into the archive and the list. */
struct saved_image {
	cJSON *description; /* owned */
	const struct text *described;
	size_t layers[SAVED_IMAGE_LAYERS]; /* numbers of entries */
	size_t layers_n;
	const char *tags[SAVED_IMAGE_TAGS];
	size_t tags_n;
};
struct saved_images {
	struct saved_image at[SAVED_IMAGES];
	size_t n;
	cJSON *list; /* owned */
};
/* *ret zero-initialised, and released also after a failure. */
int saved_images_read(
	const struct saved_archive *archive, struct saved_images *ret, struct refusal *r);
void saved_images_release(struct saved_images *images);

/* A label that an image is to have, and its value. */
struct saved_label {
	const char *name, *value;
};
/* Its description: as it is if it has each label with that value, else anew with all. */
int saved_image_describe(struct saved_image *image, const struct saved_label *labels, size_t n,
	struct text *ret, struct refusal *r);
/* manifest.json for the engine, with numbers and without any name of an image. */
int saved_images_list(const struct saved_images *images, struct text *ret, struct refusal *r);

#endif
