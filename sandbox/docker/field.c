#include "sandbox/docker/field.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/field_limit.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CAP_NAME_MAX 40

#define HOST_PATHS                                                                                 \
	"no path of the host or the builder is given: use a named volume, docker cp DIR "          \
	"NAME:/PATH before docker start, or COPY in a Dockerfile"

/* What of Docker's own grant stays: changing owners and identities, signals to one's own,
 * low ports. */
static const char *const caps_kept[] = { "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL",
	"SETGID", "SETUID", "NET_BIND_SERVICE", NULL };
/* What of it goes. */
static const char *const caps_dropped[] = {
	"AUDIT_WRITE", /* writes into the host's audit log */
	"MKNOD",       /* device nodes */
	"NET_RAW",     /* forged packets to the neighbours of a network */
	"SETFCAP",     /* file capabilities, in images that outlive the run */
	"SETPCAP",     /* with nothing left to pass on it is of no use */
	"SYS_CHROOT",  /* old ways out of a root begin with it */
	NULL,
};

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(const char *word, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* "[a-zA-Z0-9][a-zA-Z0-9_.-]+", as the engine names its objects. */
static bool is_name(const char *s, size_t n)
{
	if (n < 2 || n > 255 || !is_alnum(s[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (s[i] == '\0' || (!is_alnum(s[i]) && strchr("_.-", s[i]) == NULL))
			return false;
	return true;
}

/* ---- plain ones ---- */

int field_never(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	(void)value;
	return refuse(r, 403, "%s is refused: %s", field->name, field->reason);
}

int field_zero(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	bool zero =
		cJSON_IsFalse(value) || (cJSON_IsString(value) && value->valuestring[0] == '\0');

	return zero ? 0 : field_never(run, field, value, r);
}

int field_no_items(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	return value->child == NULL ? 0 : field_never(run, field, value, r);
}

int field_minus_one(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	bool minus_one = value->valuedouble >= -1 && value->valuedouble <= -1;

	return minus_one ? 0 : field_never(run, field, value, r);
}

int field_local(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	static const char *const words[] = { "", "local", NULL };

	return is_one_of(value->valuestring, words) ? 0 : field_never(run, field, value, r);
}

int field_bridge(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	static const char *const words[] = { "", "default", "bridge", NULL };

	return is_one_of(value->valuestring, words) ? 0 : field_never(run, field, value, r);
}

int field_own_name(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *name = value->valuestring;

	(void)run;
	if (name[0] == '\0' || is_name(name, strlen(name)))
		return 0;
	return refuse(r, 400, "%s: \"%.80s\" is not a name: [a-zA-Z0-9][a-zA-Z0-9_.-]+ are",
		field->name, name);
}

/* Keys of Config.Volumes: places inside, which the engine makes anonymous volumes for. */
int field_paths(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		if (item->string[0] != '/' || strchr(item->string, ':') != NULL)
			return refuse(r, 403, "%s: \"%.80s\" is not a path inside the container",
				field->name, item->string);
	}
	return 0;
}

int field_image(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	if (value->valuestring[0] == '\0')
		return refuse(r, 400, "%s is empty", field->name);
	return schema_claim(run, (struct claim){ .kind = CLAIM_IMAGE, .where = value }, r);
}

int field_container(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	if (value->valuestring[0] == '\0')
		return refuse(r, 400, "%s is empty", field->name);
	return schema_claim(run, (struct claim){ .kind = CLAIM_CONTAINER, .where = value }, r);
}

int field_extra_hosts(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	struct in6_addr address;
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		const char *at = strchr(item->valuestring, ':');

		if (at == NULL || (inet_pton(AF_INET, at + 1, &address) != 1 &&
					  inet_pton(AF_INET6, at + 1, &address) != 1))
			return refuse(r, 403,
				"%s: \"%.80s\" is not NAME:ADDRESS (host-gateway is the host)",
				field->name, item->valuestring);
	}
	return 0;
}

int field_ipam(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *driver = cJSON_GetObjectItemCaseSensitive(value, "Driver");

	(void)run;
	if (driver == NULL || driver->valuestring[0] == '\0' ||
		strcmp(driver->valuestring, "default") == 0)
		return 0;
	return refuse(r, 403, "%s.Driver: a plugin of the host would be called", field->name);
}

/* ---- labels ---- */

int field_labels(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		if (strncasecmp(item->string, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
			return refuse(r, 403,
				"%s: \"%.80s\": labels that begin with " LABEL_PREFIX
				" say who made an object, the broker writes them",
				field->name, item->string);
	}
	return 0;
}

/* What was checked by field_labels, with ours. */
cJSON *field_make_labels(struct schema_run *run, const cJSON *given)
{
	cJSON *labels = cJSON_CreateObject();
	char user[POLICY_USER_SIZE];
	const cJSON *item;
	bool ok = labels != NULL;

	cJSON_ArrayForEach(item, given)
	{
		ok = ok && cJSON_AddStringToObject(labels, item->string,
				   cJSON_IsString(item) ? item->valuestring : "") != NULL;
	}
	ok = ok && cJSON_AddStringToObject(labels, LABEL_RUN, run->policy->run_id) != NULL &&
	     cJSON_AddStringToObject(labels, LABEL_USER, policy_user(run->policy, user)) != NULL &&
	     cJSON_AddStringToObject(labels, LABEL_OWNER, run->policy->owner) != NULL;
	if (ok)
		return labels;
	cJSON_Delete(labels);
	return NULL;
}

/* ---- volumes and mounts ---- */

/* "NAME:/PATH" or "NAME:/PATH:OPTION,…" */
static int check_bind(cJSON *item, struct schema_run *run, struct refusal *r)
{
	static const char *const options[] = { "rw", "ro", "z", "Z", "nocopy", "cached",
		"delegated", "consistent", NULL };
	const char *bind = item->valuestring, *target = strchr(bind, ':');
	const char *end = target != NULL ? strchr(target + 1, ':') : NULL;
	char word[16];

	if (target == NULL || target[1] != '/' || !is_name(bind, (size_t)(target - bind)))
		return refuse(r, 403, "Binds: \"%.80s\": " HOST_PATHS, bind);
	while (end != NULL) {
		const char *option = end + 1;
		size_t n = strcspn(option, ",");

		snprintf(word, sizeof(word), "%.*s", n < sizeof(word) ? (int)n : 0, option);
		if (!is_one_of(word, options))
			return refuse(
				r, 403, "Binds: \"%.80s\": an option that is not known here", bind);
		end = option[n] == ',' ? option + n : NULL;
	}
	return schema_claim(
		run, (struct claim){ .kind = CLAIM_VOLUME, .where = item, .first_part = true }, r);
}

int field_binds(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *item;

	(void)field;
	cJSON_ArrayForEach(item, value)
	{
		if (check_bind(item, run, r) < 0)
			return -1;
	}
	return 0;
}

static int check_mount(cJSON *mount, struct schema_run *run, struct refusal *r)
{
	const char *type = json_text(mount, "Type"), *source = json_text(mount, "Source");
	bool volume = strcmp(type, "volume") == 0;

	if (!volume && strcmp(type, "tmpfs") != 0)
		return refuse(r, 403, "Mounts: type \"%.40s\": " HOST_PATHS, type);
	if (json_text(mount, "Target")[0] != '/')
		return refuse(r, 400, "Mounts: the target is not an absolute path");
	if (!volume && source[0] != '\0')
		return refuse(r, 400, "Mounts: a tmpfs has no source");
	if (!volume) {
		cJSON_DeleteItemFromObjectCaseSensitive(mount, "VolumeOptions");
		return field_tmpfs_mount(mount, run->policy, r);
	}
	cJSON_DeleteItemFromObjectCaseSensitive(mount, "TmpfsOptions");
	if (source[0] == '\0')
		return 0; /* anonymous: removed with its container */
	if (!is_name(source, strlen(source)))
		return refuse(r, 403, "Mounts: \"%.80s\": " HOST_PATHS, source);
	return schema_claim(run,
		(struct claim){ .kind = CLAIM_VOLUME,
			.where = cJSON_GetObjectItemCaseSensitive(mount, "Source") },
		r);
}

int field_mounts(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *mount;

	(void)field;
	cJSON_ArrayForEach(mount, value)
	{
		if (check_mount(mount, run, r) < 0)
			return -1;
	}
	return 0;
}

int field_tmpfs(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *item;

	if (field_paths(run, field, value, r) < 0)
		return -1;
	cJSON_ArrayForEach(item, value)
	{
		if (field_tmpfs_options(item, run->policy, r) < 0)
			return -1;
	}
	return 0;
}

/* ---- capabilities and security options ---- */

/* "cap_chown" -> "CHOWN". */
static bool cap_name(const char *word, char ret[CAP_NAME_MAX])
{
	size_t n = strlen(word);

	if (strncasecmp(word, "CAP_", 4) == 0) {
		word += 4;
		n -= 4;
	}
	if (n == 0 || n >= CAP_NAME_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		ret[i] = (char)toupper((unsigned char)word[i]);
		if (i < n && !is_alnum(ret[i]) && ret[i] != '_')
			return false;
	}
	return true;
}

int field_cap_add(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	char name[CAP_NAME_MAX];
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		if (!cap_name(item->valuestring, name) || !is_one_of(name, caps_kept))
			return refuse(r, 403, "%s: \"%.40s\": %s", field->name, item->valuestring,
				field->reason);
	}
	return 0;
}

int field_cap_drop(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	char name[CAP_NAME_MAX];
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		if (!cap_name(item->valuestring, name))
			return refuse(r, 400, "%s: \"%.40s\" is not a capability", field->name,
				item->valuestring);
	}
	return 0;
}

static bool push_string(cJSON *array, const char *word)
{
	cJSON *item = cJSON_CreateString(word);

	if (item != NULL && cJSON_AddItemToArray(array, item))
		return true;
	cJSON_Delete(item);
	return false;
}

/* Ours, and what the client drops besides (checked by field_cap_drop). */
cJSON *field_make_cap_drop(struct schema_run *run, const cJSON *given)
{
	cJSON *drop = cJSON_CreateArray();
	bool ok = drop != NULL;
	char name[CAP_NAME_MAX];
	const cJSON *item;

	(void)run;
	for (const char *const *cap = caps_dropped; ok && *cap != NULL; cap++)
		ok = push_string(drop, *cap);
	cJSON_ArrayForEach(item, given)
	{
		if (ok && cap_name(item->valuestring, name) && !is_one_of(name, caps_dropped))
			ok = push_string(drop, name);
	}
	if (ok)
		return drop;
	cJSON_Delete(drop);
	return NULL;
}

int field_security_opt(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	static const char *const words[] = { "no-new-privileges", "no-new-privileges:true",
		"no-new-privileges=true", NULL };
	const cJSON *item;

	(void)run;
	cJSON_ArrayForEach(item, value)
	{
		if (!is_one_of(item->valuestring, words))
			return refuse(r, 403, "%s: \"%.60s\": %s", field->name, item->valuestring,
				field->reason);
	}
	return 0;
}

cJSON *field_make_security_opt(struct schema_run *run, const cJSON *given)
{
	static const char *const words[] = { "no-new-privileges" };

	(void)run;
	(void)given;
	return cJSON_CreateStringArray(words, ARRAY_LEN(words));
}

/* ---- networks ---- */

/* Where a container lands that names no network. */
static bool is_default_network(const char *name)
{
	static const char *const words[] = { "", "default", "bridge", "none", "nat", NULL };

	return is_one_of(name, words);
}

int field_network_mode(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *mode = value->valuestring;

	(void)run;
	if (is_default_network(mode) || (strcmp(mode, "host") != 0 && is_name(mode, strlen(mode))))
		return 0;
	return refuse(r, 403, "%s: \"%.60s\": %s", field->name, mode, field->reason);
}

/* What field_network_mode let pass: none, or a name to be claimed. */
cJSON *field_make_network_mode(struct schema_run *run, const cJSON *given)
{
	struct refusal full;
	struct claim claim = { .kind = CLAIM_NETWORK };

	if (!cJSON_IsString(given) || is_default_network(given->valuestring))
		return cJSON_CreateString("none");
	claim.where = cJSON_CreateString(given->valuestring);
	if (claim.where != NULL && schema_claim(run, claim, &full) < 0) {
		cJSON_Delete(claim.where);
		return NULL;
	}
	return claim.where;
}

/* RFC 5737: no host has it. A resolver of the engine, which would ask the host's own, asks there. */
cJSON *field_make_dns(struct schema_run *run, const cJSON *given)
{
	static const char *const words[] = { "192.0.2.1" };

	(void)run;
	(void)given;
	return cJSON_CreateStringArray(words, ARRAY_LEN(words));
}

/* What engines take for no domain at all. */
cJSON *field_make_dns_search(struct schema_run *run, const cJSON *given)
{
	static const char *const words[] = { "." };

	(void)run;
	(void)given;
	return cJSON_CreateStringArray(words, ARRAY_LEN(words));
}

static cJSON *make_setting(bool is_set, const char *name, const char *value)
{
	cJSON *map;

	if (!is_set)
		return cJSON_CreateNull();
	map = cJSON_CreateObject();
	if (cJSON_AddStringToObject(map, name, value) != NULL)
		return map;
	cJSON_Delete(map);
	return NULL;
}

/* The bridge gets no address. Podman's internal ones have none (CNI), or know no such option. */
cJSON *field_make_network_options(struct schema_run *run, const cJSON *given)
{
	(void)given;
	return make_setting(!run->podman, "com.docker.network.bridge.inhibit_ipv4", "true");
}

int field_endpoints(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *item = value->child;

	while (item != NULL) {
		cJSON *next = item->next;
		struct claim claim = { .kind = CLAIM_NETWORK, .where = item, .is_key = true };

		if (is_default_network(item->string)) {
			cJSON_Delete(cJSON_DetachItemViaPointer(value, item));
		} else if (strcmp(item->string, "host") == 0 ||
			   !is_name(item->string, strlen(item->string))) {
			return refuse(r, 403, "%s: \"%.60s\" is not a network of this run",
				field->name, item->string);
		} else if (schema_claim(run, claim, r) < 0) {
			return -1;
		}
		item = next;
	}
	return 0;
}

/* A bridge has a link-local address, by which the host answers. Docker switches IPv6 off where it
 * gives no address of it, podman does not. */
int field_host_config(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *sysctls;

	if (field_limits(run, field, value, r) < 0)
		return -1;
	if (!run->podman || strcmp(json_text(value, "NetworkMode"), "none") == 0)
		return 0;
	sysctls = cJSON_AddObjectToObject(value, "Sysctls");
	return cJSON_AddStringToObject(sysctls, "net.ipv6.conf.all.disable_ipv6", "1") != NULL
		       ? 0
		       : refuse_memory(r);
}

/* ---- forced values ---- */

cJSON *field_make_false(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateFalse();
}

cJSON *field_make_true(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateTrue();
}

cJSON *field_make_empty(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateString("");
}

cJSON *field_make_private(struct schema_run *run, const cJSON *given)
{
	(void)run;
	(void)given;
	return cJSON_CreateString("private");
}

cJSON *field_make_restart_policy(struct schema_run *run, const cJSON *given)
{
	cJSON *policy = cJSON_CreateObject();

	(void)run;
	(void)given;
	if (cJSON_AddStringToObject(policy, "Name", "no") != NULL &&
		cJSON_AddNumberToObject(policy, "MaximumRetryCount", 0) != NULL)
		return policy;
	cJSON_Delete(policy);
	return NULL;
}

/* json-file, unless `local` or `none` is asked for. */
cJSON *field_make_log_config(struct schema_run *run, const cJSON *given)
{
	const char *asked = json_text(given, "Type");
	bool none = strcmp(asked, "none") == 0, local = strcmp(asked, "local") == 0;
	cJSON *log = cJSON_CreateObject(), *config = cJSON_AddObjectToObject(log, "Config");
	bool ok = config != NULL && cJSON_AddStringToObject(log, "Type",
					    none    ? "none"
					    : local ? "local"
						    : "json-file") != NULL;

	(void)run;
	if (!none)
		ok = ok && cJSON_AddStringToObject(config, "max-size", "10m") != NULL &&
		     cJSON_AddStringToObject(config, "max-file", "1") != NULL;
	if (local) /* which it would do by default, and cannot with one file */
		ok = ok && cJSON_AddStringToObject(config, "compress", "false") != NULL;
	if (ok)
		return log;
	cJSON_Delete(log);
	return NULL;
}
