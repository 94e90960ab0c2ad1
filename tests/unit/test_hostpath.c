/* namespaces/hostpath.c: what may never be mounted, and what changed since the plan. */
#include "namespaces/hostpath.h"
#include "namespaces/root_bind.h"
#include "sandbox/base/own.h"
#include "tests/lib/emulated.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

struct place {
	char path[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/var/tmp/test-hostpath-XXXXXX");
	assert_non_null(mkdtemp(p->path));
	*state = p;
	return 0;
}

static const char *below(const struct place *p, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", p->path, name);
	return path;
}

static int teardown(void **state)
{
	static const char *const names[] = { "link", "file", "docker.sock" };
	struct place *p = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		unlink(below(p, names[i]));
	rmdir(below(p, "a"));
	rmdir(below(p, "b"));
	rmdir(p->path);
	free(p);
	return 0;
}

/* 0 allowed, -1 refused; fails the test if the path cannot be looked at. */
static int judge(const char *path, const char *home)
{
	struct host_path p = { .fd = -1 };
	struct failure f = { 0 };
	int result;

	if (host_path_open("test", path, &p, &f) < 0)
		fail_msg("%s: %s", path, f.what);
	result = host_path_allow_mount(&p, home, &f);
	host_path_release(&p);
	if (result < 0)
		assert_int_not_equal(f.remedy[0], '\0');
	return result;
}

static void test_roots_are_refused(void **state)
{
	static const char *const refused[] = { "/", "/home", "/etc", "/etc/ssl", "/proc",
		"/proc/self", "/sys", "/dev", "/dev/shm", "/run", "/var/run", "/boot", "/var",
		"/var/lib", "/usr/../etc", "/var/tmp/../../" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (access(refused[i], F_OK) == 0 && judge(refused[i], NULL) == 0)
			fail_msg("%s was allowed", refused[i]);
}

static void test_ordinary_directories_are_allowed(void **state)
{
	struct place *p = *state;

	assert_int_equal(judge("/usr/share", NULL), 0);
	assert_int_equal(judge(p->path, NULL), 0);
}

static void test_home_itself_is_refused_and_below_is_not(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir(below(p, "a"), 0700), 0);
	assert_int_equal(judge(p->path, p->path), -1);
	assert_int_equal(judge(below(p, "a"), p->path), 0);
	assert_int_equal(judge("/var/tmp", p->path), -1); /* contains it */
}

static void test_a_link_is_judged_by_its_aim(void **state)
{
	struct place *p = *state;

	assert_int_equal(symlink("/etc", below(p, "link")), 0);
	assert_int_equal(judge(below(p, "link"), NULL), -1);
}

static void test_sockets_are_refused(void **state)
{
	struct place *p = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	own_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", below(p, "docker.sock"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(judge(below(p, "docker.sock"), NULL), -1);
	assert_int_equal(judge(p->path, NULL), -1); /* the directory that holds it */
}

static void test_a_swap_is_noticed(void **state)
{
	struct place *p = *state;
	struct host_path path = { .fd = -1 };
	struct failure f = { 0 };
	own_fd int fd = -1, again = -1;

	if (emulated())
		skip(); /* needs openat2 */
	assert_int_equal(mkdir(below(p, "a"), 0700), 0);
	assert_int_equal(host_path_open("test", below(p, "a"), &path, &f), 0);
	fd = host_path_reopen(&path, &f);
	assert_true(fd >= 0);
	assert_int_equal(rmdir(below(p, "a")), 0);
	assert_int_equal(mkdir(below(p, "a"), 0700), 0); /* its number cannot be used again */
	again = host_path_reopen(&path, &f);
	assert_int_equal(again, -1);
	assert_int_equal(rmdir(below(p, "a")), 0);
	assert_int_equal(symlink("/etc", path.path), 0);
	assert_int_equal(host_path_reopen(&path, &f), -1);
	assert_int_equal(unlink(path.path), 0);
	host_path_release(&path);
}

static void test_destinations(void **state)
{
	static const char *const refused[] = { "/", "/app", "/app/x", "/usr", "/usr/lib/x", "/etc",
		"/etc/passwd", "/etc/hosts/x", "/etc/ssl/x", "/proc/x", "/dev/x",
		"/run/docker.sock", "/bin", "/lib64/x", "/tmp", "/home/builder", "/var", "/sys",
		"/sys/x", "/var/lib" };
	static const char *const allowed[] = { "/opt/sdk", "/home/builder/.m2", "/tmp/x", "/srv",
		"/appx", "/usrx", "/etc/x", "/etc/xml/catalog.d", "/var/lib/x" };
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (root_bind_allow("--ro-bind", refused[i], &f) == 0)
			fail_msg("%s was allowed", refused[i]);
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		if (root_bind_allow("--ro-bind", allowed[i], &f) < 0)
			fail_msg("%s was refused: %s", allowed[i], f.what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots_are_refused),
		cmocka_unit_test_setup_teardown(
			test_ordinary_directories_are_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_home_itself_is_refused_and_below_is_not, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_link_is_judged_by_its_aim, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sockets_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_swap_is_noticed, setup, teardown),
		cmocka_unit_test(test_destinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
