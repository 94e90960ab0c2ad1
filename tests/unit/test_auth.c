/* sandbox/engine/auth.c: what a broker is given, and that nothing is printed of it. */
#include "sandbox/base/own.h"
#include "sandbox/engine/auth.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

static void test_forms(void **state)
{
	/* header: base64url of the JSON, by coreutils: printf … | basenc --base64url -w0 */
	static const struct {
		const char *text, *registry, *header;
	} rows[] = {
		{ "{\"auths\":{\"reg.example:5000\":{\"auth\":\"dXNlcjpwYXNz\"}}}",
			"reg.example:5000",
			"eyJ1c2VybmFtZSI6InVzZXIiLCJwYXNzd29yZCI6InBhc3MiLCJzZXJ2ZXJhZGRyZXNzIjoicmVn"
			"LmV4YW1wbGU6NTAwMCJ9" },
		{ "{\"auths\":{\"reg.example:5000\":{\"username\":\"user\",\"password\":\"pass\"}}}",
			"reg.example:5000",
			"eyJ1c2VybmFtZSI6InVzZXIiLCJwYXNzd29yZCI6InBhc3MiLCJzZXJ2ZXJhZGRyZXNzIjoicmVn"
			"LmV4YW1wbGU6NTAwMCJ9" },
		{ "{\"username\":\"user\",\"password\":\"pass\",\"serveraddress\":\"reg.example:5000\"}",
			"reg.example:5000",
			"eyJ1c2VybmFtZSI6InVzZXIiLCJwYXNzd29yZCI6InBhc3MiLCJzZXJ2ZXJhZGRyZXNzIjoicmVn"
			"LmV4YW1wbGU6NTAwMCJ9" },
		{ "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dTpwOj8/Pw==\"}},"
		  "\"credsStore\":\"x\"}",
			"docker.io",
			"eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6InA6Pz8_Iiwic2VydmVyYWRkcmVzcyI6Imh0dHBz"
			"Oi8vaW5kZXguZG9ja2VyLmlvL3YxLyJ9" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct docker_auth *auths;
		struct failure f;
		size_t n;

		if (dockerauth_parse("x", rows[i].text, strlen(rows[i].text), &auths, &n, &f) < 0)
			fail_msg("%s: %s", rows[i].text, f.what);
		assert_int_equal(n, 1);
		assert_string_equal(auths[0].registry, rows[i].registry);
		assert_string_equal(auths[0].header, rows[i].header);
		dockerauth_release(auths, n);
	}
}

static void test_refusals(void **state)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{ "", "x:1:1" },
		{ "[]", "neither" },
		{ "{}", "neither" },
		{ "{\"auths\":{}}", "0 registries" },
		{ "{\"auths\":{\"r\":{}}}", "no user and password for r" },
		{ "{\"auths\":{\"\":{\"auth\":\"dXNlcjpTRUNSRVQ=\"}}}", "names no registry" },
		{ "{\"auths\":{\"r\":{\"auth\":\"U0VDUkVU\"}}}", "no user and password" },
		{ "{\"auths\":{\"r\":{\"auth\":\"SECRET!\"}}}", "no user and password" },
		{ "{\"auths\":{\"r\":{\"auth\":\"dXNlcjpTRUNSRVQAbW9yZQ==\"}}}",
			"no user and password" },
		{ "{\"auths\":{\"r\":{\"username\":\"SECRET\"}}}", "no user and password" },
		{ "{\"auths\":{\"r\":{\"auth\":\"a\"},\"R\":{\"auth\":\"b\"}}}", "x:1:" },
		{ "{\"password\":\"SECRET\",\"serveraddress\":\"r\"}", "no user and password" },
		{ "{\"password\":\"SECRET\"} ", "neither" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct docker_auth *auths;
		struct failure f;
		size_t n;

		if (dockerauth_parse("x", rows[i].text, strlen(rows[i].text), &auths, &n, &f) == 0)
			fail_msg("%s was taken", rows[i].text);
		if (strstr(f.what, rows[i].what) == NULL)
			fail_msg("%s: \"%s\", not \"%s\"", rows[i].text, f.what, rows[i].what);
		assert_null(strstr(f.what, "SECRET"));
		assert_null(strstr(f.remedy, "SECRET"));
	}
}

static void test_targets(void **state)
{
	static const char text[] = "{\"auths\":{\"r.example\":{\"auth\":\"dXNlcjpwYXNz\"}}}";
	const struct identity identity = { .uid = geteuid(), .gid = getegid() };
	char path[] = "/tmp/cofferdam-auth-XXXXXX", word[32];
	own_fd int fd = mkostemp(path, O_CLOEXEC);
	struct docker_auth *auths;
	struct failure f;
	size_t n;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	assert_int_equal(dockerauth_read(path, &identity, 5, &auths, &n, &f), 0);
	assert_string_equal(auths[0].registry, "r.example");
	dockerauth_release(auths, n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	snprintf(word, sizeof(word), "fd:%d", fd);
	assert_int_equal(dockerauth_read(word, &identity, 5, &auths, &n, &f), 0);
	dockerauth_release(auths, n);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(dockerauth_read(path, &identity, 5, &auths, &n, &f), -1);
	assert_non_null(strstr(f.what, "can be read by others"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(dockerauth_read(path, &identity, 5, &auths, &n, &f), -1);
	assert_int_equal(f.errnum, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_targets),
	};

	return cmocka_run_group_tests_name("dockerauth", tests, NULL, NULL);
}
