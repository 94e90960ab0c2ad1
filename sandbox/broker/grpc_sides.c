#include "sandbox/broker/grpc_sides.h"

#define FLUSH_BYTES (256 * 1024)

void grpc_sides_end(struct grpc *g)
{
	g->over = true;
	stream_break(g->client.stream);
	stream_break(g->engine.stream);
}

static size_t side_write(struct grpc_side *side)
{
	own_text struct text out = { 0 };
	const uint8_t *bytes;
	ssize_t n = 0;

	while (out.n < FLUSH_BYTES && (n = nghttp2_session_mem_send(side->session, &bytes)) > 0)
		text_add(&out, (const char *)bytes, (size_t)n);
	if (n < 0 || out.failed || (out.n > 0 && stream_write(side->stream, out.s, out.n) < 0)) {
		grpc_sides_end(side->grpc);
		return 0;
	}
	return out.n;
}

/* One fiber at a time writes to a side; whoever comes meanwhile leaves it more to write. */
static size_t side_flush(struct grpc_side *side)
{
	size_t written, sum = 0;

	side->again = true;
	if (side->flushing)
		return 0;
	side->flushing = true;
	while (side->again && !side->grpc->over) {
		side->again = false;
		while (!side->grpc->over && (written = side_write(side)) > 0)
			sum += written;
	}
	side->flushing = false;
	return sum;
}

/* What one side takes may open the other one's window. */
void grpc_sides_flush(struct grpc *g)
{
	while (!g->over && side_flush(&g->client) + side_flush(&g->engine) > 0)
		;
}
