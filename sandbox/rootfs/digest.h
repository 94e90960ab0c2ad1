/* sandbox/rootfs/digest.h: "sha256:" and 64 hexadecimal digits, the one kind that is believed.
 *
 * Source  OCI image specification, descriptor.md, "Digests".
 */
#ifndef SANDBOX_ROOTFS_DIGEST_H
#define SANDBOX_ROOTFS_DIGEST_H

#include <stdbool.h>

#define DIGEST_ALGORITHM "sha256:"
#define DIGEST_HEX       64
#define DIGEST_BYTES     (sizeof(DIGEST_ALGORITHM) + DIGEST_HEX)

/* Lower case, to the letter; nothing behind it. */
bool digest_is_valid(const char *text);

#endif
