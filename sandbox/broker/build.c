/* docker build, by the classic builder.
 *
 * Two fibers: one carries the context to the engine and looks at it on its way, the other
 * waits for the answer, which may come early. What the engine builds is the Dockerfile that
 * the first one wrote (dockerfile.h, context.h), after every image that it names was
 * found to be granted. */
#include "sandbox/broker/build.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/context_source.h"
#include "sandbox/broker/image_tag.h"
#include "sandbox/broker/lines.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/broker/registry.h"
#include "sandbox/broker/sink.h"
#include "sandbox/docker/context.h"
#include "sandbox/docker/dockerfile.h"
#include "sandbox/docker/query.h"
#include "sandbox/docker/reference.h"

#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define CONTEXT_BYTES (4ULL * 1024 * 1024 * 1024)
#define COPY_BYTES    (16 * 1024) /* what is smaller is not worth a splice(2) */
#define TAGS_MAX      16
#define CPU_PERIOD_US 100000
#define UNSAID_BYTES  (64 * 1024)
#define TURN_ENTRIES  64 /* of a context, before the others have a turn */

struct build {
	struct exchange *x;
	struct context context;
	struct context_source source;
	struct sink sink;
	struct text pending; /* small pieces on their way out */
	struct text about;   /* headers that belong to the next entry */
	struct text held;    /* the Dockerfile's entry: whether it passes .dockerignore says */
	struct text *into;   /* where the entry at hand goes; NULL: out */
	char name[64];       /* of our Dockerfile */
	struct reference tags[TAGS_MAX];
	size_t tags_n;
	cJSON *args;
	struct refusal refusal; /* of the upload */
	bool refused;
	struct endpoint done;
	char image[160]; /* the result's id, once the engine has named it */
	bool recorded;
	bool quiet, failed;
	struct text unsaid; /* of a quiet build: told if it fails */
};

/* ---- the context on its way ---- */

static int flush(struct build *u)
{
	int result = sink_write(&u->sink, u->pending.s, u->pending.n);

	text_clear(&u->pending);
	return result < 0 ? refuse(&u->refusal, 502, "the engine closed the connection") : 0;
}

static int put(struct build *u, const char *bytes, size_t n)
{
	if (u->into != NULL) {
		text_add(u->into, bytes, n);
		return u->into->failed ? refuse(&u->refusal, 503, "out of memory") : 0;
	}
	text_add(&u->pending, bytes, n);
	if (u->pending.failed)
		return refuse(&u->refusal, 503, "out of memory");
	return u->pending.n >= COPY_BYTES ? flush(u) : 0;
}

/* n bytes of a file whose content is of no interest. */
static int pass_unread(struct build *u, uint64_t n)
{
	while (n > 0) {
		uint64_t moved;

		if (sink_move(&u->sink, u->source.body, n, &moved, &u->refusal) < 0)
			return -1;
		if (moved == 0)
			return refuse(&u->refusal, 400, "the build context is cut short");
		n -= moved;
		fiber_yield(&u->x->broker->loop);
	}
	return 0;
}

static int pass_read(struct build *u, uint64_t n)
{
	char piece[8192];

	while (n > 0) {
		size_t want = n < sizeof(piece) ? (size_t)n : sizeof(piece);
		ssize_t got = context_source_read(&u->source, piece, want, &u->refusal);

		if (got < 0)
			return -1;
		if ((size_t)got < want)
			return refuse(&u->refusal, 400, "the build context is cut short");
		if (u->context.taking != CONTEXT_TAKING_NONE &&
			context_data(&u->context, piece, want, &u->refusal) < 0)
			return -1;
		if (put(u, piece, want) < 0)
			return -1;
		n -= want;
	}
	return 0;
}

/* Where does the entry go whose header was just read? What belongs to it goes first. */
static int direct(struct build *u)
{
	int result = 0;

	u->into = NULL;
	if (!u->context.file_seen && u->context.entry == CONTEXT_ENTRY && u->context.file_irregular)
		text_clear(&u->held); /* a link or a directory has taken its place */
	if (u->context.entry == CONTEXT_ENTRY_ABOUT_NEXT) {
		u->into = &u->about;
		return 0;
	}
	if (u->context.entry == CONTEXT_ENTRY_DOCKERFILE) {
		text_clear(&u->held); /* the last of several is unpacked last */
		u->into = &u->held;
	}
	if (u->about.n > 0)
		result = put(u, u->about.s, u->about.n);
	text_clear(&u->about);
	return result;
}

static int pass_entries(struct build *u)
{
	char block[CONTEXT_BLOCK];
	uint64_t bytes;

	for (unsigned entry = 1;; entry++) {
		ssize_t got = context_source_read(&u->source, block, sizeof(block), &u->refusal);
		int more;

		if (got < 0)
			return -1;
		if (got == 0) /* without an end marker, as some writers leave it */
			return context_end(&u->context, &u->refusal);
		if (got != sizeof(block))
			return refuse(&u->refusal, 400, "the build context is cut short");
		more = context_header(&u->context, block, &bytes, &u->refusal);
		if (more <= 0)
			return more;
		if (u->context.bytes > CONTEXT_BYTES)
			return refuse(&u->refusal, 413,
				"the build context is larger than %llu bytes", CONTEXT_BYTES);
		if (direct(u) < 0 || put(u, block, sizeof(block)) < 0)
			return -1;
		if (u->into == NULL && u->context.taking == CONTEXT_TAKING_NONE &&
			context_source_is_plain(&u->source) && bytes > COPY_BYTES) {
			if (flush(u) < 0 || pass_unread(u, bytes) < 0)
				return -1;
		} else if (pass_read(u, bytes) < 0) {
			return -1;
		}
		if (entry % TURN_ENTRIES == 0)
			fiber_yield(&u->x->broker->loop);
	}
}

/* ---- the Dockerfile ---- */

static int image_is_granted(struct build *u, const char *name)
{
	struct broker *b = u->x->broker;
	struct endpoint *cancel_on = &u->x->client->end;
	struct refusal unsaid;
	enum image_standing standing;
	struct reference reference;
	char id[160];

	if (lookup_image(b, cancel_on, name, &standing, id, &u->refusal) < 0)
		return -1;
	if (standing == IMAGE_OWN || standing == IMAGE_BASE)
		return 0;
	if (reference_read(name, NULL, &reference, &unsaid) == 0 &&
		policy_matches(b->policy.pulls, &reference))
		return registry_fetch(b, cancel_on, &reference, &u->refusal);
	return refuse(&u->refusal, 403,
		"the image %s is not granted: --docker-base PATTERN for one that the engine has, "
		"--docker-pull PATTERN for one from a registry",
		name);
}

/* ONBUILD of a base as a Dockerfile. A trigger is one line, or it is none of a Dockerfile's. */
static int write_triggers(const cJSON *triggers, struct text *ret, struct refusal *r)
{
	const cJSON *trigger;

	text_word(ret, "FROM scratch\n");
	cJSON_ArrayForEach(trigger, triggers)
	{
		const char *line = cJSON_GetStringValue(trigger);

		if (line == NULL || strpbrk(line, "\r\n") != NULL)
			return refuse(r, 403, "one that is no line");
		text_format(ret, "ONBUILD %s\n", line);
	}
	return ret->failed ? refuse(r, 503, "out of memory") : 0;
}

/* Who has made a base may have written instructions into it, which the engine carries out
 * as if they stood in the file: they may name what the file may name. */
static int check_triggers(struct build *u, const cJSON *triggers, struct refusal *r)
{
	struct dockerfile_images images = { 0 };
	own_text struct text text = { 0 }, unused = { 0 };
	int result;

	if (write_triggers(triggers, &text, r) < 0 ||
		dockerfile_read((struct span){ text.s, text.n }, NULL, 0, &unused, &images, r) < 0)
		return -1;
	result = 0;
	for (size_t i = 0; i < images.n && result == 0; i++)
		result = image_is_granted(u, images.names[i]);
	if (result < 0)
		*r = u->refusal;
	dockerfile_images_release(&images);
	return result;
}

static int triggers_are_granted(struct build *u, const char *name)
{
	struct refusal inner = { 0 };
	cJSON *triggers = NULL;
	int result =
		lookup_triggers(u->x->broker, &u->x->client->end, name, &triggers, &u->refusal);

	if (result == 0 && cJSON_GetArraySize(triggers) > 0 &&
		check_triggers(u, triggers, &inner) < 0)
		result = refuse(&u->refusal, inner.status, "ONBUILD of %s: %s", name, inner.reason);
	cJSON_Delete(triggers);
	return result;
}

static int images_are_granted(struct build *u, const struct dockerfile_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (image_is_granted(u, images->names[i]) < 0 ||
			triggers_are_granted(u, images->names[i]) < 0)
			return -1;
	return 0;
}

static int rewrite(struct build *u, struct text *ret)
{
	struct dockerfile_images images = { 0 };
	own_mem struct dockerfile_arg *args = NULL;
	struct span text = { u->context.file.s, u->context.file.n };
	size_t n = 0;
	const cJSON *arg;
	int result;

	if (!u->context.file_seen)
		return refuse(&u->refusal, 400,
			u->context.file_irregular
				? "the Dockerfile %s is a link or a directory; a regular file is needed"
				: "Cannot locate specified Dockerfile: %s",
			u->context.dockerfile);
	args = calloc((size_t)cJSON_GetArraySize(u->args) + 1, sizeof(*args));
	if (args == NULL)
		return refuse(&u->refusal, 503, "out of memory");
	cJSON_ArrayForEach(arg, u->args) args[n++] =
		(struct dockerfile_arg){ arg->string, cJSON_GetStringValue(arg) };
	result = dockerfile_read(text, args, n, ret, &images, &u->refusal);
	if (result == 0)
		result = images_are_granted(u, &images);
	dockerfile_images_release(&images);
	return result;
}

static int upload(struct build *u)
{
	own_text struct text dockerfile = { 0 }, tail = { 0 };

	if (pass_entries(u) < 0 || rewrite(u, &dockerfile) < 0)
		return -1;
	u->into = NULL;
	if (!context_excludes(&u->context) && put(u, u->held.s, u->held.n) < 0)
		return -1;
	context_finish(&u->context, u->name, &dockerfile, &tail);
	if (tail.failed || dockerfile.failed)
		return refuse(&u->refusal, 503, "out of memory");
	if (put(u, tail.s, tail.n) < 0 || flush(u) < 0)
		return -1;
	return sink_end(&u->sink) < 0 ? refuse(&u->refusal, 502, "the engine closed the connection")
				      : 0;
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

/* ---- the request ---- */

static int take_tags(struct build *u)
{
	struct exchange *x = u->x;
	char canonical[REFERENCE_TEXT_MAX];

	for (size_t i = 0; i < x->target.pairs_n; i++) {
		struct reference *tag = &u->tags[u->tags_n];

		if (strcmp(x->target.pairs[i].name, "t") != 0 ||
			x->target.pairs[i].value[0] == '\0')
			continue;
		if (u->tags_n == TAGS_MAX)
			return refuse(&x->refusal, 400, "more than %d names", TAGS_MAX);
		if (reference_read(x->target.pairs[i].value, NULL, tag, &x->refusal) < 0)
			return -1;
		if (tag->digest[0] != '\0')
			return refuse(&x->refusal, 400, "a digest is no tag");
		reference_canonical(tag, canonical, sizeof(canonical));
		if (image_tag_may_give(x->broker, &x->client->end, tag, &x->refusal) < 0 ||
			ownership_intend(&x->broker->own, OBJECT_TAG, canonical, &x->refusal) < 0)
			return -1;
		u->tags_n++;
	}
	return 0;
}

static int cache_from_is_own(struct build *u)
{
	struct exchange *x = u->x;
	cJSON *names = NULL;
	const cJSON *name;
	enum image_standing standing;
	char id[160];
	int result = query_build_cache_from(&x->target, &names, &x->refusal);

	cJSON_ArrayForEach(name, names)
	{
		if (result < 0)
			break;
		result = lookup_image(x->broker, &x->client->end, cJSON_GetStringValue(name),
			&standing, id, &x->refusal);
		if (result == 0 && standing == IMAGE_FOREIGN)
			result = refuse(&x->refusal, 403, "cachefrom: %s is not granted",
				cJSON_GetStringValue(name));
	}
	if (result == 0 && cJSON_GetArraySize(names) > 0) {
		own_mem char *text = cJSON_PrintUnformatted(names);

		text_word(&x->query, x->query.n > 0 ? "&cachefrom=" : "cachefrom=");
		text_encode(&x->query, text != NULL ? text : "", false);
	}
	cJSON_Delete(names);
	return result;
}

/* A parameter of the engine that holds JSON. */
static void add_json(struct text *query, const char *name, const cJSON *json)
{
	own_mem char *text = cJSON_PrintUnformatted(json);

	if (text == NULL)
		query->failed = true;
	text_format(query, "%s%s=", query->n > 0 ? "&" : "", name);
	text_encode(query, text != NULL ? text : "", false);
}

static void list_tags(const struct build *u, struct text *ret_label)
{
	char canonical[REFERENCE_TEXT_MAX];

	for (size_t i = 0; i < u->tags_n; i++) {
		reference_canonical(&u->tags[i], canonical, sizeof(canonical));
		text_format(ret_label, "%s%s", i > 0 ? "," : "", canonical);
	}
}

static int add_labels(struct build *u, const char *tags)
{
	struct exchange *x = u->x;
	cJSON *labels = NULL;
	int result = query_build_labels(&x->target, &labels, &x->refusal);

	if (result == 0 &&
		(cJSON_AddStringToObject(labels, LABEL_RUN, x->broker->policy.run_id) == NULL ||
			cJSON_AddStringToObject(labels, LABEL_TAGS, tags) == NULL))
		result = refuse(&x->refusal, 503, "out of memory");
	if (result == 0)
		add_json(&x->query, "labels", labels);
	cJSON_Delete(labels);
	return result;
}

/* Podman has a parameter of its own for namespaces, in its Docker API too: without it a step
 * has the host's network, whatever networkmode says
 * (podman, pkg/api/handlers/compat/images_build.go). */
static void add_podman_network(const char *name, struct text *query)
{
	bool none = strcmp(name, "none") == 0;
	own_text struct text namespaces = { 0 };

	text_format(&namespaces, "[{\"Name\":\"network\",\"Host\":false,\"Path\":\"%s\"}]",
		none ? "" : name);
	query->failed |= namespaces.failed;
	text_format(
		query, "&networkmode=%s&nsoptions=", none ? "NetworkDisabled" : "NetworkEnabled");
	text_encode(query, namespaces.s != NULL ? namespaces.s : "", false);
}

static void add_network(const struct broker *b, struct text *query)
{
	if (b->upstream.podman) {
		add_podman_network(b->policy.build_net, query);
		return;
	}
	text_word(query, "&networkmode=");
	text_encode(query, b->policy.build_net, false);
}

/* The limits of the run, on every step of the build. */
static void add_limits(const struct broker *b, struct text *query)
{
	const struct policy *p = &b->policy;

	text_word(query, "&rm=1&forcerm=1");
	text_format(query, "&shmsize=%llu", (unsigned long long)ownership_mark_bytes(&b->own));
	if (p->memory_bytes != 0 && p->memory_bytes != UINT64_MAX) {
		text_format(query, "&memory=%llu", (unsigned long long)p->memory_bytes);
		if (p->swap_bytes != UINT64_MAX)
			text_format(query, "&memswap=%llu",
				(unsigned long long)(p->memory_bytes + p->swap_bytes));
	}
	if (p->cpus_milli != 0 && p->cpus_milli != UINT32_MAX)
		text_format(query, "&cpuperiod=%d&cpuquota=%llu", CPU_PERIOD_US,
			(unsigned long long)p->cpus_milli * CPU_PERIOD_US / 1000);
}

static int write_query(struct build *u)
{
	struct exchange *x = u->x;
	own_text struct text tags = { 0 };

	if (take_tags(u) < 0 || cache_from_is_own(u) < 0 ||
		query_build_args(&x->target, &u->args, &x->refusal) < 0)
		return -1;
	list_tags(u, &tags);
	if (add_labels(u, tags.s != NULL ? tags.s : "") < 0)
		return -1;
	add_json(&x->query, "buildargs", u->args);
	text_format(&x->query, "&dockerfile=%s", u->name);
	add_network(x->broker, &x->query);
	add_limits(x->broker, &x->query);
	return x->query.failed ? refuse(&x->refusal, 503, "out of memory") : 0;
}

static int prepare(struct build *u)
{
	const char *dockerfile = target_value(&u->x->target, "dockerfile");
	uint64_t random[2];

	if (u->x->body.framing == FRAMING_NONE)
		return refuse(&u->x->refusal, 400, "a build needs a context");
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return refuse(&u->x->refusal, 500, "no random bytes");
	snprintf(u->name, sizeof(u->name), ".dockerfile.%016llx%016llx",
		(unsigned long long)random[0], (unsigned long long)random[1]);
	if (context_init(&u->context, dockerfile != NULL ? dockerfile : "", &u->x->refusal) < 0)
		return -1;
	context_source_init(&u->source, &u->x->body, CONTEXT_BYTES);
	return write_query(u);
}

/* ---- the answer ---- */

/* "sha256:" and 64 digits. */
static bool is_image(const char *id)
{
	return strncmp(id, "sha256:", 7) == 0 && strlen(id) == 71 &&
	       strspn(id + 7, "0123456789abcdef") == 64;
}

/* Names of what the engine makes in passing: " ---> 0123456789ab", " ---> Running in …". A
 * step of the build can print the same, so these are never given to the builder; at the end
 * they are looked at closely before they are removed (object_cleanup.c). */
static void note_intermediate(struct broker *b, const char *text)
{
	static const struct {
		const char *begin;
		enum object_kind kind;
	} rows[] = { { " ---> Running in ", OBJECT_CONTAINER }, { " ---> ", OBJECT_IMAGE },
		{ "--> ", OBJECT_IMAGE } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t begin = strlen(rows[i].begin), n;
		struct object *object;
		char id[65];

		if (strncmp(text, rows[i].begin, begin) != 0)
			continue;
		n = strspn(text + begin, "0123456789abcdef");
		if (n < 11 || n > 64 || (text[begin + n] != '\n' && text[begin + n] != '\0'))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)n, text + begin);
		if (ownership_find(&b->own, rows[i].kind, id) != NULL)
			return;
		object = ownership_made(&b->own, rows[i].kind, id, "");
		if (object == NULL)
			return;
		object->intermediate = true;
		ownership_record(&b->own, object);
		return;
	}
}

/* What a quiet build says, the last of it. */
static void keep_unsaid(struct build *u, const cJSON *line)
{
	own_mem char *text = cJSON_PrintUnformatted(line);

	text_format(&u->unsaid, "%s\n", text != NULL ? text : "");
	while (u->unsaid.n > UNSAID_BYTES)
		text_cut(&u->unsaid, (size_t)(strchr(u->unsaid.s, '\n') - u->unsaid.s) + 1);
}

static bool build_seen(struct exchange *x, const cJSON *line, void *data)
{
	struct build *u = data;
	const cJSON *aux = cJSON_GetObjectItemCaseSensitive(line, "aux");
	const char *id = json_text(aux, "ID");

	/* Only the engine writes aux; what a step prints is in stream. */
	if (is_image(id))
		snprintf(u->image, sizeof(u->image), "%s", id);
	note_intermediate(x->broker, json_text(line, "stream"));
	u->failed |= cJSON_HasObjectItem(line, "error");
	if (u->quiet && line != NULL)
		keep_unsaid(u, line);
	return !u->quiet;
}

/* The result carries our label, or it is not what we asked for. */
static void record_result(struct build *u)
{
	struct broker *b = u->x->broker;
	own_text struct text path = { 0 };
	struct object *object;
	cJSON *image = NULL;
	struct refusal unsaid;
	const cJSON *labels;
	int status;

	text_format(&path, "/images/%s/json", u->image);
	if (u->image[0] == '\0' || u->recorded || path.failed ||
		upstream_ask(&b->upstream, NULL, HTTP_GET, path.s, NULL, &status, &image, &unsaid) <
			0)
		return;
	labels = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "Labels");
	if (strcmp(json_text(labels, LABEL_RUN), b->policy.run_id) == 0 &&
		(object = ownership_made(&b->own, OBJECT_IMAGE, json_text(image, "Id"), "")) !=
			NULL) {
		object->intermediate = false;
		u->recorded = true;
		ownership_record(&b->own, object);
	}
	cJSON_Delete(image);
}

/* A line of the stream that every client takes for the build's end, and a bad one. */
static void say_error(const char *reason, struct text *ret)
{
	cJSON *line = cJSON_CreateObject();
	cJSON *detail = cJSON_AddObjectToObject(line, "errorDetail");
	own_mem char *printed = NULL;

	if (cJSON_AddStringToObject(detail, "message", reason) != NULL &&
		cJSON_AddStringToObject(line, "error", reason) != NULL)
		printed = cJSON_PrintUnformatted(line);
	text_format(ret, "%s\n", printed != NULL ? printed : "{\"error\":\"out of memory\"}");
	cJSON_Delete(line);
}

/* The names are given here and not by the engine: a build may take hours, and whoever has
 * taken one of them meanwhile keeps it. */
static int give_names(struct build *u, struct text *ret, struct refusal *r)
{
	struct broker *b = u->x->broker;
	char familiar[REFERENCE_TEXT_MAX];

	for (size_t i = 0; i < u->tags_n; i++) {
		const struct reference *tag = &u->tags[i];

		if (image_tag_may_give(b, NULL, tag, r) < 0 ||
			image_tag_give(b, u->image, tag, r) < 0)
			return -1;
		reference_familiar(tag, familiar, sizeof(familiar));
		if (!u->quiet)
			text_format(ret, "{\"stream\":\"Successfully tagged %s\\n\"}\n", familiar);
	}
	return 0;
}

static void end_names(struct build *u, struct text *ret)
{
	struct refusal r = { 0 };

	if (u->tags_n == 0 || u->failed || u->image[0] == '\0')
		return;
	if (!u->recorded)
		refuse(&r, 503, "the image is not known by the label of this run");
	else if (give_names(u, ret, &r) == 0)
		return;
	u->failed = true;
	say_error(r.reason, u->quiet ? &u->unsaid : ret);
}

static void build_end(struct exchange *x, struct text *ret, void *data)
{
	struct build *u = data;

	(void)x;
	record_result(u);
	end_names(u, ret);
	if (u->quiet && (u->failed || u->image[0] == '\0'))
		text_add(ret, u->unsaid.s, u->unsaid.n);
	else if (u->quiet)
		text_format(ret, "{\"stream\":\"%s\\n\"}\n", u->image);
}

static int relay_answer(struct build *u)
{
	static const struct line_hooks hooks = {
		.seen = build_seen, .end = build_end, .redact = REDACT_KINDS
	};
	struct exchange *x = u->x;

	if (upstream_receive(&x->engine, HTTP_POST, &x->head, &x->answer, &x->refusal) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	return lines_relay(x, &hooks, u);
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
		return refuse(&x->refusal, 503, "out of memory");
	if (exchange_forward(x, &request) < 0)
		return -1;
	u->sink = (struct sink){ .to = &x->engine, .chunked = true, .pipe = { -1, -1 } };
	if (fiber_start(&x->broker->loop, upload_main, u) < 0)
		return refuse(&x->refusal, 503, "too much at once");
	result = relay_answer(u);
	join(u);
	record_result(u);
	if (u->refused && !x->begun) {
		x->refusal = u->refusal;
		return -1;
	}
	return result;
}

static void build_release(struct build *u)
{
	cJSON_Delete(u->args);
	context_release(&u->context);
	context_source_release(&u->source);
	sink_release(&u->sink);
	text_release(&u->pending);
	text_release(&u->about);
	text_release(&u->held);
	text_release(&u->unsaid);
}

int build_carry_out(struct exchange *x)
{
	struct build *u = calloc(1, sizeof(*u)); /* larger than a fiber's stack should hold */
	int result;

	if (u == NULL)
		return refuse(&x->refusal, 503, "out of memory");
	u->x = x;
	u->done.fd = -1;
	u->quiet = query_build_quiet(&x->target);
	u->sink.pipe[0] = u->sink.pipe[1] = -1;
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
