#include "sandbox/docker/buildkit.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_solve.h"
#include "sandbox/docker/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL "/moby.buildkit.v1.Control/"
#define BRIDGE  "/moby.buildkit.v1.frontend.LLBBridge/"

const struct kit_call kit_calls[] = {
	{ CONTROL "Solve", KIT_SOLVED, &solve_request, &solve_response, &solve_schema, false,
		"a build" },
	{ CONTROL "Status", KIT_RELAY, &solve_status_request, NULL, &solve_status_schema, false,
		"its output" },
	{ CONTROL "ListWorkers", KIT_CLEANED, &solve_workers_request, &solve_workers_response,
		&solve_workers_schema, false, "which platforms; no labels of the host" },
	{ CONTROL "Info", KIT_CLEANED, &solve_info_request, &solve_info_response,
		&solve_info_schema, false, "which version" },
	{ BRIDGE "Ping", KIT_CLEANED, &bridge_ping_request, &bridge_ping_response,
		&bridge_ping_schema, true, "which capabilities" },
	{ BRIDGE "Solve", KIT_RELAY, &bridge_solve_request, NULL, &bridge_solve_schema, true,
		"the Dockerfile frontend of a build" },
	{ BRIDGE "Return", KIT_RELAY, &bridge_return_request, NULL, &bridge_return_schema, true,
		"the frontend's result becomes the build's" },
	{ "/opentelemetry.proto.collector.trace.v1.TraceService/Export", KIT_EMPTY, NULL, NULL,
		NULL, false, "buildx's traces go nowhere" },
	{ "/grpc.health.v1.Health/Check", KIT_SERVING, NULL, NULL, NULL, false,
		"is anybody there?" },
	{ 0 },
};

const struct kit_call *kit_call_find(const char *path)
{
	for (const struct kit_call *call = kit_calls; call->path != NULL; call++)
		if (strcmp(call->path, path) == 0)
			return call;
	return NULL;
}

const char *kit_answer_name(enum kit_answer answer)
{
	static const char *const names[] = {
		[KIT_RELAY] = "passed on",
		[KIT_CLEANED] = "written anew",
		[KIT_SOLVED] = "written anew, the image noted",
		[KIT_EMPTY] = "answered here",
		[KIT_SERVING] = "answered here",
	};

	return names[answer];
}

/* In all of them the engine asks and the builder answers with what is its own. */
const char *const kit_session_methods[] = {
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

void kit_decide(struct kit *kit, const struct policy *policy, bool podman, unsigned api_minor)
{
	static const char classic[] = "; DOCKER_BUILDKIT=0 selects the classic builder";
	const char *why = NULL;

	if (podman)
		why = "podman has no BuildKit";
	else if (api_minor < KIT_API_MINOR)
		why = "BuildKit of this engine has no source policy, and without one any image "
		      "could be read (Docker 25 has it)";
	else if (strcmp(policy->build_net, "none") != 0 && strcmp(policy->build_net, "bridge") != 0)
		why = "BuildKit knows no network but bridge, and --docker-build-net names another";
	else if (policy->limits_required != 0)
		why = "BuildKit of this engine does not limit the steps of a build, and limits "
		      "were asked for";
	kit->offered = why == NULL;
	if (why != NULL)
		snprintf(kit->why, sizeof(kit->why), "%s%s", why, classic);
}

/* ---- sessions ---- */

static char *session_find(struct kit *kit, const char *id)
{
	for (size_t i = 0; i < KIT_SESSIONS; i++)
		if (strcmp(kit->sessions[i], id) == 0)
			return kit->sessions[i];
	return NULL;
}

bool kit_has_session(struct kit *kit, const char *id)
{
	return id[0] != '\0' && session_find(kit, id) != NULL;
}

int kit_session_begin(struct kit *kit, const char *id, struct refusal *r)
{
	char *place = session_find(kit, "");

	if (!solve_is_id(id))
		return refuse(r, 400, "session: %.40s is no id of BuildKit's", id);
	if (kit_has_session(kit, id))
		return refuse(r, 409, "session: %.64s is open already", id);
	if (place == NULL)
		return refuse(r, 429, "%d sessions are open, and that is the limit", KIT_SESSIONS);
	snprintf(place, sizeof(kit->sessions[0]), "%s", id);
	return 0;
}

void kit_session_end(struct kit *kit, const char *id)
{
	char *place = session_find(kit, id);

	if (place != NULL)
		place[0] = '\0';
}

/* ---- builds ---- */

static struct kit_build *build_find(struct kit *kit, const char *ref)
{
	for (size_t i = 0; i < kit->builds_n; i++)
		if (strcmp(kit->builds[i].ref, ref) == 0)
			return &kit->builds[i];
	return NULL;
}

bool kit_has_build(struct kit *kit, const char *ref)
{
	return build_find(kit, ref) != NULL;
}

const char *kit_build_tags(struct kit *kit, const char *ref)
{
	const struct kit_build *build = build_find(kit, ref);

	return build != NULL ? build->tags : NULL;
}

/* The one that ended longest ago gives its place to a new one. */
static struct kit_build *place_for(struct kit *kit)
{
	size_t i = 0;

	if (kit->builds_n < KIT_BUILDS)
		return &kit->builds[kit->builds_n++];
	while (i < KIT_BUILDS && kit->builds[i].running)
		i++;
	if (i == KIT_BUILDS)
		return NULL;
	free(kit->builds[i].tags);
	memmove(&kit->builds[i], &kit->builds[i + 1],
		(KIT_BUILDS - 1 - i) * sizeof(kit->builds[0]));
	return &kit->builds[KIT_BUILDS - 1];
}

int kit_build_begin(struct kit *kit, const char *ref, const char *tags, struct refusal *r)
{
	struct kit_build *build = build_find(kit, ref);
	own_mem char *copy = tags != NULL ? strdup(tags) : NULL;

	if (build != NULL)
		return refuse(r, 409, "Solve: the build %.64s was made already", ref);
	if (tags != NULL && copy == NULL)
		return refuse(r, 503, "out of memory");
	build = kit->running < KIT_RUNNING ? place_for(kit) : NULL;
	if (build == NULL)
		return refuse(r, 429, "%d builds run already, and that is the limit", KIT_RUNNING);
	*build = (struct kit_build){ .running = true, .tags = own_mem_give(copy) };
	snprintf(build->ref, sizeof(build->ref), "%s", ref);
	kit->running++;
	return 0;
}

void kit_build_end(struct kit *kit, const char *ref)
{
	struct kit_build *build = build_find(kit, ref);

	if (build == NULL || !build->running)
		return;
	build->running = false;
	kit->running--;
}
