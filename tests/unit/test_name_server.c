/* sandbox/egress/name_server.c and name_table.c: which names exist for a build, and where. */
#include "sandbox/base/own.h"
#include "sandbox/egress/name_server.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define QUESTION_BYTES 300

static struct gateway gateway; /* too large for a stack */
static int launcher = -1;      /* where its records arrive */

static int begin(void **state)
{
	struct failure f;
	int pair[2];

	(void)state;
	memset(&gateway, 0, sizeof(gateway));
	assert_int_equal(net_rules_add(&gateway.rules, "--net", "a.example,*.wild.example", &f), 0);
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	gateway.control.fd = pair[0];
	launcher = pair[1];
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < gateway.names.n; i++)
		free(gateway.names.names[i]);
	free(gateway.names.names);
	net_rules_release(&gateway.rules);
	own_fd_end(&gateway.control.fd);
	own_fd_end(&launcher);
	return 0;
}

static size_t question(const char *name, uint8_t type, uint8_t ret[QUESTION_BYTES])
{
	static const uint8_t header[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
	size_t at = sizeof(header);

	memcpy(ret, header, sizeof(header));
	while (*name != '\0') {
		size_t n = strcspn(name, ".");

		ret[at++] = (uint8_t)n;
		memcpy(ret + at, name, n);
		at += n;
		name += n + (name[n] == '.' ? 1 : 0);
	}
	memcpy(ret + at, (const uint8_t[]){ 0, 0, type, 0, 1 }, 5);
	return at + 5;
}

/* "NOERROR 198.18.0.1", or "NXDOMAIN -". */
static const char *answer(const char *name, uint8_t type)
{
	static const char *const rcodes[16] = { [DNS_NOERROR] = "NOERROR",
		[DNS_FORMERR] = "FORMERR",
		[DNS_SERVFAIL] = "SERVFAIL",
		[DNS_NXDOMAIN] = "NXDOMAIN" };
	static char text[64];
	uint8_t bytes[QUESTION_BYTES], reply[DNS_MESSAGE_BYTES];
	char address[INET_ADDRSTRLEN] = "-";
	size_t n = name_server_reply(&gateway, bytes, question(name, type, bytes), reply);

	assert_true(n >= 12);
	assert_memory_equal(reply, bytes, 2);
	if (reply[7] == 1)
		inet_ntop(AF_INET, reply + n - 4, address, sizeof(address));
	snprintf(text, sizeof(text), "%s %s", rcodes[reply[3] & 15], address);
	return text;
}

/* The reason of the next record, or "". */
static const char *told(void)
{
	static struct egress_message message;
	struct failure f;

	if (egress_message_receive(launcher, &message, NULL, MSG_DONTWAIT, &f) <= 0)
		return "";
	assert_int_equal(message.type, EGRESS_RECORD);
	assert_int_equal(message.record.verdict, EGRESS_REFUSED);
	return message.record.reason;
}

static void a_permitted_name_has_one_address(void **state)
{
	(void)state;
	assert_string_equal(answer("a.example", DNS_A), "NOERROR 198.18.0.1");
	assert_string_equal(answer("x.wild.example", DNS_A), "NOERROR 198.18.0.2");
	assert_string_equal(answer("A.Example", DNS_A), "NOERROR 198.18.0.1");
	assert_string_equal(answer("a.example", DNS_AAAA), "NOERROR -");
	assert_string_equal(answer("a.example", DNS_ANY), "NOERROR 198.18.0.1");
	assert_string_equal(answer("a.example", 16), "NOERROR -"); /* TXT */
	assert_int_equal(gateway.names.n, 2);
	assert_string_equal(told(), "");
}

static void another_name_does_not_exist_and_is_told_once(void **state)
{
	(void)state;
	assert_string_equal(answer("b.example", DNS_A), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
	assert_string_equal(answer("wild.example", DNS_A), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
	assert_string_equal(answer("sub.a.example", DNS_A), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
	/* who only asks what an address is called wants nobody */
	assert_string_equal(answer("1.0.18.198.in-addr.arpa", DNS_PTR), "NXDOMAIN -");
	assert_string_equal(told(), "");
	/* nor who asks where a permitted one has a service */
	assert_string_equal(answer("_https._tcp.a.example", 33), "NXDOMAIN -");
	assert_string_equal(told(), "");
	assert_string_equal(answer("_https._tcp.b.example", 33), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
	assert_string_equal(answer("_a.example", DNS_A), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
	assert_string_equal(answer("-a.example", DNS_A), "NXDOMAIN -");
	assert_string_not_equal(told(), "");
	assert_int_equal(gateway.names.n, 0);
}

/* A question for both families, in either order, is one record; a question for one alone too. */
static void both_families_are_one_wish(void **state)
{
	static const struct {
		const char *name;
		uint8_t type;
		bool is_told;
	} rows[] = { { "b.example", DNS_AAAA, true }, { "b.example", DNS_A, false },
		{ "b.example", DNS_A, true }, { "c.example", DNS_AAAA, true },
		{ "b.example", DNS_AAAA, false }, { "c.example", DNS_AAAA, true },
		{ "B.Example", DNS_A, true }, { "b.example", 16, true }, /* TXT is another wish */
		{ "b.example", DNS_AAAA, false }, { "-no-name", DNS_A, true },
		{ "-no-name", DNS_AAAA, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(answer(rows[i].name, rows[i].type), "NXDOMAIN -");
		assert_int_equal(told()[0] != '\0', rows[i].is_told);
	}
	/* what is older than the ring is long is told again */
	assert_string_equal(answer("old.example", DNS_A), "NXDOMAIN -");
	for (unsigned i = 0; i < GATEWAY_WISHES; i++) {
		char name[40];

		snprintf(name, sizeof(name), "n%u.example", i);
		answer(name, DNS_A);
	}
	while (told()[0] != '\0')
		;
	assert_string_equal(answer("old.example", DNS_AAAA), "NXDOMAIN -");
	assert_string_equal(told(), "not permitted");
}

static void what_is_no_question_gets_no_address(void **state)
{
	uint8_t bytes[QUESTION_BYTES], reply[DNS_MESSAGE_BYTES];
	size_t n = question("a.example", DNS_A, bytes);

	(void)state;
	for (size_t cut = 0; cut < n; cut++) {
		size_t length = name_server_reply(&gateway, bytes, cut, reply);

		assert_true(length == 0 ? cut < 12 : (reply[3] & 15) == DNS_FORMERR);
	}
	bytes[2] |= 0x80; /* an answer: two servers would talk for ever */
	assert_int_equal(name_server_reply(&gateway, bytes, n, reply), 0);
	assert_int_equal(gateway.names.n, 0);
}

/* What can be told to whoever serves a domain, by asking for names of it, is bounded. */
static void names_below_one_row_are_bounded(void **state)
{
	char name[40];

	(void)state;
	for (unsigned i = 0; i < NAME_TABLE_BELOW; i++) {
		snprintf(name, sizeof(name), "n%u.wild.example", i);
		assert_memory_equal(answer(name, DNS_A), "NOERROR 198", 11);
	}
	assert_string_equal(answer("more.wild.example", DNS_A), "SERVFAIL -");
	assert_string_equal(told(), "too many names were asked for in this run");
	assert_memory_equal(answer("n7.wild.example", DNS_A), "NOERROR 198", 11);
	assert_memory_equal(answer("a.example", DNS_A), "NOERROR 198", 11);
}

static void names_of_all_rows_are_bounded(void **state)
{
	const struct net_rule *rule;
	struct in_addr address, first;
	char name[40];

	(void)state;
	rule = net_rules_find_name(&gateway.rules, "a.example", 443);
	assert_non_null(rule);
	for (unsigned i = 0; i < NAME_TABLE_NAMES; i++) {
		snprintf(name, sizeof(name), "n%u.example", i);
		assert_true(name_table_give(
			&gateway.names, &gateway.rules, rule, name, i == 0 ? &first : &address));
		assert_true(name_table_covers(i == 0 ? first : address));
	}
	assert_false(name_table_give(&gateway.names, &gateway.rules, rule, "more", &address));
	assert_string_equal(name_table_find(&gateway.names, first), "n0.example");
	assert_true(name_table_give(&gateway.names, &gateway.rules, rule, "n0.example", &address));
	assert_int_equal(address.s_addr, first.s_addr);
}

static void an_address_that_nobody_was_given_has_no_name(void **state)
{
	static const char *const rows[] = { "198.18.0.0", "198.18.0.2", "198.19.255.255",
		"198.17.255.255", "198.20.0.0", "0.0.0.0", "255.255.255.255", "127.0.0.1" };
	static const bool covered[] = { true, true, true, false, false, false, false, false };

	(void)state;
	answer("a.example", DNS_A);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct in_addr address;

		assert_int_equal(inet_pton(AF_INET, rows[i], &address), 1);
		assert_null(name_table_find(&gateway.names, address));
		assert_int_equal(name_table_covers(address), covered[i]);
	}
}

int main(void)
{
#define CASE(test_) cmocka_unit_test_setup_teardown(test_, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(a_permitted_name_has_one_address),
		CASE(another_name_does_not_exist_and_is_told_once),
		CASE(both_families_are_one_wish),
		CASE(what_is_no_question_gets_no_address),
		CASE(names_below_one_row_are_bounded),
		CASE(names_of_all_rows_are_bounded),
		CASE(an_address_that_nobody_was_given_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
