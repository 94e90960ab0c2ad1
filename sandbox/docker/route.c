#include "sandbox/docker/route.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/body.h"
#include "sandbox/docker/query_rows.h"
#include "sandbox/docker/span.h"

#include <stdio.h>
#include <string.h>

#define LIBPOD                                                                                     \
	"podman's own API is not mediated: use its Docker API (docker, or podman's socket as "     \
	"DOCKER_HOST)"
#define FAMILY "it administers the engine, which belongs to the host"

#define GET    HTTP_GET
#define HEAD   HTTP_HEAD
#define POST   HTTP_POST
#define PUT    HTTP_PUT
#define DELETE HTTP_DELETE
#define ANY    ROUTE_ANY_METHOD

/* A call without a body. */
#define BUILD(method, path, answer, query, reason)                                                 \
	{                                                                                          \
		DOCKER_BUILD, method, path, answer, BODY_NONE, query, NULL, 0, reason              \
	}
#define RUN(method, path, answer, query, reason)                                                   \
	{                                                                                          \
		DOCKER_RUN, method, path, answer, BODY_NONE, query, NULL, 0, reason                \
	}
/* One with a body that is checked. */
#define RUN_JSON(method, path, answer, query, schema, kib, reason)                                 \
	{                                                                                          \
		DOCKER_RUN, method, path, answer, BODY_JSON, query, schema, kib, reason            \
	}
/* One with a body that some clients send and the engine has no use for. */
#define RUN_MAYBE(method, path, answer, query, reason)                                             \
	{                                                                                          \
		DOCKER_RUN, method, path, answer, BODY_MAYBE, query, NULL, 16, reason              \
	}
#define REFUSED(method, path, reason)                                                              \
	{                                                                                          \
		DOCKER_OFF, method, path, ANSWER_REFUSE, BODY_NONE, NULL, NULL, 0, reason          \
	}

const struct route routes[] = {
	/* who is there */
	BUILD(GET, "/_ping", ANSWER_PING, NULL, "handshake of every client"),
	BUILD(HEAD, "/_ping", ANSWER_PING, NULL, "handshake of every client"),
	BUILD(GET, "/version", ANSWER_VERSION, NULL, "docker-py and compose ask it first"),
	BUILD(GET, "/info", ANSWER_INFO, NULL, "docker info, compose, Testcontainers"),
	{ DOCKER_BUILD, POST, "/auth", ANSWER_AUTH, BODY_MAYBE, NULL, &body_auth, 64,
		"docker login; credentials are the launcher's, those of a builder go nowhere" },

	/* building */
	{ DOCKER_BUILD, POST, "/build", ANSWER_BUILD, BODY_BUILD, query_build, NULL, 0,
		"docker build, by the classic builder" },
	BUILD(POST, "/build/prune", ANSWER_PRUNE, NULL, "the cache belongs to the host"),
	REFUSED(POST, "/build/cancel", "close the connection of the build, that cancels it"),
	BUILD(POST, "/session", ANSWER_SESSION, NULL,
		"BuildKit asks the client for files and secrets of its own"),
	BUILD(POST, "/grpc", ANSWER_GRPC, NULL, "BuildKit: docker buildx build"),

	/* images */
	BUILD(GET, "/images/json", ANSWER_LIST, query_images, "own images and granted bases"),
	{ DOCKER_BUILD, POST, "/images/create", ANSWER_PULL, BODY_IMPORT, query_pull, NULL, 0,
		"docker pull of a granted name; docker import" },
	{ DOCKER_BUILD, POST, "/images/load", ANSWER_LOAD, BODY_LOAD, query_load, NULL, 0,
		"docker load" },
	BUILD(POST, "/images/prune", ANSWER_PRUNE, query_prune, "own ones without a name"),
	REFUSED(GET, "/images/search", "the engine would ask a registry of the caller's choice"),
	BUILD(GET, "/images/get", ANSWER_SAVE, query_save, "docker save"),
	BUILD(GET, "/images/{image}/json", ANSWER_INSPECT, query_image, "docker inspect"),
	BUILD(GET, "/images/{image}/history", ANSWER_INSPECT, query_image, "docker history"),
	BUILD(GET, "/images/{image}/get", ANSWER_SAVE, query_image, "docker save"),
	BUILD(POST, "/images/{image}/tag", ANSWER_TAG, query_tag, "docker tag"),
	BUILD(POST, "/images/{image}/push", ANSWER_PUSH, query_push, "docker push"),
	BUILD(DELETE, "/images/{image}", ANSWER_UNTAG, query_untag, "docker rmi of an own tag"),
	BUILD(GET, "/distribution/{image}/json", ANSWER_DISTRIBUTION, NULL,
		"docker buildx build --push; another name would show what a registry has"),
	{ DOCKER_RUN, POST, "/commit", ANSWER_COMMIT, BODY_MAYBE, query_commit, NULL, 256,
		"docker commit" },

	/* containers */
	RUN(GET, "/containers/json", ANSWER_LIST, query_containers, "docker ps"),
	RUN_JSON(POST, "/containers/create", ANSWER_CREATED, query_container_create,
		&body_container_create, 1024, "docker run"),
	RUN(POST, "/containers/prune", ANSWER_PRUNE, query_prune, "stopped ones of the run's own"),
	/* docker inspect NAME asks for a container, an image, a network, a volume and a plugin
	 * of that name; at level build it finds images. */
	BUILD(GET, "/containers/{container}/json", ANSWER_INSPECT, query_container_inspect,
		"docker inspect"),
	RUN(GET, "/containers/{container}/top", ANSWER_TOP, query_top, "docker top"),
	RUN(GET, "/containers/{container}/logs", ANSWER_STREAM, query_logs, "docker logs"),
	RUN(GET, "/containers/{container}/changes", ANSWER_RELAY, NULL, "docker diff"),
	RUN(GET, "/containers/{container}/stats", ANSWER_STREAM, query_stats, "docker stats"),
	RUN(GET, "/containers/{container}/export", ANSWER_STREAM, NULL, "docker export"),
	RUN(POST, "/containers/{container}/resize", ANSWER_RELAY, query_resize, "docker run -t"),
	/* A body was a HostConfig up to API 1.23. */
	RUN_MAYBE(POST, "/containers/{container}/start", ANSWER_RELAY, query_start, "docker start"),
	RUN_MAYBE(POST, "/containers/{container}/stop", ANSWER_RELAY, query_stop, "docker stop"),
	RUN_MAYBE(POST, "/containers/{container}/restart", ANSWER_RELAY, query_stop,
		"docker restart"),
	RUN_MAYBE(POST, "/containers/{container}/kill", ANSWER_RELAY, query_kill, "docker kill"),
	REFUSED(POST, "/containers/{container}/update",
		"limits are the run's: remove the container and make it anew"),
	RUN(POST, "/containers/{container}/rename", ANSWER_RENAMED, query_rename, "docker rename"),
	RUN_MAYBE(POST, "/containers/{container}/pause", ANSWER_RELAY, NULL, "docker pause"),
	RUN_MAYBE(POST, "/containers/{container}/unpause", ANSWER_RELAY, NULL, "docker unpause"),
	RUN(POST, "/containers/{container}/attach", ANSWER_HIJACK, query_attach, "docker run"),
	REFUSED(GET, "/containers/{container}/attach/ws",
		"websockets are not mediated: POST …/attach does the same"),
	RUN_MAYBE(POST, "/containers/{container}/wait", ANSWER_WAIT, query_wait, "docker run"),
	RUN(DELETE, "/containers/{container}", ANSWER_REMOVED, query_container_remove, "docker rm"),
	RUN(HEAD, "/containers/{container}/archive", ANSWER_RELAY, query_archive_get, "docker cp"),
	RUN(GET, "/containers/{container}/archive", ANSWER_STREAM, query_archive_get, "docker cp"),
	{ DOCKER_RUN, PUT, "/containers/{container}/archive", ANSWER_RELAY, BODY_TAR,
		query_archive_put, NULL, 0, "docker cp" },
	REFUSED(ANY, "/containers/{container}/checkpoints/{rest}",
		"a checkpoint is a directory of the host"),

	/* exec */
	RUN_JSON(POST, "/containers/{container}/exec", ANSWER_EXEC, NULL, &body_exec_create, 256,
		"docker exec"),
	RUN_JSON(POST, "/exec/{exec}/start", ANSWER_HIJACK, NULL, &body_exec_start, 16,
		"docker exec"),
	RUN(POST, "/exec/{exec}/resize", ANSWER_RELAY, query_resize, "docker exec -t"),
	RUN(GET, "/exec/{exec}/json", ANSWER_INSPECT, NULL, "its exit code"),

	/* networks */
	RUN(GET, "/networks", ANSWER_LIST, query_networks, "docker network ls"),
	RUN_JSON(POST, "/networks/create", ANSWER_CREATED, NULL, &body_network_create, 64,
		"docker network create, compose up"),
	RUN(POST, "/networks/prune", ANSWER_PRUNE, query_prune, "unused ones of the run's own"),
	BUILD(GET, "/networks/{network}", ANSWER_INSPECT, query_network, "compose up"),
	RUN_JSON(POST, "/networks/{network}/connect", ANSWER_JOIN, NULL, &body_network_connect, 64,
		"compose up, restart"),
	RUN_JSON(POST, "/networks/{network}/disconnect", ANSWER_RELAY, NULL,
		&body_network_disconnect, 64, "compose up, restart"),
	RUN(DELETE, "/networks/{network}", ANSWER_REMOVED, NULL, "compose down"),

	/* volumes */
	RUN(GET, "/volumes", ANSWER_LIST, query_volumes, "docker volume ls"),
	RUN_JSON(POST, "/volumes/create", ANSWER_VOLUME, NULL, &body_volume_create, 64,
		"docker volume create, compose up"),
	RUN(POST, "/volumes/prune", ANSWER_PRUNE, query_prune, "unused ones of the run's own"),
	BUILD(GET, "/volumes/{volume}", ANSWER_INSPECT, NULL, "compose up"),
	REFUSED(PUT, "/volumes/{volume}", "cluster volumes belong to a swarm"),
	RUN(DELETE, "/volumes/{volume}", ANSWER_REMOVED, query_volume_remove, "compose down -v"),

	RUN(GET, "/events", ANSWER_EVENTS, query_events, "compose up, docker events"),

	BUILD(GET, "/plugins/{plugin}/json", ANSWER_INSPECT, NULL, "docker inspect; there is none"),

	/* docker inspect of an image's name with a slash, which asks for everything else first */
	BUILD(GET, "/containers/{words}/json", ANSWER_ABSENT, NULL, "no container has such a name"),
	BUILD(GET, "/networks/{words}", ANSWER_ABSENT, NULL, "no network has such a name"),
	BUILD(GET, "/volumes/{words}", ANSWER_ABSENT, NULL, "no volume has such a name"),
	BUILD(GET, "/plugins/{words}/json", ANSWER_ABSENT, NULL, "no plugin has such a name"),

	/* never */
	REFUSED(ANY, "/plugins/{rest}", "a plugin is root on the host"),
	REFUSED(ANY, "/swarm/{rest}", FAMILY),
	REFUSED(ANY, "/services/{rest}", FAMILY),
	REFUSED(ANY, "/nodes/{rest}", FAMILY),
	REFUSED(ANY, "/secrets/{rest}", FAMILY),
	REFUSED(ANY, "/configs/{rest}", FAMILY),
	REFUSED(ANY, "/tasks/{rest}", FAMILY),
	REFUSED(ANY, "/debug/{rest}", "it shows the engine's memory"),
	REFUSED(GET, "/system/df", "it counts everybody's images, containers and volumes"),
	REFUSED(ANY, "/libpod/{rest}", LIBPOD),
};
const size_t routes_n = ARRAY_LEN(routes);
_Static_assert(ARRAY_LEN(routes) <= 160, "the counters have a place for each");

static const struct {
	const char *name;
	enum route_place place;
} places[] = {
	{ "container", PLACE_CONTAINER },
	{ "exec", PLACE_EXEC },
	{ "network", PLACE_NETWORK },
	{ "volume", PLACE_VOLUME },
	{ "plugin", PLACE_PLUGIN },
	{ "image", PLACE_IMAGE },
	{ "words", PLACE_WORDS },
};

const char *route_method_name(const struct route *route)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",
		[HTTP_HEAD] = "HEAD",
		[HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",
		[HTTP_DELETE] = "DELETE",
		[ROUTE_ANY_METHOD] = "any",
	};

	return names[route->method];
}

const char *answer_name(enum answer answer)
{
	static const char *const names[] = {
		[ANSWER_REFUSE] = "refuse",
		[ANSWER_RELAY] = "relay",
		[ANSWER_TOP] = "processes",
		[ANSWER_WAIT] = "wait",
		[ANSWER_ABSENT] = "404",
		[ANSWER_JOIN] = "join",
		[ANSWER_PING] = "ping",
		[ANSWER_VERSION] = "version",
		[ANSWER_INFO] = "info",
		[ANSWER_AUTH] = "auth",
		[ANSWER_PRUNE] = "prune",
		[ANSWER_BUILD] = "build",
		[ANSWER_PULL] = "pull",
		[ANSWER_DISTRIBUTION] = "registry",
		[ANSWER_COMMIT] = "commit",
		[ANSWER_LOAD] = "load",
		[ANSWER_PUSH] = "push",
		[ANSWER_TAG] = "tag",
		[ANSWER_UNTAG] = "untag",
		[ANSWER_SAVE] = "save",
		[ANSWER_CREATED] = "created",
		[ANSWER_EXEC] = "exec",
		[ANSWER_VOLUME] = "volume",
		[ANSWER_REMOVED] = "removed",
		[ANSWER_RENAMED] = "renamed",
		[ANSWER_INSPECT] = "inspect",
		[ANSWER_LIST] = "list",
		[ANSWER_STREAM] = "stream",
		[ANSWER_HIJACK] = "hijack",
		[ANSWER_SESSION] = "tunnel",
		[ANSWER_GRPC] = "calls",
		[ANSWER_EVENTS] = "events",
	};

	return names[answer];
}

const char *body_kind_name(enum body_kind kind)
{
	static const char *const names[] = {
		[BODY_NONE] = "none",
		[BODY_JSON] = "JSON",
		[BODY_MAYBE] = "JSON or none",
		[BODY_BUILD] = "build context",
		[BODY_IMPORT] = "tar or none",
		[BODY_LOAD] = "tar of images",
		[BODY_TAR] = "tar",
	};

	return names[kind];
}

/* ---- from a request to its row ---- */

/* The next segment of a template: *path is left at the '/' behind it, or at its end. */
static struct span next_segment(const char **path)
{
	struct span segment = { *path + 1, strcspn(*path + 1, "/") };

	*path = segment.s + segment.n;
	return segment;
}

/* The fewest that the rest of a template stands for. */
static size_t count_segments(const char *path)
{
	size_t n = 0;

	while (*path != '\0')
		n += !span_is(next_segment(&path), "{rest}");
	return n;
}

static enum route_place place_of(struct span segment)
{
	if (segment.n < 2 || segment.s[0] != '{')
		return PLACE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (span_is((struct span){ segment.s + 1, segment.n - 2 }, places[i].name))
			return places[i].place;
	return PLACE_NONE;
}

/* The n segments of the target from *at on, joined; *at is left behind them. */
static bool take(const struct target *target, size_t *at, size_t n, struct route_match *match)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		int m = snprintf(match->name + used, sizeof(match->name) - used, "%s%s",
			i > 0 ? "/" : "", target->segments[*at + i]);

		if (m < 0 || (size_t)m >= sizeof(match->name) - used)
			return false;
		used += (size_t)m;
	}
	*at += n;
	return n > 0;
}

static bool path_fits(const char *path, const struct target *target, struct route_match *match)
{
	size_t at = 0;

	*match = (struct route_match){ .place = PLACE_NONE };
	while (*path != '\0') {
		struct span segment = next_segment(&path);
		enum route_place place = place_of(segment);
		size_t left = target->segments_n - at, behind = count_segments(path);

		if (span_is(segment, "{rest}"))
			return true;
		if (left <= behind)
			return false;
		if (place == PLACE_NONE && !span_is(segment, target->segments[at++]))
			return false;
		if (place == PLACE_NONE)
			continue;
		match->place = place;
		if (!take(target, &at,
			    place == PLACE_IMAGE || place == PLACE_WORDS ? left - behind : 1,
			    match))
			return false;
	}
	return at == target->segments_n;
}

static int check_version(const struct target *target, struct refusal *r)
{
	if (target->minor == 0)
		return 0;
	if (target->minor < API_MINOR_OLDEST)
		return refuse(r, 400,
			"client version 1.%u is too old. Minimum supported API version is 1.%d",
			target->minor, API_MINOR_OLDEST);
	if (target->minor > API_MINOR_MAX)
		return refuse(r, 400,
			"client version 1.%u is too new. Maximum supported API version is 1.%d",
			target->minor, API_MINOR_MAX);
	return 0;
}

static int check_level(const struct route *route, enum docker_level level, struct refusal *r)
{
	if (route->answer == ANSWER_REFUSE)
		return refuse(r, 403, "%s is never allowed: %s", route->path, route->reason);
	if (route->level > level)
		return refuse(r, 403, "%s %s needs --docker %s, this run has %s",
			route_method_name(route), route->path, docker_level_name(route->level),
			docker_level_name(level));
	return 0;
}

/* What a newer Docker has, or nobody. */
static int refuse_unknown(enum http_method method, const struct target *target,
	enum docker_level level, struct refusal *r)
{
	char path[120];
	size_t used = 0;

	snprintf(path, sizeof(path), "%s", target->segments_n == 0 ? "/" : "");
	for (size_t i = 0; i < target->segments_n && used < sizeof(path); i++)
		used += (size_t)snprintf(
			path + used, sizeof(path) - used, "/%s", target->segments[i]);
	return refuse(r, 403,
		"%s %s is not a call that --docker %s, or any other level, has a row for "
		"(cofferdam explain --full --docker=%s)",
		http_method_name(method), path, docker_level_name(level), docker_level_name(level));
}

int route_find(enum http_method method, const struct target *target, enum docker_level level,
	struct route_match *ret, struct refusal *r)
{
	struct route_match match;

	if (check_version(target, r) < 0)
		return -1;
	for (size_t i = 0; i < routes_n; i++) {
		const struct route *route = &routes[i];

		if (route->method != method && route->method != ROUTE_ANY_METHOD)
			continue;
		if (!path_fits(route->path, target, &match))
			continue;
		if (check_level(route, level, r) < 0)
			return -1;
		match.route = route;
		*ret = match;
		return 0;
	}
	return refuse_unknown(method, target, level, r);
}
