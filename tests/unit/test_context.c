#include "sandbox/docker/context.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* What is wrong with a header that add_entry() makes. */
enum flaw { FLAW_NONE, FLAW_CHECKSUM, FLAW_SIGNED, FLAW_SIZE, FLAW_NEGATIVE, FLAW_BASE256 };

static void write_checksum(char *block, bool with_sign)
{
	long sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += with_sign ? (signed char)block[i] : (unsigned char)block[i];
	snprintf(block + 148, 7, "%06lo", (unsigned long)sum & 0777777);
}

static void add_entry(struct text *tar, char type, const char *name, const char *data, size_t size,
	enum flaw flaw)
{
	char block[TAR_BLOCK] = { 0 };
	size_t n = strlen(data);

	memcpy(block, name, strlen(name));
	snprintf(block + 124, 12, "%011zo", size);
	if (flaw == FLAW_SIZE)
		memcpy(block + 124, "9", 1);
	if (flaw == FLAW_NEGATIVE)
		memset(block + 124, 0xff, 12);
	if (flaw == FLAW_BASE256) {
		memset(block + 124, 0, 12);
		block[124] = (char)0x80;
		block[135] = (char)size;
	}
	block[156] = type;
	memcpy(block + 257, "ustar", 6);
	memcpy(block + 263, "00", 2);
	write_checksum(block, flaw == FLAW_SIGNED);
	if (flaw == FLAW_CHECKSUM)
		block[148] ^= 1;
	text_add(tar, block, sizeof(block));
	memset(block, 0, sizeof(block));
	text_add(tar, data, n);
	text_add(tar, block, (TAR_BLOCK - n % TAR_BLOCK) % TAR_BLOCK);
}

/* Give data in pieces of so many bytes. 0 at the end marker or the end, -1 refused. */
static int walk(struct context *context, const struct text *tar, size_t piece, size_t *ret_end,
	struct refusal *r)
{
	size_t at = 0;
	uint64_t bytes;
	int more;

	while (at < tar->n) {
		if (tar->n - at < TAR_BLOCK)
			return refuse(r, 400, "a part of a block");
		*ret_end = at;
		more = context_header(context, tar->s + at, &bytes, r);
		if (more <= 0)
			return more;
		at += TAR_BLOCK;
		if (bytes > tar->n - at)
			return refuse(r, 400, "a part of an entry");
		for (size_t k = 0; context->taking != CONTEXT_TAKING_NONE && k < bytes; k += piece)
			if (context_data(context, tar->s + at + k,
				    bytes - k < piece ? (size_t)bytes - k : piece, r) < 0)
				return -1;
		at += (size_t)bytes;
		*ret_end = at;
	}
	return context_end(context, r);
}

struct entry {
	char type;
	const char *name, *data;
	size_t size; /* 0: that of the data */
	enum flaw flaw;
};
#define ENTRIES 6

static void make_tar(const struct entry entries[ENTRIES], bool marked, struct text *ret)
{
	static const char zeros[2 * TAR_BLOCK];

	for (size_t i = 0; i < ENTRIES && entries[i].name != NULL; i++)
		add_entry(ret, entries[i].type, entries[i].name, entries[i].data,
			entries[i].size > 0 ? entries[i].size : strlen(entries[i].data),
			entries[i].flaw);
	if (marked)
		text_add(ret, zeros, sizeof(zeros));
}

static void takes_the_files(void **state)
{
	static const struct {
		const char *dockerfile;
		struct entry entries[ENTRIES];
		const char *file, *ignore; /* NULL: not seen */
		bool irregular;
	} rows[] = {
		{ "", { { '0', "Dockerfile", "FROM a\n", 0, 0 } }, "FROM a\n", NULL, false },
		{ "Dockerfile", { { '\0', "./Dockerfile", "x", 0, 0 } }, "x", NULL, false },
		{ "./a//b", { { '7', "a/./b", "x", 0, 0 } }, "x", NULL, false },
		{ "a/b", { { '0', "/a/c/../b", "x", 0, 0 } }, "x", NULL, false },
		{ "", { { '0', "a/Dockerfile", "x", 0, 0 } }, NULL, NULL, false },
		{ "", { { '0', "dockerfile", "x", 0, 0 } }, NULL, NULL, false },
		{ "", { { '0', "Dockerfile", "", 0, 0 } }, "", NULL, false },
		{ "", { { '0', "Dockerfile", "1", 0, 0 }, { '0', "Dockerfile", "2", 0, 0 } }, "2",
			NULL, false },
		{ "", { { '0', "Dockerfile", "1", 0, 0 }, { '2', "Dockerfile", "", 0, 0 } }, NULL,
			NULL, true },
		{ "", { { '5', "Dockerfile/", "", 0, 0 } }, NULL, NULL, true },
		{ "", { { '\0', "Dockerfile/", "", 0, 0 } }, NULL, NULL, true },
		{ "", { { '1', "Dockerfile", "", 700, 0 }, { '0', "Dockerfile", "x", 0, 0 } }, "x",
			NULL, true },
		{ "", { { '0', ".dockerignore", "a", 0, 0 }, { '0', "Dockerfile", "x", 0, 0 } },
			"x", "a", false },
		{ "", { { '0', ".dockerignore", "a", 0, 0 }, { '2', ".dockerignore", "", 0, 0 } },
			NULL, NULL, false },
		{ "",
			{ { 'x', "pax", "19 path=Dockerfile\n", 0, 0 }, { '0', "other", "x", 0, 0 },
				{ '0', "other", "y", 0, 0 } },
			"x", NULL, false },
		{ "", { { 'x', "pax", "9 path=a\n", 0, 0 }, { '0', "Dockerfile", "x", 0, 0 } },
			NULL, NULL, false },
		{ "", { { 'x', "pax", "8 path=\n", 0, 0 }, { '0', "Dockerfile", "x", 0, 0 } }, "x",
			NULL, false },
		{ "",
			{ { 'x', "pax", "9 size=3\n9 mtime=\n", 0, 0 },
				{ '0', "Dockerfile", "xyz", 900000, 0 } },
			"xyz", NULL, false },
		{ "", { { 'x', "pax", "9 size=3\n", 0, 0 }, { '\0', "Dockerfile", "xyz", 1, 0 } },
			"xyz", NULL, false },
		{ "", { { 'g', "pax", "13 comment=x\n", 0, 0 }, { '0', "Dockerfile", "x", 0, 0 } },
			"x", NULL, false },
		{ "", { { 'L', "././@LongLink", "Dockerfile", 0, 0 }, { '0', "other", "x", 0, 0 } },
			"x", NULL, false },
		{ "", { { 'K', "././@LongLink", "Dockerfile", 0, 0 }, { '2', "other", "", 0, 0 } },
			NULL, NULL, false },
		{ "", { { '0', "Dockerfile", "xyz", 3, FLAW_BASE256 } }, "xyz", NULL, false },
		{ "\xc3\xa9", { { '0', "\xc3\xa9", "x", 0, FLAW_SIGNED } }, "x", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < 4 * ARRAY_LEN(rows); i++) {
		static const size_t pieces[] = { 1, 100, 512, 100000 };
		size_t row = i / 4, end = 0;
		own_text struct text tar = { 0 };
		struct context context;
		struct refusal r = { 0 };

		make_tar(rows[row].entries, i % 2 == 0, &tar);
		assert_int_equal(context_init(&context, rows[row].dockerfile, &r), 0);
		if (walk(&context, &tar, pieces[i % 4], &end, &r) < 0)
			fail_msg("row %zu: refused: %s", row, r.reason);
		assert_int_equal(context.bytes, end);
		if (context.file_seen != (rows[row].file != NULL) ||
			context.ignore_seen != (rows[row].ignore != NULL) ||
			context.file_irregular != rows[row].irregular)
			fail_msg("row %zu: file %d, irregular %d, ignore %d", row,
				context.file_seen, context.file_irregular, context.ignore_seen);
		if (context.file_seen &&
			strcmp(rows[row].file, context.file.s != NULL ? context.file.s : "") != 0)
			fail_msg("row %zu: file: %s", row, context.file.s);
		if (context.ignore_seen)
			assert_string_equal(context.ignore.s, rows[row].ignore);
		context_release(&context);
	}
}

static void refuses(void **state)
{
	static const struct {
		struct entry entries[ENTRIES];
		const char *reason;
	} rows[] = {
		{ { { '0', "a", "", 0, FLAW_CHECKSUM } }, "wrong checksum at byte 0" },
		{ { { '0', "a", "b", 0, 0 }, { '0', "a", "", 0, FLAW_CHECKSUM } },
			"wrong checksum at byte 1024" },
		{ { { '0', "a", "", 0, FLAW_SIZE } }, "wrong size" },
		{ { { '0', "a", "", 0, FLAW_NEGATIVE } }, "wrong size" },
		{ { { '0', "\x1f\x8b\x08", "", 0, 0 } }, "compressed" },
		{ { { '0', "BZh9", "", 0, 0 } }, "compressed" },
		{ { { 'S', "a", "", 0, 0 } }, "type 'S'" },
		{ { { 'M', "a", "", 0, 0 } }, "type 'M'" },
		{ { { 'V', "a", "", 0, 0 } }, "type 'V'" },
		{ { { 'X', "a", "", 0, 0 } }, "type 'X'" },
		{ { { '0', "Dockerfile", "x", 1048577, 0 } }, "Dockerfile of more than" },
		{ { { '0', ".dockerignore", "x", 1048577, 0 } }, ".dockerignore of more than" },
		{ { { 'x', "a", "x", 1048577, 0 } }, "pax header of more than" },
		{ { { 'x', "a", "18 path=Dockerfile\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "20 path=Dockerfile\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "path=Dockerfile\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "99999999999999999999 path=x\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "5 =x\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "7 path\n\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "2 ", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "10 size=-1\n", 0, 0 } }, "broken pax" },
		{ { { 'x', "a", "11 size=-1\n", 0, 0 } }, "wrong size in a pax" },
		{ { { 'x', "a", "29 size=99999999999999999999\n", 0, 0 } }, "wrong size in a pax" },
		{ { { 'x', "a", "22 GNU.sparse.major=1\n", 0, 0 } }, "sparse" },
		{ { { 'g', "a", "9 path=x\n", 0, 0 } }, "for all entries" },
		{ { { 'g', "a", "9 size=3\n", 0, 0 } }, "for all entries" },
		{ { { 'x', "a", "9 path=x\n", 0, 0 } }, "before its last entry" },
		{ { { 'x', "a", "9 size=3\n", 0, 0 } }, "before its last entry" },
		{ { { 'L', "a", "x", 0, 0 } }, "before its last entry" },
		{ { { '5', ".dockerignore", "", 0, 0 } }, "not a file" },
		{ { { '0', "a", "x", 513, 0 } }, "a part of an entry" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		own_text struct text tar = { 0 };
		struct context context;
		struct refusal r = { 0 };
		size_t end;
		bool cut = strcmp(rows[i / 2].reason, "a part of an entry") == 0;

		make_tar(rows[i / 2].entries, i % 2 == 0 && !cut, &tar);
		assert_int_equal(context_init(&context, "", &r), 0);
		if (walk(&context, &tar, 512, &end, &r) == 0)
			fail_msg("row %zu: expected %s, but it passed", i / 2, rows[i / 2].reason);
		if (strstr(r.reason, rows[i / 2].reason) == NULL)
			fail_msg("row %zu: expected %s, got %s", i / 2, rows[i / 2].reason,
				r.reason);
		context_release(&context);
	}
}

static void checks_the_name(void **state)
{
	static const struct {
		const char *name, *cleaned; /* NULL: refused */
	} rows[] = {
		{ "", "Dockerfile" },
		{ "Dockerfile", "Dockerfile" },
		{ "./docker//app.Dockerfile", "docker/app.Dockerfile" },
		{ "..x/...", "..x/..." },
		{ "/Dockerfile", NULL },
		{ "../Dockerfile", NULL },
		{ "a/../Dockerfile", NULL },
		{ "a/..", NULL },
		{ ".", NULL },
		{ "./", NULL },
		{ ".dockerignore", NULL },
	};
	char longest[600];
	struct context context;
	struct refusal r = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int result = context_init(&context, rows[i].name, &r);

		if ((result == 0) != (rows[i].cleaned != NULL))
			fail_msg("%s: got %d", rows[i].name, result);
		if (result == 0)
			assert_string_equal(context.dockerfile, rows[i].cleaned);
	}
	memset(longest, 'a', sizeof(longest));
	longest[512] = '\0';
	assert_int_equal(context_init(&context, longest, &r), -1);
	longest[511] = '\0';
	assert_int_equal(context_init(&context, longest, &r), 0);
}

/* The two files that end a context, read as a context of their own. */
static void finishes(void **state)
{
	static const struct {
		const char *ignore, *expected;
	} rows[] = {
		{ NULL, ".dockerignore\n.our-name\n" },
		{ "", ".dockerignore\n.our-name\n" },
		{ "*.o\n!keep", "*.o\n!keep\n.dockerignore\n.our-name\n" },
	};
	struct text ours = { .s = (char[]){ "FROM a:1\n" }, .n = 9 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_text struct text tar = { 0 }, end = { 0 };
		struct context context, again;
		struct refusal r = { 0 };
		size_t at = 0;

		assert_int_equal(context_init(&context, "", &r), 0);
		if (rows[i].ignore != NULL)
			add_entry(&tar, '0', ".dockerignore", rows[i].ignore,
				strlen(rows[i].ignore), FLAW_NONE);
		assert_int_equal(walk(&context, &tar, 512, &at, &r), 0);
		context_finish(&context, ".our-name", &ours, &end);
		assert_false(end.failed);
		assert_int_equal(end.n, 6 * TAR_BLOCK);

		assert_int_equal(context_init(&again, ".our-name", &r), 0);
		assert_int_equal(walk(&again, &end, 512, &at, &r), 0);
		assert_int_equal(at, 4 * TAR_BLOCK);
		assert_true(again.file_seen && again.ignore_seen);
		assert_string_equal(again.file.s, "FROM a:1\n");
		assert_string_equal(again.ignore.s, rows[i].expected);
		context_release(&context);
		context_release(&again);
	}
}

/* A caller that does not ask context_end() cannot have our files renamed. */
static void does_not_finish_what_is_open(void **state)
{
	static const struct entry entries[ENTRIES] = { { 'x', "pax", "9 path=x\n", 0, 0 } };
	struct text ours = { .s = (char[]){ "FROM a:1\n" }, .n = 9 };
	own_text struct text tar = { 0 }, end = { 0 };
	struct context context;
	struct refusal r = { 0 };
	size_t at;

	(void)state;
	make_tar(entries, false, &tar);
	assert_int_equal(context_init(&context, "", &r), 0);
	assert_int_equal(walk(&context, &tar, 512, &at, &r), -1);
	context_finish(&context, ".our-name", &ours, &end);
	assert_true(end.failed);
	assert_int_equal(end.n, 0);
	context_release(&context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_files),
		cmocka_unit_test(refuses),
		cmocka_unit_test(checks_the_name),
		cmocka_unit_test(finishes),
		cmocka_unit_test(does_not_finish_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
