/* The policy crosses in JSON. It is ours, and still read strictly: a key that is missing or
 * not known means that launcher and broker are not of one version. */
#include "sandbox/docker/policy.h"

#include "sandbox/base/json.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/reference.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct jsontext_limits limits = { POLICY_BYTES_MAX, 4, 4096 };

const char *docker_level_name(enum docker_level level)
{
	static const char *const names[] = {
		[DOCKER_OFF] = "off",
		[DOCKER_BUILD] = "build",
		[DOCKER_RUN] = "run",
		[DOCKER_RAW] = "raw",
	};

	return names[level];
}

/* ---- how each member is written and read ---- */

enum form {
	FORM_LEVEL,
	FORM_ID,      /* char[33], 32 hexadecimal digits or less */
	FORM_STRING,  /* char *, owned */
	FORM_STRINGS, /* char **, NULL-terminated, or NULL */
	FORM_U64,     /* decimal in a string: a double would lose digits */
	FORM_U32,
};

static const struct member {
	const char *name;
	enum form form;
	size_t offset;
} members[] = {
	{ "level", FORM_LEVEL, offsetof(struct policy, level) },
	{ "run_id", FORM_ID, offsetof(struct policy, run_id) },
	{ "owner", FORM_ID, offsetof(struct policy, owner) },
	{ "socket", FORM_STRING, offsetof(struct policy, socket) },
	{ "socket_device", FORM_U64, offsetof(struct policy, socket_device) },
	{ "socket_inode", FORM_U64, offsetof(struct policy, socket_inode) },
	{ "build_net", FORM_STRING, offsetof(struct policy, build_net) },
	{ "tags", FORM_STRINGS, offsetof(struct policy, tags) },
	{ "bases", FORM_STRINGS, offsetof(struct policy, bases) },
	{ "pulls", FORM_STRINGS, offsetof(struct policy, pulls) },
	{ "pushes", FORM_STRINGS, offsetof(struct policy, pushes) },
	{ "memory_bytes", FORM_U64, offsetof(struct policy, limits.memory_bytes) },
	{ "swap_bytes", FORM_U64, offsetof(struct policy, limits.swap_bytes) },
	{ "cpus_milli", FORM_U64, offsetof(struct policy, limits.cpus_milli) },
	{ "pids", FORM_U64, offsetof(struct policy, limits.pids) },
	{ "started", FORM_U64, offsetof(struct policy, started) },
	{ "user", FORM_U32, offsetof(struct policy, user) },
	{ "doubted", FORM_U32, offsetof(struct policy, doubted) },
	{ "limits_required", FORM_U32, offsetof(struct policy, limits_required) },
};
#define AUTHS "auths" /* [{"registry": …, "header": …}] */

/* ---- writing ---- */

static bool write_strings(cJSON *object, const char *name, char *const *words)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);
	bool ok = array != NULL;

	for (; ok && words != NULL && *words != NULL; words++) {
		cJSON *word = cJSON_CreateString(*words);

		ok = word != NULL && cJSON_AddItemToArray(array, word);
		if (!ok)
			cJSON_Delete(word);
	}
	return ok;
}

static bool write_u64(cJSON *object, const char *name, uint64_t number)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, number);
	return cJSON_AddStringToObject(object, name, digits) != NULL;
}

static bool write_member(cJSON *object, const struct member *m, const struct policy *policy)
{
	const char *at = (const char *)policy + m->offset;

	switch (m->form) {
	case FORM_LEVEL:
		return cJSON_AddStringToObject(object, m->name, docker_level_name(policy->level)) !=
		       NULL;
	case FORM_ID:
		return cJSON_AddStringToObject(object, m->name, at) != NULL;
	case FORM_STRING: {
		const char *word = *(char *const *)(const void *)at;

		return cJSON_AddStringToObject(object, m->name, word != NULL ? word : "") != NULL;
	}
	case FORM_STRINGS:
		return write_strings(object, m->name, *(char **const *)(const void *)at);
	case FORM_U64:
		return write_u64(object, m->name, *(const uint64_t *)(const void *)at);
	case FORM_U32:
		return write_u64(object, m->name, *(const uint32_t *)(const void *)at);
	}
	return false;
}

static bool write_auths(cJSON *object, const struct policy *policy)
{
	cJSON *array = cJSON_AddArrayToObject(object, AUTHS);

	for (size_t i = 0; i < policy->auths_n; i++) {
		const struct docker_auth *auth = &policy->auths[i];
		cJSON *item = cJSON_CreateObject();

		if (!cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
		if (cJSON_AddStringToObject(item, "registry", auth->registry) == NULL ||
			cJSON_AddStringToObject(item, "header", auth->header) == NULL)
			return false;
	}
	return array != NULL;
}

char *policy_print(const struct policy *policy)
{
	own_json_secret cJSON *object = cJSON_CreateObject();
	bool ok = object != NULL;

	for (size_t i = 0; ok && i < ARRAY_LEN(members); i++)
		ok = write_member(object, &members[i], policy);
	return ok && write_auths(object, policy) ? cJSON_PrintUnformatted(object) : NULL;
}

/* ---- reading ---- */

static int wrong(const char *name, struct failure *f)
{
	return fail(f, 0, "Docker policy: \"%.40s\" is missing, not known or not valid", name);
}

static int read_level(const char *word, enum docker_level *ret)
{
	for (enum docker_level level = DOCKER_OFF; level <= DOCKER_RAW; level++)
		if (strcmp(word, docker_level_name(level)) == 0) {
			*ret = level;
			return 0;
		}
	return -1;
}

static int read_id(const char *word, char ret[33])
{
	size_t n = strlen(word);

	if (n > 32)
		return -1;
	memcpy(ret, word, n + 1);
	return 0;
}

static int read_number(const char *word, uint64_t max, uint64_t *ret)
{
	size_t digits = strspn(word, "0123456789");
	char *end;

	if (digits == 0 || word[digits] != '\0')
		return -1;
	errno = 0;
	*ret = strtoull(word, &end, 10);
	return errno == 0 && *ret <= max ? 0 : -1;
}

static void free_strings(char **words)
{
	for (char **word = words; word != NULL && *word != NULL; word++)
		free(*word);
	free(words);
}

static int read_strings(const cJSON *array, char ***ret)
{
	size_t n = (size_t)cJSON_GetArraySize(array), i = 0;
	char **words;
	const cJSON *item;

	if (!cJSON_IsArray(array))
		return -1;
	if (n == 0)
		return 0;
	words = calloc(n + 1, sizeof(*words));
	if (words == NULL)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		words[i] = cJSON_IsString(item) ? strdup(item->valuestring) : NULL;
		if (words[i++] == NULL) {
			free_strings(words);
			return -1;
		}
	}
	*ret = words;
	return 0;
}

static int read_member(const cJSON *item, const struct member *m, struct policy *policy)
{
	char *at = (char *)policy + m->offset;
	const char *word = cJSON_IsString(item) ? item->valuestring : NULL;
	uint64_t number;

	if (m->form == FORM_STRINGS)
		return read_strings(item, (char ***)(void *)at);
	if (word == NULL)
		return -1;
	switch (m->form) {
	case FORM_LEVEL:
		return read_level(word, &policy->level);
	case FORM_ID:
		return read_id(word, at);
	case FORM_STRING:
		*(char **)(void *)at = strdup(word);
		return *(char **)(void *)at != NULL ? 0 : -1;
	case FORM_U64:
		return read_number(word, UINT64_MAX, (uint64_t *)(void *)at);
	case FORM_U32:
		if (read_number(word, UINT32_MAX, &number) < 0)
			return -1;
		*(uint32_t *)(void *)at = (uint32_t)number;
		return 0;
	case FORM_STRINGS:
		break;
	}
	return -1;
}

static int read_auths(const cJSON *array, struct policy *policy)
{
	const cJSON *item;
	size_t n = (size_t)cJSON_GetArraySize(array);

	if (!cJSON_IsArray(array))
		return -1;
	policy->auths = calloc(n > 0 ? n : 1, sizeof(*policy->auths));
	if (policy->auths == NULL)
		return -1;
	cJSON_ArrayForEach(item, array)
	{
		struct docker_auth *auth = &policy->auths[policy->auths_n++];
		const cJSON *registry = cJSON_GetObjectItemCaseSensitive(item, "registry");
		const cJSON *header = cJSON_GetObjectItemCaseSensitive(item, "header");

		if (cJSON_GetArraySize(item) != 2 || !cJSON_IsString(registry) ||
			!cJSON_IsString(header))
			return -1;
		auth->registry = strdup(registry->valuestring);
		auth->header = strdup(header->valuestring);
		if (auth->registry == NULL || auth->header == NULL)
			return -1;
	}
	return 0;
}

static bool is_member(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (strcmp(name, members[i].name) == 0)
			return true;
	return strcmp(name, AUTHS) == 0;
}

static int read_object(const cJSON *object, struct policy *policy, struct failure *f)
{
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return wrong("{}", f);
	cJSON_ArrayForEach(item, object)
	{
		if (!is_member(item->string))
			return wrong(item->string, f);
	}
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		item = cJSON_GetObjectItemCaseSensitive(object, members[i].name);
		if (item == NULL || read_member(item, &members[i], policy) < 0)
			return wrong(members[i].name, f);
	}
	if (read_auths(cJSON_GetObjectItemCaseSensitive(object, AUTHS), policy) < 0)
		return wrong(AUTHS, f);
	return 0;
}

int policy_parse(const char *text, size_t n, struct policy *ret, struct failure *f)
{
	own_json_secret cJSON *object = NULL;
	struct jsontext_error error;
	struct policy policy = { .level = DOCKER_OFF };
	int result;

	if (jsontext_check(text, n, &limits, &error) < 0)
		return fail(f, 0, "Docker policy: %s", error.what);
	object = cJSON_ParseWithLengthOpts(text, n, NULL, false);
	result = read_object(object, &policy, f);
	if (result < 0)
		policy_release(&policy);
	else
		*ret = policy;
	return result;
}

void policy_release(struct policy *policy)
{
	for (size_t i = 0; i < policy->auths_n; i++) {
		own_secret_end(&policy->auths[i].header);
		free(policy->auths[i].registry);
	}
	free(policy->auths);
	free(policy->socket);
	free(policy->build_net);
	free_strings(policy->tags);
	free_strings(policy->bases);
	free_strings(policy->pulls);
	free_strings(policy->pushes);
	explicit_bzero(policy, sizeof(*policy));
}

bool policy_matches(char *const *patterns, const struct reference *reference)
{
	for (; patterns != NULL && *patterns != NULL; patterns++)
		if (reference_matches(reference, *patterns))
			return true;
	return false;
}

const char *policy_user(const struct policy *policy, char ret[POLICY_USER_SIZE])
{
	snprintf(ret, POLICY_USER_SIZE, "%u", policy->user);
	return ret;
}
