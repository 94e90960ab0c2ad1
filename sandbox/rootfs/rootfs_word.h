/* sandbox/rootfs/rootfs_word.h: what --rootfs is given, taken apart.
 *
 * PATH, a directory or an archive, or oci:PATH[:TAG|@sha256:DIGEST], an image of which several
 * may lie in PATH. A path with a colon needs the second form, or a name without one.
 */
#ifndef SANDBOX_ROOTFS_ROOTFS_WORD_H
#define SANDBOX_ROOTFS_ROOTFS_WORD_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

#define ROOTFS_PATH_BYTES      4096
#define ROOTFS_REFERENCE_BYTES 256 /* a tag, or "repository:tag" of a docker archive */

struct rootfs_word {
	char path[ROOTFS_PATH_BYTES];
	bool is_image;                          /* "oci:" stands before it */
	char reference[ROOTFS_REFERENCE_BYTES]; /* a tag, or "sha256:…"; "" if none is named */
};

/* name is what f calls it ("--rootfs"). */
int rootfs_word_parse(
	const char *name, const char *word, struct rootfs_word *ret, struct failure *f);

#endif
