/* docker build, by the classic builder.
 *
 * Two fibers: one carries the context to the engine and looks at it on its way, the other
 * waits for the answer, which may come early. What the engine builds is the Dockerfile that
 * the first one wrote (dockerfile.h, context.h), after every image that it names was
 * found to be granted. */
#include "sandbox/broker/build.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/base_images.h"
#include "sandbox/broker/build_output.h"
#include "sandbox/broker/context_upload.h"
#include "sandbox/docker/query_build.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

struct build {
	struct exchange *x;
	struct context_upload upload;
	struct build_query query;
	struct build_output output;
	struct reservation reserved; /* for the result */
	char name[64];               /* of our Dockerfile */
	struct refusal refusal;      /* of the upload */
	bool refused;
	struct endpoint done;
};

/* ---- the fiber of the context ---- */

static int rewrite(struct build *u, struct text *ret)
{
	struct dockerfile_images images = { 0 };
	own_mem struct dockerfile_arg *args = NULL;
	struct span text = { u->upload.context.file.s, u->upload.context.file.n };
	size_t n = 0;
	const cJSON *arg;
	int result;

	if (!u->upload.context.file_seen)
		return refuse(&u->refusal, 400,
			u->upload.context.file_irregular
				? "the Dockerfile %s is a link or a directory; a regular file is needed"
				: "Cannot locate specified Dockerfile: %s",
			u->upload.context.dockerfile);
	args = calloc((size_t)cJSON_GetArraySize(u->query.args) + 1, sizeof(*args));
	if (args == NULL)
		return refuse_memory(&u->refusal);
	cJSON_ArrayForEach(arg, u->query.args) args[n++] =
		(struct dockerfile_arg){ arg->string, cJSON_GetStringValue(arg) };
	result = dockerfile_read(text, args, n, ret, &images, &u->refusal);
	if (result == 0)
		result =
			base_images_granted(u->x->broker, &u->x->client->end, &images, &u->refusal);
	if (result == 0) {
		text_release(ret);
		result = dockerfile_pin(text, args, n, &images, ret, &u->refusal);
	}
	dockerfile_images_release(&images);
	return result;
}

static int upload(struct build *u)
{
	own_text struct text dockerfile = { 0 };

	if (context_upload_entries(&u->upload, &u->refusal) < 0 || rewrite(u, &dockerfile) < 0)
		return -1;
	return context_upload_finish(&u->upload, u->name, &dockerfile, &u->refusal);
}

/* What stands behind the end of a tar is padding. */
static void upload_rest(struct build *u)
{
	char piece[8192];
	struct refusal unsaid;

	u->x->body.most = u->x->body.taken + 1024 * 1024;
	while (body_reader_read(&u->x->body, piece, sizeof(piece), &unsaid) > 0)
		;
}

static void upload_main(void *data)
{
	struct build *u = data;

	if (upload(u) < 0) {
		u->refused = true;
		/* Without its end the engine does not build what it has of the context. */
		stream_break(&u->x->engine);
	} else {
		upload_rest(u);
	}
	endpoint_poke(&u->done);
}

/* ---- and that of the answer ---- */

static int prepare(struct build *u)
{
	const char *dockerfile = target_value(&u->x->target, "dockerfile");
	uint64_t random[2];

	if (u->x->body.framing == FRAMING_NONE)
		return refuse(&u->x->refusal, 400, "a build needs a context");
	if (reservation_intend(&u->reserved, &u->x->broker->own, OBJECT_IMAGE, "", &u->x->refusal) <
		0)
		return -1;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return refuse(&u->x->refusal, 500, "no random bytes");
	snprintf(u->name, sizeof(u->name), ".dockerfile.%016llx%016llx",
		(unsigned long long)random[0], (unsigned long long)random[1]);
	if (context_upload_init(&u->upload, &u->x->body, dockerfile != NULL ? dockerfile : "",
		    &u->x->refusal) < 0)
		return -1;
	return build_query_write(&u->query);
}

/* The upload ends with the answer: what the engine does not want any more nobody carries. */
static void join(struct build *u)
{
	struct wait done = { &u->done, WAIT_IN };

	if (!u->done.in) {
		stream_break(&u->x->engine);
		shutdown(u->x->client->end.fd, SHUT_RD);
	}
	fiber_wait(&u->x->broker->loop, &done, 1, LOOP_FOREVER);
}

static int run(struct build *u)
{
	struct exchange *x = u->x;
	own_text struct text path = { 0 };
	struct upstream_request request = {
		.method = HTTP_POST, .content_type = "application/x-tar", .chunked = true
	};
	int result;

	text_format(&path, "/build?%s", x->query.s);
	request.path = path.s;
	if (path.failed)
		return refuse_memory(&x->refusal);
	if (exchange_forward(x, &request) < 0)
		return -1;
	context_upload_begin(&u->upload, &x->engine);
	if (fiber_start(&x->broker->loop, upload_main, u) < 0)
		return refuse(&x->refusal, 503, "too much at once");
	result = build_output_relay(x, &u->output);
	join(u);
	build_output_record(&u->output);
	if (u->refused && !x->begun) {
		x->refusal = u->refusal;
		return -1;
	}
	return result;
}

static void build_release(struct build *u)
{
	image_tags_leave(&u->query.tags);
	reservation_leave(&u->reserved);
	cJSON_Delete(u->query.args);
	context_upload_release(&u->upload);
	text_release(&u->output.unsaid);
}

int build_carry_out(struct exchange *x)
{
	struct build *u = calloc(1, sizeof(*u)); /* larger than a fiber's stack should hold */
	int result;

	if (u == NULL)
		return refuse_memory(&x->refusal);
	u->x = x;
	u->done.fd = -1;
	u->upload.sink.pipe[0] = u->upload.sink.pipe[1] = -1;
	u->query = (struct build_query){ .x = x, .dockerfile = u->name };
	u->output = (struct build_output){
		.broker = x->broker, .query = &u->query, .quiet = query_build_quiet(&x->target)
	};
	if (x->broker->builds >= BROKER_BUILDS) {
		result = refuse(&x->refusal, 429, "%d builds run already, and that is the limit",
			BROKER_BUILDS);
	} else {
		x->broker->builds++;
		result = prepare(u);
		if (result == 0)
			result = run(u);
		x->broker->builds--;
	}
	build_release(u);
	free(u);
	return result;
}
