/* sandbox/store: what a tree says of itself, and which names are the store's. */
#include "sandbox/base/own.h"
#include "sandbox/store/root_record.h"
#include "sandbox/store/root_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LINE "cofferdam-root 1 sha256:" HEX " 0-100000-200000 12 1700000000.000000042 4096 3\n"

static void record(void **state)
{
	const struct root_record want = { .digest = "sha256:" HEX,
		.ids = "0-100000-200000",
		.inode = 12,
		.changed_s = 1700000000,
		.changed_ns = 42,
		.bytes = 4096,
		.left_out = 3 };
	char text[ROOT_RECORD_BYTES], name[ROOT_NAME_BYTES];
	struct root_record got;

	(void)state;
	root_record_format(&want, text);
	assert_string_equal(text, LINE);
	assert_true(root_record_parse(text, &got));
	assert_string_equal(got.digest, want.digest);
	assert_string_equal(got.ids, want.ids);
	assert_true(got.inode == want.inode && got.changed_s == want.changed_s &&
		    got.changed_ns == want.changed_ns && got.bytes == want.bytes &&
		    got.left_out == want.left_out);
	root_record_name(&got, name);
	assert_string_equal(name, HEX ".0-100000-200000");
	assert_true(root_record_is_name(name));
}

static void no_records(void **state)
{
	static const char *const rows[] = {
		"",
		"\n",
		"cofferdam-root 1",
		"cofferdam-root 2 sha256:" HEX " one 12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one 12 1.000000000 4096 3",
		"cofferdam-root 1 sha256:" HEX " one 12 1.000000000 4096 3\n\n",
		"cofferdam-root 1 sha256:" HEX " one 12 1.000000000 4096\n",
		"cofferdam-root 1 sha256:" HEX " one 12 1.0 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one  12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one +12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one -12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one 012 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX "0 one 12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha512:" HEX " one 12 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " one 99999999999999999999999 1.000000000 4096 3\n",
		"cofferdam-root 1 sha256:" HEX " " HEX HEX " 12 1.000000000 4096 3\n",
	};
	struct root_record record;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (root_record_parse(rows[i], &record))
			fail_msg("taken for a record: %s", rows[i]);
}

static void names(void **state)
{
	static const char *const good[] = { HEX ".one", HEX ".65535-100000-100000" };
	static const char *const bad[] = { "", ".", "..", "record", HEX, HEX ".", HEX "/one",
		HEX ".one.new", HEX ".ONE", "gone-" HEX, HEX "0.one", "sha256:" HEX ".one",
		HEX ".0-100000-100000-100000-100000-100000-100000" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(root_record_is_name(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (root_record_is_name(bad[i]))
			fail_msg("taken for a name: %s", bad[i]);
}

/* Files of one map are another's strangers: the tree's name says whose they are. */
static void ids(void **state)
{
	struct user_plan plan = { .host_uid = 1000, .host_gid = 1000 };
	char text[ROOT_IDS_BYTES];

	(void)state;
	root_store_ids(&plan, text);
	assert_string_equal(text, "one");
	plan.range = true;
	plan.uids = (struct user_range){ 100000, 65536 };
	plan.gids = (struct user_range){ 200000, 65536 };
	root_store_ids(&plan, text);
	assert_string_equal(text, "0-100000-200000");
	plan.root_inside = true;
	root_store_ids(&plan, text);
	assert_string_equal(text, "65535-100000-200000");
	plan.uids.first = plan.gids.first = UINT32_MAX - 1;
	root_store_ids(&plan, text);
	assert_string_equal(text, "65535-4294967294-4294967294");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record),
		cmocka_unit_test(no_records),
		cmocka_unit_test(names),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
