#include "sandbox/broker/anonymous.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"

#include <string.h>

int anonymous_count(struct exchange *x, size_t *ret)
{
	const cJSON *own = json_member(x->given, "Volumes"), *mount, *path;
	own_json cJSON *image = NULL;
	int status;

	if (lookup_image_json(x->broker, &x->client->end, json_text(x->given, "Image"), &status,
		    &image, &x->refusal) < 0)
		return -1;
	*ret = (size_t)cJSON_GetArraySize(own);
	cJSON_ArrayForEach(mount, json_member(json_member(x->given, "HostConfig"), "Mounts"))
	{
		*ret += strcmp(json_text(mount, "Type"), "volume") == 0 &&
			json_text(mount, "Source")[0] == '\0';
	}
	cJSON_ArrayForEach(path, json_member(json_member(image, "Config"), "Volumes"))
	{
		*ret += json_member(own, path->string) == NULL;
	}
	return 0;
}

void anonymous_record(struct exchange *x, const char *id)
{
	struct broker *b = x->broker;
	own_text struct text path = { 0 };
	own_json cJSON *container = NULL;
	const cJSON *mount;
	struct refusal unsaid;
	int status;

	text_format(&path, "/containers/%s/json", id);
	if (path.failed || upstream_ask(&b->upstream, NULL, HTTP_GET, path.s, NULL, &status,
				   &container, &unsaid) < 0)
		return; /* they go with their container all the same */
	cJSON_ArrayForEach(mount, json_member(container, "Mounts"))
	{
		const char *name = json_text(mount, "Name");

		if (strcmp(json_text(mount, "Type"), "volume") == 0 && name[0] != '\0' &&
			ownership_find(&b->own, OBJECT_VOLUME, name) == NULL)
			ownership_hold(&b->own, OBJECT_VOLUME, name, id);
	}
}
