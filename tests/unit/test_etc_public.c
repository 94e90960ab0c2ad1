/* namespaces/etc_public.c: what of a made-up /etc is shown. */
#include "namespaces/etc_public.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Parents first. A mode of 0 is a link, of which the text is the aim. */
static const struct made {
	const char *path;
	mode_t mode;
	bool directory;
} made[] = {
	{ "etc", 0755, true },
	{ "usr", 0755, true },
	{ "usr/share", 0755, true },
	{ "usr/bin", 0755, true },
	{ "usr/sbin", 0755, true },
	{ "usr/lib", 0755, true },
	{ "usr/lib/systemd", 0755, true },
	{ "usr/lib/systemd/system", 0755, true },
	{ "etc/init.d", 0755, true },
	/* shown: in /usr, and all of it public */
	{ "etc/tool", 0755, true },
	{ "etc/tool/settings", 0644, false },
	{ "etc/tool/below", 0755, true },
	{ "etc/tool/below/more", 0644, false },
	{ "usr/share/tool", 0755, true },
	{ "etc/run-me", 0755, true },
	{ "usr/bin/run-me", 0755, false },
	/* by name */
	{ "etc/java-99-openjdk", 0755, true },
	{ "etc/fpc-9.cfg", 0644, false },
	{ "etc/mime.types", 0644, false },
	/* not: one file is withheld, deep */
	{ "etc/secretive", 0755, true },
	{ "etc/secretive/below", 0755, true },
	{ "etc/secretive/below/key", 0640, false },
	{ "usr/share/secretive", 0755, true },
	/* not: a directory that others may not enter */
	{ "etc/shut", 0755, true },
	{ "etc/shut/below", 0710, true },
	{ "usr/share/shut", 0755, true },
	/* not: services, by three signs */
	{ "etc/daemon", 0755, true },
	{ "usr/share/daemon", 0755, true },
	{ "etc/init.d/daemon", 0755, false },
	{ "etc/unit", 0755, true },
	{ "usr/share/unit", 0755, true },
	{ "usr/lib/systemd/system/unit.service", 0644, false },
	{ "etc/server", 0755, true },
	{ "usr/share/server", 0755, true },
	{ "usr/sbin/server", 0755, false },
	/* not: nothing in /usr is called so */
	{ "etc/company", 0755, true },
	/* not: files that no row names, whatever is in /usr */
	{ "etc/pip.conf", 0644, false },
	{ "etc/toolrc", 0644, false },
	{ "usr/bin/toolrc", 0755, false },
	/* not: refused by name, although it looks like a tool */
	{ "etc/apt", 0755, true },
	{ "usr/bin/apt", 0755, false },
	{ "etc/docker", 0755, true },
	{ "usr/bin/docker", 0755, false },
	{ "etc/some-agent", 0755, true },
	{ "usr/share/some-agent", 0755, true },
	{ "etc/things.d", 0755, true },
	{ "usr/lib/things.d", 0755, true },
	/* not: a file by name that others may not read */
	{ "etc/magic", 0600, false },
};

static const char *const shown[] = { "fpc-9.cfg", "java-99-openjdk", "mime.types", "run-me",
	"tool" };

struct place {
	char path[64];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	mode_t mask = umask(0);

	strcpy(p->path, "/var/tmp/test-etc-public-XXXXXX");
	assert_non_null(mkdtemp(p->path));
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", p->path, made[i].path);
		if (made[i].directory)
			assert_int_equal(mkdir(path, made[i].mode), 0);
		else
			assert_return_code(mknod(path, S_IFREG | made[i].mode, 0), errno);
	}
	umask(mask);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	for (size_t i = ARRAY_LEN(made); i-- > 0;) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", p->path, made[i].path);
		remove(path);
	}
	rmdir(p->path);
	free(p);
	return 0;
}

static void tools_alone_and_whole(void **state)
{
	struct place *p = *state;
	static struct etc_public public;
	struct failure f = { 0 };

	assert_int_equal(etc_public_find(p->path, &public, &f), 0);
	for (size_t i = 0; i < public.n || i < ARRAY_LEN(shown); i++)
		assert_string_equal(i < public.n ? public.entries[i].name : "(no more)",
			i < ARRAY_LEN(shown) ? shown[i] : "(no more)");
}

static void no_etc_is_nothing_public(void **state)
{
	static struct etc_public public;
	struct failure f = { 0 };

	(void)state;
	assert_int_equal(etc_public_find("/nowhere", &public, &f), 0);
	assert_int_equal(public.n, 0);
}

static void what_is_named_may_be_no_secret(void **state)
{
	static const char *const refused[] = { "/etc/shadow", "/etc/shadow-", "/etc/passwd",
		"/etc/group", "/etc/ssh", "/etc/ssh/ssh_config", "/etc/sudoers.d/x",
		"/etc/machine-id" };
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		f = (struct failure){ 0 };
		assert_int_equal(etc_public_bind(refused[i], &f), -1);
		assert_int_not_equal(f.remedy[0], '\0');
	}
	assert_int_equal(etc_public_bind("/etc/profile", &f), 0); /* every Debian has it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tools_alone_and_whole, setup, teardown),
		cmocka_unit_test(no_etc_is_nothing_public),
		cmocka_unit_test(what_is_named_may_be_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
