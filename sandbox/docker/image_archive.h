/* sandbox/docker/image_archive.h: images in a tar, as `docker save` writes them, and what the engine
 * is given in their place.
 *
 * Pure     The tar is walked by its headers while it passes. The engine gets no name, no path and
 *          no list of the archive's own: files go on under numbers, and the list of images (manifest.json)
 *          is written anew behind them all, from what was seen.
 * Why      An engine that knows the digests of a layer's chain takes the layer that it has and does
 *          not look into the archive. So an image goes on only if every layer that it names lies
 *          in the archive whole: who has the bytes of a layer learns nothing by it.
 * Formats  tar: as context.h has it, but long names. Layers: tar, or that in gzip.
 * Usage    image_archive_header() for each header; what it says of the data is done; then
 *          saved_images_read() (saved_image.h).
 */
#ifndef SANDBOX_DOCKER_IMAGE_ARCHIVE_H
#define SANDBOX_DOCKER_IMAGE_ARCHIVE_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/tar_header.h"
#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_ARCHIVE_LIST    "manifest.json"
#define IMAGE_ARCHIVE_ENTRIES 1024
#define IMAGE_ARCHIVE_FILE    (512 * 1024)      /* a description of an image, at most */
#define IMAGE_ARCHIVE_HELD    (2 * 1024 * 1024) /* all that are held at once */

struct image_entry {
	char name[TAR_PATH_BYTES];   /* cleaned, relative */
	char target[TAR_PATH_BYTES]; /* of a link, the same way; "" of a file */
	char digest[65];             /* of the layer that it is, unpacked; "" until it is known */
	bool is_held;                /* its bytes are in content, and have not gone on */
	struct text content;
};

/* Zero-initialised is empty. */
struct saved_archive {
	struct image_entry *entries; /* owned; they move where one is added */
	size_t n;
	size_t held_bytes;
	uint64_t bytes;  /* headers and padded data */
	bool about_next; /* the entry at hand says something of the one behind it */
};

void image_archive_release(struct saved_archive *a);

/* What follows a header. */
enum image_data {
	IMAGE_DATA_END,   /* it was none: the tar ends */
	IMAGE_DATA_NONE,  /* nothing */
	IMAGE_DATA_ABOUT, /* a pax header, for image_archive_about(), IMAGE_ARCHIVE_FILE at most */
	IMAGE_DATA_FILE,  /* that of the last of entries */
};
/* *ret_size: without padding. -1: refused. */
int image_archive_header(struct saved_archive *a, const char block[TAR_BLOCK], enum image_data *ret,
	uint64_t *ret_size, struct refusal *r);
int image_archive_about(const struct text *pax, struct refusal *r);
/* Is a file to be held whose first byte and size are these? Descriptions are JSON, and small. */
bool image_archive_holds(const struct image_entry *entry, char first, uint64_t size);
/* By its name, through links; NULL if there is none. */
const struct image_entry *image_archive_find(const struct saved_archive *a, const char *name);
/* It is whole in entry->content. */
int image_archive_hold(struct saved_archive *a, struct image_entry *entry, struct refusal *r);

#endif
