#include "sandbox/verbs/explain_docker.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/body.h"
#include "sandbox/docker/buildkit.h"
#include "sandbox/docker/buildkit_attribute.h"
#include "sandbox/docker/buildkit_solve.h"
#include "sandbox/docker/query_rows.h"
#include "sandbox/docker/route.h"
#include "sandbox/engine/find.h"

#include <string.h>

void explain_engine_find(
	const struct config *config, const struct identity *identity, struct explain_engine *ret)
{
	struct engine_place engine;
	struct failure f;

	*ret = (struct explain_engine){ .socket = "" };
	if (config->docker == DOCKER_OFF)
		return;
	if (engine_find(config->docker_host, identity, &engine, &f) < 0) {
		snprintf(ret->detail, sizeof(ret->detail), "%s", f.what);
		return;
	}
	snprintf(ret->socket, sizeof(ret->socket), "%s", engine.socket.path);
	if (engine.needs_group)
		snprintf(ret->detail, sizeof(ret->detail), "the broker keeps group %u for it",
			engine.group);
	engine_release(&engine);
}

/* ---- as JSON ---- */

static void add_text(cJSON *row, const char *name, const char *text)
{
	cJSON_AddStringToObject(row, name, text != NULL ? text : "");
}

static cJSON *patterns_json(const struct strings *patterns)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; i < patterns->n; i++)
		cJSON_AddItemToArray(array, cJSON_CreateString(patterns->v[i]));
	return array;
}

static cJSON *grants_json(const struct config *config)
{
	cJSON *grants = cJSON_CreateObject();

	cJSON_AddItemToObject(grants, "tag", patterns_json(&config->docker_tag));
	cJSON_AddItemToObject(grants, "base", patterns_json(&config->docker_base));
	cJSON_AddItemToObject(grants, "pull", patterns_json(&config->docker_pull));
	cJSON_AddItemToObject(grants, "push", patterns_json(&config->docker_push));
	add_text(grants, "build-net", config->docker_build_net);
	cJSON_AddBoolToObject(grants, "auth", config->docker_auth != NULL);
	return grants;
}

static cJSON *query_json(const struct query_rule *rules)
{
	cJSON *rows = cJSON_CreateArray();

	for (; rules != NULL && rules->name != NULL; rules++) {
		cJSON *row = cJSON_CreateObject();

		add_text(row, "name", rules->name);
		add_text(row, "kind", query_kind_name(rules->kind));
		add_text(row, "rule", rule_name(rules->rule));
		add_text(row, "value", rules->value);
		add_text(row, "reason", rules->reason);
		cJSON_AddItemToArray(rows, row);
	}
	return rows;
}

/* The rows that count at this level, and those that refuse by name. */
static cJSON *routes_json(enum docker_level level)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < routes_n; i++) {
		const struct route *route = &routes[i];
		cJSON *row;

		if (route->level > level)
			continue;
		row = cJSON_CreateObject();
		add_text(row, "level", docker_level_name(route->level));
		add_text(row, "method", route_method_name(route));
		add_text(row, "path", route->path);
		add_text(row, "answer", answer_name(route->answer));
		add_text(row, "body", body_kind_name(route->body));
		add_text(row, "schema", route->schema != NULL ? route->schema->name : NULL);
		add_text(row, "reason", route->reason);
		cJSON_AddItemToObject(row, "query", query_json(route->query));
		cJSON_AddItemToArray(rows, row);
	}
	return rows;
}

static cJSON *fields_json(const struct field *fields)
{
	cJSON *rows = cJSON_CreateArray();

	for (; fields->name != NULL; fields++) {
		cJSON *row = cJSON_CreateObject();

		add_text(row, "name", fields->name);
		add_text(row, "kind", kind_name(fields->kind));
		add_text(row, "rule", rule_name(fields->rule));
		add_text(row, "value", fields->value);
		add_text(row, "reason", fields->reason);
		add_text(row, "schema", fields->sub != NULL ? fields->sub->name : NULL);
		cJSON_AddItemToArray(rows, row);
	}
	return rows;
}

/* A schema and, after it, those of its fields; each once. */
static void add_schema(cJSON *bodies, const struct schema *schema)
{
	if (cJSON_GetObjectItemCaseSensitive(bodies, schema->name) != NULL)
		return;
	cJSON_AddItemToObject(bodies, schema->name, fields_json(schema->fields));
	for (const struct field *field = schema->fields; field->name != NULL; field++)
		if (field->sub != NULL)
			add_schema(bodies, field->sub);
}

/* What stands behind POST /grpc. */
static cJSON *calls_json(void)
{
	cJSON *rows = cJSON_CreateArray();

	for (const struct buildkit_call *call = buildkit_calls; call->path != NULL; call++) {
		cJSON *row = cJSON_CreateObject();

		add_text(row, "method", "gRPC");
		add_text(row, "path", call->path);
		add_text(row, "answer", buildkit_answer_name(call->answer));
		add_text(row, "body", call->schema != NULL ? "message" : "not read");
		add_text(row, "schema", call->schema != NULL ? call->schema->name : NULL);
		add_text(row, "reason", call->reason);
		cJSON_AddItemToArray(rows, row);
	}
	return rows;
}

static cJSON *bodies_json(enum docker_level level)
{
	cJSON *bodies = cJSON_CreateObject();

	for (size_t i = 0; i < routes_n; i++)
		if (routes[i].schema != NULL && routes[i].level <= level)
			add_schema(bodies, routes[i].schema);
	for (const struct buildkit_call *call = buildkit_calls; call->path != NULL; call++)
		if (call->schema != NULL)
			add_schema(bodies, call->schema);
	add_schema(bodies, &buildkit_attributes);
	return bodies;
}

cJSON *explain_docker_json(const struct config *config, const struct explain_engine *engine)
{
	cJSON *docker = cJSON_CreateObject();

	add_text(docker, "level", docker_level_name(config->docker));
	if (config->docker == DOCKER_OFF)
		return docker;
	cJSON_AddItemToObject(docker, "engine",
		engine->socket[0] != '\0' ? cJSON_CreateString(engine->socket)
					  : cJSON_CreateNull());
	add_text(docker, "engine-detail", engine->detail);
	cJSON_AddItemToObject(docker, "grants", grants_json(config));
	if (config->docker == DOCKER_RAW)
		return docker;
	cJSON_AddItemToObject(docker, "routes", routes_json(config->docker));
	cJSON_AddItemToObject(docker, "calls", calls_json());
	cJSON_AddItemToObject(docker, "bodies", bodies_json(config->docker));
	return docker;
}

/* ---- as text ---- */

static void print_rule(FILE *out, const char *indent, const cJSON *row)
{
	const char *value = json_text(row, "value"), *reason = json_text(row, "reason");

	fprintf(out, "%s%-8s%s%s%s%s%s\n", indent, json_text(row, "rule"), json_text(row, "name"),
		value[0] != '\0' ? ": " : "", value, reason[0] != '\0' ? "  -- " : "", reason);
}

static void print_grants(FILE *out, const cJSON *grants)
{
	const cJSON *grant, *pattern;

	cJSON_ArrayForEach(grant, grants)
	{
		fprintf(out, "  %-12s", grant->string);
		if (cJSON_IsBool(grant))
			fprintf(out, " %s", cJSON_IsTrue(grant) ? "given" : "none");
		else if (cJSON_IsString(grant))
			fprintf(out, " %s", grant->valuestring);
		else if (grant->child == NULL)
			fprintf(out, " nothing");
		cJSON_ArrayForEach(pattern, grant)
			fprintf(out, " %s", cJSON_GetStringValue(pattern));
		fputc('\n', out);
	}
}

static void print_routes(FILE *out, const char *title, const cJSON *routes_rows)
{
	const cJSON *route, *rule;

	fprintf(out, "\nDocker: %s (what has no row is refused)\n", title);
	cJSON_ArrayForEach(route, routes_rows)
	{
		fprintf(out, "  %-7s %s\n          %s; body: %s%s%s\n          %s\n",
			json_text(route, "method"), json_text(route, "path"),
			json_text(route, "answer"), json_text(route, "body"),
			json_text(route, "schema")[0] != '\0' ? ", " : "",
			json_text(route, "schema"), json_text(route, "reason"));
		cJSON_ArrayForEach(rule, cJSON_GetObjectItemCaseSensitive(route, "query"))
			print_rule(out, "            ?", rule);
	}
}

static void print_bodies(FILE *out, const cJSON *bodies)
{
	const cJSON *schema, *row;

	cJSON_ArrayForEach(schema, bodies)
	{
		fprintf(out, "\nDocker: %s (any other field is refused)\n", schema->string);
		cJSON_ArrayForEach(row, schema) print_rule(out, "  ", row);
	}
}

void explain_docker_head(FILE *out, const cJSON *docker)
{
	const char *detail = json_text(docker, "engine-detail");

	fprintf(out, "%-12s %s\n", "docker", json_text(docker, "level"));
	if (cJSON_GetObjectItemCaseSensitive(docker, "grants") == NULL)
		return;
	fprintf(out, "%-12s %s%s%s\n", "engine", json_text(docker, "engine"),
		detail[0] != '\0' ? " " : "", detail);
}

void explain_docker_count(FILE *out, const cJSON *docker)
{
	const cJSON *calls = cJSON_GetObjectItemCaseSensitive(docker, "routes");

	if (calls != NULL)
		fprintf(out, "  %-24s %d of the API, %d of BuildKit\n", "calls of Docker",
			cJSON_GetArraySize(calls),
			cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(docker, "calls")));
}

void explain_docker_print(FILE *out, const cJSON *docker)
{
	if (cJSON_GetObjectItemCaseSensitive(docker, "grants") == NULL)
		return;
	fprintf(out, "\nDocker: grants\n");
	print_grants(out, cJSON_GetObjectItemCaseSensitive(docker, "grants"));
	if (cJSON_GetObjectItemCaseSensitive(docker, "routes") == NULL) {
		fprintf(out, "\nDocker: every byte is passed on; that is root on the host\n");
		return;
	}
	print_routes(out, "calls", cJSON_GetObjectItemCaseSensitive(docker, "routes"));
	print_routes(out, "calls of BuildKit, if the engine has a source policy",
		cJSON_GetObjectItemCaseSensitive(docker, "calls"));
	print_bodies(out, cJSON_GetObjectItemCaseSensitive(docker, "bodies"));
}
