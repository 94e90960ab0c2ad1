/* Which names of a stranger's match, and what may be in the list of those that leave. */
#include "sandbox/artifact/artifact_glob.h"
#include "sandbox/artifact/artifact_list.h"
#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Taken is what the walk takes: a directory that matches, and all that is in it. */
static bool takes(const char *pattern, const char *path)
{
	struct artifact_glob glob;
	char copy[256], *rest = copy, *name;
	uint64_t state;
	size_t n;

	artifact_glob_init(&glob, pattern);
	n = strlen(glob.base);
	if (n > 0 && (strncmp(path, glob.base, n) != 0 || path[n] != '/'))
		return false;
	snprintf(copy, sizeof(copy), "%s", path + (n > 0 ? n + 1 : 0));
	state = artifact_glob_begin(&glob);
	while ((name = strsep(&rest, "/")) != NULL) {
		state = artifact_glob_step(&glob, state, name);
		if (artifact_glob_accepts(&glob, state))
			return true;
	}
	return false;
}

static void patterns(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool taken;
	} rows[] = {
		{ "app/x", "app/x", true },
		{ "app/x", "app/xx", false },
		{ "app/x", "app/x/y", true }, /* a directory, with what is in it */
		{ "app", "app/anything", true },
		{ "app/*", "app/a", true },
		{ "app/*", "app/.hidden", false },
		{ "app/.*", "app/.hidden", true },
		{ "app/*.so", "app/a.so", true },
		{ "app/*.so", "app/d/a.so", false },
		{ "app/*/a.so", "app/d/a.so", true },
		{ "app/**", "app/d/e/f", true },
		{ "app/**", "app/.git/config", false },
		{ "app/**/*.so", "app/a.so", true },
		{ "app/**/*.so", "app/d/e/a.so", true },
		{ "app/**/*.so", "app/.git/a.so", false },
		{ "app/**/d/**/x", "app/d/x", true },
		{ "app/**/d/**/x", "app/d/d/d/x", true },
		{ "app/**/d/**/x", "app/e/x", false },
		{ "app/**/**/**/x", "app/a/b/c/d/x", true },
		{ "app/**/**/**/x", "app/a/b/c/d/y", false },
		{ "app/?", "app/\n", true },
		{ "app/[ab]", "app/b", true },
		{ "app/[ab]", "app/c", false },
		{ "app/\\*", "app/*", true },
		{ "app/\\*", "app/a", false },
		{ "app/a[", "app/a[", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (takes(rows[i].pattern, rows[i].path) != rows[i].taken)
			fail_msg("%s and %s: not %d", rows[i].pattern, rows[i].path, rows[i].taken);
}

/* No name makes the pattern try again: the cost is parts times names. */
static void many_stars(void **state)
{
	struct artifact_glob glob;
	char pattern[ARTIFACT_PATH_BYTES] = "app";
	uint64_t now;

	(void)state;
	for (int i = 0; i < ARTIFACT_PARTS - 2; i++)
		strcat(pattern, i % 2 == 0 ? "/**" : "/a");
	strcat(pattern, "/b");
	artifact_glob_init(&glob, pattern);
	now = artifact_glob_begin(&glob);
	for (int i = 0; i < 100000; i++) {
		now = artifact_glob_step(&glob, now, "a");
		assert_true(now != 0);
		assert_false(artifact_glob_accepts(&glob, now));
	}
	assert_true(artifact_glob_accepts(&glob, artifact_glob_step(&glob, now, "b")));
}

static void words(void **state)
{
	static const struct {
		const char *word, *path, *destination, *why;
		bool optional;
	} rows[] = {
		{ "dist", "/app/dist", NULL, NULL, false },
		{ "./dist//x/", "/app/dist/x", NULL, NULL, false },
		{ "/tmp/x:out", "/tmp/x", "out", NULL, false },
		{ "a:b:/c", "/app/a:b", "/c", NULL, false },
		{ "a?", "/app/a", NULL, NULL, true },
		{ "a??", "/app/a?", NULL, NULL, true },
		{ "a?:o", "/app/a", "o", NULL, true },
		{ ".", "/app", NULL, NULL, false },
		{ "**/x", "/app/**/x", NULL, NULL, false },
		{ "", NULL, NULL, "not PATH[:DEST]", false },
		{ "?", NULL, NULL, "not PATH[:DEST]", false },
		{ ":x", NULL, NULL, "not PATH[:DEST]", false },
		{ "x:", NULL, NULL, "not PATH[:DEST]", false },
		{ "/", NULL, NULL, "names no path", false },
		{ "../x", NULL, NULL, "'..' cannot be", false },
		{ "a/..", NULL, NULL, "'..' cannot be", false },
		{ "a**/x", NULL, NULL, "'a**' cannot be", false },
		{ "***", NULL, NULL, "'***' cannot be", false },
		{ "a\nb", NULL, NULL, "control character", false },
		{ "a:b\x1b", NULL, NULL, "control character", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct artifact_word word;
		struct failure f = { 0 };
		int result = artifact_word_parse("--artifact", rows[i].word, "/app", &word, &f);

		assert_int_equal(result, rows[i].why == NULL ? 0 : -1);
		if (rows[i].why != NULL) {
			assert_non_null(strstr(f.what, rows[i].why));
			continue;
		}
		assert_string_equal(word.path, rows[i].path);
		assert_int_equal(word.optional, rows[i].optional);
		assert_true((word.destination == NULL) == (rows[i].destination == NULL));
		if (word.destination != NULL)
			assert_string_equal(word.destination, rows[i].destination);
	}
}

static void the_list(void **state)
{
	static const struct {
		const char *path, *why;
		mode_t type;
		nlink_t links;
		off_t size;
	} rows[] = {
		{ "app/a", NULL, S_IFREG, 1, 60 },
		{ "app/b", NULL, S_IFREG, 1, 40 },
		{ "app/d", NULL, S_IFDIR, 7, 4096 },
		{ "app/\xc3\xbc", NULL, S_IFREG, 1, 0 },
		{ "app/c", "larger than 100 bytes: /app/c", S_IFREG, 1, 1 },
		{ "app/c", "larger than 100 bytes", S_IFREG, 1, INT64_MAX },
		{ "app/l", "/app/l is a symbolic link", S_IFLNK, 1, 0 },
		{ "run/shm/p", "/dev/shm/p is a FIFO", S_IFIFO, 1, 0 },
		{ "app/s", "a FIFO or a socket", S_IFSOCK, 1, 0 },
		{ "app/c", "a device", S_IFCHR, 1, 0 },
		{ "app/h", "more names than one", S_IFREG, 2, 0 },
		{ "app/\n", "a control character", S_IFREG, 1, 0 },
		{ "app/\xff", "not UTF-8", S_IFREG, 1, 0 },
		{ "app/\xc2\x9b", "a control character", S_IFREG, 1, 0 },
	};
	struct artifact_bounds bounds = { .bytes = 100, .count = 4 };
	struct artifact_list list = { NULL, 0, 0, 0 };
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct stat st = { .st_mode = rows[i].type | 0644,
			.st_nlink = rows[i].links,
			.st_size = rows[i].size };
		int result;

		bounds.count = rows[i].why == NULL ? list.n + 1 : 10;
		result = artifact_list_add(&list, &bounds, 0, rows[i].path, 4, &st, &f);
		assert_int_equal(result, rows[i].why == NULL ? 0 : -1);
		if (rows[i].why != NULL && strstr(f.what, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].path, f.what);
	}
	bounds.count = list.n;
	assert_int_equal(artifact_list_add(&list, &bounds, 0, "app/e", 4,
				 &(struct stat){ .st_mode = S_IFREG, .st_nlink = 1 }, &f),
		-1);
	assert_non_null(strstr(f.what, "more than 4 artifacts"));
	artifact_list_release(&list);
}

static void plain_paths(void **state)
{
	static const struct {
		const char *path;
		bool plain;
	} rows[] = { { "a", true }, { "a/b", true }, { ".a/..b/c..", true }, { "", false },
		{ "/a", false }, { "a/", false }, { "a//b", false }, { ".", false },
		{ "..", false }, { "a/../b", false }, { "a/.", false }, { "../a", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(artifact_path_is_plain(rows[i].path), rows[i].plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(many_stars),
		cmocka_unit_test(words),
		cmocka_unit_test(the_list),
		cmocka_unit_test(plain_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
