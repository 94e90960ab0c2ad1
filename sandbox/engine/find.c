#include "sandbox/engine/find.h"

#include "namespaces/spawn.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/wait.h>

#define JSON_BYTES (64 * 1024)
#define PLACES     4

/* ---- may we? ---- */

/* As whom the broker will be. The change of ids has made us undumpable, and so it stays:
 * whoever has that uid must not get the group by looking into this child. */
static void try_as(const struct identity *identity, const gid_t *group, const char *path)
	__attribute__((noreturn));
static void try_as(const struct identity *identity, const gid_t *group, const char *path)
{
	if (setgroups(group != NULL ? 1 : 0, group) < 0 ||
		setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
		setresuid(identity->uid, identity->uid, identity->uid) < 0)
		_exit(errno);
	_exit(faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? 0 : errno);
}

/* Root asks in a child that has become the user for good. 0, or an errno. */
static int trial_as(
	const struct identity *identity, const gid_t *group, const char *path, struct failure *f)
{
	own_fd int pidfd = -1;
	int status;
	pid_t pid = spawn("a look at the engine's socket", 0, -1, &pidfd, f);

	if (pid < 0)
		return EAGAIN;
	if (pid == 0)
		try_as(identity, group, path);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
}

/* connect(2) asks for write permission, and for search on the way (unix(7)). */
static int may_connect(
	const struct identity *identity, const gid_t *group, const char *path, struct failure *f)
{
	if (geteuid() == 0 && identity->was_root)
		return trial_as(identity, group, path, f);
	return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* With its owner's or everybody's rights nothing is needed; else the socket's group, if it
 * may write and is not root's. */
static bool group_helps(const struct identity *identity, const struct stat *st)
{
	return identity->was_root && st->st_uid != identity->uid && st->st_gid != identity->gid &&
	       st->st_gid != 0 && (st->st_mode & 0022) == 0020;
}

static int refuse_access(const struct identity *identity, const char *path, const struct stat *st,
	int errnum, struct failure *f)
{
	const struct group *group = getgrgid(st->st_gid);

	fail(f, errnum, "uid %u may not connect to the engine's socket %s", identity->uid, path);
	if (st->st_gid != 0 && (st->st_mode & 0020) != 0)
		return fail_remedy(f,
			"group %s may: usermod -aG %s USER and log in again (who is in it is root "
			"on the host); or use a rootless engine, and --docker-host",
			group != NULL ? group->gr_name : "of the socket",
			group != NULL ? group->gr_name : "GROUP");
	return fail_remedy(f, "only its owner may: use a rootless engine of your own "
			      "(systemctl --user start podman.socket), and --docker-host");
}

/* what: who named the path. */
static int engine_take(const char *what, const char *path, const struct identity *identity,
	struct engine_place *ret, struct failure *f)
{
	struct engine_place engine = { .socket = { .fd = -1 } };
	struct stat st;
	int errnum;

	if (host_path_open(what, path, &engine.socket, f) < 0)
		return fail_remedy(f, "start the engine, or name its socket: --docker-host "
				      "unix:///PATH");
	if (!S_ISSOCK(engine.socket.mode) || fstat(engine.socket.fd, &st) < 0) {
		engine_release(&engine);
		fail(f, 0, "%s %s is not a socket", what, path);
		return fail_remedy(f, "name the engine's socket, such as /var/run/docker.sock");
	}
	engine.needs_group = group_helps(identity, &st);
	engine.group = st.st_gid;
	errnum = may_connect(
		identity, engine.needs_group ? &engine.group : NULL, engine.socket.path, f);
	if (errnum != 0) {
		engine_release(&engine);
		return refuse_access(identity, path, &st, errnum, f);
	}
	*ret = engine;
	return 0;
}

/* ---- what names one ---- */

/* "unix:///path" or "/path", of $DOCKER_HOST or a context. */
static int endpoint_take(const char *what, const char *endpoint, const struct identity *identity,
	struct engine_place *ret, struct failure *f)
{
	const char *path = strncmp(endpoint, "unix://", 7) == 0 ? endpoint + 7 : endpoint;

	if (path[0] == '/')
		return engine_take(what, path, identity, ret, f);
	fail(f, 0, "%s %.120s is not a Unix socket", what, endpoint);
	return fail_remedy(f, "Unix sockets only: forward another host's (ssh -L), and name it "
			      "with --docker-host unix:///PATH");
}

static cJSON *json_read(int directory, const char *path)
{
	own_fd int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	own_mem char *text = malloc(JSON_BYTES);
	ssize_t n;

	if (fd < 0 || text == NULL)
		return NULL;
	n = whole_read(fd, text, JSON_BYTES);
	return n > 0 && n < JSON_BYTES ? cJSON_ParseWithLength(text, (size_t)n) : NULL;
}

static int config_directory(void)
{
	const char *config = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
	own_mem char *path = NULL;

	if (config != NULL && config[0] != '\0')
		return open(config, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home == NULL || asprintf(&path, "%s/.docker", home) < 0) {
		path = NULL;
		return -1;
	}
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The name of the current context, or false for the default one. */
static bool context_name(int directory, char *ret, size_t size)
{
	const char *given = getenv("DOCKER_CONTEXT");
	own_json cJSON *config = NULL;

	if (given == NULL || given[0] == '\0') {
		config = json_read(directory, "config.json");
		given = json_text(config, "currentContext");
	}
	if (given == NULL || given[0] == '\0' || strcmp(given, "default") == 0)
		return false;
	snprintf(ret, size, "%s", given);
	return true;
}

/* The endpoint that a context of this name has, to be freed; NULL if there is none. */
static char *context_endpoint(int directory, const char *name)
{
	int fd = openat(directory, "contexts/meta", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		own_json cJSON *meta = NULL;
		char path[300];
		const char *found, *host;

		snprintf(path, sizeof(path), "%s/meta.json", e->d_name);
		meta = json_read(dirfd(dir), path);
		found = json_text_or(meta, "Name", NULL);
		host = json_text_or(
			json_member(json_member(meta, "Endpoints"), "docker"), "Host", NULL);
		if (found != NULL && strcmp(found, name) == 0)
			return host != NULL ? strdup(host) : NULL;
	}
	return NULL;
}

/* 1: taken; 0: the default context is the current one; -1. */
static int context_take(
	const struct identity *identity, struct engine_place *ret, struct failure *f)
{
	own_fd int directory = identity->was_root ? -1 : config_directory();
	own_mem char *endpoint = NULL;
	char name[128], what[160];

	if (identity->was_root || !context_name(directory, name, sizeof(name)))
		return 0;
	endpoint = directory >= 0 ? context_endpoint(directory, name) : NULL;
	snprintf(what, sizeof(what), "the docker context %s:", name);
	if (endpoint == NULL) {
		fail(f, 0, "the docker context %s has no endpoint for docker", name);
		return fail_remedy(f, "choose another: docker context use default, or give "
				      "--docker-host");
	}
	return endpoint_take(what, endpoint, identity, ret, f) < 0 ? -1 : 1;
}

/* ---- places ---- */

static bool is_owned(const char *path, uid_t uid)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
}

/* $XDG_RUNTIME_DIR, which root's own is not; else where systemd makes it. */
static bool runtime_directory(
	const char *root, const struct identity *identity, char *ret, size_t size)
{
	const char *xdg = identity->was_root ? NULL : getenv("XDG_RUNTIME_DIR");

	if (xdg != NULL && xdg[0] == '/')
		return snprintf(ret, size, "%s", xdg) < (int)size;
	snprintf(ret, size, "%s/run/user/%u", root, identity->uid);
	return is_owned(ret, identity->uid);
}

struct places {
	char path[PLACES][256];
	size_t n;
};

static void place_add(struct places *places, const char *directory, const char *name)
{
	char *path = places->path[places->n];

	if (snprintf(path, sizeof(places->path[0]), "%s%s", directory, name) <
		(int)sizeof(places->path[0]))
		places->n++;
}

static void places_fill(const char *root, const struct identity *identity, struct places *ret)
{
	char runtime[200];

	ret->n = 0;
	place_add(ret, root, "/var/run/docker.sock");
	if (!runtime_directory(root, identity, runtime, sizeof(runtime)))
		return;
	place_add(ret, runtime, "/docker.sock");
	place_add(ret, runtime, "/podman/podman.sock");
}

static int refuse_nothing(const struct places *places, struct failure *f)
{
	char list[320] = "";
	size_t at = 0;

	for (size_t i = 0; i < places->n && at < sizeof(list); i++)
		at += (size_t)snprintf(
			list + at, sizeof(list) - at, "%s%s", i > 0 ? ", " : "", places->path[i]);
	fail(f, 0,
		"no container engine was found: not in DOCKER_HOST, not by a docker context, and "
		"not at %s",
		list);
	return fail_remedy(f, "start one (systemctl --user start podman.socket, or systemctl start "
			      "docker), or name its socket: --docker-host unix:///PATH");
}

static int places_take(const char *root, const struct identity *identity, struct engine_place *ret,
	struct failure *f)
{
	struct failure first = { 0 };
	struct places places;
	bool there = false;

	places_fill(root, identity, &places);
	for (size_t i = 0; i < places.n; i++) {
		struct stat st;

		if (stat(places.path[i], &st) < 0)
			continue;
		if (engine_take("the engine's socket", places.path[i], identity, ret, f) == 0)
			return 0;
		if (!there)
			first = *f;
		there = true;
	}
	if (!there)
		return refuse_nothing(&places, f);
	*f = first;
	return -1;
}

int engine_find_below(const char *root, const char *given, const struct identity *identity,
	struct engine_place *ret, struct failure *f)
{
	const char *host = getenv("DOCKER_HOST");
	int taken;

	if (given != NULL)
		return engine_take("--docker-host", given, identity, ret, f);
	if (host != NULL && host[0] != '\0')
		return endpoint_take("DOCKER_HOST", host, identity, ret, f);
	taken = context_take(identity, ret, f);
	if (taken != 0)
		return taken < 0 ? -1 : 0;
	return places_take(root, identity, ret, f);
}

int engine_find(const char *given, const struct identity *identity, struct engine_place *ret,
	struct failure *f)
{
	return engine_find_below("", given, identity, ret, f);
}

int engine_at(const char *path, const struct identity *identity, struct engine_place *ret,
	struct failure *f)
{
	return engine_take("the engine's socket", path, identity, ret, f);
}

void engine_release(struct engine_place *engine)
{
	host_path_release(&engine->socket);
}
