/* sandbox/docker/platform.c: which platforms are the engine's. */
#include "sandbox/base/own.h"
#include "sandbox/docker/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_platforms(void **state)
{
	static const struct {
		const char *named, *engine;
		bool is;
	} rows[] = {
		{ "", "linux/amd64", true },
		{ "linux", "linux/amd64", true },
		{ "amd64", "linux/amd64", true },
		{ "Linux/AMD64", "linux/amd64", true },
		{ "linux/x86_64", "linux/amd64", true },
		{ "linux/aarch64", "linux/arm64", true },
		{ "linux/arm64/v8", "linux/arm64", true },
		{ "linux/arm64", "linux/amd64", false },
		{ "linux/amd64,linux/arm64", "linux/amd64", false },
		{ "linux/amd64/v2,linux/arm64", "linux/amd64", false },
		{ "windows/amd64", "linux/amd64", false },
		{ "windows", "linux/amd64", false },
		{ "linux/", "linux/amd64", false },
		{ "/amd64", "linux/amd64", false },
		{ "linux/amd6", "linux/amd64", false },
		{ "linux", "/", false },
		{ "linux/amd64", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (platform_is(rows[i].named, rows[i].engine) != rows[i].is)
			fail_msg(
				"%s on %s: expected %d", rows[i].named, rows[i].engine, rows[i].is);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_platforms) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
