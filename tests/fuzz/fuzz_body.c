/* Whatever stands in a JSON body: what the rows make of it has no field but theirs, none
 * that they drop or refuse, and is not changed by being read again. The first byte chooses
 * the body.
 */
#include "sandbox/docker/body.h"

#include "sandbox/base/own.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const struct schema *const bodies[] = { &body_container_create, &body_exec_create,
	&body_exec_start, &body_network_create, &body_network_connect, &body_network_disconnect,
	&body_volume_create };

static void check_object(const struct schema *schema, const cJSON *object);

static void check_field(const struct field *field, const cJSON *item)
{
	const cJSON *inner;

	require(field->rule != RULE_DROP && field->rule != RULE_REFUSE);
	if (field->kind == KIND_OBJECT && field->make == NULL)
		check_object(field->sub, item);
	if (field->kind == KIND_OBJECTS || field->kind == KIND_TABLE)
		cJSON_ArrayForEach(inner, item) check_object(field->sub, inner);
}

static void check_object(const struct schema *schema, const cJSON *object)
{
	const cJSON *item;

	require(cJSON_IsObject(object));
	cJSON_ArrayForEach(item, object)
	{
		const struct field *field = schema->fields;

		while (field->name != NULL && strcmp(field->name, item->string) != 0)
			field++;
		require(field->name != NULL);
		check_field(field, item);
	}
}

static const char *text_at(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsString(item) ? item->valuestring : "";
}

/* The few that give the host away, by name and not by their rows. */
static void check_container(const cJSON *body)
{
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(body, "HostConfig"), *item;

	require(cJSON_IsObject(host));
	require(!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(host, "Privileged")));
	require(cJSON_GetObjectItemCaseSensitive(host, "Devices") == NULL);
	require(strcmp(text_at(host, "NetworkMode"), "host") != 0);
	require(strcmp(text_at(host, "PidMode"), "host") != 0);
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(host, "Binds")) require(
		cJSON_IsString(item) && item->valuestring[0] != '/' && item->valuestring[0] != '.');
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(host, "Mounts"))
		require(strcmp(text_at(item, "Type"), "volume") == 0 ||
			strcmp(text_at(item, "Type"), "tmpfs") == 0);
	require(strcmp(text_at(cJSON_GetObjectItemCaseSensitive(body, "Labels"), LABEL_OWNER),
			"0123456789abcdef0123456789abcdef") == 0);
}

static cJSON *apply(const struct schema *schema, struct span text)
{
	static const struct policy policy = { .level = DOCKER_RUN,
		.run_id = "fedcba9876543210fedcba9876543210",
		.owner = "0123456789abcdef0123456789abcdef",
		.limits.memory_bytes = 1 << 30,
		.limits.pids = 100 };
	struct schema_run run = { .policy = &policy };
	struct refusal r = { 0 };
	cJSON *given = NULL, *anew = NULL;

	if (schema_parse(text, 64, &given, &r) == 0 &&
		schema_apply(schema, given, &run, &anew, &r) == 0)
		require(anew != NULL && run.claims_n <= CLAIMS_MAX);
	else
		require(r.reason[0] != '\0' && r.status >= 400 && r.status < 500);
	cJSON_Delete(given);
	return anew;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct schema *schema;
	cJSON *tree, *again;

	if (size == 0)
		return 0;
	schema = bodies[data[0] % ARRAY_LEN(bodies)];
	tree = apply(schema, (struct span){ (const char *)data + 1, size - 1 });
	if (tree == NULL)
		return 0;
	check_object(schema, tree);
	if (schema == &body_container_create)
		check_container(tree);
	own_mem char *text = cJSON_PrintUnformatted(tree);
	struct refusal r = { 0 };

	require(text != NULL);
	require(schema_parse((struct span){ text, strlen(text) }, 1024, &again, &r) == 0);
	require(cJSON_Compare(tree, again, true));
	cJSON_Delete(again);
	cJSON_Delete(tree);
	return 0;
}
