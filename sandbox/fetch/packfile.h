/* sandbox/fetch/packfile.h: write one pack and its index (gitformat-pack(5)).
 *
 * Pure of libgit2. Objects go in whole, never as deltas: who writes a pack to a
 * tmpfs that dies with the build gains nothing from searching for deltas.
 * Usage    packfile_open with the exact number of objects, packfile_add that many
 *          times, packfile_finish; packfile_release always. Until finish returns 0
 *          nothing but a temporary file is in the directory.
 * SHA-1    is the checksum that both formats demand. No decision about trust rests on it: the
 *          names of the objects were computed by libgit2, which detects collisions.
 */
#ifndef SANDBOX_FETCH_PACKFILE_H
#define SANDBOX_FETCH_PACKFILE_H

#include "sandbox/base/failure.h"

#include <sha1.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

/* The numbers are the format's. */
enum packfile_type {
	PACKFILE_COMMIT = 1,
	PACKFILE_TREE = 2,
	PACKFILE_BLOB = 3,
	PACKFILE_TAG = 4,
};

struct packfile_entry {
	unsigned char id[SHA1_DIGEST_LENGTH];
	uint32_t crc;
	uint64_t offset;
};

struct packfile {
	int dir_fd; /* objects/pack; borrowed */
	int fd;     /* the temporary pack */
	bool named; /* the temporary name exists */
	struct packfile_entry *entries;
	uint32_t count, wanted;
	uint64_t bytes;        /* written or buffered so far */
	uint64_t stored_bytes; /* objects are stored up to here, deflated beyond */
	SHA1_CTX sum;
	z_stream deflate;
	bool deflating; /* deflate holds memory */
	int level;      /* of the stream as it stands */
	unsigned char *buffer;
	size_t buffered;
};

/* count objects will follow. While the pack is smaller than stored_bytes, objects
 * are stored uncompressed: deflating costs more than everything else together. */
int packfile_open(struct packfile *pack, int dir_fd, uint32_t count, uint64_t stored_bytes,
	struct failure *f);

/* id is the object's name; the caller vouches for it. */
int packfile_add(struct packfile *pack, enum packfile_type type, const unsigned char *id,
	const void *data, size_t length, struct failure *f);

/* Write the trailer and the index, and give both their names. */
int packfile_finish(struct packfile *pack, struct failure *f);

void packfile_release(struct packfile *pack);

#endif
