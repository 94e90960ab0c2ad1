/* sandbox/fetch/sha1.h: the checksum that ends a pack and its index.
 *
 * Pure. SHA-1 as git's file formats demand it (FIPS 180-4). No decision about trust
 * rests on it: the names of the objects were computed by libgit2, which detects
 * collisions.
 */
#ifndef SANDBOX_FETCH_SHA1_H
#define SANDBOX_FETCH_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_BYTES 20

struct sha1 {
	uint32_t state[5];
	uint64_t bytes;
	unsigned char block[64];
};

void sha1_init(struct sha1 *sha1);
void sha1_add(struct sha1 *sha1, const void *data, size_t length);
void sha1_finish(struct sha1 *sha1, unsigned char ret[SHA1_BYTES]);

#endif
