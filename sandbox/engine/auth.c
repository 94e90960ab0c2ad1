#include "sandbox/engine/auth.h"

#include "sandbox/base/base64.h"
#include "sandbox/base/json.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/plan/secret_file.h"

#include <cjson/cJSON.h>
#include <string.h>

#define OPTION     "--docker-auth"
#define AUTHS_MAX  64
#define DOCKER_HUB "docker.io"

/* ---- meaning ---- */

/* "https://index.docker.io/v1/" is docker.io; of others the scheme and the path are cut. */
static char *registry_name(const char *address)
{
	const char *host = strstr(address, "://") != NULL ? strstr(address, "://") + 3 : address;
	size_t n = strcspn(host, "/");
	char *name = strndup(host, n);

	if (name != NULL && (strcmp(name, "index.docker.io") == 0 ||
				    strcmp(name, "registry-1.docker.io") == 0)) {
		free(name);
		name = strdup(DOCKER_HUB);
	}
	return name;
}

/* username "": the password is a token that the registry takes as it is. */
static int auth_make(const char *address, const char *username, const char *password,
	struct docker_auth *ret, struct failure *f)
{
	own_json_secret cJSON *json = cJSON_CreateObject();
	own_secret char *text = NULL;
	bool token = username[0] == '\0';

	if (json == NULL ||
		(!token && cJSON_AddStringToObject(json, "username", username) == NULL) ||
		cJSON_AddStringToObject(json, token ? "registrytoken" : "password", password) ==
			NULL ||
		cJSON_AddStringToObject(json, "serveraddress", address) == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	text = cJSON_PrintUnformatted(json);
	ret->registry = registry_name(address);
	ret->header = text != NULL ? base64_encode_url(text, strlen(text)) : NULL;
	if (ret->registry == NULL || ret->header == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	return 0;
}

static int entry_take(const char *target, const char *address, const cJSON *entry,
	struct docker_auth *ret, struct failure *f)
{
	const char *username = json_text_or(entry, "username", NULL),
		   *password = json_text_or(entry, "password", NULL);
	const char *both = json_text(entry, "auth");
	size_t n = 0;
	own_secret char *decoded = both[0] != '\0' ? base64_decode(both, &n) : NULL;
	char *colon = decoded != NULL && strlen(decoded) == n ? strchr(decoded, ':') : NULL;

	if (address == NULL || address[0] == '\0')
		return fail(f, 0, "--docker-auth %s names no registry", target);
	if (colon != NULL) {
		*colon = '\0';
		return auth_make(address, decoded, colon + 1, ret, f);
	}
	if (username != NULL && password != NULL)
		return auth_make(address, username, password, ret, f);
	fail(f, 0, "--docker-auth %s has no user and password for %.80s", target, address);
	return fail_remedy(f, "credential helpers are not asked: write \"auth\" (base64 of "
			      "USER:PASSWORD), or \"username\" and \"password\"");
}

static int entries_take(const char *target, const cJSON *auths, struct docker_auth **ret,
	size_t *ret_n, struct failure *f)
{
	int n = cJSON_GetArraySize(auths);
	struct docker_auth *made;
	const cJSON *entry;
	size_t i = 0;

	if (n == 0 || n > AUTHS_MAX)
		return fail(f, 0, "--docker-auth %s has %d registries, not 1 to %d", target, n,
			AUTHS_MAX);
	made = calloc((size_t)n, sizeof(*made));
	if (made == NULL)
		return fail(f, ENOMEM, "keep the passwords of registries");
	cJSON_ArrayForEach(entry, auths)
	{
		if (entry_take(target, entry->string, entry, &made[i++], f) < 0) {
			dockerauth_release(made, (size_t)n);
			return -1;
		}
	}
	*ret = made;
	*ret_n = (size_t)n;
	return 0;
}

int dockerauth_parse(const char *target, const char *text, size_t length, struct docker_auth **ret,
	size_t *ret_n, struct failure *f)
{
	own_json_secret cJSON *json = NULL;
	struct jsontext_error error;
	const cJSON *auths;
	struct docker_auth *one;

	if (jsontext_check(text, length, &jsontext_config_limits, &error) < 0)
		return fail(f, 0, "--docker-auth %s:%u:%u: %s", target, error.line, error.column,
			error.what);
	json = cJSON_ParseWithLength(text, length);
	auths = json_member(json, "auths");
	if (cJSON_IsObject(auths))
		return entries_take(target, auths, ret, ret_n, f);
	if (json_text_or(json, "serveraddress", NULL) == NULL) {
		fail(f, 0, "--docker-auth %s has neither \"auths\" nor \"serveraddress\"", target);
		return fail_remedy(f,
			"write it as docker's config.json: {\"auths\": {\"REGISTRY\": "
			"{\"auth\": …}}}");
	}
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	if (entry_take(target, json_text_or(json, "serveraddress", NULL), json, one, f) < 0) {
		dockerauth_release(one, 1);
		return -1;
	}
	*ret = one;
	*ret_n = 1;
	return 0;
}

int dockerauth_read(const char *target, const struct identity *identity, uint64_t within_s,
	struct docker_auth **ret, size_t *ret_n, struct failure *f)
{
	own_secret_text struct secret_text secret = { .length = 0 };

	if (secret_file_read_as(identity, OPTION, target, within_s, &secret, f) < 0)
		return -1;
	return dockerauth_parse(target, secret.text, secret.length, ret, ret_n, f);
}

int dockerauth_add(const char *address, const char *username, const char *password,
	struct docker_auth **auths, size_t *n, struct failure *f)
{
	struct docker_auth made = { .registry = NULL }, *grown;

	int result = auth_make(address, username, password, &made, f);

	for (size_t i = 0; result == 0 && i < *n; i++)
		if (strcmp((*auths)[i].registry, made.registry) == 0)
			result = fail(f, 0, "two logins are given for the registry %s", address);
	grown = result == 0 ? reallocarray(*auths, *n + 1, sizeof(made)) : NULL;
	if (result == 0 && grown == NULL)
		result = fail(f, ENOMEM, "keep the password of a registry");
	if (result < 0) {
		free(made.registry);
		own_secret_end(&made.header);
		return -1;
	}
	grown[(*n)++] = made;
	*auths = grown;
	return 0;
}

void dockerauth_release(struct docker_auth *auths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(auths[i].registry);
		own_secret_end(&auths[i].header);
	}
	free(auths);
}
