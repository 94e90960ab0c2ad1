/* sandbox/rootfs/image_index.h: which of the images that lie somewhere is meant.
 *
 * Pure, fuzzed: index.json of an OCI layout, an index for several platforms, and the
 * manifest.json of a `docker save` archive.
 */
#ifndef SANDBOX_ROOTFS_IMAGE_INDEX_H
#define SANDBOX_ROOTFS_IMAGE_INDEX_H

#include "sandbox/base/failure.h"
#include "sandbox/base/json.h"
#include "sandbox/rootfs/digest.h"

#define IMAGE_LAYERS_MAX 256 /* docker makes at most 127 */
#define IMAGE_NAME_BYTES 256

/* The architecture that this is built for, as images call it: "amd64". */
extern const char image_own_architecture[];

/* The manifest (or index) that reference names, "" where there is but one. A tag is "1.0",
 * "debian:bookworm" or a whole name of it. Of several platforms ours is taken; where is NULL in an
 * index below another, which has one image for all of its rows. */
int image_index_choose(const cJSON *index, const char *where, const char *reference,
	char ret_digest[DIGEST_BYTES], struct failure *f);

/* One document may not be a manifest as well: who reads it so would have another image by the same
 * digest (CVE-2021-41190). */
int image_index_check(const cJSON *index, struct failure *f);

/* What docker's archive says of one image: files of the archive, cleaned (entry_path.h). */
struct image_archive {
	char config[IMAGE_NAME_BYTES];
	char digest[DIGEST_BYTES]; /* of the config, by its name */
	size_t layers_n;
	char layers[IMAGE_LAYERS_MAX][IMAGE_NAME_BYTES]; /* lowest first */
};
int image_archive_choose(
	const cJSON *list, const char *reference, struct image_archive *ret, struct failure *f);

#endif
