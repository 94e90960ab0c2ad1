#include "sandbox/docker/buildkit_solve.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- messages ---- */

#define ONE(number, name, type)                                                                    \
	{                                                                                          \
		number, name, type, PROTO_ONE, NULL                                                \
	}
#define MANY(number, name, type)                                                                   \
	{                                                                                          \
		number, name, type, PROTO_MANY, NULL                                               \
	}
#define MAP(number, name, type)                                                                    \
	{                                                                                          \
		number, name, type, PROTO_MAP, NULL                                                \
	}
#define SUB(number, name, label, sub)                                                              \
	{                                                                                          \
		number, name, PROTO_MESSAGE, label, &(sub)                                         \
	}
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}

/* A definition, and whatever else has to be empty: it has no field that is known. */
static const struct proto_field nothing_fields[] = { END };
static const struct proto_message nothing = { "an LLB definition", nothing_fields };

static const struct proto_field cache_entry_fields[] = {
	ONE(1, "Type", PROTO_STRING),
	MAP(2, "Attrs", PROTO_STRING),
	END,
};
static const struct proto_message cache_entry = { "CacheOptionsEntry", cache_entry_fields };

static const struct proto_field cache_fields[] = {
	ONE(1, "ExportRefDeprecated", PROTO_STRING),
	MANY(2, "ImportRefsDeprecated", PROTO_STRING),
	MAP(3, "ExportAttrsDeprecated", PROTO_STRING),
	SUB(4, "Exports", PROTO_MANY, cache_entry),
	SUB(5, "Imports", PROTO_MANY, cache_entry),
	END,
};
static const struct proto_message cache = { "CacheOptions", cache_fields };

static const struct proto_field exporter_fields[] = {
	ONE(1, "Type", PROTO_STRING),
	MAP(2, "Attrs", PROTO_STRING),
	END,
};
static const struct proto_message exporter = { "Exporter", exporter_fields };

static const struct proto_field selector_fields[] = {
	ONE(1, "identifier", PROTO_STRING),
	ONE(2, "match_type", PROTO_INT),
	END,
};
static const struct proto_message selector = { "Selector", selector_fields };

static const struct proto_field rule_fields[] = {
	ONE(1, "action", PROTO_INT),
	SUB(2, "selector", PROTO_ONE, selector),
	END,
};
static const struct proto_message rule = { "Rule", rule_fields };

static const struct proto_field policy_fields[] = {
	ONE(1, "version", PROTO_INT),
	SUB(2, "rules", PROTO_MANY, rule),
	END,
};
static const struct proto_message source_policy = { "Policy", policy_fields };

static const struct proto_field buildkit_request_fields[] = {
	ONE(1, "Ref", PROTO_STRING),
	SUB(2, "Definition", PROTO_ONE, nothing),
	ONE(3, "ExporterDeprecated", PROTO_STRING),
	MAP(4, "ExporterAttrsDeprecated", PROTO_STRING),
	ONE(5, "Session", PROTO_STRING),
	ONE(6, "Frontend", PROTO_STRING),
	MAP(7, "FrontendAttrs", PROTO_STRING),
	SUB(8, "Cache", PROTO_ONE, cache),
	MANY(9, "Entitlements", PROTO_STRING),
	SUB(10, "FrontendInputs", PROTO_MAP, nothing),
	ONE(11, "Internal", PROTO_BOOL),
	SUB(12, "SourcePolicy", PROTO_ONE, source_policy),
	SUB(13, "Exporters", PROTO_MANY, exporter),
	ONE(14, "EnableSessionExporter", PROTO_BOOL),
	ONE(15, "SourcePolicySession", PROTO_STRING),
	END,
};
const struct proto_message buildkit_request = { "Solve", buildkit_request_fields };

static const struct proto_field buildkit_response_fields[] = {
	MAP(1, "ExporterResponse", PROTO_STRING),
	END,
};
const struct proto_message buildkit_response = { "SolveResponse", buildkit_response_fields };

static const struct proto_field status_fields[] = { ONE(1, "Ref", PROTO_STRING), END };
const struct proto_message buildkit_status_request = { "Status", status_fields };

static const struct proto_field workers_request_fields[] = {
	MANY(1, "filter", PROTO_STRING),
	END,
};
const struct proto_message buildkit_workers_request = { "ListWorkers", workers_request_fields };

static const struct proto_field platform_fields[] = {
	ONE(1, "Architecture", PROTO_STRING),
	ONE(2, "OS", PROTO_STRING),
	ONE(3, "Variant", PROTO_STRING),
	END,
};
static const struct proto_message platform = { "Platform", platform_fields };

static const struct proto_field version_fields[] = {
	ONE(1, "package", PROTO_STRING),
	ONE(2, "version", PROTO_STRING),
	END,
};
static const struct proto_message version = { "BuildkitVersion", version_fields };

/* Labels, policies of the cache and devices are the host's, and are left away. */
static const struct proto_field worker_fields[] = {
	ONE(1, "ID", PROTO_STRING),
	SUB(3, "platforms", PROTO_MANY, platform),
	SUB(5, "BuildkitVersion", PROTO_ONE, version),
	END,
};
static const struct proto_message worker = { "WorkerRecord", worker_fields };

static const struct proto_field workers_response_fields[] = {
	SUB(1, "record", PROTO_MANY, worker),
	END,
};
const struct proto_message buildkit_workers_response = { "ListWorkersResponse",
	workers_response_fields };

const struct proto_message buildkit_info_request = { "Info", nothing_fields };
static const struct proto_field info_response_fields[] = {
	SUB(1, "buildkitVersion", PROTO_ONE, version),
	END,
};
const struct proto_message buildkit_info_response = { "InfoResponse", info_response_fields };

static const struct proto_field buildkit_bridge_fields[] = {
	SUB(1, "Definition", PROTO_ONE, nothing),
	ONE(2, "Frontend", PROTO_STRING),
	MAP(3, "FrontendOpt", PROTO_STRING),
	MANY(4, "ImportCacheRefsDeprecated", PROTO_STRING),
	ONE(5, "allowResultReturn", PROTO_BOOL),
	ONE(6, "allowResultArrayRef", PROTO_BOOL),
	ONE(10, "Final", PROTO_BOOL),
	ONE(11, "ExporterAttr", PROTO_BYTES),
	SUB(12, "CacheImports", PROTO_MANY, cache_entry),
	SUB(13, "FrontendInputs", PROTO_MAP, nothing),
	ONE(14, "Evaluate", PROTO_BOOL),
	SUB(15, "SourcePolicies", PROTO_MANY, source_policy),
	END,
};
const struct proto_message buildkit_bridge_request = { "LLBBridge.Solve", buildkit_bridge_fields };

const struct proto_message bridge_ping_request = { "Ping", nothing_fields };

static const struct proto_field capability_fields[] = {
	ONE(1, "ID", PROTO_STRING),
	ONE(2, "Enabled", PROTO_BOOL),
	ONE(3, "Deprecated", PROTO_BOOL),
	ONE(4, "DisabledReason", PROTO_STRING),
	ONE(5, "DisabledReasonMsg", PROTO_STRING),
	ONE(6, "DisabledAlternative", PROTO_STRING),
	END,
};
static const struct proto_message capability = { "APICap", capability_fields };

static const struct proto_field ping_response_fields[] = {
	SUB(1, "FrontendAPICaps", PROTO_MANY, capability),
	SUB(2, "LLBCaps", PROTO_MANY, capability),
	SUB(3, "Workers", PROTO_MANY, worker),
	END,
};
const struct proto_message bridge_ping_response = { "PongResponse", ping_response_fields };

/* What a result's reference was made from the engine knows by its id. */
static const struct proto_field ref_fields[] = {
	ONE(1, "id", PROTO_STRING),
	{ 2, "def", PROTO_SKIP, PROTO_ONE, NULL },
	END,
};
static const struct proto_message ref = { "Ref", ref_fields };

static const struct proto_field refs_fields[] = { SUB(1, "refs", PROTO_MAP, ref), END };
static const struct proto_message refs = { "RefMap", refs_fields };

static const struct proto_field result_fields[] = {
	ONE(1, "RefDeprecated", PROTO_STRING),
	{ 2, "RefsDeprecated", PROTO_SKIP, PROTO_ONE, NULL },
	SUB(3, "Ref", PROTO_ONE, ref),
	SUB(4, "Refs", PROTO_ONE, refs),
	MAP(10, "metadata", PROTO_BYTES),
	{ 11, "attestations", PROTO_SKIP, PROTO_MANY, NULL },
	END,
};
static const struct proto_message result = { "Result", result_fields };

static const struct proto_field error_fields[] = {
	ONE(1, "code", PROTO_INT),
	ONE(2, "message", PROTO_STRING),
	{ 3, "details", PROTO_SKIP, PROTO_MANY, NULL },
	END,
};
static const struct proto_message error = { "Status", error_fields };

static const struct proto_field return_fields[] = {
	SUB(1, "result", PROTO_ONE, result),
	SUB(2, "error", PROTO_ONE, error),
	END,
};
const struct proto_message bridge_return_request = { "Return", return_fields };

#undef ONE
#undef MANY
#undef MAP
#undef SUB

/* ---- the frontend's attributes ---- */

#define ROW(name, rule, value, reason)                                                             \
	{                                                                                          \
		name, KIND_STRING, rule, NULL, NULL, NULL, value, reason                           \
	}
#define LIMITS   "the run's own limits are imposed"
#define OWN_FILE "a name among the builder's own files"
#define REMOTE   "the engine would load it: send a context"
#define CACHES   "caches of registries are loaded and stored by the engine"
#define CHECKED(name, check, value, reason)                                                        \
	{                                                                                          \
		name, KIND_STRING, RULE_ALLOW, NULL, check, NULL, value, reason                    \
	}

/* A tar on stdin: the engine asks the session for it, and no host has that name
 * (moby/buildkit, source/http/transport.go). */
#define UPLOAD "http://buildkit-session/"

static int check_context(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *text = value->valuestring;

	(void)run;
	if (text[0] == '\0' || (strncmp(text, UPLOAD, sizeof(UPLOAD) - 1) == 0 &&
				       buildkit_is_id(text + sizeof(UPLOAD) - 1)))
		return 0;
	return refuse(r, 403, "the build attribute %.60s: %s", value->string, field->reason);
}

static int check_named_context(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *text = value->valuestring, *name = text + strlen("local:");

	(void)run;
	if (strncmp(text, "local:", strlen("local:")) == 0 && *name != '\0' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
			strlen(name))
		return 0;
	return refuse(r, 403, "the build attribute %.60s: %s", value->string, field->reason);
}

static const struct field attribute_rows[] = {
	ROW("filename", RULE_ALLOW, NULL, OWN_FILE),
	ROW("target", RULE_ALLOW, NULL, "a stage of the file"),
	ROW("no-cache", RULE_ALLOW, NULL, "only less is shared"),
	ROW("contextkey", RULE_ALLOW, NULL, OWN_FILE),
	ROW("dockerfilekey", RULE_ALLOW, NULL, OWN_FILE),
	ROW("image-resolve-mode", RULE_FORCE, "local",
		"names that the engine has are not replaced"),
	ROW("cmdline", RULE_FORCE, "docker/dockerfile",
		"with it the engine's own frontend reads the file: # syntax= would run an image "
		"with the power to define steps"),
	ROW("force-network-mode", RULE_FORCE, "--docker-build-net",
		"host leads to services of the host"),
	ROW("build-arg:BUILDKIT_CACHE_MOUNT_NS", RULE_FORCE, "the run's id",
		"RUN --mount=type=cache of others are not for this builder to read"),
	ROW("build-arg:BUILDKIT_INLINE_CACHE", RULE_ALLOW, NULL, "it stays in the image"),
	ROW("build-arg:BUILDKIT_*", RULE_REFUSE, NULL, "it steers the engine"),
	ROW("build-arg:HTTP_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:HTTPS_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:FTP_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:ALL_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:NO_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:*", RULE_ALLOW, NULL, "a value for an ARG"),
	ROW("label:" LABEL_PREFIX "*", RULE_REFUSE, NULL, "the run's own stand there"),
	ROW("label:*", RULE_ALLOW, NULL, "a label of the image"),
	/* Engine 26.1 puts the steps below the group that is named here, and its limits hold for
	 * them (tried, pids). But the group has to be made beforehand in the hierarchy of the
	 * engine, which may be another one, by root; nobody of us is root any more when a build
	 * is asked for. A group that is delegated to the run's user would not do: root's processes
	 * would be in the hands of that user, and with systemd's driver only a slice of the
	 * system's has a name that the engine takes. */
	ROW("cgroup-parent", RULE_DROP, NULL, "../.. leaves every limit"),
	ROW("shm-size", RULE_DROP, NULL, LIMITS),
	ROW("ulimit", RULE_DROP, NULL, LIMITS),
	ROW("attest:*", RULE_DROP, NULL, "nobody asked for them here"),
	ROW("vcs:*", RULE_DROP, NULL, "of attestations"),
	ROW("multi-platform", RULE_DROP, NULL, "one platform, the engine's"),
	ROW("frontend.caps", RULE_DROP, NULL, "the engine's own frontend has them all"),
	ROW("add-hosts", RULE_REFUSE, NULL, "host-gateway is the host"),
	ROW("platform", RULE_REFUSE, NULL,
		"images of other platforms run through the host's binfmt handlers"),
	CHECKED("context", check_context, "a tar that the session sends", REMOTE),
	CHECKED("context:*", check_named_context, "local:NAME", REMOTE),
	ROW("requestid", RULE_REFUSE, NULL,
		"clients ask for an image all the same, and get an empty one without a label"),
	ROW("cache-imports", RULE_REFUSE, NULL, CACHES),
	ROW("cache-from", RULE_REFUSE, NULL, CACHES),
	ROW("source", RULE_REFUSE, NULL, "it names another frontend"),
	{ 0 },
};
const struct schema buildkit_attributes = { "frontend attributes", attribute_rows };

/* What is refused is so in every case: BuildKit folds the names of proxies. */
static const struct field *attribute_find(const char *name)
{
	for (const struct field *f = attribute_rows; f->name != NULL; f++) {
		size_t n = strlen(f->name), most = f->name[n - 1] == '*' ? n - 1 : n + 1;

		if (f->rule == RULE_REFUSE ? strncasecmp(name, f->name, most) == 0
					   : strncmp(name, f->name, most) == 0)
			return f;
	}
	return NULL;
}

/* Beyond ASCII there are letters that fold to those of a name in the rows. */
static bool is_plain(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static int check_attributes(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *item;

	(void)field;
	cJSON_ArrayForEach(item, value)
	{
		const struct field *row = attribute_find(item->string);

		if (row == NULL || !is_plain(item->string))
			return refuse(r, 403, "the build attribute %.60s is not known here",
				item->string);
		if (row->rule == RULE_REFUSE && item->valuestring[0] != '\0')
			return refuse(
				r, 403, "the build attribute %.60s: %s", item->string, row->reason);
		if (row->check != NULL && row->check(run, row, item, r) < 0)
			return -1;
	}
	return 0;
}

static const char *forced(const struct field *row, const struct policy *policy)
{
	if (strcmp(row->name, "force-network-mode") == 0)
		return strcmp(policy->build_net, "none") == 0 ? "none" : "sandbox";
	if (strcmp(row->name, "build-arg:BUILDKIT_CACHE_MOUNT_NS") == 0)
		return policy->run_id;
	return row->value;
}

static cJSON *make_attributes(struct schema_run *run, const cJSON *given)
{
	cJSON *anew = cJSON_CreateObject();
	bool ok = anew != NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, given)
	{
		const struct field *row = attribute_find(item->string);

		if (ok && row != NULL && row->rule == RULE_ALLOW)
			ok = cJSON_AddStringToObject(anew, item->string, item->valuestring) != NULL;
	}
	for (const struct field *row = attribute_rows; ok && row->name != NULL; row++)
		if (row->rule == RULE_FORCE)
			ok = cJSON_AddStringToObject(anew, row->name, forced(row, run->policy)) !=
			     NULL;
	if (ok)
		return anew;
	cJSON_Delete(anew);
	return NULL;
}

/* ---- rows ---- */

#define FIELD(name, kind, rule, sub, check, make, value, reason)                                   \
	{                                                                                          \
		name, kind, rule, sub, check, make, value, reason                                  \
	}
#define ALLOW(name, kind, check, value, reason)                                                    \
	FIELD(name, kind, RULE_ALLOW, NULL, check, NULL, value, reason)
#define REQUIRE(name, kind, check, value, reason)                                                  \
	FIELD(name, kind, RULE_REQUIRE, NULL, check, NULL, value, reason)
#define REFUSE(name, reason) FIELD(name, KIND_ANY, RULE_REFUSE, NULL, NULL, NULL, NULL, reason)
#define DROP(name, reason)   FIELD(name, KIND_ANY, RULE_DROP, NULL, NULL, NULL, NULL, reason)
#define DEFINITION           "steps of a client's own reach the host's network and may have no seccomp"

bool buildkit_is_id(const char *word)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(word);

	return n >= 20 && n <= 64 && strspn(word, characters) == n;
}

static int check_id(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	return buildkit_is_id(value->valuestring)
		       ? 0
		       : refuse(r, 400, "%s is no id of BuildKit's", field->name);
}

static int check_frontend(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	if (value->valuestring[0] == '\0' || strcmp(value->valuestring, "dockerfile.v0") == 0)
		return 0;
	return refuse(r, 403, "Frontend %.60s: %s", value->valuestring, field->reason);
}

static int check_inline(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *item, *type;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		type = cJSON_GetObjectItemCaseSensitive(item, "Type");
		if (!cJSON_IsString(type) || strcmp(type->valuestring, "inline") != 0)
			return refuse(r, 403, "cache exporter: %s", field->reason);
	}
	return 0;
}

/* moby: an image of the engine's; the others go to the client, by its session. */
static bool is_exporter(const char *type)
{
	static const char *const types[] = { "moby", "image", "local", "tar", "docker", "oci" };

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* All but the name is left away: a push has a call of its own, load and tar are what the
 * types do anyway. */
static bool is_exporter_attribute(const char *name)
{
	static const char *const names[] = { "name", "push", "load", "tar" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int check_exporters(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *item = value->child, *attribute;
	const char *type;

	(void)run;
	(void)field;
	if (item == NULL)
		return 0;
	if (item->next != NULL)
		return refuse(r, 403, "one exporter is served at a time");
	type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "Type"));
	if (type == NULL || !is_exporter(type))
		return refuse(r, 403, "the exporter %.40s is not served", type != NULL ? type : "");
	cJSON_ArrayForEach(attribute, cJSON_GetObjectItemCaseSensitive(item, "Attrs"))
	{
		if (!is_exporter_attribute(attribute->string))
			return refuse(r, 403,
				"exporter, %.40s: only the name of the image is taken",
				attribute->string);
	}
	return 0;
}

static cJSON *make_nothing(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateNull();
}

static const struct field cache_entry_rows[] = {
	ALLOW("Type", KIND_STRING, NULL, "inline", CACHES),
	ALLOW("Attrs", KIND_MAP, NULL, NULL, "of an inline cache"),
	{ 0 },
};
static const struct schema cache_entry_schema = { "cache entry", cache_entry_rows };

static const struct field cache_rows[] = {
	FIELD("Exports", KIND_OBJECTS, RULE_ALLOW, &cache_entry_schema, check_inline, NULL,
		"inline", CACHES),
	REFUSE("Imports", CACHES),
	REFUSE("ExportRefDeprecated", CACHES),
	REFUSE("ImportRefsDeprecated", CACHES),
	REFUSE("ExportAttrsDeprecated", CACHES),
	{ 0 },
};
static const struct schema cache_schema = { "cache options", cache_rows };

static const struct field exporter_rows[] = {
	ALLOW("Type", KIND_STRING, NULL, "moby, image, local, tar, docker or oci", "one result"),
	ALLOW("Attrs", KIND_MAP, NULL, "name", "each name within --docker-tag; never push"),
	{ 0 },
};
static const struct schema exporter_schema = { "exporter", exporter_rows };

static const struct field buildkit_rows[] = {
	REQUIRE("Ref", KIND_STRING, check_id, "an id", "the build is known by it"),
	REFUSE("Definition", DEFINITION),
	ALLOW("ExporterDeprecated", KIND_STRING, NULL, "as Exporters", "of older clients"),
	ALLOW("ExporterAttrsDeprecated", KIND_MAP, NULL, "as Exporters", "of older clients"),
	FIELD("Exporters", KIND_OBJECTS, RULE_ALLOW, &exporter_schema, check_exporters, NULL,
		"at most one", "where the result goes"),
	REQUIRE("Session", KIND_STRING, check_id, "a session of this run's own",
		"another's session has another's files and passwords"),
	ALLOW("Frontend", KIND_STRING, check_frontend, "dockerfile.v0 or none",
		"any image can be a frontend, and defines steps as it likes"),
	FIELD("FrontendAttrs", KIND_MAP, RULE_FORCE, NULL, check_attributes, make_attributes,
		"see the frontend attributes", "each has a row"),
	FIELD("Cache", KIND_OBJECT, RULE_ALLOW, &cache_schema, NULL, NULL, "inline", CACHES),
	REFUSE("Entitlements", "network.host, security.insecure and device are the host"),
	REFUSE("FrontendInputs", DEFINITION),
	ALLOW("Internal", KIND_BOOL, NULL, NULL, "it is not told in the engine's history"),
	FIELD("SourcePolicy", KIND_ANY, RULE_FORCE, NULL, NULL, make_nothing,
		"all is denied but what was granted",
		"FROM, COPY --from, ADD and mounts load by it"),
	REFUSE("SourcePolicySession", "the policy is the run's"),
	REFUSE("EnableSessionExporter", "the exporter is in the request"),
	{ 0 },
};
const struct schema buildkit_schema = { "Solve", buildkit_rows };

static const struct field status_rows[] = {
	REQUIRE("Ref", KIND_STRING, check_id, "a build of this run's own",
		"others' output is not for this builder to read"),
	{ 0 },
};
const struct schema buildkit_status_schema = { "Status", status_rows };

static const struct field workers_rows[] = { DROP("filter", "there is one worker"), { 0 } };
const struct schema buildkit_workers_schema = { "ListWorkers", workers_rows };

static const struct field no_rows[] = { { 0 } };
const struct schema buildkit_info_schema = { "Info", no_rows };
const struct schema bridge_ping_schema = { "Ping", no_rows };

static const struct field buildkit_bridge_rows[] = {
	REFUSE("Definition", DEFINITION),
	REQUIRE("Frontend", KIND_STRING, check_frontend, "dockerfile.v0",
		"any image can be a frontend, and defines steps as it likes"),
	FIELD("FrontendOpt", KIND_MAP, RULE_FORCE, NULL, check_attributes, make_attributes,
		"see the frontend attributes", "each has a row"),
	REFUSE("ImportCacheRefsDeprecated", CACHES),
	ALLOW("allowResultReturn", KIND_BOOL, NULL, NULL, "the form of the answer"),
	ALLOW("allowResultArrayRef", KIND_BOOL, NULL, NULL, "the form of the answer"),
	ALLOW("Final", KIND_BOOL, NULL, NULL, "of older clients"),
	REFUSE("ExporterAttr", "the exporter is the Solve's"),
	REFUSE("CacheImports", CACHES),
	REFUSE("FrontendInputs", DEFINITION),
	ALLOW("Evaluate", KIND_BOOL, NULL, NULL, "when the steps run"),
	REFUSE("SourcePolicies", "the policy is the run's"),
	{ 0 },
};
const struct schema buildkit_bridge_schema = { "LLBBridge.Solve", buildkit_bridge_rows };

static const struct field ref_rows[] = {
	ALLOW("id", KIND_STRING, NULL, "a result of this build", "the engine knows it by its id"),
	{ 0 },
};
static const struct schema ref_schema = { "Ref", ref_rows };
static const struct field result_rows[] = {
	ALLOW("RefDeprecated", KIND_STRING, NULL, NULL, "of older clients"),
	FIELD("Ref", KIND_OBJECT, RULE_ALLOW, &ref_schema, NULL, NULL, NULL, "the result"),
	REFUSE("Refs", "one platform, the engine's: of several each has a configuration"),
	ALLOW("metadata", KIND_MAP, NULL, "a configuration with the run's labels",
		"teardown finds the image by them"),
	{ 0 },
};
static const struct schema result_schema = { "Result", result_rows };
static const struct field error_rows[] = {
	ALLOW("code", KIND_INT, NULL, NULL, "why there is no result"),
	ALLOW("message", KIND_STRING, NULL, NULL, "why there is no result"),
	{ 0 },
};
static const struct schema error_schema = { "error", error_rows };
static const struct field return_rows[] = {
	FIELD("result", KIND_OBJECT, RULE_ALLOW, &result_schema, NULL, NULL, NULL,
		"what the frontend made, without the definition of it"),
	FIELD("error", KIND_OBJECT, RULE_ALLOW, &error_schema, NULL, NULL, NULL,
		"why there is none"),
	{ 0 },
};
const struct schema bridge_return_schema = { "Return", return_rows };

/* ---- what is made of a request ---- */

void buildkit_exporter(const cJSON *tree, const char **ret_type, const char **ret_names)
{
	const cJSON *first =
		cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "Exporters"), 0);
	const cJSON *attributes =
		first != NULL ? cJSON_GetObjectItemCaseSensitive(first, "Attrs")
			      : cJSON_GetObjectItemCaseSensitive(tree, "ExporterAttrsDeprecated");

	*ret_type =
		first != NULL ? json_text(first, "Type") : json_text(tree, "ExporterDeprecated");
	*ret_names = json_text(attributes, "name");
}

int buildkit_set_exporter(cJSON *tree, const char *type, const char *names)
{
	cJSON *list, *one, *attributes, *old;

	cJSON_DeleteItemFromObjectCaseSensitive(tree, "Exporters");
	cJSON_DeleteItemFromObjectCaseSensitive(tree, "ExporterDeprecated");
	cJSON_DeleteItemFromObjectCaseSensitive(tree, "ExporterAttrsDeprecated");
	if (type[0] == '\0')
		return 0;
	list = cJSON_AddArrayToObject(tree, "Exporters");
	one = cJSON_CreateObject();
	if (list == NULL || one == NULL || !cJSON_AddItemToArray(list, one)) {
		cJSON_Delete(one);
		return -1;
	}
	attributes = cJSON_AddObjectToObject(one, "Attrs");
	old = cJSON_AddObjectToObject(tree, "ExporterAttrsDeprecated");
	if (cJSON_AddStringToObject(one, "Type", type) == NULL || attributes == NULL ||
		old == NULL || cJSON_AddStringToObject(tree, "ExporterDeprecated", type) == NULL)
		return -1;
	if (names[0] != '\0' && (cJSON_AddStringToObject(attributes, "name", names) == NULL ||
					cJSON_AddStringToObject(old, "name", names) == NULL))
		return -1;
	return 0;
}

int buildkit_add_label(cJSON *tree, const char *attributes, const char *name, const char *value)
{
	cJSON *object = cJSON_GetObjectItemCaseSensitive(tree, attributes);
	own_text struct text key = { 0 };

	text_format(&key, "label:%s", name);
	if (key.failed || object == NULL)
		return -1;
	cJSON_DeleteItemFromObjectCaseSensitive(object, key.s);
	return cJSON_AddStringToObject(object, key.s, value) != NULL ? 0 : -1;
}

/* ---- the result that a client returns ---- */

#define IMAGE_CONFIG     "containerimage.config"
#define IMAGE_CONFIG_KIB 1024

static int check_labels(
	const cJSON *labels, const struct policy *policy, const char *tags, struct refusal *r)
{
	char user[POLICY_USER_SIZE];
	const cJSON *label;

	if (strcmp(json_text(labels, LABEL_RUN), policy->run_id) != 0 ||
		strcmp(json_text(labels, LABEL_USER), policy_user(policy, user)) != 0 ||
		strcmp(json_text(labels, LABEL_TAGS), tags) != 0)
		return refuse(r, 403,
			"Return: the image does not carry the labels of this run, by which it is "
			"found again");
	cJSON_ArrayForEach(label, labels)
	{
		if (strncasecmp(label->string, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0 &&
			strcmp(label->string, LABEL_RUN) != 0 &&
			strcmp(label->string, LABEL_USER) != 0 &&
			strcmp(label->string, LABEL_TAGS) != 0)
			return refuse(r, 403, "Return: the label %.60s: the run's own stand there",
				label->string);
	}
	return 0;
}

/* It is passed on as it is and not printed anew, for it may have numbers that cJSON cannot
 * print: no two of its keys fold alike, so the engine finds what was found here. */
static int check_config(
	const cJSON *value, const struct policy *policy, const char *tags, struct refusal *r)
{
	own_text struct text text = { 0 };
	cJSON *config;
	int labelled;

	if (!cJSON_IsString(value) || proto_bytes(value->valuestring, &text) < 0 || text.failed)
		return refuse(r, 400, "Return: the image's configuration cannot be read");
	if (schema_parse((struct span){ text.s, text.n }, IMAGE_CONFIG_KIB, &config, r) < 0)
		return -1;
	labelled =
		check_labels(cJSON_GetObjectItemCaseSensitive(
				     cJSON_GetObjectItemCaseSensitive(config, "config"), "Labels"),
			policy, tags, r);
	cJSON_Delete(config);
	return labelled;
}

int buildkit_check_result(
	const cJSON *tree, const struct policy *policy, const char *tags, struct refusal *r)
{
	const cJSON *given = cJSON_GetObjectItemCaseSensitive(tree, "result");
	const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(given, "metadata"), *item;
	bool found = false;

	if (given == NULL || tags == NULL)
		return 0;
	cJSON_ArrayForEach(item, metadata)
	{
		/* Engines that know platforms have a second one, with the platform behind it. */
		if (strncmp(item->string, IMAGE_CONFIG, strlen(IMAGE_CONFIG)) != 0)
			continue;
		if (check_config(item, policy, tags, r) < 0)
			return -1;
		found |= strcmp(item->string, IMAGE_CONFIG) == 0;
	}
	return found ? 0
		     : refuse(r, 403,
			       "Return: an image without " IMAGE_CONFIG
			       " has not the labels of this run");
}

/* ---- the source policy ---- */

enum { ACTION_ALLOW = 0, ACTION_DENY = 1 };
enum { MATCH_EXACT = 1, MATCH_REGEX = 2 };

/* The last rule that matches decides. */
static bool add_rule(cJSON *rules, int action, int match, const char *identifier)
{
	cJSON *one = cJSON_CreateObject(), *chosen = cJSON_AddObjectToObject(one, "selector");

	if (chosen != NULL && cJSON_AddNumberToObject(one, "action", action) != NULL &&
		cJSON_AddStringToObject(chosen, "identifier", identifier) != NULL &&
		cJSON_AddNumberToObject(chosen, "match_type", match) != NULL &&
		cJSON_AddItemToArray(rules, one))
		return true;
	cJSON_Delete(one);
	return false;
}

/* A pattern of --docker-pull in the form of reference.h, as Go's regexp has it. */
static bool add_pattern(cJSON *rules, const char *pattern)
{
	own_text struct text full = { 0 }, regex = { 0 };
	const char *slash = strchr(pattern, '/');
	size_t first = slash != NULL ? (size_t)(slash - pattern) : 0;
	bool domain = slash != NULL &&
		      (memchr(pattern, '.', first) != NULL || memchr(pattern, ':', first) != NULL ||
			      strncmp(pattern, "localhost/", 10) == 0);
	const char *last;

	if (!domain)
		text_word(&full, slash != NULL ? "docker.io/" : "docker.io/library/");
	text_word(&full, pattern);
	if (full.failed)
		return false;
	last = strrchr(full.s, '/');
	text_word(&regex, "^docker-image://");
	for (const char *p = full.s; *p != '\0'; p++)
		if (*p == '*')
			text_word(&regex, "[^/:@]*");
		else if (strchr(".+()[]{}|^$?\\", *p) != NULL)
			text_format(&regex, "\\%c", *p);
		else
			text_add(&regex, p, 1);
	if (strchr(last, ':') == NULL)
		text_word(&regex, "(:[^/:@]+)?");
	text_word(&regex, "(@sha256:[0-9a-f]{64})?$");
	return !regex.failed && add_rule(rules, ACTION_ALLOW, MATCH_REGEX, regex.s);
}

static bool add_image(cJSON *rules, const char *name)
{
	own_text struct text identifier = { 0 };

	text_format(&identifier, "docker-image://%s", name);
	return !identifier.failed && add_rule(rules, ACTION_ALLOW, MATCH_EXACT, identifier.s);
}

cJSON *buildkit_policy(const cJSON *images, char *const *pulls)
{
	cJSON *policy = cJSON_CreateObject(), *rules = cJSON_AddArrayToObject(policy, "rules");
	const cJSON *image;
	bool ok = rules != NULL && cJSON_AddNumberToObject(policy, "version", 1) != NULL &&
		  add_rule(rules, ACTION_DENY, MATCH_REGEX, "^") &&
		  add_rule(rules, ACTION_ALLOW, MATCH_REGEX, "^local://[a-zA-Z0-9._-]+$") &&
		  add_rule(rules, ACTION_ALLOW, MATCH_REGEX, "^" UPLOAD "[a-z0-9]{20,64}$");

	cJSON_ArrayForEach(image, images) ok = ok && add_image(rules, image->valuestring);
	for (; ok && pulls != NULL && *pulls != NULL; pulls++)
		ok = add_pattern(rules, *pulls);
	if (ok)
		return policy;
	cJSON_Delete(policy);
	return NULL;
}
