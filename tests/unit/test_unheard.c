/* sandbox/keeper/unheard.c: what the kernel says of datagrams that nobody took. */
#include "sandbox/keeper/unheard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_column_of_its_name(void **state)
{
	static const struct {
		const char *text;
		uint64_t n;
	} rows[] = {
		{ "Tcp: A\nTcp: 1\nUdp: InDatagrams NoPorts InErrors\nUdp: 7 24 3\nUdpLite: InDatagrams NoPorts\nUdpLite: 5 6\n",
			24 },
		{ "\nUdp: NoPorts\nUdp: 9\n", 9 },
		{ "\nUdp: NoPorts More\nUdp: 9 1\n", 9 },
		{ "\nUdp: InDatagrams NoPorts\nUdp: 7\n", 0 },
		{ "\nUdp: InDatagrams InErrors\nUdp: 7 8\n", 0 },
		{ "\nUdp: NoPorts\n", 0 },
		{ "\nUdpLite: NoPorts\nUdpLite: 4\n", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(unheard_read(rows[i].text), rows[i].n);
}

static void no_way_leads_there(void **state)
{
	static const char text[] = "\nIp: Forwarding OutNoRoutes OutNoRoutesToo\nIp: 2 5 7\n"
				   "Udp: NoPorts OutNoRoutes\nUdp: 3 9\n";

	(void)state;
	assert_int_equal(unheard_read_unrouted(text), 5);
	assert_int_equal(unheard_read(text), 3);
	assert_int_equal(unheard_read_unrouted("\nIp: A OutNoRoutesToo\nIp: 2 5\n"), 0);
	assert_int_equal(
		unheard_read_unrouted6("\nIp6InX  1\nIp6OutNoRoutes   \t12\nIp6Y 3\n"), 12);
	assert_int_equal(unheard_read_unrouted6("\nXIp6OutNoRoutes 12\n"), 0);
	assert_int_equal(unheard_read_unrouted6(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_column_of_its_name),
		cmocka_unit_test(no_way_leads_there) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
