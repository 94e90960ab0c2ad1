#include "sandbox/broker/buildkit_job.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/image_record.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/docker/buildkit_attribute.h"
#include "sandbox/docker/buildkit_message.h"
#include "sandbox/docker/buildkit_progress.h"
#include "sandbox/docker/buildkit_result.h"
#include "sandbox/docker/buildkit_solve.h"
#include "sandbox/docker/source_policy.h"

#include <string.h>
#include <time.h>

#define AWAIT_MS        6000

/* Without them a build is slower, and no other. */
#define CACHES_LEFT_OUT "--cache-from is left out: " BUILDKIT_CACHES

/* buildx opens the session of a build, asks for the build, for its output and about it, all at
 * once: what comes too early waits. */
static bool await(
	struct exchange *x, bool (*has)(struct buildkit *buildkit, const char *id), const char *id)
{
	struct wait waits[] = { { &x->broker->begun, WAIT_POKE }, { &x->client->end, WAIT_GONE } };
	uint64_t until = clock_now_ms() + AWAIT_MS;

	while (buildkit_is_id(id) && clock_now_ms() < until && !x->client->end.gone) {
		if (has(&x->broker->buildkit, id))
			return true;
		if (buildkit_build_is_refused(&x->broker->buildkit, id))
			return false;
		fiber_wait(&x->broker->loop, waits, ARRAY_LEN(waits), until);
	}
	return false;
}

int buildkit_job_await_build(struct exchange *x, const char *ref, struct refusal *r)
{
	return await(x, buildkit_has_build, ref)
		       ? 0
		       : refuse(r, 404, "the build %.64s is not this run's", ref);
}

bool buildkit_job_follows_refused(const struct exchange *x, const struct buildkit_job *job)
{
	return job->row != NULL && job->row->request == &buildkit_status_request &&
	       buildkit_build_is_refused(&x->broker->buildkit, json_text(job->tree, "Ref"));
}

int buildkit_job_note(struct exchange *x, const struct buildkit_job *job, struct text *ret)
{
	if (job->row->request != &buildkit_status_request ||
		!buildkit_build_take_uncached(&x->broker->buildkit, json_text(job->tree, "Ref")))
		return 0;
	return buildkit_progress_note("cofferdam: " CACHES_LEFT_OUT, (uint64_t)time(NULL), ret);
}

/* ---- a Solve ---- */

static int take_tags(
	struct exchange *x, struct buildkit_job *job, const char *names, struct refusal *r)
{
	own_mem char *list = strdup(names);

	if (list == NULL)
		return refuse_memory(r);
	for (char *rest = list, *name; (name = strsep(&rest, ",")) != NULL;)
		if (image_tags_add(&job->tags, x->broker, NULL, name, r) < 0)
			return -1;
	return 0;
}

/* Only what becomes an image of the engine has a name there that could be somebody's. */
static bool is_stored(const char *type)
{
	return strcmp(type, "moby") == 0 || strcmp(type, "image") == 0;
}

static int settle_exporter(
	struct exchange *x, struct buildkit_job *job, struct text *ret_tags, struct refusal *r)
{
	own_mem char *type = NULL, *names = NULL;
	const char *given_type, *given_names;

	buildkit_exporter(job->tree, &given_type, &given_names);
	type = strdup(given_type);
	names = strdup(given_names);
	if (type == NULL || names == NULL)
		return refuse_memory(r);
	if (is_stored(type) &&
		reservation_intend(&job->reserved, &x->broker->own, OBJECT_IMAGE, "", r) < 0)
		return -1;
	if (is_stored(type) && names[0] != '\0' && take_tags(x, job, names, r) < 0)
		return -1;
	image_tags_list(&job->tags, ret_tags);
	if (ret_tags->failed || buildkit_set_exporter(job->tree, type,
					is_stored(type) && ret_tags->s != NULL ? ret_tags->s
					: is_stored(type)                      ? ""
									       : names) < 0)
		return refuse_memory(r);
	return 0;
}

/* The run's labels, wherever the frontend is given its attributes. */
static int add_labels(struct exchange *x, struct buildkit_job *job, const char *attributes,
	const char *tags, struct refusal *r)
{
	const struct policy *policy = &x->broker->policy;
	char user[POLICY_USER_SIZE];

	if (buildkit_add_label(job->tree, attributes, LABEL_RUN, policy->run_id) < 0 ||
		buildkit_add_label(job->tree, attributes, LABEL_USER, policy_user(policy, user)) <
			0 ||
		buildkit_add_label(job->tree, attributes, LABEL_TAGS, tags) < 0)
		return refuse_memory(r);
	return 0;
}

/* The engine's names that this run may build from, in full. */
static cJSON *granted_images(struct exchange *x, struct refusal *r)
{
	cJSON *images = NULL, *names = cJSON_CreateArray();
	const cJSON *image, *name;
	int status;

	if (upstream_ask(&x->broker->upstream, NULL, HTTP_GET, "/images/json", NULL, &status,
		    &images, r) < 0) {
		cJSON_Delete(names);
		return NULL;
	}
	cJSON_ArrayForEach(image, images)
	{
		cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(image, "RepoTags"))
		{
			char canonical[REFERENCE_TEXT_MAX];
			struct reference reference;

			if (!lookup_name_is_known(x->broker, cJSON_GetStringValue(name),
				    json_text(image, "Id")) ||
				reference_read(name->valuestring, NULL, &reference, r) < 0)
				continue;
			reference_canonical(&reference, canonical, sizeof(canonical));
			cJSON_AddItemToArray(names, cJSON_CreateString(canonical));
		}
	}
	cJSON_Delete(images);
	return names;
}

static int settle_policy(struct exchange *x, struct buildkit_job *job, struct refusal *r)
{
	cJSON *images = granted_images(x, r), *policy;

	if (images == NULL)
		return -1;
	policy = source_policy_make(images, x->broker->policy.pulls);
	cJSON_Delete(images);
	if (policy != NULL && cJSON_AddItemToObject(job->tree, "SourcePolicy", policy))
		return 0;
	cJSON_Delete(policy);
	return refuse_memory(r);
}

static int settle_buildkit(struct exchange *x, struct buildkit_job *job, struct refusal *r)
{
	struct buildkit *buildkit = &x->broker->buildkit;
	const char *ref = json_text(job->tree, "Ref"), *names, *type, *unsaid;
	own_text struct text tags = { 0 };

	if (!await(x, buildkit_has_session, json_text(job->tree, "Session")))
		return refuse(r, 404, "Solve: the session is not one of this run's");
	if (settle_exporter(x, job, &tags, r) < 0)
		return -1;
	names = tags.s != NULL ? tags.s : "";
	buildkit_exporter(job->tree, &type, &unsaid);
	if (add_labels(x, job, "FrontendAttrs", names, r) < 0 || settle_policy(x, job, r) < 0 ||
		buildkit_build_begin(buildkit, ref, is_stored(type) ? names : NULL, r) < 0)
		return -1;
	snprintf(job->ref, sizeof(job->ref), "%s", ref);
	endpoint_poke(&x->broker->begun);
	return 0;
}

static int settle(
	struct exchange *x, struct buildkit_job *job, const char *build, struct refusal *r)
{
	const char *tags = buildkit_build_tags(&x->broker->buildkit, build);

	if (job->row->answer == BUILDKIT_SOLVED)
		return settle_buildkit(x, job, r);
	if (job->row->request == &buildkit_status_request)
		return buildkit_job_await_build(x, json_text(job->tree, "Ref"), r);
	if (job->row->request == &buildkit_bridge_request)
		return add_labels(x, job, "FrontendOpt", tags != NULL ? tags : "", r);
	if (job->row->request == &bridge_return_request)
		return buildkit_check_result(job->tree, &x->broker->policy, tags, r);
	return 0;
}

/* --cache-from is no reason to fail: without it a build is slower, and no other. */
static bool note_caches(struct exchange *x, const cJSON *given)
{
	const cJSON *attributes = json_member(given, "FrontendAttrs");

	if (cJSON_GetArraySize(json_member(json_member(given, "Cache"), "Imports")) == 0 &&
		cJSON_GetArraySize(json_member(given, "CacheImports")) == 0 &&
		json_text(attributes, "cache-imports")[0] == '\0' &&
		json_text(attributes, "cache-from")[0] == '\0')
		return false;
	exchange_note_change(x, CACHES_LEFT_OUT);
	return true;
}

static int begin(struct exchange *x, struct buildkit_job *job, const char *build,
	struct span message, struct refusal *r)
{
	struct schema_run run = { .policy = &x->broker->policy,
		.platform = x->broker->upstream.platform };
	cJSON *given;
	bool uncached;
	int result;

	if (proto_read(job->row->request, message, PROTO_STRICT, &given, r) < 0)
		return -1;
	result = schema_apply(job->row->schema, given, &run, &job->tree, r);
	uncached = result == 0 && note_caches(x, given);
	cJSON_Delete(given);
	if (result < 0 || settle(x, job, build, r) < 0)
		return -1;
	if (uncached && job->row->answer == BUILDKIT_SOLVED)
		buildkit_build_set_uncached(&x->broker->buildkit, job->ref);
	return 0;
}

/* Status asks about it on a stream of its own, and need not wait. */
static void refuse_build(struct exchange *x, const struct buildkit_job *job, struct span message)
{
	struct refusal unsaid = { 0 };
	cJSON *lenient;

	if (job->row->answer != BUILDKIT_SOLVED ||
		proto_read(job->row->request, message, PROTO_LENIENT, &lenient, &unsaid) < 0)
		return;
	buildkit_build_refuse(&x->broker->buildkit, json_text(lenient, "Ref"));
	cJSON_Delete(lenient);
	endpoint_poke(&x->broker->begun);
}

int buildkit_job_begin(struct exchange *x, struct buildkit_job *job, const char *build,
	struct span message, struct refusal *r)
{
	int result = begin(x, job, build, message, r);

	if (result < 0)
		refuse_build(x, job, message);
	return result;
}

int buildkit_job_write(const struct buildkit_job *job, struct text *ret)
{
	return proto_write(job->row->request, job->tree, ret);
}

/* ---- its end ---- */

static void record_result(struct exchange *x, const struct buildkit_job *job, const cJSON *answer)
{
	const cJSON *response = cJSON_GetObjectItemCaseSensitive(answer, "ExporterResponse");
	const char *id = json_text(response, "containerimage.config.digest");
	char canonical[REFERENCE_TEXT_MAX];
	const char *type, *names;

	buildkit_exporter(job->tree, &type, &names);
	if (!is_stored(type))
		return;
	if (id[0] == '\0')
		id = json_text(response, "containerimage.digest");
	if (id[0] != '\0')
		image_record(x->broker, id);
	for (size_t i = 0; i < job->tags.n; i++) {
		reference_canonical(&job->tags.tags[i], canonical, sizeof(canonical));
		image_record(x->broker, canonical);
		image_tag_find_out(x->broker, canonical);
	}
}

int buildkit_job_end(struct exchange *x, struct buildkit_job *job, struct span message,
	struct text *ret, struct refusal *r)
{
	cJSON *answer;
	int result;

	if (proto_read(job->row->response, message, PROTO_LENIENT, &answer, r) < 0) {
		buildkit_job_broken(x, job);
		return -1;
	}
	if (job->row->answer == BUILDKIT_SOLVED)
		record_result(x, job, answer);
	buildkit_job_broken(x, job);
	result = proto_write(job->row->response, answer, ret);
	cJSON_Delete(answer);
	return result == 0 ? 0 : refuse(r, 502, "the engine's answer could not be written anew");
}

void buildkit_job_broken(struct exchange *x, struct buildkit_job *job)
{
	if (job->ref[0] != '\0')
		buildkit_build_end(&x->broker->buildkit, job->ref);
	job->ref[0] = '\0';
}

void buildkit_job_release(struct buildkit_job *job)
{
	image_tags_leave(&job->tags);
	reservation_leave(&job->reserved);
	cJSON_Delete(job->tree);
	job->tree = NULL;
}
