#include "sandbox/docker/source_policy.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_attribute.h"
#include "sandbox/docker/text.h"

#include <string.h>

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

cJSON *source_policy_make(const cJSON *images, char *const *pulls)
{
	cJSON *policy = cJSON_CreateObject(), *rules = cJSON_AddArrayToObject(policy, "rules");
	const cJSON *image;
	bool ok =
		rules != NULL && cJSON_AddNumberToObject(policy, "version", 1) != NULL &&
		add_rule(rules, ACTION_DENY, MATCH_REGEX, "^") &&
		add_rule(rules, ACTION_ALLOW, MATCH_REGEX, "^local://[a-zA-Z0-9._-]+$") &&
		add_rule(rules, ACTION_ALLOW, MATCH_REGEX, "^" BUILDKIT_UPLOAD "[a-z0-9]{20,64}$");

	cJSON_ArrayForEach(image, images) ok = ok && add_image(rules, image->valuestring);
	for (; ok && pulls != NULL && *pulls != NULL; pulls++)
		ok = add_pattern(rules, *pulls);
	if (ok)
		return policy;
	cJSON_Delete(policy);
	return NULL;
}
