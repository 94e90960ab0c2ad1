/* What comes is taken a line at a time where it is a head or a chunk's frame, and as it is where it
 * is a body; so a verdict never depends on how the bytes were cut. Each line is checked for its
 * form when it has come, and the head as a whole at its empty line.
 */
#include "sandbox/net/http_gate.h"

#include "sandbox/docker/http_chunk.h"
#include "sandbox/docker/http_head.h"
#include "sandbox/net/http_forward.h"

#include <string.h>

/* What a head may grow by when it is written anew: blanks behind colons, "Connection: close". */
#define GROWTH     64
#define HEAD_BYTES (HTTP_GATE_BYTES - GROWTH)

enum state {
	STATE_HEAD, /* where a gate begins */
	STATE_BODY,
	STATE_CHUNK_LINE,
	STATE_CHUNK_DATA,
	STATE_CHUNK_END,
	STATE_TRAILER,
	STATE_ENDED,
	STATES,
};

#define STEP_ON (-1) /* no event yet: go on with the bytes that are left */

struct input {
	const char *bytes;
	size_t n, used;
};

static int refused(struct http_gate *gate)
{
	gate->state = STATE_ENDED;
	return HTTP_GATE_REFUSED;
}

static void next(struct http_gate *gate, enum state state)
{
	text_clear(&gate->head);
	gate->line = 0;
	gate->state = (int)state;
}

/* At a proxy the one request was all. */
static void next_request(struct http_gate *gate)
{
	next(gate, gate->dialled == NULL ? STATE_ENDED : STATE_HEAD);
}

/* Gather up to the end of a line behind what gate->head has. STEP_ON: *ret_line is whole. */
static int take_line(struct http_gate *gate, struct input *in, size_t most, struct span *ret_line)
{
	size_t left = in->n - in->used, room = most - gate->head.n;
	const char *at = in->bytes + in->used;
	bool whole;
	struct span part = http_line_at(at, left, room, &whole);

	in->used += part.n;
	text_add(&gate->head, part.s, part.n);
	if (gate->head.failed) {
		refuse_memory(&gate->refused);
		return refused(gate);
	}
	if (!whole && gate->head.n == most) {
		refuse(&gate->refused, 413, "request: a head, or a line, of more than %zu bytes",
			most);
		return refused(gate);
	}
	*ret_line = (struct span){ gate->head.s + gate->line, gate->head.n - gate->line };
	return whole ? STEP_ON : HTTP_GATE_MORE;
}

/* ---- heads ---- */

static int head_end(struct http_gate *gate)
{
	struct span head = { gate->head.s, gate->head.n };
	struct http_forward forward;
	size_t before = gate->out.n;

	if (http_forward_write(head, gate->dialled, gate->credentials, &forward, &gate->out,
		    &gate->refused) < 0) {
		if (!gate->out.failed)
			gate->out.n = before;
		return refused(gate);
	}
	gate->requests++;
	if (gate->dialled == NULL)
		gate->goal = forward.goal;
	gate->body_left = forward.length;
	if (forward.connect)
		next(gate, STATE_ENDED);
	else if (forward.chunked)
		next(gate, STATE_CHUNK_LINE);
	else if (forward.length > 0)
		next(gate, STATE_BODY);
	else
		next_request(gate);
	if (gate->dialled != NULL)
		return STEP_ON;
	return forward.connect ? HTTP_GATE_CONNECT : HTTP_GATE_TARGET;
}

/* What is no HTTP shall not have to send a whole line before it hears so. */
static bool is_opening(char c)
{
	return http_is_token((struct span){ &c, 1 });
}

static int step_head(struct http_gate *gate, struct input *in)
{
	struct span line, name, value;
	int event;

	if (gate->head.n == 0 && in->used < in->n && !is_opening(in->bytes[in->used])) {
		refuse(&gate->refused, 400, "request: it does not begin as HTTP does");
		return refused(gate);
	}
	event = take_line(gate, in, HEAD_BYTES, &line);
	if (event != STEP_ON)
		return event;
	if (http_line_end(&line, 400, "request", &gate->refused) < 0)
		return refused(gate);
	if (gate->line == 0) {
		if (http_forward_check_line(line, &gate->refused) < 0)
			return refused(gate);
	} else if (line.n == 0) {
		return head_end(gate);
	} else if (http_field_split(line, 400, "request", &name, &value, &gate->refused) < 0) {
		return refused(gate);
	}
	gate->line = gate->head.n;
	return STEP_ON;
}

/* ---- bodies ---- */

static int take_body(struct http_gate *gate, struct input *in)
{
	size_t left = in->n - in->used, n = gate->body_left < left ? (size_t)gate->body_left : left;

	text_add(&gate->out, in->bytes + in->used, n);
	if (gate->out.failed) {
		refuse_memory(&gate->refused);
		return refused(gate);
	}
	in->used += n;
	gate->body_left -= n;
	return gate->body_left > 0 ? HTTP_GATE_MORE : STEP_ON;
}

static int step_body(struct http_gate *gate, struct input *in)
{
	int event = take_body(gate, in);

	if (event == STEP_ON)
		next_request(gate);
	return event;
}

static int step_chunk_line(struct http_gate *gate, struct input *in)
{
	struct span line;
	size_t used;
	int event = take_line(gate, in, HTTP_CHUNK_LINE, &line);

	if (event != STEP_ON)
		return event;
	if (http_chunk_read(line.s, line.n, &gate->body_left, &used, &gate->refused) < 1)
		return refused(gate);
	text_format(&gate->out, "%jx\r\n", (uintmax_t)gate->body_left);
	next(gate, gate->body_left > 0 ? STATE_CHUNK_DATA : STATE_TRAILER);
	return STEP_ON;
}

static int step_chunk_data(struct http_gate *gate, struct input *in)
{
	int event = take_body(gate, in);

	if (event == STEP_ON)
		next(gate, STATE_CHUNK_END);
	return event;
}

static int step_chunk_end(struct http_gate *gate, struct input *in)
{
	if (in->used == in->n)
		return HTTP_GATE_MORE;
	if (in->bytes[in->used] != "\r\n"[gate->line]) {
		refuse(&gate->refused, 400, "chunk: it does not end where it said");
		return refused(gate);
	}
	in->used++;
	if (++gate->line < 2)
		return STEP_ON;
	text_word(&gate->out, "\r\n");
	next(gate, STATE_CHUNK_LINE);
	return STEP_ON;
}

/* Each field is checked for its form and left away. */
static int step_trailer(struct http_gate *gate, struct input *in)
{
	struct span line, name, value;
	int event = take_line(gate, in, HTTP_TRAILER_BYTES, &line);

	if (event != STEP_ON)
		return event;
	if (http_line_end(&line, 400, "trailer", &gate->refused) < 0)
		return refused(gate);
	if (line.n == 0) {
		text_word(&gate->out, "\r\n");
		next_request(gate);
		return STEP_ON;
	}
	if (http_field_split(line, 400, "trailer", &name, &value, &gate->refused) < 0)
		return refused(gate);
	gate->line = gate->head.n;
	return STEP_ON;
}

static int step_ended(struct http_gate *gate, struct input *in)
{
	(void)gate;
	(void)in;
	return HTTP_GATE_DONE;
}

enum http_gate_event http_gate_take(
	struct http_gate *gate, const char *bytes, size_t n, size_t *ret_used)
{
	static int (*const steps[STATES])(struct http_gate *, struct input *) = {
		[STATE_HEAD] = step_head,
		[STATE_BODY] = step_body,
		[STATE_CHUNK_LINE] = step_chunk_line,
		[STATE_CHUNK_DATA] = step_chunk_data,
		[STATE_CHUNK_END] = step_chunk_end,
		[STATE_TRAILER] = step_trailer,
		[STATE_ENDED] = step_ended,
	};
	struct input in = { bytes, n, 0 };
	int event;

	do
		event = steps[gate->state](gate, &in);
	while (event == STEP_ON);
	if (event != HTTP_GATE_REFUSED && gate->out.failed) {
		refuse_memory(&gate->refused);
		event = refused(gate);
	}
	*ret_used = in.used;
	return (enum http_gate_event)event;
}

void http_gate_release(struct http_gate *gate)
{
	text_release(&gate->out);
	text_release(&gate->head);
}
