#include "sandbox/docker/buildkit_attribute.h"

#include "sandbox/docker/platform.h"

#include <string.h>
#include <strings.h>

#define ROW(name, rule, value, reason)                                                             \
	{                                                                                          \
		name, KIND_STRING, rule, NULL, NULL, NULL, value, reason                           \
	}
#define LIMITS   "the run's own limits are imposed"
#define OWN_FILE "a name among the builder's own files"
#define REMOTE   "the engine would load it: send a context"
#define CHECKED(name, check, value, reason)                                                        \
	{                                                                                          \
		name, KIND_STRING, RULE_ALLOW, NULL, check, NULL, value, reason                    \
	}

/* A tar on stdin: the engine asks the session for it, and no host has that name
 * (moby/buildkit, source/http/transport.go). */
bool buildkit_is_id(const char *word)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t n = strlen(word);

	return n >= 20 && n <= 64 && strspn(word, characters) == n;
}

static int check_context(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *text = value->valuestring;

	(void)run;
	if (text[0] == '\0' || (strncmp(text, BUILDKIT_UPLOAD, sizeof(BUILDKIT_UPLOAD) - 1) == 0 &&
				       buildkit_is_id(text + sizeof(BUILDKIT_UPLOAD) - 1)))
		return 0;
	return refuse(r, 403, "the build attribute %.60s: %s", value->string, field->reason);
}

static int check_named_context(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const char *text = value->valuestring, *name = text + strlen("local:");

	(void)run;
	if (strncmp(text, "local:", strlen("local:")) == 0 && *name != '\0' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
			strlen(name))
		return 0;
	return refuse(r, 403, "the build attribute %.60s: %s", value->string, field->reason);
}

static int check_platform(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	if (platform_is(value->valuestring, run->platform != NULL ? run->platform : ""))
		return 0;
	return refuse(r, 403, "the build attribute platform %.60s: %s", value->valuestring,
		field->reason);
}

static const struct field attribute_rows[] = {
	ROW("filename", RULE_ALLOW, NULL, OWN_FILE),
	ROW("target", RULE_ALLOW, NULL, "a stage of the file"),
	ROW("no-cache", RULE_ALLOW, NULL, "only less is shared"),
	ROW("contextkey", RULE_ALLOW, NULL, OWN_FILE),
	ROW("dockerfilekey", RULE_ALLOW, NULL, OWN_FILE),
	ROW("image-resolve-mode", RULE_FORCE, "local",
		"names that the engine has are not replaced"),
	ROW("cmdline", RULE_FORCE, "docker/dockerfile",
		"with it the engine's own frontend reads the file: # syntax= would run an image "
		"with the power to define steps"),
	ROW("force-network-mode", RULE_FORCE, "--docker-build-net",
		"host leads to services of the host"),
	ROW("build-arg:BUILDKIT_CACHE_MOUNT_NS", RULE_FORCE, "the run's id",
		"RUN --mount=type=cache of others are not for this builder to read"),
	ROW("build-arg:BUILDKIT_INLINE_CACHE", RULE_ALLOW, NULL, "it stays in the image"),
	ROW("build-arg:BUILDKIT_*", RULE_REFUSE, NULL, "it steers the engine"),
	ROW("build-arg:HTTP_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:HTTPS_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:FTP_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:ALL_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:NO_PROXY", RULE_REFUSE, NULL, "not in the key of the cache"),
	ROW("build-arg:*", RULE_ALLOW, NULL, "a value for an ARG"),
	ROW("label:" LABEL_PREFIX "*", RULE_REFUSE, NULL, "the run's own stand there"),
	ROW("label:*", RULE_ALLOW, NULL, "a label of the image"),
	/* Engine 26.1 puts the steps below the group that is named here, and its limits hold for
	 * them (tried, pids). But the group has to be made beforehand in the hierarchy of the
	 * engine, which may be another one, by root; nobody of us is root any more when a build
	 * is asked for. A group that is delegated to the run's user would not do: root's processes
	 * would be in the hands of that user, and with systemd's driver only a slice of the
	 * system's has a name that the engine takes. */
	ROW("cgroup-parent", RULE_DROP, NULL, "../.. leaves every limit"),
	ROW("shm-size", RULE_DROP, NULL, LIMITS),
	ROW("ulimit", RULE_DROP, NULL, LIMITS),
	ROW("attest:*", RULE_DROP, NULL, "nobody asked for them here"),
	ROW("vcs:*", RULE_DROP, NULL, "of attestations"),
	ROW("multi-platform", RULE_DROP, NULL, "one platform, the engine's"),
	ROW("frontend.caps", RULE_DROP, NULL, "the engine's own frontend has them all"),
	ROW("add-hosts", RULE_REFUSE, NULL, "host-gateway is the host"),
	{ "platform", KIND_STRING, RULE_DROP, NULL, check_platform, NULL, "the engine's own",
		PLATFORM_REASON },
	CHECKED("context", check_context, "a tar that the session sends", REMOTE),
	CHECKED("context:*", check_named_context, "local:NAME", REMOTE),
	ROW("requestid", RULE_REFUSE, NULL,
		"clients ask for an image all the same, and get an empty one without a label"),
	ROW("cache-imports", RULE_DROP, NULL, BUILDKIT_CACHES),
	ROW("cache-from", RULE_DROP, NULL, BUILDKIT_CACHES),
	ROW("source", RULE_REFUSE, NULL, "it names another frontend"),
	{ 0 },
};
const struct schema buildkit_attributes = { "frontend attributes", attribute_rows };

/* What is refused is so in every case: BuildKit folds the names of proxies. */
static const struct field *attribute_find(const char *name)
{
	for (const struct field *f = attribute_rows; f->name != NULL; f++) {
		size_t n = strlen(f->name), most = f->name[n - 1] == '*' ? n - 1 : n + 1;

		if (f->rule == RULE_REFUSE ? strncasecmp(name, f->name, most) == 0
					   : strncmp(name, f->name, most) == 0)
			return f;
	}
	return NULL;
}

/* Beyond ASCII there are letters that fold to those of a name in the rows. */
static bool is_plain(const char *name)
{
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

int buildkit_attributes_check(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	cJSON *item;

	(void)field;
	cJSON_ArrayForEach(item, value)
	{
		const struct field *row = attribute_find(item->string);

		if (row == NULL || !is_plain(item->string))
			return refuse(r, 403, "the build attribute %.60s is not known here",
				item->string);
		if (row->rule == RULE_REFUSE && item->valuestring[0] != '\0')
			return refuse(
				r, 403, "the build attribute %.60s: %s", item->string, row->reason);
		if (row->check != NULL && row->check(run, row, item, r) < 0)
			return -1;
	}
	return 0;
}

static const char *forced(const struct field *row, const struct policy *policy)
{
	if (strcmp(row->name, "force-network-mode") == 0)
		return strcmp(policy->build_net, "none") == 0 ? "none" : "sandbox";
	if (strcmp(row->name, "build-arg:BUILDKIT_CACHE_MOUNT_NS") == 0)
		return policy->run_id;
	return row->value;
}

cJSON *buildkit_attributes_make(struct schema_run *run, const cJSON *given)
{
	cJSON *anew = cJSON_CreateObject();
	bool ok = anew != NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, given)
	{
		const struct field *row = attribute_find(item->string);

		if (ok && row != NULL && row->rule == RULE_ALLOW)
			ok = cJSON_AddStringToObject(anew, item->string, item->valuestring) != NULL;
	}
	for (const struct field *row = attribute_rows; ok && row->name != NULL; row++)
		if (row->rule == RULE_FORCE)
			ok = cJSON_AddStringToObject(anew, row->name, forced(row, run->policy)) !=
			     NULL;
	if (ok)
		return anew;
	cJSON_Delete(anew);
	return NULL;
}
