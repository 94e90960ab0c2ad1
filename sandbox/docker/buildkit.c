#include "sandbox/docker/buildkit.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_attribute.h"
#include "sandbox/docker/buildkit_message.h"
#include "sandbox/docker/buildkit_solve.h"
#include "sandbox/docker/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL "/moby.buildkit.v1.Control/"
#define BRIDGE  "/moby.buildkit.v1.frontend.LLBBridge/"

const struct buildkit_call buildkit_calls[] = {
	{ CONTROL "Solve", BUILDKIT_SOLVED, &buildkit_request, &buildkit_response, &buildkit_schema,
		false, "a build" },
	{ CONTROL "Status", BUILDKIT_RELAY, &buildkit_status_request, NULL, &buildkit_status_schema,
		false, "its output" },
	{ CONTROL "ListWorkers", BUILDKIT_CLEANED, &buildkit_workers_request,
		&buildkit_workers_response, &buildkit_workers_schema, false,
		"which platforms; no labels of the host" },
	{ CONTROL "Info", BUILDKIT_CLEANED, &buildkit_info_request, &buildkit_info_response,
		&buildkit_info_schema, false, "which version" },
	{ BRIDGE "Ping", BUILDKIT_CLEANED, &bridge_ping_request, &bridge_ping_response,
		&bridge_ping_schema, true, "which capabilities" },
	{ BRIDGE "Solve", BUILDKIT_RELAY, &buildkit_bridge_request, NULL, &buildkit_bridge_schema,
		true, "the Dockerfile frontend of a build" },
	{ BRIDGE "Return", BUILDKIT_RELAY, &bridge_return_request, NULL, &bridge_return_schema,
		true, "the frontend's result becomes the build's" },
	{ "/opentelemetry.proto.collector.trace.v1.TraceService/Export", BUILDKIT_EMPTY, NULL, NULL,
		NULL, false, "buildx's traces go nowhere" },
	{ "/grpc.health.v1.Health/Check", BUILDKIT_SERVING, NULL, NULL, NULL, false,
		"is anybody there?" },
	{ 0 },
};

const struct buildkit_call *buildkit_call_find(const char *path)
{
	for (const struct buildkit_call *call = buildkit_calls; call->path != NULL; call++)
		if (strcmp(call->path, path) == 0)
			return call;
	return NULL;
}

const char *buildkit_answer_name(enum buildkit_answer answer)
{
	static const char *const names[] = {
		[BUILDKIT_RELAY] = "passed on",
		[BUILDKIT_CLEANED] = "written anew",
		[BUILDKIT_SOLVED] = "written anew, the image noted",
		[BUILDKIT_EMPTY] = "answered here",
		[BUILDKIT_SERVING] = "answered here",
	};

	return names[answer];
}

/* In all of them the engine asks and the builder answers with what is its own. */
const char *const buildkit_session_methods[] = {
	"/moby.filesync.v1.FileSync/DiffCopy",
	"/moby.filesync.v1.FileSync/TarStream",
	"/moby.filesync.v1.FileSend/DiffCopy",
	"/moby.filesync.v1.Auth/Credentials",
	"/moby.filesync.v1.Auth/FetchToken",
	"/moby.filesync.v1.Auth/GetTokenAuthority",
	"/moby.filesync.v1.Auth/VerifyTokenAuthority",
	"/moby.buildkit.secrets.v1.Secrets/GetSecret",
	"/moby.sshforward.v1.SSH/CheckAgent",
	"/moby.sshforward.v1.SSH/ForwardAgent",
	"/moby.upload.v1.Upload/Pull",
	"/grpc.health.v1.Health/Check",
	"/grpc.health.v1.Health/Watch",
	NULL,
};

void buildkit_decide(
	struct buildkit *buildkit, const struct policy *policy, bool podman, unsigned api_minor)
{
	static const char classic[] = "; DOCKER_BUILDKIT=0 selects the classic builder";
	const char *why = NULL;

	if (podman)
		why = "podman has no BuildKit";
	else if (api_minor < BUILDKIT_API_MINOR)
		why = "BuildKit of this engine has no source policy, and without one any image "
		      "could be read (Docker 25 has it)";
	else if (strcmp(policy->build_net, "none") != 0 && strcmp(policy->build_net, "bridge") != 0)
		why = "BuildKit knows no network but bridge, and --docker-build-net names another";
	else if (policy->limits_required != 0)
		why = "BuildKit of this engine does not limit the steps of a build, and limits "
		      "were asked for";
	buildkit->offered = why == NULL;
	if (why != NULL)
		snprintf(buildkit->why, sizeof(buildkit->why), "%s%s", why, classic);
}

/* ---- sessions ---- */

static char *session_find(struct buildkit *buildkit, const char *id)
{
	for (size_t i = 0; i < BUILDKIT_SESSIONS; i++)
		if (strcmp(buildkit->sessions[i], id) == 0)
			return buildkit->sessions[i];
	return NULL;
}

bool buildkit_has_session(struct buildkit *buildkit, const char *id)
{
	return id[0] != '\0' && session_find(buildkit, id) != NULL;
}

int buildkit_session_begin(struct buildkit *buildkit, const char *id, struct refusal *r)
{
	char *place = session_find(buildkit, "");

	if (!buildkit_is_id(id))
		return refuse(r, 400, "session: %.40s is not an id of BuildKit's", id);
	if (buildkit_has_session(buildkit, id))
		return refuse(r, 409, "session: %.64s is open already", id);
	if (place == NULL)
		return refuse(
			r, 429, "%d sessions are open, and that is the limit", BUILDKIT_SESSIONS);
	snprintf(place, sizeof(buildkit->sessions[0]), "%s", id);
	return 0;
}

void buildkit_session_end(struct buildkit *buildkit, const char *id)
{
	char *place = session_find(buildkit, id);

	if (place != NULL)
		place[0] = '\0';
}

/* ---- builds ---- */

static struct buildkit_build *build_find(struct buildkit *buildkit, const char *ref)
{
	for (size_t i = 0; i < buildkit->builds_n; i++)
		if (strcmp(buildkit->builds[i].ref, ref) == 0)
			return &buildkit->builds[i];
	return NULL;
}

bool buildkit_has_build(struct buildkit *buildkit, const char *ref)
{
	return build_find(buildkit, ref) != NULL;
}

const char *buildkit_build_tags(struct buildkit *buildkit, const char *ref)
{
	const struct buildkit_build *build = build_find(buildkit, ref);

	return build != NULL ? build->tags : NULL;
}

/* The one that ended longest ago gives its place to a new one. */
static struct buildkit_build *place_for(struct buildkit *buildkit)
{
	size_t i = 0;

	if (buildkit->builds_n < BUILDKIT_BUILDS)
		return &buildkit->builds[buildkit->builds_n++];
	while (i < BUILDKIT_BUILDS && buildkit->builds[i].running)
		i++;
	if (i == BUILDKIT_BUILDS)
		return NULL;
	free(buildkit->builds[i].tags);
	memmove(&buildkit->builds[i], &buildkit->builds[i + 1],
		(BUILDKIT_BUILDS - 1 - i) * sizeof(buildkit->builds[0]));
	return &buildkit->builds[BUILDKIT_BUILDS - 1];
}

int buildkit_build_begin(
	struct buildkit *buildkit, const char *ref, const char *tags, struct refusal *r)
{
	struct buildkit_build *build = build_find(buildkit, ref);
	own_mem char *copy = tags != NULL ? strdup(tags) : NULL;

	if (build != NULL)
		return refuse(r, 409, "Solve: the build %.64s was made already", ref);
	if (tags != NULL && copy == NULL)
		return refuse_memory(r);
	build = buildkit->running < BUILDKIT_RUNNING ? place_for(buildkit) : NULL;
	if (build == NULL)
		return refuse(
			r, 429, "%d builds run already, and that is the limit", BUILDKIT_RUNNING);
	*build = (struct buildkit_build){ .running = true, .tags = own_mem_give(copy) };
	snprintf(build->ref, sizeof(build->ref), "%s", ref);
	buildkit->running++;
	return 0;
}

void buildkit_build_end(struct buildkit *buildkit, const char *ref)
{
	struct buildkit_build *build = build_find(buildkit, ref);

	if (build == NULL || !build->running)
		return;
	build->running = false;
	buildkit->running--;
}

void buildkit_build_set_uncached(struct buildkit *buildkit, const char *ref)
{
	struct buildkit_build *build = build_find(buildkit, ref);

	if (build != NULL)
		build->uncached = true;
}

bool buildkit_build_take_uncached(struct buildkit *buildkit, const char *ref)
{
	struct buildkit_build *build = build_find(buildkit, ref);
	bool uncached = build != NULL && build->uncached;

	if (uncached)
		build->uncached = false;
	return uncached;
}

void buildkit_build_refuse(struct buildkit *buildkit, const char *ref)
{
	if (ref[0] == '\0' || buildkit_has_build(buildkit, ref))
		return;
	snprintf(buildkit->refused[buildkit->refused_n++ % BUILDKIT_REFUSED],
		sizeof(buildkit->refused[0]), "%s", ref);
}

bool buildkit_build_is_refused(const struct buildkit *buildkit, const char *ref)
{
	for (size_t i = 0; i < BUILDKIT_REFUSED; i++)
		if (ref[0] != '\0' && strcmp(buildkit->refused[i], ref) == 0)
			return true;
	return false;
}
