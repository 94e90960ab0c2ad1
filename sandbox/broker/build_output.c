#include "sandbox/broker/build_output.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/image_record.h"
#include "sandbox/broker/lines.h"

#include <string.h>

#define UNSAID_BYTES (64 * 1024)

/* ---- what was made ---- */

/* "sha256:" and 64 digits. */
static bool is_image(const char *id)
{
	return strncmp(id, "sha256:", 7) == 0 && strlen(id) == 71 &&
	       strspn(id + 7, "0123456789abcdef") == 64;
}

/* Names of what the engine makes in passing: " ---> 0123456789ab", " ---> Running in …". A
 * step of the build can print the same, so these are never given to the builder; at the end
 * they are looked at closely before they are removed (object_cleanup.c). */
static bool note_intermediate(struct broker *b, const char *text)
{
	static const struct {
		const char *begin;
		enum object_kind kind;
	} rows[] = { { " ---> Running in ", OBJECT_CONTAINER }, { " ---> ", OBJECT_IMAGE },
		{ "--> ", OBJECT_IMAGE } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t begin = strlen(rows[i].begin), n;
		char id[65];

		if (strncmp(text, rows[i].begin, begin) != 0)
			continue;
		n = strspn(text + begin, "0123456789abcdef");
		if (n < 11 || n > 64 || (text[begin + n] != '\n' && text[begin + n] != '\0'))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)n, text + begin);
		return ownership_passes(&b->own, rows[i].kind, id);
	}
	return true;
}

/* What the engine makes from now on nobody could remove: it makes no more. */
static void break_off(struct build_output *o, struct exchange *x)
{
	struct refusal r;

	refuse(&r, 429, "a build that names more than %d images and containers in passing",
		OWNERSHIP_PASSING);
	exchange_note_refusal(o->broker, "POST", "/build", x->match.route, &r);
	o->failed = true;
	stream_break(&x->engine);
}

/* The result carries our label, or it is not what we asked for. */
void build_output_record(struct build_output *o)
{
	if (o->image[0] != '\0' && !o->recorded)
		o->recorded = image_record(o->broker, o->image);
}

/* ---- what is said ---- */

/* What a quiet build says, the last of it. */
static void keep_unsaid(struct build_output *o, const cJSON *line)
{
	own_mem char *text = cJSON_PrintUnformatted(line);

	text_format(&o->unsaid, "%s\n", text != NULL ? text : "");
	while (o->unsaid.n > UNSAID_BYTES)
		text_cut(&o->unsaid, (size_t)(strchr(o->unsaid.s, '\n') - o->unsaid.s) + 1);
}

static bool build_seen(struct exchange *x, cJSON *line, void *data)
{
	struct build_output *o = data;
	const cJSON *aux = cJSON_GetObjectItemCaseSensitive(line, "aux");
	const char *id = json_text(aux, "ID");

	/* Only the engine writes aux; what a step prints is in stream. */
	if (is_image(id))
		snprintf(o->image, sizeof(o->image), "%s", id);
	if (!note_intermediate(x->broker, json_text(line, "stream")) && !o->failed)
		break_off(o, x);
	o->failed |= cJSON_HasObjectItem(line, "error");
	if (o->quiet && line != NULL)
		keep_unsaid(o, line);
	return !o->quiet;
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
static int give_names(struct build_output *o, struct text *ret, struct refusal *r)
{
	struct broker *b = o->broker;
	char familiar[REFERENCE_TEXT_MAX];

	for (size_t i = 0; i < o->query->tags.n; i++) {
		const struct reference *tag = &o->query->tags.tags[i];

		if (image_tag_may_give(b, NULL, tag, r) < 0 ||
			image_tag_give(b, o->image, tag, r) < 0)
			return -1;
		reference_familiar(tag, familiar, sizeof(familiar));
		if (!o->quiet)
			text_format(ret, "{\"stream\":\"Successfully tagged %s\\n\"}\n", familiar);
	}
	return 0;
}

static void end_names(struct build_output *o, struct text *ret)
{
	struct refusal r = { 0 };

	if (o->query->tags.n == 0 || o->failed || o->image[0] == '\0')
		return;
	if (!o->recorded)
		refuse(&r, 503, "the image is not known by the label of this run");
	else if (give_names(o, ret, &r) == 0)
		return;
	o->failed = true;
	say_error(r.reason, o->quiet ? &o->unsaid : ret);
}

static void build_end(struct exchange *x, struct text *ret, void *data)
{
	struct build_output *o = data;

	(void)x;
	build_output_record(o);
	end_names(o, ret);
	if (o->quiet && (o->failed || o->image[0] == '\0'))
		text_add(ret, o->unsaid.s, o->unsaid.n);
	else if (o->quiet)
		text_format(ret, "{\"stream\":\"%s\\n\"}\n", o->image);
}

int build_output_relay(struct exchange *x, struct build_output *o)
{
	static const struct line_hooks hooks = {
		.seen = build_seen, .end = build_end, .redact = REDACT_KINDS
	};

	if (upstream_receive(&x->engine, HTTP_POST, &x->head, &x->answer, &x->refusal) < 0)
		return -1;
	if (x->head.status != 200)
		return exchange_relay(x);
	return lines_relay(x, &hooks, o);
}
