#include "sandbox/broker/base_images.h"

#include "sandbox/broker/lookup.h"
#include "sandbox/broker/registry.h"
#include "sandbox/docker/reference.h"

#include <stdio.h>
#include <string.h>

static int image_is_granted(struct broker *b, struct endpoint *cancel_on, const char *name,
	char id[160], struct refusal *r)
{
	struct refusal unsaid;
	enum image_standing standing;
	struct reference reference;

	if (lookup_image(b, cancel_on, name, &standing, id, r) < 0)
		return -1;
	if (standing == IMAGE_ABSENT && reference_read(name, NULL, &reference, &unsaid) == 0 &&
		policy_matches(b->policy.pulls, &reference) &&
		(registry_fetch(b, cancel_on, &reference, r) < 0 ||
			lookup_image(b, cancel_on, name, &standing, id, r) < 0))
		return -1;
	if (standing != IMAGE_ABSENT)
		return 0;
	return refuse(r, 403,
		"the image %s is not granted: --docker-base PATTERN for one that the engine has, "
		"--docker-pull PATTERN for one from a registry",
		name);
}

/* ONBUILD of a base as a Dockerfile. A trigger is one line, or it is none of a Dockerfile's. */
static int write_triggers(const cJSON *triggers, struct text *ret, struct refusal *r)
{
	const cJSON *trigger;

	text_word(ret, "FROM scratch\n");
	cJSON_ArrayForEach(trigger, triggers)
	{
		const char *line = cJSON_GetStringValue(trigger);

		if (line == NULL || strpbrk(line, "\r\n") != NULL)
			return refuse(r, 403, "a trigger of more than one line");
		text_format(ret, "ONBUILD %s\n", line);
	}
	return ret->failed ? refuse_memory(r) : 0;
}

/* Who has made a base may have written instructions into it, which the engine carries out
 * as if they stood in the file: they may name what the file may name. */
static int check_triggers(
	struct broker *b, struct endpoint *cancel_on, const cJSON *triggers, struct refusal *r)
{
	struct dockerfile_images images = { 0 };
	own_text struct text text = { 0 }, unused = { 0 };
	char id[160];
	int result;

	if (write_triggers(triggers, &text, r) < 0 ||
		dockerfile_read((struct span){ text.s, text.n }, NULL, 0, &unused, &images, r) < 0)
		return -1;
	result = 0;
	for (size_t i = 0; i < images.n && result == 0; i++)
		result = image_is_granted(b, cancel_on, images.names[i], id, r);
	dockerfile_images_release(&images);
	return result;
}

static int triggers_are_granted(struct broker *b, struct endpoint *cancel_on, const char *name,
	const char *id, struct refusal *r)
{
	struct refusal inner = { 0 };
	cJSON *triggers = NULL;
	int result = lookup_triggers(b, cancel_on, id, &triggers, r);

	if (result == 0 && cJSON_GetArraySize(triggers) > 0 &&
		check_triggers(b, cancel_on, triggers, &inner) < 0)
		result = refuse(r, inner.status, "ONBUILD of %s: %s", name, inner.reason);
	cJSON_Delete(triggers);
	return result;
}

int base_images_granted(struct broker *b, struct endpoint *cancel_on,
	struct dockerfile_images *images, struct refusal *r)
{
	char id[160];

	for (size_t i = 0; i < images->n; i++) {
		if (image_is_granted(b, cancel_on, images->names[i], id, r) < 0 ||
			triggers_are_granted(b, cancel_on, images->names[i], id, r) < 0)
			return -1;
		/* Podman takes no id there. */
		if (!b->upstream.podman && strlen(id) < sizeof(images->ids[i]))
			snprintf(images->ids[i], sizeof(images->ids[i]), "%.71s", id);
	}
	return 0;
}
