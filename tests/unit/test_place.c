/* Paths of the host that a stranger wrote: where they lie in the fetcher, and that those which
 * were not named lie nowhere; and what a .git file says. */
#include "sandbox/base/own.h"
#include "sandbox/fetch/place.h"
#include "sandbox/plan/linked_worktree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void paths_are_joined(void **state)
{
	static const struct {
		const char *base, *path, *want;
	} rows[] = {
		{ "/a/b", "c", "/a/b/c" },
		{ "/a/b", "../c", "/a/c" },
		{ "/a/b", "../../../../c", "/c" },
		{ "/a/b", "/c/./d//e/", "/c/d/e" },
		{ "/a/b", ".", "/a/b" },
		{ "/a/b", "c/../..", "/a" },
		{ "/a/b", "...", "/a/b/..." },
		{ "/a/b", "", "/a/b" },
		{ "/a/b", "/", "" },
		{ "/a/b", "..", "/a" },
	};
	char got[PLACE_BYTES];
	own_mem char *longest = calloc(1, PLACE_BYTES + 1);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(place_join(rows[i].base, rows[i].path, got));
		assert_string_equal(got, rows[i].want);
	}
	assert_non_null(longest);
	memset(longest, 'a', PLACE_BYTES - 2);
	assert_true(place_join("/", longest, got));
	assert_false(place_join("/a", longest, got));
	longest[PLACE_BYTES - 2] = 'a';
	assert_false(place_join("/", longest, got));
}

static void only_what_was_named_lies_here(void **state)
{
	static const struct {
		const char *host, *want;
	} rows[] = {
		{ "/src/a", "/s" },
		{ "/src/a/.git", "/s/.git" },
		{ "/src/ab", NULL },
		{ "/src", NULL },
		{ "", NULL },
		{ "/top/.repo/projects/a", "/b0/projects/a" },
		{ "/top/.repo", "/b0" },
		{ "/top", NULL },
		{ "/etc/shadow", NULL },
	};
	struct places places = { 0 };
	char got[PLACE_BYTES];

	(void)state;
	assert_true(place_add(&places, "/src/a", "/s"));
	assert_true(place_add(&places, "/top/.repo/projects/a", "/b1"));
	assert_true(place_add(&places, "/top/.repo", "/b0"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool found = place_here(&places, rows[i].host, got);

		if (found != (rows[i].want != NULL))
			fail_msg("%s is %s", rows[i].host, found ? got : "nowhere");
		if (found)
			assert_string_equal(got, rows[i].want);
	}
	assert_true(place_host(&places, "/b0/x", got));
	assert_string_equal(got, "/top/.repo/x");
	assert_false(place_host(&places, "/b", got));
	while (places.n < PLACE_ROWS)
		assert_true(place_add(&places, "/x", "/x"));
	assert_false(place_add(&places, "/y", "/y"));
}

static void git_files_are_read(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "gitdir: /a/b\n", "/a/b" },
		{ "gitdir: ../a b", "../a b" },
		{ "gitdir: /a\n/b\n", "/a" },
		{ "gitdir: \n", NULL },
		{ "gitdir: ", NULL },
		{ "gitdir:/a", NULL },
		{ "Gitdir: /a", NULL },
		{ "", NULL },
		{ "gitdir: /a/b/c/d", NULL },
	};
	char got[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool found =
			linked_worktree_parse(rows[i].text, strlen(rows[i].text), got, sizeof(got));

		if (found != (rows[i].want != NULL))
			fail_msg("'%s' is %s", rows[i].text, found ? got : "nothing");
		if (found)
			assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_joined),
		cmocka_unit_test(only_what_was_named_lies_here),
		cmocka_unit_test(git_files_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
