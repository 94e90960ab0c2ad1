/* sandbox/unpack/image.h: an image, from where it lies to a tree.
 *
 * Kinds    an OCI layout (index.json), or what `docker save` writes (manifest.json); a directory
 *          of that, or an archive.
 * Checks   the digest of a manifest, a config or a layer before anything in it is read. The
 *          index alone has none: it is where names are told, and is the user's to trust.
 * Layers   each is read twice but for the lowest: first what it takes away of those below,
 *          then what it brings, so that the order within it does not matter.
 */
#ifndef SANDBOX_UNPACK_IMAGE_H
#define SANDBOX_UNPACK_IMAGE_H

#include "sandbox/companion/unpack_report.h"
#include "sandbox/rootfs/image_config.h"
#include "sandbox/unpack/image_source.h"
#include "sandbox/unpack/tree.h"

struct image {
	char digest[DIGEST_BYTES]; /* its manifest's; of docker's archive its config's */
	struct image_config config;
	struct image_layers diffs;  /* unpacked, as the config has them */
	struct image_layers layers; /* as they lie there; none in docker's archive */
	struct image_archive archive;
};

/* reference: a tag, a digest, or "" (rootfs_word.h). */
int image_find(const struct image_source *source, const char *reference, struct image *ret,
	struct failure *f);
/* Into an empty tree. Counts into report. */
int image_unpack(const struct image_source *source, const struct image *image,
	const struct tree *tree, struct unpack_report *report, struct failure *f);

#endif
