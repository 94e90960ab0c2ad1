#include "sandbox/broker/lines.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/sink.h"

#include <string.h>

#define LINE_BYTES (256 * 1024) /* of a message in a JSON stream */

struct lines {
	struct exchange *x;
	struct sink sink;
	struct text line;
	bool too_long; /* the line at hand: passed on unread */
	bool has_head; /* the client has got the answer's head */
	bool is_deaf;  /* the client has left, but what the engine makes is recorded all the same */
	const struct line_hooks *hooks;
	void *data;
};

/* skopeo hangs up with the head of an answer, while the engine still loads. */
static int left(struct lines *l)
{
	l->is_deaf = l->x->makes;
	return l->is_deaf ? 0 : -1;
}

static int head_pass(struct lines *l)
{
	const struct upstream_head *head = &l->x->head;

	if (l->has_head)
		return 0;
	l->has_head = true;
	return exchange_head(l->x, head->status, head->content_type, true, 0, NULL) < 0 ? left(l)
											: 0;
}

static int line_pass(struct lines *l, const char *s, size_t n)
{
	if (head_pass(l) < 0)
		return -1;
	if (l->is_deaf)
		return 0;
	l->x->broker->counters->to_builder_bytes += n;
	return sink_write(&l->sink, s, n) < 0 ? left(l) : 0;
}

static int line_print(struct lines *l, cJSON *json)
{
	own_mem char *printed = NULL;
	own_text struct text line = { 0 };

	if (!redact_object(l->hooks->redact, json) ||
		(printed = cJSON_PrintUnformatted(json)) == NULL)
		return -1;
	/* In one piece with its end: docker-py takes a line break of its own for an object. */
	text_format(&line, "%s\n", printed);
	return line.failed ? -1 : line_pass(l, line.s, line.n);
}

/* What went wrong, in the words of a build, a pull and a wait. */
static bool hide_paths(struct exchange *x, const cJSON *line)
{
	const cJSON *error = json_member(line, "error");
	bool changed = exchange_hide_paths(x, cJSON_GetStringValue(error));

	changed |= exchange_hide_paths(
		x, cJSON_GetStringValue(json_member(json_member(line, "errorDetail"), "message")));
	return exchange_hide_paths(x,
		       cJSON_GetStringValue(json_member(json_member(line, "Error"), "Message"))) ||
	       changed;
}

static int line_out(struct lines *l, size_t n)
{
	cJSON *json = l->too_long ? NULL : upstream_json(l->line.s, n);
	bool anew = hide_paths(l->x, json) || l->hooks->redact != REDACT_KINDS;
	int result = 0;

	if (l->hooks->seen(l->x, json, l->data))
		result = anew ? line_print(l, json) : line_pass(l, l->line.s, n);
	cJSON_Delete(json);
	text_cut(&l->line, n);
	l->too_long = false;
	return result;
}

static int lines_take(struct lines *l, const char *piece, size_t n)
{
	const char *end;

	text_add(&l->line, piece, n);
	if (l->line.failed)
		return -1;
	while (l->line.n > 0 && (end = memchr(l->line.s, '\n', l->line.n)) != NULL)
		if (line_out(l, (size_t)(end - l->line.s) + 1) < 0)
			return -1;
	if (l->line.n > LINE_BYTES) {
		l->too_long = true;
		return line_out(l, l->line.n);
	}
	return 0;
}

static int lines_end(struct lines *l)
{
	own_text struct text last = { 0 };

	if (l->line.n > 0 && line_out(l, l->line.n) < 0)
		return -1;
	if (l->hooks->end != NULL)
		l->hooks->end(l->x, &last, l->data);
	if (last.failed || (last.n > 0 && line_pass(l, last.s, last.n) < 0))
		return -1;
	if (head_pass(l) < 0 || l->is_deaf)
		return -1;
	return sink_end(&l->sink);
}

int lines_relay(struct exchange *x, const struct line_hooks *hooks, void *data)
{
	struct lines l = { .x = x,
		.sink = { .to = x->client, .chunked = !x->request.old, .pipe = { -1, -1 } },
		.hooks = hooks,
		.data = data };
	char piece[8192];
	ssize_t n = -1;

	if (hooks->is_late || head_pass(&l) == 0)
		while ((n = body_reader_read(&x->answer, piece, sizeof(piece), &x->refusal)) > 0)
			if (lines_take(&l, piece, (size_t)n) < 0) {
				n = -1;
				break;
			}
	if (n == 0)
		n = lines_end(&l);
	text_release(&l.line);
	return n < 0 ? -1 : 0;
}
