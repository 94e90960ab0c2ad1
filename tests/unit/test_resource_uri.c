/* Names of what a run was made of: URIs, whatever the words were. */
#include "sandbox/base/own.h"
#include "sandbox/report/resource_uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void sources(void **state)
{
	static const struct {
		const char *url, *ref, *uri;
	} rows[] = {
		{ "https://git.example/a/b.git", NULL, "git+https://git.example/a/b.git" },
		{ "https://git.example/a/b.git", "v1.2", "git+https://git.example/a/b.git@v1.2" },
		{ "HTTPS://Git.Example:8443/A/B", NULL, "git+https://git.example:8443/A/B" },
		{ "https://git.example", NULL, "git+https://git.example" },
		{ "http://[2001:DB8::1]/x?a=b", NULL, "git+http://[2001:db8::1]/x?a=b" },
		{ "https://git.example/a%20b c", NULL, "git+https://git.example/a%20b%20c" },
		{ "ssh://git@git.example:22/a", NULL, "git+ssh://git@git.example:22/a" },
		{ "git@Git.example:a/b.git", NULL, "git+ssh://git@git.example/a/b.git" },
		{ "git.example:/srv/b", "main", "git+ssh://git.example/srv/b@main" },
		{ "/srv/a b", "refs/heads/\303\244", "git+file:///srv/a%20b@refs/heads/%C3%A4" },
		{ "/srv/50%#1?", NULL, "git+file:///srv/50%25%231%3F" },
		{ "/srv/\"<\n>", NULL, "git+file:///srv/%22%3C%0A%3E" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *uri = resource_uri_git(rows[i].url, rows[i].ref);

		assert_string_equal(uri, rows[i].uri);
	}
}

static void a_path_of_the_working_directory(void **state)
{
	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	own_mem char *source = resource_uri_git("./a", NULL);
	own_mem char *root = resource_uri_root("b c");
	assert_string_equal(source, "git+file:///usr/./a");
	assert_string_equal(root, "file:///usr/b%20c");
}

static void roots(void **state)
{
	(void)state;
	own_mem char *archive = resource_uri_root("/srv/root:1.tar");
	own_mem char *image = resource_uri_root("oci:/srv/my image:tag");
	assert_string_equal(archive, "file:///srv/root:1.tar");
	assert_string_equal(image, "oci:/srv/my%20image:tag");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),
		cmocka_unit_test(a_path_of_the_working_directory),
		cmocka_unit_test(roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
