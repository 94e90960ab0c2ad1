#include "sandbox/broker/image_make.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/archive.h"
#include "sandbox/broker/image_record.h"
#include "sandbox/broker/image_tag.h"
#include "sandbox/broker/lines.h"
#include "sandbox/broker/lookup.h"

#include <string.h>

struct image_make {
	struct image_tags tags; /* one, or none */
	struct reservation reserved;
	char id[160];     /* of the image, once the engine has named it */
	struct text path; /* of the request; owned */
};

bool image_make_is_import(const struct exchange *x)
{
	const char *source = target_value(&x->target, "fromSrc");

	return source != NULL && source[0] != '\0';
}

static int take_name(struct exchange *x, struct image_make *make)
{
	const char *repo = target_value(&x->target, "repo"), *tag = target_value(&x->target, "tag");
	own_text struct text name = { 0 };

	if (repo == NULL || repo[0] == '\0')
		return 0;
	text_format(&name, tag != NULL && tag[0] != '\0' ? "%s:%s" : "%s", repo, tag);
	if (name.failed)
		return refuse_memory(&x->refusal);
	return image_tags_add(&make->tags, x->broker, &x->client->end, name.s, &x->refusal);
}

/* Lines of a Dockerfile, of which the engine takes only those that set a value. Nothing may reach
 * into the line behind it, which is ours. */
static int add_changes(struct exchange *x, struct text *path)
{
	for (size_t i = 0; i < x->target.pairs_n; i++) {
		const char *change = x->target.pairs[i].value;

		if (strcmp(x->target.pairs[i].name, "changes") != 0 || change[0] == '\0')
			continue;
		if (change[0] == '#' || strpbrk(change, "\\`\n\r") != NULL)
			return refuse(&x->refusal, 403,
				"changes: \"%.60s\": one instruction each, without a comment, "
				"a backslash or a backtick",
				change);
		text_word(path, "&changes=");
		text_encode(path, change, false);
	}
	return 0;
}

/* LABEL_OWNER, which a container has, never stands on an image. */
static void add_labels(struct exchange *x, const struct image_make *make, struct text *path)
{
	const struct policy *policy = &x->broker->policy;
	own_text struct text tags = { 0 }, line = { 0 };
	char user[POLICY_USER_SIZE];

	image_tags_list(&make->tags, &tags);
	text_format(&line, "LABEL %s=\"%s\" %s=\"%s\" %s=\"%s\" %s=\"\"", LABEL_RUN, policy->run_id,
		LABEL_USER, policy_user(policy, user), LABEL_TAGS, tags.s != NULL ? tags.s : "",
		LABEL_OWNER);
	path->failed |= line.failed || tags.failed;
	text_word(path, "&changes=");
	text_encode(path, line.s != NULL ? line.s : "", false);
}

static int begin(struct exchange *x, struct image_make *make, const char *path)
{
	text_word(&make->path, path);
	if (take_name(x, make) < 0 || add_changes(x, &make->path) < 0 ||
		reservation_intend(
			&make->reserved, &x->broker->own, OBJECT_IMAGE, "", &x->refusal) < 0)
		return -1;
	add_labels(x, make, &make->path);
	return make->path.failed ? refuse_memory(&x->refusal) : 0;
}

static void make_release(struct image_make *make)
{
	image_tags_leave(&make->tags);
	reservation_leave(&make->reserved);
	text_release(&make->path);
}

/* Record it by its label, and give it its name. */
static int end(struct exchange *x, const struct image_make *make, struct refusal *r)
{
	if (!image_record(x->broker, make->id))
		return refuse(r, 502, "the image is not known by the label of this run");
	for (size_t i = 0; i < make->tags.n; i++)
		if (image_tag_may_give(x->broker, NULL, &make->tags.tags[i], r) < 0 ||
			image_tag_give(x->broker, make->id, &make->tags.tags[i], r) < 0)
			return -1;
	return 0;
}

/* ---- commit ---- */

static int commit(struct exchange *x, struct image_make *make)
{
	struct upstream_request request = { .method = HTTP_POST };
	own_json cJSON *json = NULL;
	int result;

	text_format(&make->path, "&%s", x->query.n > 0 ? x->query.s : "");
	if (make->path.failed)
		return refuse_memory(&x->refusal);
	request.path = make->path.s;
	x->makes = true;
	broker_making(x->broker, OBJECT_IMAGE, 1);
	result = exchange_forward(x, &request) < 0 ? -1 : exchange_collect(x, &json);
	broker_made(x->broker, OBJECT_IMAGE, 1);
	if (result < 0)
		return -1;
	if (x->head.status != 201)
		return exchange_engine_error(x, x->head.status, json);
	snprintf(make->id, sizeof(make->id), "%s", json_text(json, "Id"));
	return end(x, make, &x->refusal) < 0 ? -1 : exchange_json(x, 201, json);
}

int image_make_commit(struct exchange *x)
{
	const char *name = target_value(&x->target, "container");
	struct image_make make = { .tags = { .n = 0 } };
	own_text struct text path = { 0 };
	int result;

	if (name == NULL ||
		!lookup_object(x->broker, &x->client->end, OBJECT_CONTAINER, name, x->id))
		return refuse(&x->refusal, 404, "No such container: %s", name != NULL ? name : "");
	text_format(&path, "/commit?container=%s", x->id);
	result = path.failed ? refuse_memory(&x->refusal) : begin(x, &make, path.s);
	if (result == 0)
		result = commit(x, &make);
	make_release(&make);
	return result;
}

/* ---- import ---- */

static bool import_seen(struct exchange *x, cJSON *line, void *data)
{
	struct image_make *make = data;
	const char *status = json_text(line, "status");

	(void)x;
	if (strncmp(status, "sha256:", 7) == 0 && lookup_is_image_id(status))
		snprintf(make->id, sizeof(make->id), "%s", status);
	return true;
}

static void import_end(struct exchange *x, struct text *ret, void *data)
{
	struct image_make *make = data;
	struct refusal r;

	if (make->id[0] != '\0' && end(x, make, &r) < 0)
		text_format(ret,
			"{\"errorDetail\":{\"message\":\"cofferdam: no name\"},"
			"\"error\":\"cofferdam: the image could not be given its name\"}\n");
}

static int import_answer(struct exchange *x, void *data)
{
	static const struct line_hooks hooks = {
		.seen = import_seen, .end = import_end, .redact = REDACT_KINDS, .is_late = true
	};

	return x->head.status == 200 ? lines_relay(x, &hooks, data) : exchange_relay(x);
}

int image_make_import(struct exchange *x)
{
	static const struct archive_hooks hooks = { .answer = import_answer };
	struct image_make make = { .tags = { .n = 0 } };
	const char *message = target_value(&x->target, "message");
	own_text struct text path = { 0 };
	int result;

	text_word(&path, "/images/create?fromSrc=-&message=");
	text_encode(&path, message != NULL ? message : "", false);
	result = path.failed ? refuse_memory(&x->refusal) : begin(x, &make, path.s);
	if (result == 0) {
		x->makes = true; /* what comes of it carries the label, and goes by that */
		broker_making(x->broker, OBJECT_IMAGE, 1);
		result = archive_send(x, make.path.s, &hooks, &make);
		broker_made(x->broker, OBJECT_IMAGE, 1);
	}
	make_release(&make);
	return result;
}
