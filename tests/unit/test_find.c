/* sandbox/engine/find.c: which socket is taken, and what is refused, below a root of our own. */
#include "sandbox/base/own.h"
#include "sandbox/engine/find.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

static char root[] = "/tmp/cofferdam-engine-XXXXXX";

static const char *below(const char *name)
{
	static char paths[4][160];
	static unsigned next;
	char *path = paths[next++ % ARRAY_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static void directories(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s", below(name));
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL;
		*slash++ = '/') {
		*slash = '\0';
		mkdir(path, 0700);
	}
}

static void put_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	own_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	directories(name);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", below(name));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static void put_file(const char *name, const char *text)
{
	own_file FILE *file = NULL;

	directories(name);
	file = fopen(below(name), "w");
	assert_non_null(file);
	fputs(text, file);
}

static void put_context(const char *directory, const char *name, const char *host)
{
	char path[128], text[256];

	snprintf(path, sizeof(path), "home/.docker/contexts/meta/%s/meta.json", directory);
	snprintf(text, sizeof(text),
		"{\"Name\":\"%s\",\"Metadata\":{},\"Endpoints\":{\"docker\":{\"Host\":\"%s\"}}}",
		name, host);
	put_file(path, text);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(root + strlen(root) - 6, "XXXXXX");
	assert_non_null(mkdtemp(root));
	unsetenv("DOCKER_HOST");
	unsetenv("DOCKER_CONTEXT");
	unsetenv("DOCKER_CONFIG");
	setenv("XDG_RUNTIME_DIR", below("runtime"), 1);
	setenv("HOME", below("home"), 1);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static struct identity who(void)
{
	return (struct identity){ .uid = geteuid(), .gid = getegid() };
}

static void assert_taken(const char *given, const char *name)
{
	const struct identity identity = who();
	struct engine_place engine;
	struct failure f;

	if (engine_find_below(root, given, &identity, &engine, &f) < 0)
		fail_msg("%s was not taken: %s", name, f.what);
	assert_string_equal(engine.socket.path, below(name));
	assert_false(engine.needs_group);
	engine_release(&engine);
}

static void assert_refused(const char *given, const char *what, const char *remedy)
{
	const struct identity identity = who();
	struct engine_place engine;
	struct failure f;

	if (engine_find_below(root, given, &identity, &engine, &f) == 0)
		fail_msg("%s was taken, \"%s\" was expected", engine.socket.path, what);
	if (strstr(f.what, what) == NULL || strstr(f.remedy, remedy) == NULL)
		fail_msg("\"%s\", \"%s\", not \"%s\", \"%s\"", f.what, f.remedy, what, remedy);
}

static void test_order(void **state)
{
	(void)state;
	assert_refused(NULL, "no container engine was found", "--docker-host");
	assert_refused(NULL, below("var/run/docker.sock"), "");
	assert_refused(NULL, below("runtime/podman/podman.sock"), "");
	put_socket("runtime/podman/podman.sock");
	assert_taken(NULL, "runtime/podman/podman.sock");
	put_socket("runtime/docker.sock");
	assert_taken(NULL, "runtime/docker.sock");
	put_socket("var/run/docker.sock");
	assert_taken(NULL, "var/run/docker.sock");
	put_socket("c.sock");
	put_context("0a", "other", "unix:///nowhere");
	put_context("0b", "mine", below("c.sock"));
	put_file("home/.docker/config.json", "{\"currentContext\":\"mine\"}");
	assert_taken(NULL, "c.sock");
	put_socket("host.sock");
	setenv("DOCKER_HOST", below("host.sock"), 1);
	assert_taken(NULL, "host.sock");
	put_socket("given.sock");
	assert_taken(below("given.sock"), "given.sock");
}

static void test_named_and_wrong_is_an_error(void **state)
{
	static const char *const remote[] = { "tcp://127.0.0.1:2375", "ssh://user@host",
		"npipe:////./pipe/docker_engine", "relative.sock", "unix://relative" };

	(void)state;
	put_socket("var/run/docker.sock");
	put_file("file", "");
	for (size_t i = 0; i < ARRAY_LEN(remote); i++) {
		setenv("DOCKER_HOST", remote[i], 1);
		assert_refused(NULL, "DOCKER_HOST", "Unix sockets only");
	}
	setenv("DOCKER_HOST", "unix:///nowhere/docker.sock", 1);
	assert_refused(NULL, "DOCKER_HOST /nowhere/docker.sock", "--docker-host");
	setenv("DOCKER_HOST", below("file"), 1);
	assert_refused(NULL, "is not a socket", "");
	assert_refused(below("file"), "--docker-host", "");
	assert_refused(below("nothing"), "--docker-host", "");
	setenv("DOCKER_HOST", "", 1);
	assert_taken(NULL, "var/run/docker.sock");
}

static void test_contexts(void **state)
{
	(void)state;
	put_socket("var/run/docker.sock");
	put_socket("c.sock");
	put_context("0b", "mine", below("c.sock"));
	put_context("0c", "far", "ssh://host");
	put_file("home/.docker/contexts/meta/0d/meta.json", "no JSON");
	put_file("home/.docker/config.json", "{\"currentContext\":\"default\"}");
	assert_taken(NULL, "var/run/docker.sock");
	setenv("DOCKER_CONTEXT", "mine", 1);
	assert_taken(NULL, "c.sock");
	setenv("DOCKER_CONTEXT", "far", 1);
	assert_refused(NULL, "context far", "Unix sockets only");
	setenv("DOCKER_CONTEXT", "missing", 1);
	assert_refused(NULL, "context missing has no endpoint", "docker context use");
	setenv("DOCKER_CONTEXT", "default", 1);
	assert_taken(NULL, "var/run/docker.sock");
	unsetenv("DOCKER_CONTEXT");
	put_file("config/config.json", "{\"currentContext\":\"mine\"}");
	setenv("DOCKER_CONFIG", below("config"), 1);
	assert_refused(NULL, "context mine has no endpoint", "");
}

/* Whoever may write to the socket may connect; root may always. */
static void test_permission(void **state)
{
	(void)state;
	put_socket("var/run/docker.sock");
	put_socket("runtime/podman/podman.sock");
	assert_int_equal(chmod(below("var/run/docker.sock"), 0400), 0);
	if (geteuid() == 0) {
		assert_taken(NULL, "var/run/docker.sock");
		return;
	}
	assert_taken(NULL, "runtime/podman/podman.sock");
	assert_int_equal(unlink(below("runtime/podman/podman.sock")), 0);
	assert_refused(NULL, "may not connect", "rootless engine");
	assert_int_equal(chmod(below("var/run/docker.sock"), 0420), 0);
	assert_refused(NULL, "may not connect", "usermod -aG");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_named_and_wrong_is_an_error),
		TEST(test_contexts),
		TEST(test_permission),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
