#include "sandbox/broker/archive.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/sink.h"

#include <string.h>
#include <sys/socket.h>

/* ---- docker cp ---- */

struct archive {
	struct exchange *x;
	struct sink sink;
	const struct archive_hooks *hooks;
	void *data;
	struct refusal refusal;
	struct endpoint done;
};

static int pass_as_it_comes(struct exchange *x, struct sink *to, struct refusal *r)
{
	uint64_t moved;

	for (;;) {
		if (sink_move(to, &x->body, UINT64_MAX, &moved, r) < 0)
			return -1;
		if (moved == 0)
			return 0;
		fiber_yield(&x->broker->loop);
	}
}

static int archive_pass(struct archive *a)
{
	int result = a->hooks->pass != NULL ? a->hooks->pass(a->x, &a->sink, a->data, &a->refusal)
					    : pass_as_it_comes(a->x, &a->sink, &a->refusal);

	return result < 0 ? -1 : sink_end(&a->sink);
}

static void archive_main(void *data)
{
	struct archive *a = data;

	if (archive_pass(a) < 0)
		stream_break(&a->x->engine);
	endpoint_poke(&a->done);
}

int archive_send(
	struct exchange *x, const char *path, const struct archive_hooks *hooks, void *data)
{
	struct archive a = { .x = x, .hooks = hooks, .data = data, .done = { .fd = -1 } };
	struct wait done = { &a.done, WAIT_IN };
	const struct upstream_request request = { .method = x->match.route->method,
		.path = path,
		.content_type = "application/x-tar",
		.chunked = true };
	int result;

	if (exchange_forward(x, &request) < 0)
		return -1;
	a.sink = (struct sink){ .to = &x->engine, .chunked = true, .pipe = { -1, -1 } };
	if (fiber_start(&x->broker->loop, archive_main, &a) < 0)
		return refuse(&x->refusal, 503, "too much at once");
	result = upstream_receive(&x->engine, request.method, &x->head, &x->answer, &x->refusal);
	if (result == 0)
		result = hooks->answer(x, data);
	if (!a.done.in) {
		stream_break(&x->engine);
		shutdown(x->client->end.fd, SHUT_RD);
	}
	fiber_wait(&x->broker->loop, &done, 1, LOOP_FOREVER);
	sink_release(&a.sink);
	if (a.refusal.status == 0 || x->begun)
		return result;
	x->refusal = a.refusal; /* the engine saw no more than a connection that broke off */
	return -1;
}

static int upload_answer(struct exchange *x, void *data)
{
	(void)data;
	return exchange_relay(x);
}

int archive_upload(struct exchange *x)
{
	static const struct archive_hooks hooks = { .answer = upload_answer };
	own_text struct text path = { 0 };

	return exchange_path(x, &path) < 0 ? -1 : archive_send(x, path.s, &hooks, NULL);
}

/* ---- docker save ---- */

static int save_name(struct exchange *x, const char *name, struct text *query)
{
	enum image_standing standing;

	if (lookup_image(x->broker, &x->client->end, name, &standing, x->id, &x->refusal) < 0)
		return -1;
	if (standing != IMAGE_OWN)
		return refuse(&x->refusal, 404, "No such image built by this run: %s", name);
	text_word(query, query->n > 0 ? "&names=" : "?names=");
	/* A name, because it is written into the tar; whose it is was asked just now. */
	text_encode(query, lookup_is_image_id(name) ? x->id : name, false);
	return 0;
}

/* The engine has read the names by the time that it answers: are they still ours? Before a byte of
 * it is passed on. */
static int names_are_own(struct exchange *x)
{
	own_text struct text unused = { 0 };
	int result = 0;

	if (x->match.place == PLACE_IMAGE)
		return save_name(x, x->match.name, &unused);
	for (size_t i = 0; i < x->target.pairs_n && result == 0; i++)
		if (strcmp(x->target.pairs[i].name, "names") == 0)
			result = save_name(x, x->target.pairs[i].value, &unused);
	return result;
}

int archive_save(struct exchange *x)
{
	own_text struct text query = { 0 }, path = { 0 };
	struct upstream_request request = { .method = HTTP_GET };
	int result = 0;

	if (x->match.place == PLACE_IMAGE)
		result = save_name(x, x->match.name, &query);
	for (size_t i = 0; i < x->target.pairs_n && x->match.place != PLACE_IMAGE && result == 0;
		i++)
		if (strcmp(x->target.pairs[i].name, "names") == 0)
			result = save_name(x, x->target.pairs[i].value, &query);
	if (result < 0)
		return -1;
	if (query.n == 0)
		return refuse(&x->refusal, 400, "no image is named");
	text_format(&path, "/images/get%s", query.s);
	request.path = path.s;
	if (path.failed)
		return refuse_memory(&x->refusal);
	if (exchange_forward(x, &request) < 0 || names_are_own(x) < 0)
		return -1;
	return exchange_relay(x);
}
