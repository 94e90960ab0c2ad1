/* sandbox/net/address.c: what is public, and the text of an address in no second spelling. */
#include "sandbox/base/own.h"
#include "sandbox/net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct address read_address(const char *text)
{
	struct address address = { .family = 0 };

	if (address_read(text, strlen(text), &address) < 0)
		fail_msg("'%s' is refused", text);
	return address;
}

/* The first and the last address of each prefix, and their neighbours where those are public. */
static void kinds(void **state)
{
	static const struct {
		const char *text, *kind;
	} rows[] = {
		{ "0.0.0.0", "this network" },
		{ "0.255.255.255", "this network" },
		{ "1.0.0.0", NULL },
		{ "9.255.255.255", NULL },
		{ "10.0.0.0", "private" },
		{ "10.255.255.255", "private" },
		{ "11.0.0.0", NULL },
		{ "100.63.255.255", NULL },
		{ "100.64.0.0", "shared" },
		{ "100.127.255.255", "shared" },
		{ "100.128.0.0", NULL },
		{ "126.255.255.255", NULL },
		{ "127.0.0.1", "loopback" },
		{ "127.255.255.255", "loopback" },
		{ "128.0.0.0", NULL },
		{ "169.253.255.255", NULL },
		{ "169.254.0.0", "link-local" },
		{ "169.254.169.254", "link-local" },
		{ "169.254.255.255", "link-local" },
		{ "169.255.0.0", NULL },
		{ "172.15.255.255", NULL },
		{ "172.16.0.0", "private" },
		{ "172.31.255.255", "private" },
		{ "172.32.0.0", NULL },
		{ "192.0.0.0", "reserved" },
		{ "192.0.0.192", "reserved" },
		{ "192.0.1.0", NULL },
		{ "192.0.2.255", NULL },
		{ "192.88.99.1", "translated" },
		{ "192.167.255.255", NULL },
		{ "192.168.0.0", "private" },
		{ "192.168.255.255", "private" },
		{ "192.169.0.0", NULL },
		{ "198.17.255.255", NULL },
		{ "198.18.0.0", "benchmarking" },
		{ "198.19.255.255", "benchmarking" },
		{ "198.20.0.0", NULL },
		{ "198.51.100.7", NULL },
		{ "203.0.113.7", NULL },
		{ "223.255.255.255", NULL },
		{ "224.0.0.1", "multicast" },
		{ "239.255.255.255", "multicast" },
		{ "240.0.0.0", "reserved" },
		{ "255.255.255.254", "reserved" },
		{ "255.255.255.255", "broadcast" },
		{ "93.184.216.34", NULL },

		{ "::", "unspecified" },
		{ "::1", "loopback" },
		{ "::2", "translated" },
		{ "::127.0.0.1", "translated" },
		{ "::ffff:127.0.0.1", "translated" },
		{ "::ffff:8.8.8.8", "translated" },
		{ "::ffff:0:8.8.8.8", "translated" },
		{ "::fffe:8.8.8.8", "reserved" },
		{ "64:ff9b::8.8.8.8", "translated" },
		{ "64:ff9b::7f00:1", "translated" },
		{ "64:ff9b:1::a00:1", "translated" },
		{ "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "translated" },
		{ "64:ff9b:2::1", "reserved" },
		{ "100::1", "discard" },
		{ "100:0:0:1::1", "discard" },
		{ "100:0:0:2::1", "reserved" },
		{ "1fff:ffff::1", "reserved" },
		{ "2000::1", NULL },
		{ "2001::1", "translated" },
		{ "2001:0:ffff::1", "translated" },
		{ "2001:1::1", "reserved" },
		{ "2001:20::1", "reserved" },
		{ "2001:1ff:ffff::1", "reserved" },
		{ "2001:200::1", NULL },
		{ "2001:db7:ffff::1", NULL },
		{ "2001:db8::1", NULL },
		{ "2001:db9::1", NULL },
		{ "2002:7f00:1::1", "translated" },
		{ "2003::1", NULL },
		{ "2606:4700::1111", NULL },
		{ "2606:4700::5efe:a00:1", "translated" },
		{ "2606:4700::200:5efe:a00:1", "translated" },
		{ "2606:4700::400:5efe:a00:1", NULL },
		{ "3ffe:ffff::1", NULL },
		{ "3fff::1", NULL },
		{ "3fff:fff:ffff::1", NULL },
		{ "3fff:1000::1", NULL },
		{ "4000::1", "reserved" },
		{ "5f00::1", "reserved" },
		{ "fbff::1", "reserved" },
		{ "fc00::1", "private" },
		{ "fd00:ec2::254", "metadata" }, /* no @private gets there */
		{ "fdff:ffff::1", "private" },
		{ "fe00::1", "reserved" },
		{ "fe80::1", "link-local" },
		{ "febf:ffff::1", "link-local" },
		{ "fec0::1", "site-local" },
		{ "feff::1", "site-local" },
		{ "ff02::1", "multicast" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address address = read_address(rows[i].text);
		const char *kind = address_kind(&address), *expected = rows[i].kind;
		bool private = expected != NULL && (strcmp(expected, "private") == 0 ||
							   strcmp(expected, "shared") == 0);

		if ((kind == NULL) != (expected == NULL) ||
			(kind != NULL && strcmp(kind, expected) != 0))
			fail_msg("%s is %s, and not %s", rows[i].text, kind ? kind : "public",
				expected ? expected : "public");
		assert_int_equal(address_is_private(&address), private);
	}
}

static void no_family(void **state)
{
	const struct address none = { .family = 0 }, other = { .family = AF_UNIX };

	(void)state;
	assert_non_null(address_kind(&none));
	assert_non_null(address_kind(&other));
	assert_false(address_is_private(&none));
}

static void no_address(void **state)
{
	static const char *const rows[] = { "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
		"1.2.3.04", "0x1.2.3.4", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1..3.4", "1.2.3.",
		"1.2.3.4.", "2130706433", "::1%lo", "fe80::1%1", "[::1]",
		"::1::", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::12345", "::1.2.3",
		"::01.2.3.4", "::g", "localhost",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	struct address address = { .family = AF_INET6 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (address_read(rows[i], strlen(rows[i]), &address) != -1)
			fail_msg("'%s' is taken for an address", rows[i]);
	assert_int_equal(address_read("1.2.3.4\0", 8, &address), -1);
	assert_int_equal(address_read("1.2.3.4\0.5", 10, &address), -1);
	assert_int_equal(address.family, AF_INET6);
}

/* What stands behind the n bytes is not looked at. */
static void written_as_read(void **state)
{
	static const char *const rows[] = { "1.2.3.4", "255.255.255.255", "::", "2001:db8::1",
		"2606:4700:1234:5678:9abc:def0:1234:5678" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address address = read_address(rows[i]), again;
		char text[ADDRESS_TEXT];

		address_write(&address, text);
		assert_string_equal(text, rows[i]);
		again = read_address(text);
		assert_true(address_equal(&address, &again));
		again.v4.s_addr ^= 1;
		assert_false(address_equal(&address, &again));
	}
	struct address four = read_address("0.0.0.0"), six = read_address("::"), cut;
	assert_false(address_equal(&four, &six));
	assert_int_equal(address_read("1.2.3.45", 7, &cut), 0);
	four = read_address("1.2.3.4");
	assert_true(address_equal(&four, &cut));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(no_family),
		cmocka_unit_test(no_address),
		cmocka_unit_test(written_as_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
