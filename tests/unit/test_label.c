/* What is asked of libselinux before a run, played by tests/lib/fake_selinux.c. That a label
 * then stands is shown by tests/vm/guest/selinux.bats. */
#include "sandbox/base/own.h"
#include "sandbox/privilege/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char directory[4096];

static const char *fake(const char *name)
{
	static char path[sizeof(directory) + 64];

	snprintf(path, sizeof(path), "%s/fake-selinux%s.so", directory, name);
	return path;
}

static void a_label_becomes_the_kernels(void **state)
{
	static const char *const labels[] = { "u:r:build_t:s0", "u:r:build_t:SystemLow" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		own_mem char *raw = NULL;
		struct failure f = { 0 };

		if (label_selinux_raw(fake(""), labels[i], &raw, &f) < 0)
			fail_msg("%s: %s", labels[i], f.what);
		assert_string_equal(raw, "u:r:build_t:s0");
	}
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *library, *label, *what;
	} cases[] = {
		{ "", "u:r:other_t:s0", "the loaded policy has no such label" },
		{ "-off", "u:r:build_t:s0", "SELinux is off here" },
		{ "-old", "u:r:build_t:s0", "has no selinux_trans_to_raw_context" },
		{ "-none", "u:r:build_t:s0", "load " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct failure f = { 0 };
		char *raw = NULL;

		assert_int_equal(
			label_selinux_raw(fake(cases[i].library), cases[i].label, &raw, &f), -1);
		assert_null(raw);
		if (strstr(f.what, cases[i].what) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", f.what, cases[i].what);
	}
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_becomes_the_kernels),
		cmocka_unit_test(what_cannot_be_is_refused),
	};
	char *slash;

	(void)argc;
	/* The fakes lie beside the program. */
	snprintf(directory, sizeof(directory), "%s", argv[0]);
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return 1;
	*slash = '\0';
	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
