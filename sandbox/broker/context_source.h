/* sandbox/broker/context_source.h: the bytes of a build context, unpacked if they came packed.
 *
 * A context may be a plain tar or one in gzip; the first bytes decide, not the headers, as
 * the engine does it. Other packings are refused: the tar has to be read here.
 */
#ifndef SANDBOX_BROKER_CONTEXT_SOURCE_H
#define SANDBOX_BROKER_CONTEXT_SOURCE_H

#include "sandbox/broker/body_reader.h"

#include <zlib.h>

struct context_source {
	struct body_reader *body;
	bool begun, packed, member_ended;
	z_stream z;
	unsigned char *packed_bytes; /* read, not yet unpacked */
	uint64_t taken, most;        /* of unpacked bytes: a small file may hold a large one */
};

void context_source_init(struct context_source *in, struct body_reader *body, uint64_t most);
void context_source_release(struct context_source *in);

/* Exactly n bytes; fewer only at the end. Their number, or -1. */
ssize_t context_source_read(struct context_source *in, char *ret, size_t n, struct refusal *r);
/* May the next bytes be moved from the body unread? */
bool context_source_is_plain(const struct context_source *in);

#endif
