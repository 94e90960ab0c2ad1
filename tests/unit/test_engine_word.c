/* sandbox/docker/engine_word.c: what stays of an engine's words, and what does not. */
#include "sandbox/base/own.h"
#include "sandbox/docker/engine_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_paths(void **state)
{
	static const struct {
		const char *root, *said, *shown;
	} rows[] = {
		{ "/srv/d", "source /srv/d/overlay2/x/merged/etc/passwd is no",
			"source ... is no" },
		{ "/srv/d", "mount \"/srv/d\": no", "mount \"...\": no" },
		{ "/srv/d", "/srv/data/x and /srv", "/srv/data/x and /srv" },
		{ "/srv/d", "a:/srv/d/a, b:/srv/d/b", "a:..., b:..." },
		{ "", "open /var/lib/docker/tmp/x: no", "open ...: no" },
		{ "", "/run/containerd/s/1", "..." },
		{ "", "/any/where/" ID "/rootfs x", "... x" },
		{ "/", "exec: \"/bin/x\": stat /bin/x", "exec: \"/bin/x\": stat /bin/x" },
		{ "", "/ and // and", "/ and // and" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *text = strdup(rows[i].said);

		assert_int_equal(engine_word_hide_paths(text, rows[i].root),
			strcmp(rows[i].said, rows[i].shown) != 0);
		assert_string_equal(text, rows[i].shown);
	}
}

/* As many bytes as before; a path ends where the bytes do. */
static void test_masked_paths(void **state)
{
	static const struct {
		const char *root, *said, *shown;
	} rows[] = {
		{ "/srv/d", "mount \"/srv/d/x\": no", "mount \"........\": no" },
		{ "", "/var/lib/docker/tmp/x", "....................." },
		{ "", "/ and /etc/passwd and //", "/ and /etc/passwd and //" },
		{ "", "", "" },
	};
	char cut[] = "at /var/lib/docker";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *text = strdup(rows[i].said);

		assert_int_equal(engine_word_mask_paths(text, strlen(text), rows[i].root),
			strcmp(rows[i].said, rows[i].shown) != 0);
		assert_string_equal(text, rows[i].shown);
	}
	assert_false(engine_word_mask_paths(cut, strlen("at /var/lib"), ""));
	assert_string_equal(cut, "at /var/lib/docker");
}

static void test_processes(void **state)
{
	static const struct {
		const char *said, *shown;
	} rows[] = {
		{ "{\"Titles\":[\"UID\",\"PID\",\"PPID\",\"CMD\"],\"Processes\":["
		  "[\"root\",\"812\",\"790\",\"sh\"],[\"alice\",\"830\",\"812\",\"x 812\"]]}",
			"{\"Titles\":[\"UID\",\"PID\",\"PPID\",\"CMD\"],\"Processes\":["
			"[\"root\",\"1\",\"0\",\"sh\"],[\"?\",\"2\",\"1\",\"x 812\"]]}" },
		{ "{\"Titles\":[\"USER\",\"PID\"],\"Processes\":[[\"1000\",\"9\"]]}",
			"{\"Titles\":[\"USER\",\"PID\"],\"Processes\":[[\"1000\",\"1\"]]}" },
		{ "{\"Titles\":[\"CMD\"],\"Processes\":[[\"9\"],[],7]}",
			"{\"Titles\":[\"CMD\"],\"Processes\":[[\"9\"],[],7]}" },
		{ "{\"Titles\":null,\"Processes\":null}", "{\"Titles\":null,\"Processes\":null}" },
		{ "[]", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *json = cJSON_Parse(rows[i].said);
		own_mem char *printed = NULL;

		assert_non_null(json);
		assert_true(engine_word_number_processes(json));
		printed = cJSON_PrintUnformatted(json);
		assert_string_equal(printed, rows[i].shown);
		cJSON_Delete(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_masked_paths),
		cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
