/* sandbox/rootfs/image_json.h: a document of an image, as a tree.
 *
 * Pure, fuzzed. Strict JSON (jsontext.h) of one object or array, at most IMAGE_JSON_BYTES long.
 * Source  OCI image specification: image-layout.md, image-index.md, manifest.md, config.md.
 */
#ifndef SANDBOX_ROOTFS_IMAGE_JSON_H
#define SANDBOX_ROOTFS_IMAGE_JSON_H

#include "sandbox/base/failure.h"
#include "sandbox/base/json.h"

#define IMAGE_JSON_BYTES (1024 * 1024)

/* what is how f calls it ("index.json"). NULL with f; json_end() is the caller's. */
cJSON *image_json_parse(const char *what, const char *text, size_t n, struct failure *f);

#endif
