/* sandbox/docker/source.h: the bytes of a build context, unpacked if they came packed.
 *
 * A context may be a plain tar or one in gzip; the first bytes decide, not the headers, as
 * the engine does it. Other packings are refused: the tar has to be read here.
 */
#ifndef COFFERDAM_DOCKER_SOURCE_H
#define COFFERDAM_DOCKER_SOURCE_H

#include "sandbox/docker/stream.h"

#include <zlib.h>

struct source_in {
	struct body *body;
	bool begun, packed, member_ended;
	z_stream z;
	unsigned char *packed_bytes; /* read, not yet unpacked */
	uint64_t taken, most;        /* of unpacked bytes: a small file may hold a large one */
};

void source_init(struct source_in *in, struct body *body, uint64_t most);
void source_release(struct source_in *in);

/* Exactly n bytes; fewer only at the end. Their number, or -1. */
ssize_t source_read(struct source_in *in, char *ret, size_t n, struct refusal *r);
/* May the next bytes be moved from the body unread? */
bool source_is_plain(const struct source_in *in);

#endif
