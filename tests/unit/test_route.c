#include "sandbox/docker/route.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* path without the version; cut at '/'. memory holds the segments. */
static struct target target_of(const char *path, unsigned minor, char memory[512])
{
	struct target target = { .minor = minor };
	char *rest = memory;

	snprintf(memory, 512, "%s", path + 1);
	while (rest != NULL && target.segments_n < TARGET_SEGMENTS)
		target.segments[target.segments_n++] = strsep(&rest, "/");
	return target;
}

static void finds_routes(void **state)
{
	static const struct {
		enum http_method method;
		const char *path, *route, *name;
	} rows[] = {
		{ HTTP_GET, "/_ping", "/_ping", "" },
		{ HTTP_POST, "/build", "/build", "" },
		{ HTTP_GET, "/images/json", "/images/json", "" },
		{ HTTP_GET, "/images/a/json", "/images/{image}/json", "a" },
		{ HTTP_GET, "/images/host:5000/a/b:1/json", "/images/{image}/json",
			"host:5000/a/b:1" },
		{ HTTP_GET, "/images/json/json", "/images/{image}/json", "json" },
		{ HTTP_GET, "/images/get", "/images/get", "" },
		{ HTTP_GET, "/images/a/get/get", "/images/{image}/get", "a/get" },
		{ HTTP_DELETE, "/images/a/b", "/images/{image}", "a/b" },
		{ HTTP_POST, "/images/a/b/tag", "/images/{image}/tag", "a/b" },
		{ HTTP_POST, "/images/a/b/push", "/images/{image}/push", "a/b" },
		{ HTTP_POST, "/containers/create", "/containers/create", "" },
		{ HTTP_POST, "/containers/x/start", "/containers/{container}/start", "x" },
		{ HTTP_POST, "/commit", "/commit", "" },
		{ HTTP_GET, "/containers/x/export", "/containers/{container}/export", "x" },
		{ HTTP_HEAD, "/containers/x/archive", "/containers/{container}/archive", "x" },
		{ HTTP_PUT, "/containers/x/archive", "/containers/{container}/archive", "x" },
		{ HTTP_POST, "/exec/e/start", "/exec/{exec}/start", "e" },
		{ HTTP_GET, "/networks/bridge", "/networks/{network}", "bridge" },
		{ HTTP_POST, "/networks/n/connect", "/networks/{network}/connect", "n" },
		{ HTTP_DELETE, "/volumes/v", "/volumes/{volume}", "v" },
		{ HTTP_GET, "/events", "/events", "" },
		{ HTTP_GET, "/plugins/p/json", "/plugins/{plugin}/json", "p" },
		/* docker inspect team/app */
		{ HTTP_GET, "/containers/a/b/json", "/containers/{words}/json", "a/b" },
		{ HTTP_GET, "/networks/a/b", "/networks/{words}", "a/b" },
		{ HTTP_GET, "/volumes/a/b", "/volumes/{words}", "a/b" },
		{ HTTP_GET, "/plugins/a/b/json", "/plugins/{words}/json", "a/b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char memory[512];
		struct target target = target_of(rows[i].path, 41, memory);
		struct route_match match;
		struct refusal r;

		if (route_find(rows[i].method, &target, DOCKER_RUN, &match, &r) < 0)
			fail_msg("%s: refused: %s", rows[i].path, r.reason);
		if (strcmp(match.route->path, rows[i].route) != 0 ||
			match.route->method != rows[i].method)
			fail_msg("%s: expected %s, got %s %s", rows[i].path, rows[i].route,
				route_method_name(match.route), match.route->path);
		if (strcmp(match.name, rows[i].name) != 0)
			fail_msg("%s: expected the name \"%s\", got \"%s\"", rows[i].path,
				rows[i].name, match.name);
		assert_int_equal(match.place != PLACE_NONE, match.name[0] != '\0');
	}
}

static void refuses_routes(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		unsigned minor;
		enum docker_level level;
		int status;
		const char *reason; /* a part of it */
	} rows[] = {
		{ HTTP_POST, "/commit", 41, DOCKER_BUILD, 403, "--docker run" },
		{ HTTP_GET, "/images/search", 41, DOCKER_RUN, 403, "registry" },
		{ HTTP_POST, "/containers/x/update", 41, DOCKER_RUN, 403, "limits" },
		{ HTTP_GET, "/containers/x/checkpoints", 41, DOCKER_RUN, 403, "host" },
		{ HTTP_POST, "/containers/x/checkpoints", 41, DOCKER_RUN, 403, "host" },
		{ HTTP_DELETE, "/containers/x/checkpoints/c", 41, DOCKER_RUN, 403, "host" },
		{ HTTP_GET, "/containers/x/attach/ws", 41, DOCKER_RUN, 403, "websockets" },
		{ HTTP_GET, "/plugins", 41, DOCKER_RUN, 403, "root" },
		{ HTTP_POST, "/plugins/pull", 41, DOCKER_RUN, 403, "root" },
		{ HTTP_GET, "/plugins/privileges", 41, DOCKER_RUN, 403, "root" },
		{ HTTP_POST, "/plugins/a/b/enable", 41, DOCKER_RUN, 403, "root" },
		{ HTTP_POST, "/swarm/init", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_POST, "/services/create", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_GET, "/nodes", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_GET, "/secrets", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_POST, "/configs/create", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_GET, "/tasks", 41, DOCKER_RUN, 403, "engine" },
		{ HTTP_GET, "/debug/pprof/heap", 0, DOCKER_RUN, 403, "memory" },
		{ HTTP_GET, "/system/df", 41, DOCKER_RUN, 403, "everybody" },
		{ HTTP_POST, "/build/cancel", 41, DOCKER_RUN, 403, "connection" },
		{ HTTP_GET, "/libpod/_ping", 0, DOCKER_RUN, 403, "podman" },
		{ HTTP_POST, "/libpod/containers/create", 41, DOCKER_RUN, 403, "podman" },
		/* of a higher level */
		{ HTTP_POST, "/containers/create", 41, DOCKER_BUILD, 403, "--docker run" },
		{ HTTP_GET, "/events", 41, DOCKER_BUILD, 403, "--docker run" },
		{ HTTP_POST, "/build", 41, DOCKER_OFF, 403, "--docker build" },
		{ HTTP_POST, "/grpc", 0, DOCKER_OFF, 403, "--docker build" },
		{ HTTP_POST, "/session", 41, DOCKER_OFF, 403, "--docker build" },
		/* no row */
		{ HTTP_POST, "/", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_GET, "/unheard", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_GET, "/_PING", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_GET, "/_ping/x", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_DELETE, "/_ping", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_GET, "/containers", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_GET, "/containers/a/b/logs", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_POST, "/containers/x/start/y", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_POST, "/containers/start", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_DELETE, "/images", 41, DOCKER_RUN, 403, "has a row for" },
		{ HTTP_POST, "/images/tag", 41, DOCKER_RUN, 403, "has a row for" },
		/* versions */
		{ HTTP_GET, "/_ping", 12, DOCKER_RUN, 400, "too old" },
		{ HTTP_GET, "/_ping", 21, DOCKER_RUN, 400, "too old" },
		{ HTTP_GET, "/_ping", 46, DOCKER_RUN, 400, "too new" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char memory[512];
		struct target target = target_of(rows[i].path, rows[i].minor, memory);
		struct route_match match;
		struct refusal r;

		if (route_find(rows[i].method, &target, rows[i].level, &match, &r) == 0)
			fail_msg("%s: expected a refusal", rows[i].path);
		if (r.status != rows[i].status || strstr(r.reason, rows[i].reason) == NULL)
			fail_msg("%s: expected %d with \"%s\", got %d %s", rows[i].path,
				rows[i].status, rows[i].reason, r.status, r.reason);
	}
}

/* A name that does not fit is not a match, never a shorter one. */
static void cuts_no_name(void **state)
{
	char path[700];
	struct target target = { .minor = 41, .segments_n = 3 };
	struct route_match match;
	struct refusal r;

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	target.segments[0] = "images";
	target.segments[1] = path;
	target.segments[2] = "json";
	assert_int_equal(route_find(HTTP_GET, &target, DOCKER_RUN, &match, &r), -1);
}

static void has_sound_rows(void **state)
{
	(void)state;
	assert_true(routes_n <= 160);
	for (size_t i = 0; i < routes_n; i++) {
		const struct route *route = &routes[i];
		bool refused = route->answer == ANSWER_REFUSE;

		if (route->reason == NULL || route->path[0] != '/' ||
			refused != (route->level == DOCKER_OFF))
			fail_msg("row %zu, %s", i, route->path);
		if (route->method == ROUTE_ANY_METHOD && !refused)
			fail_msg("%s is allowed with any method", route->path);
		if (strstr(route->path, "{rest}") != NULL && !refused)
			fail_msg("%s is allowed as a family", route->path);
		if (route->body == BODY_JSON && (route->schema == NULL || route->body_kib == 0))
			fail_msg("%s has a body that nothing checks", route->path);
		if (route->body == BODY_NONE && route->schema != NULL)
			fail_msg("%s has a schema and no body", route->path);
		assert_non_null(answer_name(route->answer));
		assert_non_null(body_kind_name(route->body));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_routes),
		cmocka_unit_test(refuses_routes),
		cmocka_unit_test(cuts_no_name),
		cmocka_unit_test(has_sound_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
