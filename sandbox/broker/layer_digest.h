/* sandbox/broker/layer_digest.h: the digest of a layer as an engine counts it: unpacked.
 *
 * A layer is a tar, or that in gzip; its first bytes decide. A peer that sends a small file which holds
 * a large one is bounded by whoever adds.
 */
#ifndef SANDBOX_BROKER_LAYER_DIGEST_H
#define SANDBOX_BROKER_LAYER_DIGEST_H

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

/* Zero-initialised: no byte has come. */
struct layer_digest {
	SHA2_CTX sha;
	z_stream z;
	bool begun, packed;
	bool member_ended; /* gzip(1): members may follow one another */
	bool broken;       /* not gzip after all */
	uint64_t bytes;    /* unpacked */
};

/* The next bytes of the layer, the first two of it in one piece. */
void layer_digest_add(struct layer_digest *d, const char *bytes, size_t n);
/* Its end: in hexadecimal, "" if it was not whole. */
void layer_digest_end(struct layer_digest *d, char ret[SHA256_DIGEST_STRING_LENGTH]);

#endif
