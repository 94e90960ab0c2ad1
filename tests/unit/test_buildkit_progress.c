/* sandbox/docker/buildkit_progress.c: which words of a build's progress are masked, and our own. */
#include "sandbox/base/own.h"
#include "sandbox/docker/buildkit_progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MESSAGE(s)                                                                                 \
	{                                                                                          \
		(s), sizeof(s) - 1                                                                 \
	}

struct message {
	const char *bytes;
	size_t n;
};

static void test_masked(void **state)
{
	static const struct {
		struct message said, shown;
	} rows[] = {
		/* Vertex: a name stays, which the Dockerfile gives; an error does not */
		{ MESSAGE("\x0a\x10\x1a\x05/d/ab:\x07no /d/x"),
			MESSAGE("\x0a\x10\x1a\x05/d/ab:\x07no ....") },
		/* the '2' behind the path is the next field's tag */
		{ MESSAGE("\x0a\x0a:\x06/d/abc2\x00"), MESSAGE("\x0a\x0a:\x06......2\x00") },
		/* VertexLog.msg, VertexWarning.short and .detail */
		{ MESSAGE("\x1a\x08\"\x06/d/abc"), MESSAGE("\x1a\x08\"\x06......") },
		{ MESSAGE("\"\x10\x1a\x06/d/abc\"\x06/d/abc"),
			MESSAGE("\"\x10\x1a\x06......\"\x06......") },
		/* VertexStatus, and fields of a later engine */
		{ MESSAGE("\x12\x08\x0a\x06/d/abc\x4a\x00"),
			MESSAGE("\x12\x08\x0a\x06/d/abc\x4a\x00") },
		{ MESSAGE(""), MESSAGE("") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *bytes = malloc(rows[i].said.n + 1);

		memcpy(bytes, rows[i].said.bytes, rows[i].said.n);
		assert_true(buildkit_progress_mask(bytes, rows[i].said.n, "/d"));
		assert_memory_equal(bytes, rows[i].shown.bytes, rows[i].said.n);
	}
}

static void test_no_messages(void **state)
{
	static const struct message rows[] = {
		MESSAGE("\x0a"),
		MESSAGE("\x0a\x02:"),
		MESSAGE("\x0a\x02:\x05"),
		MESSAGE("\x0b"),
		MESSAGE("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		MESSAGE("\x80"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *bytes = malloc(rows[i].n);

		memcpy(bytes, rows[i].bytes, rows[i].n);
		assert_false(buildkit_progress_mask(bytes, rows[i].n, "/d"));
	}
}

static void test_note(void **state)
{
	own_text struct text note = { 0 };

	(void)state;
	assert_int_equal(buildkit_progress_note("left out", 5, &note), 0);
	assert_non_null(memmem(note.s, note.n, "\x1a\x08left out", 10));
	assert_non_null(memmem(note.s, note.n,
		"*\x02\x08\x05"
		"2\x02\x08\x05",
		8));
	assert_true(buildkit_progress_mask(note.s, note.n, "/d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_no_messages),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
