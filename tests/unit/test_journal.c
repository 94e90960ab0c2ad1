/* sandbox/state/journal.c: what lines say, and what they do not. */
#include "sandbox/base/own.h"
#include "sandbox/state/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define ID    "00112233445566778899aabbccddeeff"
#define OWNER "ffeeddccbbaa99887766554433221100"
#define RUN   "run " ID " " OWNER " 17\n"

static int journal_of(const char *text)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void test_rows(void **state)
{
	/* there: kind, blank, id, comma */
	static const struct {
		const char *lines, *there;
		unsigned ignored;
	} rows[] = {
		{ "", "", 0 },
		{ "intent container web\n", "container web,", 0 },
		{ "intent container -\n", "", 0 },
		{ "intent container web\nmade container c1 web\n", "container c1,", 0 },
		{ "made container c1 web\ngone container c1\n", "", 0 },
		{ "made volume v\nmade volume v\n", "volume v,", 0 },
		{ "made volume v\ngone network v\n", "volume v,", 0 },
		{ "passing image sha256:1\n", "image sha256:1,", 0 },
		{ "intent tag a/b:1\nkept tag a/b:1 a/b:1\n", "", 0 },
		{ "gone container c1\n", "", 0 },
		{ "made container\n", "", 1 },
		{ "made\n", "", 1 },
		{ "\n", "", 1 },
		{ "stole container c1\n", "", 1 },
		{ "made  c1\n", "", 1 },
		{ "made container c1", "", 1 },
		{ "run " ID " " OWNER " 18\n", "", 1 },
		{ "made a-kind-that-is-too-long c1\n", "", 1 },
		{ "made container \033[1m\n", "container ?[1m,", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512], there[512] = "";
		struct journal journal;
		struct failure f;
		own_fd int fd = -1;

		snprintf(text, sizeof(text), RUN "%s", rows[i].lines);
		fd = journal_of(text);
		if (journal_read(fd, &journal, &f) < 0)
			fail_msg("%s: %s", rows[i].lines, f.what);
		for (size_t k = 0; k < journal.there_n; k++)
			snprintf(there + strlen(there), sizeof(there) - strlen(there), "%s %s,",
				object_kind_name(journal.there[k].kind), journal.there[k].id);
		assert_string_equal(there, rows[i].there);
		if (journal.ignored != rows[i].ignored)
			fail_msg("%s: %u lines were ignored, not %u", rows[i].lines,
				journal.ignored, rows[i].ignored);
		assert_string_equal(journal.run_id, ID);
		assert_string_equal(journal.owner, OWNER);
		assert_int_equal(journal.started, 17);
		journal_release(&journal);
	}
}

static void test_without_a_first_line(void **state)
{
	static const char *const texts[] = { "", "\n", "run\n", "run " ID "\n", "run x y 1\n",
		"run " ID " " OWNER "\n", "run " ID " " OWNER " x\n", "run " ID " " OWNER " 1",
		"made container c1\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		own_fd int fd = journal_of(texts[i]);
		struct journal journal;
		struct failure f;

		if (journal_read(fd, &journal, &f) == 0 || journal_read_head(fd, &journal, &f) == 0)
			fail_msg("\"%s\" was taken for a journal", texts[i]);
		assert_int_equal(f.errnum, 0);
	}
}

static void test_many(void **state)
{
	own_fd int fd = journal_of(RUN);
	struct journal journal;
	struct failure f;

	(void)state;
	for (int i = 0; i < 1000; i++)
		dprintf(fd, "made container c%d\n", i);
	for (int i = 0; i < 1000; i += 2)
		dprintf(fd, "gone container c%d\n", i);
	assert_int_equal(journal_read(fd, &journal, &f), 0);
	assert_int_equal(journal.there_n, 500);
	journal_release(&journal);
}

/* gc and whoever waits for it read no more than they need: this many lines would take minutes
 * to look through. */
static void test_head_of_a_long_one(void **state)
{
	own_fd int fd = journal_of(RUN);
	own_file FILE *file = fdopen(dup(fd), "a");
	struct journal journal;
	struct failure f;

	(void)state;
	for (int i = 0; i < 300000; i++)
		fprintf(file, "intent container c%d\n", i);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(journal_read_head(fd, &journal, &f), 0);
	assert_string_equal(journal.run_id, ID);
	assert_string_equal(journal.owner, OWNER);
	assert_int_equal(journal.started, 17);
	assert_int_equal(journal.there_n, 0);
	journal_release(&journal);
}

static void test_files(void **state)
{
	char directory[] = "/tmp/cofferdam-journal-XXXXXX", path[128];
	struct failure f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	own_fd int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(journal_open(dir, ID, &f), -1);
	assert_int_equal(f.errnum, ENOENT);
	own_fd int made = journal_create(dir, ID, &f);
	assert_true(made >= 0 && (fcntl(made, F_GETFL) & O_APPEND) != 0);
	assert_int_equal(journal_create(dir, ID, &f), -1);
	own_fd int opened = journal_open(dir, ID, &f);
	assert_true(opened >= 0);
	snprintf(path, sizeof(path), "%s/" ID ".docker", directory);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_without_a_first_line),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_head_of_a_long_one),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
