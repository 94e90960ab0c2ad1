#include "sandbox/docker/buildkit_solve.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_attribute.h"

#include <string.h>

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

static int check_id(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	return buildkit_is_id(value->valuestring)
		       ? 0
		       : refuse(r, 400, "%s is not an id of BuildKit's", field->name);
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

/* All but the name is left out: a push has a call of its own, load and tar are what the
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
	ALLOW("Type", KIND_STRING, NULL, "inline", BUILDKIT_CACHES),
	ALLOW("Attrs", KIND_MAP, NULL, NULL, "of an inline cache"),
	{ 0 },
};
static const struct schema cache_entry_schema = { "cache entry", cache_entry_rows };

static const struct field cache_rows[] = {
	FIELD("Exports", KIND_OBJECTS, RULE_ALLOW, &cache_entry_schema, check_inline, NULL,
		"inline", BUILDKIT_CACHES),
	DROP("Imports", BUILDKIT_CACHES),
	REFUSE("ExportRefDeprecated", BUILDKIT_CACHES),
	DROP("ImportRefsDeprecated", BUILDKIT_CACHES),
	REFUSE("ExportAttrsDeprecated", BUILDKIT_CACHES),
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
	FIELD("FrontendAttrs", KIND_MAP, RULE_FORCE, NULL, buildkit_attributes_check,
		buildkit_attributes_make, "see the frontend attributes", "each has a row"),
	FIELD("Cache", KIND_OBJECT, RULE_ALLOW, &cache_schema, NULL, NULL, "inline",
		BUILDKIT_CACHES),
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
	FIELD("FrontendOpt", KIND_MAP, RULE_FORCE, NULL, buildkit_attributes_check,
		buildkit_attributes_make, "see the frontend attributes", "each has a row"),
	DROP("ImportCacheRefsDeprecated", BUILDKIT_CACHES),
	ALLOW("allowResultReturn", KIND_BOOL, NULL, NULL, "the form of the answer"),
	ALLOW("allowResultArrayRef", KIND_BOOL, NULL, NULL, "the form of the answer"),
	ALLOW("Final", KIND_BOOL, NULL, NULL, "of older clients"),
	REFUSE("ExporterAttr", "the exporter is the Solve's"),
	DROP("CacheImports", BUILDKIT_CACHES),
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
