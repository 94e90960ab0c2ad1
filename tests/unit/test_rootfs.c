/* sandbox/rootfs: names of an archive's entries, and what --rootfs is given. */
#include "sandbox/base/own.h"
#include "sandbox/rootfs/digest.h"
#include "sandbox/rootfs/entry_path.h"
#include "sandbox/rootfs/rootfs_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void paths(void **state)
{
	static const char *const rows[][2] = {
		{ "./usr//lib/.", "usr/lib" },
		{ "/etc/passwd", "etc/passwd" },
		{ "", "" },
		{ "./", "" },
		{ "/", "" },
		{ "a/...", "a/..." },
		{ "..a/b..", "..a/b.." },
	};
	static const char *const refused[] = { "..", "../a", "a/..", "a/../b", "/..", "./../a" };
	char path[ENTRY_PATH_BYTES];
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(entry_path_clean("a name", rows[i][0], path, &f), 0);
		assert_string_equal(path, rows[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_int_equal(entry_path_clean("a name", refused[i], path, &f), -1);
		assert_non_null(strstr(f.what, "\"..\""));
	}
}

static void longest_path(void **state)
{
	char text[ENTRY_PATH_BYTES + 8], path[ENTRY_PATH_BYTES];
	struct failure f;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[ENTRY_PATH_BYTES - 2] = '\0';
	assert_int_equal(entry_path_clean("a name", text, path, &f), 0);
	text[ENTRY_PATH_BYTES - 2] = 'a';
	text[ENTRY_PATH_BYTES - 1] = '\0';
	assert_int_equal(entry_path_clean("a name", text, path, &f), -1);
}

static void words(void **state)
{
	static const struct {
		const char *word, *path, *reference;
		bool is_image;
	} rows[] = {
		{ "root.tar", "root.tar", "", false },
		{ "/a:b", "/a:b", "", false },
		{ "oci:/images", "/images", "", true },
		{ "oci:/images:bookworm", "/images", "bookworm", true },
		{ "oci:/a:b/images:1.0", "/a:b/images", "1.0", true },
		{ "oci:/images@sha256:" HEX, "/images", "sha256:" HEX, true },
	};
	static const char *const refused[] = { "", "oci:", "oci::tag", "oci:/images:", "oci:/i:a b",
		"oci:/images@sha256:12", ("oci:/images@md5:" HEX), "docker:image", "https://h/i" };
	struct rootfs_word word;
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(rootfs_word_parse("--rootfs", rows[i].word, &word, &f), 0);
		assert_string_equal(word.path, rows[i].path);
		assert_string_equal(word.reference, rows[i].reference);
		assert_int_equal(word.is_image, rows[i].is_image);
	}
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_int_equal(rootfs_word_parse("--rootfs", refused[i], &word, &f), -1);
}

static void digests(void **state)
{
	(void)state;
	assert_true(digest_is_valid("sha256:" HEX));
	assert_false(digest_is_valid("sha256:" HEX "0"));
	assert_false(digest_is_valid("sha512:" HEX));
	assert_false(digest_is_valid("sha256:0123456789ABCDEF" HEX));
	assert_false(digest_is_valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths),
		cmocka_unit_test(longest_path),
		cmocka_unit_test(words),
		cmocka_unit_test(digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
