/* sandbox/broker/sink.h: a body on its way out, framed anew. */
#ifndef SANDBOX_BROKER_SINK_H
#define SANDBOX_BROKER_SINK_H

#include "sandbox/broker/body_reader.h"

#define SINK_PIPE (512 * 1024) /* asked for; the kernel may give less */

struct sink {
	struct stream *to;
	bool chunked;
	int pipe[2]; /* for splice(2); -1 until it is used */
};

int sink_write(struct sink *sink, const char *bytes, size_t n);
/* Move data without looking at them: at least one byte, at most n, as much as is there
 * without waiting again and as one piece holds. *ret_moved: 0 at the end of the body. */
int sink_move(struct sink *sink, struct body_reader *body, uint64_t n, uint64_t *ret_moved,
	struct refusal *r);
int sink_end(struct sink *sink);
void sink_release(struct sink *sink);

#endif
