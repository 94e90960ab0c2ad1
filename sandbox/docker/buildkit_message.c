#include "sandbox/docker/buildkit_message.h"

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

/* Labels, policies of the cache and devices are the host's, and are left out. */
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
