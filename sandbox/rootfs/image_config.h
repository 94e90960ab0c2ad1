/* sandbox/rootfs/image_config.h: an image's manifest and configuration, as far as they matter.
 *
 * Pure, fuzzed. What is left of them is of fixed size, so that it can cross a socket whole.
 */
#ifndef SANDBOX_ROOTFS_IMAGE_CONFIG_H
#define SANDBOX_ROOTFS_IMAGE_CONFIG_H

#include "sandbox/base/failure.h"
#include "sandbox/base/json.h"
#include "sandbox/rootfs/digest.h"
#include "sandbox/rootfs/image_index.h"

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_TEXT_BYTES      (32 * 1024)
#define IMAGE_DIRECTORY_BYTES 1024
#define IMAGE_USER_BYTES      128

struct image_layers {
	size_t n;
	char digests[IMAGE_LAYERS_MAX][DIGEST_BYTES]; /* lowest first */
};

/* A manifest: the digest of its config, and those of its layers as they lie there. */
int image_manifest_read(const cJSON *manifest, char ret_config[DIGEST_BYTES],
	struct image_layers *ret, struct failure *f);

/* What it asks for; none of it is done unless the user says so. */
struct image_config {
	char user[IMAGE_USER_BYTES];
	char directory[IMAGE_DIRECTORY_BYTES]; /* absolute, or "" */
	uint32_t environment_n, entrypoint_n, command_n;
	uint32_t length;
	char text[IMAGE_TEXT_BYTES]; /* of these, in this order, each with its NUL */
};

/* Refused: another system or architecture than ours. *ret_diffs are the digests of the layers
 * once they are unpacked from gzip or zstd. */
int image_config_read(const cJSON *config, struct image_config *ret, struct image_layers *ret_diffs,
	struct failure *f);

/* Does what came over a socket hold together? */
bool image_config_is_whole(const struct image_config *config);

#endif
