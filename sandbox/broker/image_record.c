#include "sandbox/broker/image_record.h"

#include "sandbox/base/json.h"
#include "sandbox/broker/lookup.h"

#include <string.h>

static bool is_of_run(const struct broker *b, const cJSON *image)
{
	const cJSON *labels = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(image, "Config"), "Labels");

	return strcmp(json_text(labels, LABEL_RUN), b->policy.run_id) == 0;
}

bool image_record(struct broker *b, const char *name)
{
	struct object *object = NULL;
	struct refusal unsaid;
	cJSON *image = NULL;
	int status;

	if (lookup_image_json(b, NULL, name, &status, &image, &unsaid) < 0)
		return false;
	if (status == 200 && is_of_run(b, image))
		object = ownership_made(&b->own, OBJECT_IMAGE, json_text(image, "Id"), "");
	if (object != NULL) {
		object->intermediate = false;
		ownership_record(&b->own, object);
	}
	cJSON_Delete(image);
	return object != NULL;
}
