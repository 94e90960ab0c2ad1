/* The rows, and the one way through them. Whatever is let pass is written anew: booleans as
 * 1 and 0, JSON as it was understood. */
#include "sandbox/docker/query.h"

#include "sandbox/base/own.h"

#include <stdlib.h>
#include <string.h>

#define JSON_KIB 64

#define ALLOW(name, kind, reason)                                                                  \
	{                                                                                          \
		name, kind, RULE_ALLOW, NULL, NULL, NULL, reason                                   \
	}
#define CHECKED(name, kind, check, value, reason)                                                  \
	{                                                                                          \
		name, kind, RULE_ALLOW, NULL, check, value, reason                                 \
	}
#define REQUIRE(name, kind, reason)                                                                \
	{                                                                                          \
		name, kind, RULE_REQUIRE, NULL, NULL, NULL, reason                                 \
	}
#define FILTERS(sub, reason)                                                                       \
	{                                                                                          \
		"filters", QUERY_JSON, RULE_ALLOW, &(sub), NULL, NULL, reason                      \
	}
#define FORCE(name, kind, check, value, reason)                                                    \
	{                                                                                          \
		name, kind, RULE_FORCE, NULL, check, value, reason                                 \
	}
#define DROP(name, reason)                                                                         \
	{                                                                                          \
		name, QUERY_TEXT, RULE_DROP, NULL, NULL, NULL, reason                              \
	}
#define REFUSE(name, reason)                                                                       \
	{                                                                                          \
		name, QUERY_TEXT, RULE_REFUSE, NULL, NULL, NULL, reason                            \
	}
#define END                                                                                        \
	{                                                                                          \
		0                                                                                  \
	}
#define FILTER(name)                                                                               \
	{                                                                                          \
		name, KIND_FILTER, RULE_ALLOW, NULL, NULL, NULL, NULL, "own ones only are listed"  \
	}
#define FILTER_REFUSE(name)                                                                        \
	{                                                                                          \
		name, KIND_FILTER, RULE_REFUSE, NULL, NULL, NULL, NULL,                            \
			"the engine's answer tells whether an object of others is there"           \
	}

#define LIMITS "the run's own limits are imposed"
#define BUILDKIT                                                                                   \
	"BuildKit by POST /build cannot be given a source policy: use docker buildx build, or "    \
	"DOCKER_BUILDKIT=0"
#define PLATFORM "images of other platforms run through the host's binfmt handlers"

static int check_version(const struct query_rule *rule, const char *value, struct refusal *r);
static int check_name(const struct query_rule *rule, const char *value, struct refusal *r);
static int check_ps(const struct query_rule *rule, const char *value, struct refusal *r);
static int check_args(const struct query_rule *rule, const char *value, struct refusal *r);
static int check_labels(const struct query_rule *rule, const char *value, struct refusal *r);
static int check_strings(const struct query_rule *rule, const char *value, struct refusal *r);

/* ---- filters ---- */

static const struct field container_filter_fields[] = {
	FILTER("exited"),
	FILTER("expose"),
	FILTER("health"),
	FILTER("id"),
	FILTER("label"),
	FILTER("name"),
	FILTER("network"),
	FILTER("publish"),
	FILTER("status"),
	FILTER("volume"),
	FILTER_REFUSE("ancestor"),
	FILTER_REFUSE("before"),
	FILTER_REFUSE("since"),
	END,
};
static const struct schema container_filters = { "container filters", container_filter_fields };

static const struct field image_filter_fields[] = {
	FILTER("dangling"),
	FILTER("label"),
	FILTER("reference"),
	FILTER("until"),
	FILTER_REFUSE("before"),
	FILTER_REFUSE("since"),
	END,
};
static const struct schema image_filters = { "image filters", image_filter_fields };

static const struct field network_filter_fields[] = {
	FILTER("dangling"),
	FILTER("driver"),
	FILTER("id"),
	FILTER("label"),
	FILTER("name"),
	FILTER("scope"),
	FILTER("type"),
	END,
};
static const struct schema network_filters = { "network filters", network_filter_fields };

static const struct field volume_filter_fields[] = {
	FILTER("dangling"),
	FILTER("driver"),
	FILTER("label"),
	FILTER("name"),
	END,
};
static const struct schema volume_filters = { "volume filters", volume_filter_fields };

static const struct field event_filter_fields[] = {
	FILTER("container"),
	FILTER("event"),
	FILTER("image"),
	FILTER("label"),
	FILTER("network"),
	FILTER("scope"),
	FILTER("type"),
	FILTER("volume"),
	END,
};
static const struct schema event_filters = { "event filters", event_filter_fields };

const struct schema *const query_filters[] = { &container_filters, &image_filters, &network_filters,
	&volume_filters, &event_filters, NULL };

/* ---- building ---- */

const struct query_rule query_build[] = {
	FORCE("t", QUERY_LIST, NULL, "each within --docker-tag; given once the image is there",
		"another image of the host must not be replaced"),
	FORCE("dockerfile", QUERY_TEXT, NULL, "the file written anew",
		"what was checked is what is built"),
	FORCE("buildargs", QUERY_JSON, check_args, "the client's; no proxy, no BUILDKIT_*",
		"proxies are not in the key of the cache: others would get the layer"),
	FORCE("labels", QUERY_JSON, check_labels, "the client's and ours",
		"the run's id stays on its images"),
	FORCE("cachefrom", QUERY_JSON, check_strings, "images of this run, and granted bases",
		"layers of others are not for this builder to read"),
	ALLOW("target", QUERY_TEXT, "a stage of the file"),
	ALLOW("nocache", QUERY_BOOL, "only less is shared"),
	DROP("pull", "the engine would replace names that it has; what is absent is pulled here"),
	FORCE("q", QUERY_TEXT, NULL, "absent, and done here",
		"what the engine makes in passing is read in its output"),
	FORCE("rm", QUERY_TEXT, NULL, "1", "its containers have no label to find them by"),
	FORCE("forcerm", QUERY_TEXT, NULL, "1", "its containers have no label to find them by"),
	FORCE("networkmode", QUERY_TEXT, NULL, "--docker-build-net",
		"host and container: lead to services of the host"),
	FORCE("memory", QUERY_TEXT, NULL, "the run's", LIMITS),
	FORCE("memswap", QUERY_TEXT, NULL, "the run's", LIMITS),
	FORCE("cpuperiod", QUERY_TEXT, NULL, "the run's", LIMITS),
	FORCE("cpuquota", QUERY_TEXT, NULL, "the run's", LIMITS),
	FORCE("cpushares", QUERY_TEXT, NULL, "absent", LIMITS),
	FORCE("cpusetcpus", QUERY_TEXT, NULL, "absent", LIMITS),
	FORCE("cpusetmems", QUERY_TEXT, NULL, "absent", LIMITS),
	FORCE("shmsize", QUERY_TEXT, NULL, "64 MiB and a little that is this run's own",
		"the mark by which the containers of its builds are known"),
	FORCE("ulimits", QUERY_TEXT, NULL, "absent", LIMITS),
	FORCE("cgroupparent", QUERY_TEXT, NULL, "absent", "../.. leaves every limit"),
	{ "version", QUERY_TEXT, RULE_REFUSE, NULL, check_version, "\"\" or 1", BUILDKIT },
	REFUSE("session", BUILDKIT),
	REFUSE("buildid", BUILDKIT),
	REFUSE("outputs", BUILDKIT),
	REFUSE("remote",
		"the engine would fetch it as root from the host's network: send a context"),
	REFUSE("extrahosts", "write a hosts file in a RUN instruction; host-gateway is the host"),
	REFUSE("securityopt", "seccomp, AppArmor and SELinux are never weakened"),
	REFUSE("squash", "an experiment of the engine: use a multi-stage build"),
	REFUSE("platform", PLATFORM),
	DROP("isolation", "of Windows"),
	END,
};

/* ---- images ---- */

const struct query_rule query_pull[] = {
	REQUIRE("fromImage", QUERY_TEXT, "within --docker-pull"),
	ALLOW("tag", QUERY_TEXT, "its tag or digest"),
	REFUSE("fromSrc", "the engine would fetch it from the host's network"),
	REFUSE("repo", "of fromSrc"),
	REFUSE("message", "of fromSrc"),
	REFUSE("changes", "of fromSrc"),
	REFUSE("platform", PLATFORM),
	END,
};
const struct query_rule query_push[] = {
	ALLOW("tag", QUERY_TEXT, "within --docker-push"),
	REFUSE("platform", PLATFORM),
	END,
};
const struct query_rule query_tag[] = {
	REQUIRE("repo", QUERY_TEXT, "within --docker-tag"),
	ALLOW("tag", QUERY_TEXT, "within --docker-tag"),
	END,
};
const struct query_rule query_untag[] = {
	DROP("force", "would take the tags of others, too"),
	DROP("noprune", "only the tag goes"),
	END,
};
const struct query_rule query_image[] = {
	DROP("manifests", "of API 1.48"),
	DROP("platform", "of API 1.48"),
	END,
};
const struct query_rule query_images[] = {
	ALLOW("all", QUERY_BOOL, "own ones only are listed"),
	FILTERS(image_filters, "own ones only are listed"),
	DROP("shared-size", "counts what others use"),
	DROP("digests", "of engines before 1.10"),
	DROP("manifests", "of API 1.47"),
	END,
};
const struct query_rule query_save[] = {
	{ "names", QUERY_LIST, RULE_REQUIRE, NULL, NULL, "each an own image", "docker save" },
	END,
};

/* ---- containers ---- */

const struct query_rule query_container_create[] = {
	CHECKED("name", QUERY_TEXT, check_name, NULL, "the container's name"),
	DROP("platform", "the image is named by its id"),
	END,
};
const struct query_rule query_container_inspect[] = {
	ALLOW("size", QUERY_BOOL, "its own files are counted"),
	END,
};
const struct query_rule query_container_remove[] = {
	ALLOW("force", QUERY_BOOL, "an own container"),
	FORCE("v", QUERY_BOOL, NULL, "1", "its anonymous volumes go with it"),
	REFUSE("link", "links are not made here"),
	END,
};
const struct query_rule query_containers[] = {
	ALLOW("all", QUERY_BOOL, "own ones only are listed"),
	DROP("limit", "it would count those of others"),
	ALLOW("size", QUERY_BOOL, "their own files are counted"),
	FILTERS(container_filters, "own ones only are listed"),
	DROP("before", "of engines before 1.10"),
	DROP("since", "of engines before 1.10"),
	END,
};
const struct query_rule query_start[] = {
	ALLOW("detachKeys", QUERY_TEXT, "docker start -i"),
	REFUSE("checkpoint", "a directory of the host"),
	REFUSE("checkpoint-dir", "a directory of the host"),
	END,
};
const struct query_rule query_stop[] = {
	ALLOW("t", QUERY_INT, "seconds"),
	ALLOW("signal", QUERY_TEXT, "to an own container"),
	END,
};
const struct query_rule query_kill[] = {
	ALLOW("signal", QUERY_TEXT, "to an own container"),
	END,
};
const struct query_rule query_wait[] = {
	ALLOW("condition", QUERY_TEXT, "not-running, next-exit, removed"),
	END,
};
const struct query_rule query_rename[] = {
	{ "name", QUERY_TEXT, RULE_REQUIRE, NULL, check_name, NULL, "docker rename, compose up" },
	END,
};
const struct query_rule query_resize[] = {
	ALLOW("h", QUERY_INT, "of the terminal"),
	ALLOW("w", QUERY_INT, "of the terminal"),
	END,
};
const struct query_rule query_attach[] = {
	ALLOW("detachKeys", QUERY_TEXT, "docker attach"),
	ALLOW("logs", QUERY_BOOL, "docker attach"),
	ALLOW("stream", QUERY_BOOL, "docker attach"),
	ALLOW("stdin", QUERY_BOOL, "docker attach"),
	ALLOW("stdout", QUERY_BOOL, "docker attach"),
	ALLOW("stderr", QUERY_BOOL, "docker attach"),
	END,
};
const struct query_rule query_logs[] = {
	ALLOW("follow", QUERY_BOOL, "docker logs"),
	ALLOW("stdout", QUERY_BOOL, "docker logs"),
	ALLOW("stderr", QUERY_BOOL, "docker logs"),
	ALLOW("since", QUERY_TEXT, "docker logs"),
	ALLOW("until", QUERY_TEXT, "docker logs"),
	ALLOW("timestamps", QUERY_BOOL, "docker logs"),
	ALLOW("tail", QUERY_TEXT, "docker logs"),
	DROP("details", "it adds labels, ours among them"),
	END,
};
const struct query_rule query_stats[] = {
	ALLOW("stream", QUERY_BOOL, "docker stats"),
	ALLOW("one-shot", QUERY_BOOL, "docker stats"),
	END,
};
const struct query_rule query_top[] = {
	CHECKED("ps_args", QUERY_TEXT, check_ps, "-ef, aux", "the engine runs ps with it, as root"),
	END,
};
const struct query_rule query_archive_get[] = {
	REQUIRE("path", QUERY_TEXT, "of an own container"),
	END,
};
const struct query_rule query_archive_put[] = {
	REQUIRE("path", QUERY_TEXT, "of an own container"),
	ALLOW("noOverwriteDirNonDir", QUERY_BOOL, "docker cp"),
	ALLOW("copyUIDGID", QUERY_BOOL, "docker cp -a"),
	END,
};

/* ---- networks, volumes, events ---- */

const struct query_rule query_network[] = {
	ALLOW("verbose", QUERY_BOOL, "of an own network"),
	ALLOW("scope", QUERY_TEXT, "of an own network"),
	END,
};
const struct query_rule query_networks[] = {
	FILTERS(network_filters, "own ones only are listed"),
	END,
};
const struct query_rule query_volume_remove[] = {
	ALLOW("force", QUERY_BOOL, "an own volume"),
	END,
};
const struct query_rule query_volumes[] = {
	FILTERS(volume_filters, "own ones only are listed"),
	END,
};
const struct query_rule query_events[] = {
	ALLOW("since", QUERY_TEXT, "docker events"),
	ALLOW("until", QUERY_TEXT, "docker events"),
	FILTERS(event_filters, "own ones only are shown"),
	END,
};

const char *query_kind_name(enum query_kind kind)
{
	static const char *const names[] = {
		[QUERY_BOOL] = "boolean",
		[QUERY_INT] = "integer",
		[QUERY_TEXT] = "text",
		[QUERY_JSON] = "JSON",
		[QUERY_LIST] = "list",
	};

	return names[kind];
}

static bool is_one_of(const char *word, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcasecmp(word, *words) == 0)
			return true;
	return false;
}

/* As the engine reads one (httputils.BoolValue), blanks around it apart. */
static bool is_false(const char *value)
{
	static const char *const words[] = { "", "0", "no", "false", "none", NULL };

	return is_one_of(value, words);
}

static bool is_zero(const char *value)
{
	static const char *const words[] = { "", "0", "false", "null", "[]", "{}", NULL };

	return is_one_of(value, words);
}

static bool is_integer(const char *value)
{
	size_t sign = value[0] == '-' ? 1 : 0, digits = strspn(value + sign, "0123456789");

	return digits > 0 && digits <= 15 && value[sign + digits] == '\0';
}

static int parse(const char *name, const char *value, cJSON **ret, struct refusal *r)
{
	struct refusal inner;

	if (schema_parse((struct span){ value, strlen(value) }, JSON_KIB, ret, &inner) == 0)
		return 0;
	return refuse(r, inner.status, "query, %s: %s", name, inner.reason);
}

/* ---- checks ---- */

static int check_version(const struct query_rule *rule, const char *value, struct refusal *r)
{
	return strcmp(value, "1") == 0 ? 0 : refuse(r, 403, "%s", rule->reason);
}

static int check_name(const struct query_rule *rule, const char *value, struct refusal *r)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *name = value[0] == '/' ? value + 1 : value; /* docker-java writes it so */
	char rest[sizeof(first) + 3];

	if (value[0] == '\0')
		return 0;
	memcpy(rest, first, sizeof(first));
	strcat(rest, "_.-");
	if (strspn(name, first) > 0 && strlen(name) > 1 && strspn(name, rest) == strlen(name))
		return 0;
	return refuse(r, 400, "query, %s: \"%.80s\" is no name: [a-zA-Z0-9][a-zA-Z0-9_.-]+ are",
		rule->name, value);
}

static int check_ps(const struct query_rule *rule, const char *value, struct refusal *r)
{
	static const char *const words[] = { "", "-ef", "aux", NULL };

	if (is_one_of(value, words))
		return 0;
	return refuse(r, 403, "query, %s may be %s: %s", rule->name, rule->value, rule->reason);
}

/* An object of strings; null is let pass for those of them that mean "as it is". */
static int parse_map(
	const char *name, const char *value, bool with_null, cJSON **ret, struct refusal *r)
{
	const cJSON *item;
	cJSON *map;

	if (parse(name, value, &map, r) < 0)
		return -1;
	if (cJSON_IsNull(map)) {
		cJSON_Delete(map);
		map = cJSON_CreateObject();
	}
	if (map == NULL)
		return refuse_memory(r);
	*ret = map;
	cJSON_ArrayForEach(item, map)
	{
		if (!cJSON_IsString(item) && !(with_null && cJSON_IsNull(item)))
			break;
	}
	if (cJSON_IsObject(map) && item == NULL)
		return 0;
	cJSON_Delete(map);
	*ret = NULL;
	return refuse(r, 400, "query, %s: not a JSON object of strings", name);
}

/* The predefined arguments of both builders that need no ARG, and what BuildKit reads. */
static bool is_refused_arg(const char *name)
{
	static const char *const words[] = { "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY",
		"ALL_PROXY", NULL };

	return is_one_of(name, words) || strncasecmp(name, "BUILDKIT_", 9) == 0;
}

static int parse_args(const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;

	if (parse_map("buildargs", value, true, ret, r) < 0)
		return -1;
	cJSON_ArrayForEach(item, *ret)
	{
		if (is_refused_arg(item->string))
			break;
	}
	if (item == NULL)
		return 0;
	refuse(r, 403,
		"build argument %.60s: proxies are not in the key of the engine's cache, and "
		"BUILDKIT_* is not mediated; set another name",
		item->string);
	cJSON_Delete(*ret);
	*ret = NULL;
	return -1;
}

static int parse_labels(const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;

	if (parse_map("labels", value, false, ret, r) < 0)
		return -1;
	cJSON_ArrayForEach(item, *ret)
	{
		if (strncasecmp(item->string, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
			break;
	}
	if (item == NULL)
		return 0;
	refuse(r, 403, "label %.80s: those that begin with " LABEL_PREFIX " are the broker's",
		item->string);
	cJSON_Delete(*ret);
	*ret = NULL;
	return -1;
}

static int parse_strings(const char *name, const char *value, cJSON **ret, struct refusal *r)
{
	const cJSON *item;
	cJSON *list;

	if (parse(name, value, &list, r) < 0)
		return -1;
	if (cJSON_IsNull(list)) {
		cJSON_Delete(list);
		list = cJSON_CreateArray();
	}
	if (list == NULL)
		return refuse_memory(r);
	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			break;
	}
	if (cJSON_IsArray(list) && item == NULL) {
		*ret = list;
		return 0;
	}
	cJSON_Delete(list);
	return refuse(r, 400, "query, %s: not a JSON array of strings", name);
}

static int check_args(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *args;

	(void)rule;
	if (parse_args(value, &args, r) < 0)
		return -1;
	cJSON_Delete(args);
	return 0;
}

static int check_labels(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *labels;

	(void)rule;
	if (parse_labels(value, &labels, r) < 0)
		return -1;
	cJSON_Delete(labels);
	return 0;
}

static int check_strings(const struct query_rule *rule, const char *value, struct refusal *r)
{
	cJSON *list;

	if (parse_strings(rule->name, value, &list, r) < 0)
		return -1;
	cJSON_Delete(list);
	return 0;
}

/* The value of a name that stands but once, "" counted as absent. */
static const char *value_of(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->pairs_n; i++)
		if (strcmp(target->pairs[i].name, name) == 0)
			return target->pairs[i].value[0] != '\0' ? target->pairs[i].value : NULL;
	return NULL;
}

static int give(cJSON *value, cJSON **ret, struct refusal *r)
{
	if (value == NULL)
		return refuse_memory(r);
	*ret = value;
	return 0;
}

int query_build_args(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "buildargs");

	return value != NULL ? parse_args(value, ret, r) : give(cJSON_CreateObject(), ret, r);
}

int query_build_labels(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "labels");

	return value != NULL ? parse_labels(value, ret, r) : give(cJSON_CreateObject(), ret, r);
}

int query_build_cache_from(const struct target *target, cJSON **ret, struct refusal *r)
{
	const char *value = value_of(target, "cachefrom");

	return value != NULL ? parse_strings("cachefrom", value, ret, r)
			     : give(cJSON_CreateArray(), ret, r);
}

bool query_build_quiet(const struct target *target)
{
	const char *value = value_of(target, "q");

	return value != NULL && !is_false(value);
}

/* ---- from a query to a new one ---- */

static void add_pair(struct text *text, const char *name, const char *value)
{
	if (text->n > 0)
		text_word(text, "&");
	text_encode(text, name, false);
	text_word(text, "=");
	text_encode(text, value, false);
}

static int add_json(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	struct schema_run run = { .policy = NULL };
	cJSON *given, *made;
	own_mem char *printed = NULL;

	if (value[0] == '\0')
		return 0;
	if (parse(rule->name, value, &given, r) < 0)
		return -1;
	if (rule->sub != NULL && !cJSON_IsNull(given)) {
		int result = schema_apply(rule->sub, given, &run, &made, r);

		cJSON_Delete(given);
		if (result < 0)
			return -1;
		given = made;
	}
	printed = cJSON_PrintUnformatted(given);
	cJSON_Delete(given);
	if (printed == NULL)
		return refuse_memory(r);
	add_pair(text, rule->name, printed);
	return 0;
}

static int add(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	switch (rule->kind) {
	case QUERY_BOOL:
		add_pair(text, rule->name, is_false(value) ? "0" : "1");
		return 0;
	case QUERY_INT:
		if (value[0] == '\0')
			return 0;
		if (!is_integer(value))
			return refuse(r, 400, "query, %s: not a whole number", rule->name);
		add_pair(text, rule->name, value);
		return 0;
	case QUERY_TEXT:
	case QUERY_LIST:
		add_pair(text, rule->name, value);
		return 0;
	case QUERY_JSON:
		return add_json(rule, value, text, r);
	}
	return refuse(r, 403, "query, %s has no kind", rule->name);
}

static int check(const struct query_rule *rule, const char *value, struct refusal *r)
{
	if (rule->check == NULL || (rule->kind == QUERY_JSON && value[0] == '\0'))
		return 0;
	return rule->check(rule, value, r);
}

static int apply(
	const struct query_rule *rule, const char *value, struct text *text, struct refusal *r)
{
	switch (rule->rule) {
	case RULE_DROP:
		return 0;
	case RULE_REFUSE:
		if (is_zero(value))
			return 0;
		if (rule->check != NULL)
			return rule->check(rule, value, r);
		return refuse(r, 403, "query, %s: %s", rule->name, rule->reason);
	case RULE_FORCE: /* a boolean is written by apply_all() */
		return check(rule, value, r);
	case RULE_REQUIRE:
		if (value[0] == '\0')
			return refuse(r, 400, "query, %s is empty", rule->name);
		__attribute__((fallthrough));
	case RULE_ALLOW:
		return check(rule, value, r) < 0 ? -1 : add(rule, value, text, r);
	}
	return refuse(r, 403, "query, %s has no rule", rule->name);
}

static int apply_all(const struct query_rule *rule, const struct target *target, struct text *text,
	struct refusal *r)
{
	size_t seen = 0;

	for (size_t i = 0; i < target->pairs_n; i++) {
		if (strcmp(target->pairs[i].name, rule->name) != 0)
			continue;
		if (seen++ > 0 && rule->kind != QUERY_LIST)
			return refuse(r, 400, "query, %s stands there twice", rule->name);
		if (apply(rule, target->pairs[i].value, text, r) < 0)
			return -1;
	}
	if (seen == 0 && rule->rule == RULE_REQUIRE)
		return refuse(r, 400, "query, %s is missing", rule->name);
	if (rule->rule == RULE_FORCE && rule->kind == QUERY_BOOL)
		add_pair(text, rule->name, "1");
	return 0;
}

int query_apply(const struct query_rule *rules, const struct target *target, struct text *ret,
	struct refusal *r)
{
	for (; rules != NULL && rules->name != NULL; rules++)
		if (apply_all(rules, target, ret, r) < 0)
			return -1;
	return ret->failed ? refuse_memory(r) : 0;
}
