#include "sandbox/docker/buildkit_result.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/proto.h"

#include <string.h>
#include <strings.h>

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
			       " does not have the labels of this run");
}
