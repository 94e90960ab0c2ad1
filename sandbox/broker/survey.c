#include "sandbox/broker/survey.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <string.h>

#define OUT_BYTES (8 * 1024 * 1024)

/* ---- what is told ---- */

static double number(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsNumber(item) && item->valuedouble > 0 ? item->valuedouble : 0;
}

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void add_run(cJSON *row, const cJSON *labels)
{
	cJSON_AddStringToObject(row, "run", json_text(labels, LABEL_RUN));
}

/* The strings of an array, or nothing. */
static void add_words(cJSON *row, const char *name, const cJSON *words)
{
	cJSON *anew = cJSON_AddArrayToObject(row, name);
	const cJSON *word;

	cJSON_ArrayForEach(word, words)
	{
		if (cJSON_IsString(word))
			cJSON_AddItemToArray(anew, cJSON_CreateString(word->valuestring));
	}
}

static void add_images(cJSON *out, const cJSON *df)
{
	cJSON *rows = cJSON_AddArrayToObject(out, "images");
	const cJSON *image;

	cJSON_ArrayForEach(image, at(df, "Images"))
	{
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "id", json_text(image, "Id"));
		add_words(row, "tags", at(image, "RepoTags"));
		cJSON_AddNumberToObject(row, "created", number(image, "Created"));
		cJSON_AddNumberToObject(row, "bytes", number(image, "Size"));
		add_run(row, at(image, "Labels"));
		cJSON_AddItemToArray(rows, row);
	}
}

static void add_containers(cJSON *out, const cJSON *df)
{
	cJSON *rows = cJSON_AddArrayToObject(out, "containers");
	const cJSON *container;

	cJSON_ArrayForEach(container, at(df, "Containers"))
	{
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "id", json_text(container, "Id"));
		cJSON_AddStringToObject(row, "image", json_text(container, "ImageID"));
		cJSON_AddNumberToObject(row, "bytes", number(container, "SizeRw"));
		add_run(row, at(container, "Labels"));
		cJSON_AddItemToArray(rows, row);
	}
}

static void add_volumes(cJSON *out, const cJSON *df)
{
	cJSON *rows = cJSON_AddArrayToObject(out, "volumes");
	const cJSON *volume;

	cJSON_ArrayForEach(volume, at(df, "Volumes"))
	{
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "name", json_text(volume, "Name"));
		cJSON_AddNumberToObject(row, "bytes", number(at(volume, "UsageData"), "Size"));
		add_run(row, at(volume, "Labels"));
		cJSON_AddItemToArray(rows, row);
	}
}

static void add_usage(cJSON *out, const cJSON *df)
{
	const cJSON *record;
	double cache = 0;

	add_images(out, df);
	add_containers(out, df);
	add_volumes(out, df);
	cJSON_ArrayForEach(record, at(df, "BuildCache"))
	{
		/* What is shared is a layer of an image, and counted there. */
		if (!cJSON_IsTrue(at(record, "Shared")))
			cache += number(record, "Size");
	}
	cJSON_AddNumberToObject(out, "cache_bytes", cache);
	cJSON_AddNumberToObject(out, "layer_bytes", number(df, "LayersSize"));
}

static void add_version(cJSON *out, const cJSON *version)
{
	cJSON *row = cJSON_AddObjectToObject(out, "version"), *parts;
	const cJSON *component;

	cJSON_AddStringToObject(row, "version", json_text(version, "Version"));
	cJSON_AddStringToObject(row, "api", json_text(version, "ApiVersion"));
	parts = cJSON_AddObjectToObject(row, "components");
	cJSON_ArrayForEach(component, at(version, "Components"))
	{
		const char *name = json_text(component, "Name");

		if (name[0] != '\0' && at(parts, name) == NULL)
			cJSON_AddStringToObject(parts, name, json_text(component, "Version"));
	}
}

/* An engine that does not warn at all (before 18.09) leaves the member out. */
static void add_exposed(cJSON *row, const cJSON *warnings)
{
	cJSON *exposed;
	const cJSON *word;

	if (warnings == NULL)
		return;
	exposed = cJSON_AddArrayToObject(row, "exposed");
	cJSON_ArrayForEach(word, warnings)
	{
		if (cJSON_IsString(word) &&
			strstr(word->valuestring, "API is accessible on") != NULL)
			cJSON_AddItemToArray(exposed, cJSON_CreateString(word->valuestring));
	}
}

static void add_info(cJSON *out, const cJSON *info)
{
	cJSON *row = cJSON_AddObjectToObject(out, "info"), *insecure;
	const cJSON *registries = at(info, "RegistryConfig"), *entry;

	cJSON_AddStringToObject(row, "root", json_text(info, "DockerRootDir"));
	cJSON_AddStringToObject(row, "driver", json_text(info, "Driver"));
	cJSON_AddStringToObject(row, "logging", json_text(info, "LoggingDriver"));
	add_words(row, "options", at(info, "SecurityOptions"));
	cJSON_AddBoolToObject(row, "live_restore", cJSON_IsTrue(at(info, "LiveRestoreEnabled")));
	cJSON_AddBoolToObject(row, "experimental", cJSON_IsTrue(at(info, "ExperimentalBuild")));
	add_exposed(row, at(info, "Warnings"));
	insecure = cJSON_AddArrayToObject(row, "insecure");
	cJSON_ArrayForEach(entry, at(registries, "IndexConfigs"))
	{
		if (cJSON_IsFalse(at(entry, "Secure")))
			cJSON_AddItemToArray(insecure, cJSON_CreateString(entry->string));
	}
}

static int ask(struct broker *b, const char *path, cJSON **ret, struct refusal *r)
{
	int status;

	if (upstream_ask(&b->upstream, NULL, HTTP_GET, path, NULL, &status, ret, r) < 0)
		return -1;
	if (status == 200 && *ret != NULL)
		return 0;
	cJSON_Delete(*ret);
	*ret = NULL;
	return refuse(r, 502, "the engine answers %s with status %d", path, status);
}

static int write_out(int fd, const cJSON *out, struct refusal *r)
{
	own_mem char *text = cJSON_PrintUnformatted(out);
	size_t n = text != NULL ? strlen(text) : 0;

	if (text == NULL || n > OUT_BYTES)
		return refuse(r, 502, "the engine has more than can be told");
	if (whole_write(fd, text, n) < 0)
		return refuse(r, 500, "what was found could not be written: %s", strerror(errno));
	return 0;
}

int survey_write(struct broker *b, int fd, struct refusal *r)
{
	static const struct {
		const char *path;
		void (*add)(cJSON *out, const cJSON *answer);
	} rows[] = { { "/version", add_version }, { "/info", add_info },
		{ "/system/df", add_usage } };
	cJSON *out = cJSON_CreateObject();
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows) && result == 0; i++) {
		cJSON *answer = NULL;

		result = ask(b, rows[i].path, &answer, r);
		if (result == 0)
			rows[i].add(out, answer);
		cJSON_Delete(answer);
	}
	if (result == 0)
		result = write_out(fd, out, r);
	cJSON_Delete(out);
	return result;
}

/* ---- what is removed ---- */

static int image_is(
	struct broker *b, const char *tag, const char *id, const char *run, struct refusal *r)
{
	own_text struct text path = { 0 };
	cJSON *image = NULL;
	char user[POLICY_USER_SIZE];
	const cJSON *labels;
	int status, result = 0;

	text_word(&path, "/images/");
	text_encode(&path, tag, true);
	text_word(&path, "/json");
	if (path.failed)
		return refuse_memory(r);
	if (upstream_ask(&b->upstream, NULL, HTTP_GET, path.s, NULL, &status, &image, r) < 0)
		return -1;
	labels = at(at(image, "Config"), "Labels");
	if (status == 404) {
		result = 1;
		refuse(r, 404, "it is gone already");
	} else if (strcmp(json_text(image, "Id"), id) != 0) {
		result = 1;
		refuse(r, 409, "the name is another image's now");
	} else if (strcmp(json_text(labels, LABEL_RUN), run) != 0) {
		result = 1;
		refuse(r, 409, "the image does not carry the label of the run");
	} else if (b->policy.doubted != 0 &&
		   strcmp(json_text(labels, LABEL_USER), policy_user(&b->policy, user)) != 0) {
		result = 1;
		refuse(r, 409, "the image does not say that it is of a run of uid %s", user);
	}
	cJSON_Delete(image);
	return result;
}

static int is_unused(struct broker *b, const char *id, struct refusal *r)
{
	cJSON *containers = NULL;
	const cJSON *container;
	int result = 0;

	if (ask(b, "/containers/json?all=1", &containers, r) < 0)
		return -1;
	cJSON_ArrayForEach(container, containers)
	{
		if (strcmp(json_text(container, "ImageID"), id) == 0)
			result = 1;
	}
	cJSON_Delete(containers);
	if (result > 0)
		refuse(r, 409, "a container uses it");
	return result;
}

int survey_drop(
	struct broker *b, const char *tag, const char *id, const char *run, struct refusal *r)
{
	own_text struct text path = { 0 };
	int status, result = image_is(b, tag, id, run, r);

	if (result == 0)
		result = is_unused(b, id, r);
	if (result != 0)
		return result;
	text_word(&path, "/images/");
	text_encode(&path, tag, true);
	if (path.failed)
		return refuse_memory(r);
	if (upstream_ask(&b->upstream, NULL, HTTP_DELETE, path.s, NULL, &status, NULL, r) < 0)
		return -1;
	if (status == 200 || status == 204)
		return 0;
	refuse(r, 409, "the engine keeps it: status %d", status);
	return 1;
}

int survey_prune(struct broker *b, uint64_t keep_bytes, uint64_t seconds, uint64_t *ret_bytes,
	struct refusal *r)
{
	own_text struct text path = { 0 }, filters = { 0 };
	cJSON *answer = NULL;
	int status;

	text_format(&path, "/build/prune?all=1&keep-storage=%llu", (unsigned long long)keep_bytes);
	if (seconds > 0) {
		text_format(&filters, "{\"until\":[\"%llus\"]}", (unsigned long long)seconds);
		text_word(&path, "&filters=");
		text_encode(&path, filters.s != NULL ? filters.s : "", false);
	}
	if (path.failed || filters.failed)
		return refuse_memory(r);
	if (upstream_ask(&b->upstream, NULL, HTTP_POST, path.s, NULL, &status, &answer, r) < 0)
		return -1;
	*ret_bytes = (uint64_t)number(answer, "SpaceReclaimed");
	cJSON_Delete(answer);
	return status == 200 ? 0
			     : refuse(r, 502, "the engine answers /build/prune with %d", status);
}
