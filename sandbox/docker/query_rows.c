#include "sandbox/docker/query_rows.h"

#include "sandbox/docker/platform.h"
#include "sandbox/docker/query_build.h"

#include <string.h>

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
#define FILTER_NAMES(name)                                                                         \
	{                                                                                          \
		name, KIND_FILTER, RULE_ALLOW, NULL, NULL, NULL, "ids, of what the run may know",  \
			"the engine's answer tells whether an object of others is there"           \
	}
#define FILTERS_NAMES(sub)                                                                         \
	{                                                                                          \
		"filters", QUERY_JSON, RULE_FORCE, &(sub), NULL,                                   \
			"the client's, with ids for names", "own ones only are listed"             \
	}

#define LIMITS "the run's own limits are imposed"
#define BUILDKIT                                                                                   \
	"BuildKit by POST /build cannot be given a source policy: use docker buildx build, or "    \
	"DOCKER_BUILDKIT=0"
#define ENGINES "the engine's own, and then left out"

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
	return refuse(r, 400, "query, %s: \"%.80s\" is not a name: [a-zA-Z0-9][a-zA-Z0-9_.-]+ are",
		rule->name, value);
}

static int check_source(const struct query_rule *rule, const char *value, struct refusal *r)
{
	return strcmp(value, "-") == 0 ? 0
				       : refuse(r, 403, "query, %s: %s", rule->name, rule->reason);
}

static int check_ps(const struct query_rule *rule, const char *value, struct refusal *r)
{
	static const char *const words[] = { "", "-ef", "aux", NULL };

	if (query_is_one_of(value, words))
		return 0;
	return refuse(r, 403, "query, %s may be %s: %s", rule->name, rule->value, rule->reason);
}

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
	FILTER_NAMES("ancestor"),
	FILTER_NAMES("before"),
	FILTER_NAMES("since"),
	END,
};
const struct schema query_container_filters = { "container filters", container_filter_fields };

static const struct field image_filter_fields[] = {
	FILTER("dangling"),
	FILTER("label"),
	FILTER("reference"),
	FILTER("until"),
	FILTER_NAMES("before"),
	FILTER_NAMES("since"),
	END,
};
const struct schema query_image_filters = { "image filters", image_filter_fields };

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

static const struct field prune_filter_fields[] = {
	FILTER("label"),
	FILTER("dangling"),
	FILTER("all"),
	{ "until", KIND_FILTER, RULE_REFUSE, NULL, NULL, NULL, NULL,
		"what is how old is not looked at here: filter by label" },
	{ "label!", KIND_FILTER, RULE_REFUSE, NULL, NULL, NULL, NULL,
		"what lacks a label is not looked for here: filter by label" },
	END,
};
static const struct schema prune_filters = { "prune filters", prune_filter_fields };

const struct schema *const query_filters[] = { &query_container_filters, &query_image_filters,
	&network_filters, &volume_filters, &prune_filters, &event_filters, NULL };

/* ---- building ---- */

const struct query_rule query_build[] = {
	FORCE("t", QUERY_LIST, NULL, "each within --docker-tag; given once the image is there",
		"another image of the host must not be replaced"),
	FORCE("dockerfile", QUERY_FIRST, NULL, "the file written anew",
		"what was checked is what is built"),
	FORCE("buildargs", QUERY_JSON, query_build_check_args,
		"the client's; no proxy, no BUILDKIT_*",
		"proxies are not in the key of the cache: others would get the layer"),
	FORCE("labels", QUERY_JSON, query_build_check_labels, "the client's and ours",
		"the run's id stays on its images"),
	FORCE("cachefrom", QUERY_JSON, query_build_check_strings,
		"images of this run, and granted bases",
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
	FORCE("platform", QUERY_TEXT, NULL, ENGINES, PLATFORM_REASON),
	DROP("isolation", "of Windows"),
	END,
};

/* ---- images ---- */

const struct query_rule query_pull[] = {
	ALLOW("fromImage", QUERY_TEXT, "within --docker-pull"),
	ALLOW("tag", QUERY_TEXT, "its tag or digest"),
	{ "fromSrc", QUERY_TEXT, RULE_REFUSE, NULL, check_source, "-",
		"the engine would fetch it from the host's network" },
	FORCE("repo", QUERY_TEXT, NULL, "within --docker-tag; given once the image is there",
		"of docker import"),
	ALLOW("message", QUERY_TEXT, "of docker import"),
	FORCE("changes", QUERY_LIST, NULL, "the client's, and the run's labels",
		"of docker import"),
	FORCE("platform", QUERY_TEXT, NULL, ENGINES, PLATFORM_REASON),
	END,
};
const struct query_rule query_load[] = {
	DROP("quiet", "the answer is read for the ids in it"),
	FORCE("platform", QUERY_TEXT, NULL, ENGINES, PLATFORM_REASON),
	END,
};
const struct query_rule query_commit[] = {
	FORCE("container", QUERY_TEXT, NULL, "the id", "one of the run's own"),
	FORCE("repo", QUERY_TEXT, NULL, "within --docker-tag; given once the image is there",
		"another image of the host must not be replaced"),
	FORCE("tag", QUERY_TEXT, NULL, "within --docker-tag", "the same"),
	FORCE("changes", QUERY_LIST, NULL, "the client's, and the run's labels",
		"teardown finds the image by them"),
	ALLOW("comment", QUERY_TEXT, "of the image"),
	ALLOW("author", QUERY_TEXT, "of the image"),
	ALLOW("pause", QUERY_BOOL, "of an own container"),
	END,
};
const struct query_rule query_push[] = {
	ALLOW("tag", QUERY_TEXT, "within --docker-push"),
	FORCE("platform", QUERY_TEXT, NULL, ENGINES, PLATFORM_REASON),
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
	FILTERS_NAMES(query_image_filters),
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
	FORCE("platform", QUERY_TEXT, NULL, ENGINES, PLATFORM_REASON),
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
	FORCE("limit", QUERY_INT, NULL, "of own ones, counted here",
		"it would count those of others"),
	ALLOW("size", QUERY_BOOL, "their own files are counted"),
	FILTERS_NAMES(query_container_filters),
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
const struct query_rule query_prune[] = {
	{ "filters", QUERY_JSON, RULE_FORCE, &prune_filters, NULL, "the client's labels, and ours",
		"own ones only go" },
	END,
};
