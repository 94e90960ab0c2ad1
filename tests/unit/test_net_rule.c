/* sandbox/net/net_rule.c and net_set.c: what the words of --net permit, and what they do not. */
#include "sandbox/base/own.h"
#include "sandbox/net/net_rule.h"
#include "sandbox/net/net_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static struct net_rules rules_of(const char *text)
{
	struct net_rules rules = { .n = 0 };
	struct failure f;

	if (text[0] != '\0' && net_rules_add(&rules, "--net", text, &f) < 0)
		fail_msg("'%s' is refused: %s", text, f.what);
	return rules;
}

static void written(void **state)
{
	static const char *const rows[][2] = {
		{ "example.org", "example.org:443 example.org:80" },
		{ "Example.ORG.:8443", "example.org:8443" },
		{ "*.Example.org:8000-8010@private", "*.example.org:8000-8010@private" },
		{ "example.org@private", "example.org:443@private example.org:80@private" },
		{ "a.org:1,b.org:65535", "a.org:1 b.org:65535" },
		{ "a.org:7-7", "a.org:7" },
		{ "a.org:7,a.org:7,a.org:7-8", "a.org:7 a.org:7-8" },
		{ "10.0.0.1:5432", "10.0.0.1:5432" },
		{ "10.0.0.1:5432@private", "10.0.0.1:5432" },
		{ "93.184.216.34", "93.184.216.34:443 93.184.216.34:80" },
		{ "[fd00:0::1]:22", "[fd00::1]:22" },
		{ "[2606:4700::1111]", "[2606:4700::1111]:443 [2606:4700::1111]:80" },
		{ "pypi", "pypi.org:443 files.pythonhosted.org:443" },
		{ "pypi,a.org:7", "pypi.org:443 files.pythonhosted.org:443 a.org:7" },
		{ "pypi:443", "pypi:443" }, /* with a port it is a host of that name */
		{ "pypi2:443", "pypi2:443" },
		{ "*.pypi:443", "*.pypi:443" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_rules rules = rules_of(rows[i][0]);
		char all[1024] = "", one[300];

		for (size_t k = 0; k < rules.n; k++) {
			net_rule_write(&rules.v[k], one, sizeof(one));
			strcat(all, k > 0 ? " " : "");
			strcat(all, one);
		}
		assert_string_equal(all, rows[i][1]);
		net_rules_release(&rules);
	}
}

static void refused(void **state)
{
	static const char *const rows[][2] = {
		{ "", "empty" },
		{ "a.org,", "empty" },
		{ ",a.org", "empty" },
		{ "a.org,,b.org", "empty" },
		{ "*", "no name" },
		{ "*.", "empty" },
		{ "*.*.org", "no name" },
		{ "a.*.org", "no name" },
		{ "*org", "no name" },
		{ "a.org ", "no name" },
		{ "a.org, b.org", "no name" },
		{ "https://a.org", "port" },
		{ "https://a.org/", "port" },
		{ "a.org:", "port" },
		{ "a.org:0", "port" },
		{ "a.org:080", "port" },
		{ "a.org:65536", "port" },
		{ "a.org:99999", "port" },
		{ "a.org:+80", "port" },
		{ "a.org:http", "port" },
		{ "a.org:80-", "port" },
		{ "a.org:-80", "port" },
		{ "a.org:81-80", "port" },
		{ "a.org:1-2-3", "port" },
		{ "a.org:1-65", "more than 64" },
		{ "a.org:1-65535", "more than 64" },
		{ "a.org:80:443", "no name" },
		{ "a.org@public", "no name" },
		{ "a.org@private:80", "no name" },
		{ "a.org@private@private", "no name" },
		{ "@private", "empty" },
		{ "npm@private", "no set" },
		{ "@file", "no name" },
		{ "127.0.0.1:80", "loopback" },
		{ "127.0.0.1:80@private", "loopback" },
		{ "127.1:80", "number" },
		{ "2130706433", "number" },
		{ "0x7f000001:80", "number" },
		{ "169.254.169.254", "link-local" },
		{ "169.254.169.254@private", "link-local" },
		{ "0.0.0.0:80", "this network" },
		{ "224.0.0.1", "multicast" },
		{ "255.255.255.255", "broadcast" },
		{ "[::1]:80", "loopback" },
		{ "[::ffff:10.0.0.1]:80", "translated" },
		{ "[64:ff9b::a00:1]", "translated" },
		{ "[fe80::1]", "link-local" },
		{ "[fe80::1%eth0]", "no name" },
		{ "2606:4700::1111", "brackets" },
		{ "2606:4700::1111:443", "brackets" },
		{ "[10.0.0.1]", "brackets" },
		{ "[a.org]:80", "no name" },
		{ "[::1", "no name" },
		{ "[]", "no name" },
		{ "*.10.0.0.1", "number" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_rules rules = rules_of("kept.org:7");
		struct failure f = { .errnum = 0 };

		if (net_rules_add(&rules, "--net", rows[i][0], &f) != -1)
			fail_msg("'%s' is taken", rows[i][0]);
		if (strstr(f.what, rows[i][1]) == NULL)
			fail_msg("'%s': '%s', and not '%s'", rows[i][0], f.what, rows[i][1]);
		assert_true(strncmp(f.what, "--net: ", 7) == 0);
		assert_string_not_equal(f.remedy, "");
		assert_int_equal(rules.n, 1);
		net_rules_release(&rules);
	}
}

static void lines(void **state)
{
	static const char good[] =
		"# hosts\n\n  a.org:7  # why\r\nb.org:7,c.org:7\n\t\npypi\n*.d.org:7";
	static const char bad[] = "a.org:7\nb org\n", nul[] = "a.org:7\nb.org\0\n";
	struct net_rules rules = { .n = 0 };
	struct failure f;

	(void)state;
	assert_int_equal(net_rules_add_lines(&rules, "hosts", good, sizeof(good) - 1, &f), 0);
	assert_int_equal(rules.n, 6);
	assert_string_equal(rules.v[5].name, "d.org");
	assert_int_equal(net_rules_add_lines(&rules, "hosts", bad, sizeof(bad) - 1, &f), -1);
	assert_non_null(strstr(f.what, "hosts:2: "));
	assert_int_equal(net_rules_add_lines(&rules, "hosts", nul, sizeof(nul) - 1, &f), -1);
	assert_int_equal(net_rules_add_lines(&rules, "hosts", "", 0, &f), 0);
	assert_int_equal(rules.n, 6);
	net_rules_release(&rules);
}

static void finds(void **state)
{
	struct net_rules rules = rules_of("a.org,*.b.org:80-90,git.b.org:81,git.b.org:81@private,"
					  "10.0.0.1:5432,[fd00::1]:22");
	struct address address;

	(void)state;
	assert_non_null(net_rules_find_name(&rules, "a.org", 443));
	assert_non_null(net_rules_find_name(&rules, "a.org", 0));
	assert_null(net_rules_find_name(&rules, "a.org", 22));
	assert_null(net_rules_find_name(&rules, "www.a.org", 443));
	assert_null(net_rules_find_name(&rules, "b.org", 80));
	assert_null(net_rules_find_name(&rules, "xb.org", 80));
	assert_null(net_rules_find_name(&rules, "x.b.org", 79));
	assert_non_null(net_rules_find_name(&rules, "x.y.b.org", 90));
	assert_null(net_rules_find_name(&rules, "x.b.org", 91));
	assert_false(net_rules_find_name(&rules, "git.b.org", 80)->private);
	assert_true(net_rules_find_name(&rules, "git.b.org", 81)->private);
	assert_null(net_rules_find_name(&rules, "10.0.0.1", 5432));
	assert_null(net_rules_find_name(&rules, "", 0));
	address_read("10.0.0.1", 8, &address);
	assert_non_null(net_rules_find_address(&rules, &address, 5432));
	assert_null(net_rules_find_address(&rules, &address, 80));
	address_read("10.0.0.2", 8, &address);
	assert_null(net_rules_find_address(&rules, &address, 0));
	address_read("fd00::1", 7, &address);
	assert_non_null(net_rules_find_address(&rules, &address, 0));
	address = (struct address){ .family = 0 };
	assert_null(net_rules_find_address(&rules, &address, 0));
	net_rules_release(&rules);
}

static void ports(void **state)
{
	struct net_rules rules = rules_of("a.org,b.org:81-83,c.org:82,d.org:22,e.org");
	uint16_t got[NET_PORTS];
	size_t n = 0;
	struct failure f;

	(void)state;
	assert_int_equal(net_rules_ports(&rules, got, &n, &f), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(got, ((uint16_t[]){ 22, 80, 81, 82, 83, 443 }), n * sizeof(*got));
	assert_int_equal(net_rules_add(&rules, "--net", "f.org:1000-1057", &f), 0);
	assert_int_equal(net_rules_ports(&rules, got, &n, &f), 0);
	assert_int_equal(n, NET_PORTS);
	assert_int_equal(net_rules_add(&rules, "--net", "f.org:65535", &f), 0);
	assert_int_equal(net_rules_ports(&rules, got, &n, &f), -1);
	assert_non_null(strstr(f.what, "64"));
	net_rules_release(&rules);
}

static void too_many(void **state)
{
	struct net_rules rules = { .n = 0 };
	struct failure f;
	char name[64];

	(void)state;
	for (int i = 0; i < NET_RULES; i++) {
		snprintf(name, sizeof(name), "h%d.org:443", i);
		assert_int_equal(net_rules_add(&rules, "--net", name, &f), 0);
	}
	assert_int_equal(net_rules_add(&rules, "--net", "h1.org:443,h2.org:443", &f), 0);
	assert_int_equal(net_rules_add(&rules, "--net", "h1.org:443,more.org", &f), -1);
	assert_int_equal(rules.n, NET_RULES);
	net_rules_release(&rules);
}

static void within(void **state)
{
	static const struct {
		const char *narrow, *wide;
		bool holds;
	} rows[] = {
		{ "", "", true },
		{ "", "a.org", true },
		{ "a.org", "", false },
		{ "a.org", "a.org", true },
		{ "a.org:443", "a.org", true },
		{ "a.org", "a.org:443", false },
		{ "a.org:443", "b.org", false },
		{ "a.org:5-8", "a.org:5-6,a.org:7-9", true },
		{ "a.org:5-8", "a.org:5-6,a.org:8-9", false },
		{ "x.a.org", "*.a.org", true },
		{ "a.org", "*.a.org", false },
		{ "*.a.org", "*.a.org", true },
		{ "*.x.a.org", "*.a.org", true },
		{ "*.a.org", "*.x.a.org", false },
		{ "*.a.org", "a.org", false },
		{ "*.a.org", "x.a.org,y.a.org", false },
		{ "a.org@private", "a.org", false },
		{ "a.org", "a.org@private", true },
		{ "x.a.org:443@private", "*.a.org:443,x.a.org:443@private", true },
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "10.0.0.1", "a.org@private", false },
		{ "a.org", "10.0.0.1", false },
		{ "pypi.org:443", "pypi", true },
		{ "pypi.org:80", "pypi", false },
		{ "pypi", "npm,pypi", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_rules narrow = rules_of(rows[i].narrow), wide = rules_of(rows[i].wide);

		if (net_rules_within(&narrow, &wide) != rows[i].holds)
			fail_msg("'%s' within '%s': expected %d", rows[i].narrow, rows[i].wide,
				rows[i].holds);
		net_rules_release(&narrow);
		net_rules_release(&wide);
	}
}

/* Each row of a set is one public host by name, on 443 or 80, with its reason. */
static void sets(void **state)
{
	(void)state;
	assert_int_equal(net_sets_n, 7);
	for (size_t i = 0; i < net_sets_n; i++) {
		const struct net_set *set = &net_sets[i];
		struct net_rules rules = rules_of(set->name);

		assert_ptr_equal(net_set_find(set->name, strlen(set->name)), set);
		assert_int_equal(rules.n, set->n);
		assert_string_not_equal(set->purpose, "");
		for (size_t k = 0; k < set->n; k++) {
			const struct net_rule *rule = &rules.v[k];

			assert_string_not_equal(set->rows[k].reason, "");
			assert_true(
				strncmp(set->rows[k].rule, rule->name, strlen(rule->name)) == 0);
			assert_false(rule->below || rule->private);
			assert_int_equal(rule->literal.family, 0);
			assert_int_equal(rule->first_port, rule->last_port);
			assert_true(rule->first_port == 443 || rule->first_port == 80);
		}
		net_rules_release(&rules);
	}
	assert_null(net_set_find("np", 2));
	assert_null(net_set_find("npmx", 4));
	assert_null(net_set_find("", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written),
		cmocka_unit_test(refused),
		cmocka_unit_test(lines),
		cmocka_unit_test(finds),
		cmocka_unit_test(ports),
		cmocka_unit_test(too_many),
		cmocka_unit_test(within),
		cmocka_unit_test(sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
