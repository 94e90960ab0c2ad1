/* sandbox/net/dns_message.c: what resolvers ask, what tries to confuse, and the answers. */
#include "sandbox/base/own.h"
#include "sandbox/net/dns_message.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD(flags, qd, an, ns, ar) "\x12\x34" flags "\0" qd "\0" an "\0" ns "\0" ar
#define ASKED                       HEAD("\x01\0", "\1", "\0", "\0", "\0")
#define IN_A                        "\0\1\0\1"
#define EXAMPLE                     "\7example\3org\0"

struct row {
	const char *bytes;
	size_t n;
	int result;
	const char *name, *shown, *why; /* why: NULL or a part of it */
	size_t question_bytes;
};
#define ROW(bytes, ...)                                                                            \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, __VA_ARGS__                                              \
	}

static int read_exactly(const char *bytes, size_t n, struct dns_query *ret)
{
	own_mem uint8_t *exact = malloc(n + (n == 0));

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	return dns_query_read(exact, n, ret);
}

static void check(size_t i, const struct row *row)
{
	struct dns_query q = { .id = 0 };
	int result = read_exactly(row->bytes, row->n, &q);

	if (result != row->result)
		fail_msg("row %zu: expected %d, got %d", i, row->result, result);
	if (result < 0)
		return;
	assert_int_equal(q.id, 0x1234);
	assert_string_equal(q.name, row->name);
	assert_string_equal(q.shown, row->shown);
	if ((q.why == NULL) != (row->why == NULL) ||
		(q.why != NULL && strstr(q.why, row->why) == NULL))
		fail_msg("row %zu: '%s', and not '%s'", i, q.why ? q.why : "", row->why);
	if (q.question_bytes != row->question_bytes)
		fail_msg("row %zu: a question of %zu bytes", i, q.question_bytes);
}

static void understood(void **state)
{
	static const struct row rows[] = {
		ROW(ASKED EXAMPLE IN_A, 0, "example.org", "example.org", NULL, 29),
		ROW(ASKED "\7eXAMPLE\3ORG\0" IN_A, 0, "example.org", "eXAMPLE.ORG", NULL, 29),
		ROW(ASKED EXAMPLE "\0\x1c\0\1", 0, "example.org", "example.org", NULL, 29),
		/* AD and CD as systemd-resolved and dig set them; EDNS with a cookie behind. */
		ROW(HEAD("\x01\x20", "\1", "\0", "\0", "\1") EXAMPLE IN_A
			"\0\0\x29\x04\xd0\0\0\x80\0\0\x0c\0\x0a\0\x08"
			"abcdefgh",
			0, "example.org", "example.org", NULL, 29),
		ROW(HEAD("\x01\x10", "\1", "\0", "\0", "\1") EXAMPLE IN_A "rubbish", 0,
			"example.org", "example.org", NULL, 29),
		ROW(HEAD("\0\0", "\1", "\0", "\0", "\0") "\4_srv\1a\0\0\x21\0\1", 0, "_srv.a",
			"_srv.a", NULL, 24),
		/* No names of hosts, and yet questions. */
		ROW(ASKED "\0" IN_A, 0, "", ".", "empty", 17),
		ROW(ASKED "\3a.b\1c\0" IN_A, 0, "", "a.b.c", "dot", 23),
		ROW(ASKED "\3a\0b\1c\0" IN_A, 0, "", "a?b.c", "NUL", 23),
		ROW(ASKED "\13example.org\0" IN_A, 0, "", "example.org", "dot", 29),
		ROW(ASKED "\4a\n\33b\0" IN_A, 0, "", "a??b", "character", 22),
		ROW(ASKED "\2\303\274\0" IN_A, 0, "", "??", "ASCII", 20),
		ROW(ASKED "\1*\3org\0" IN_A, 0, "", "*.org", "character", 23),
		ROW(ASKED "\3"
			  "127\1"
			  "1\0" IN_A,
			0, "", "127.1", "number", 23),
		ROW(ASKED "\1"
			  "8\1"
			  "8\1"
			  "8\1"
			  "8\7in-addr\4arpa\0\0\x0c\0\1",
			0, "8.8.8.8.in-addr.arpa", "8.8.8.8.in-addr.arpa", NULL, 38),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(i, &rows[i]);
}

static void refused(void **state)
{
	static const struct row rows[] = {
		ROW("", -1, 0, 0, 0, 0),
		ROW("\x12\x34\1\0\0\1\0\0\0\0\0", -1, 0, 0, 0, 0),
		ROW(HEAD("\x81\x80", "\1", "\0", "\0", "\0") EXAMPLE IN_A, -1, 0, 0, 0, 0),
		ROW(ASKED, DNS_FORMERR, "", "", "name", 12),
		ROW(HEAD("\1\0", "\0", "\0", "\0", "\0"), DNS_FORMERR, "", "", "one question", 12),
		ROW(HEAD("\1\0", "\2", "\0", "\0", "\0") EXAMPLE IN_A EXAMPLE IN_A, DNS_FORMERR, "",
			"", "one question", 12),
		ROW(HEAD("\1\0", "\1", "\1", "\0", "\0") EXAMPLE IN_A, DNS_FORMERR, "", "",
			"answers", 12),
		ROW(HEAD("\1\0", "\1", "\0", "\1", "\0") EXAMPLE IN_A, DNS_FORMERR, "", "",
			"answers", 12),
		ROW(HEAD("\x11\0", "\1", "\0", "\0", "\0") EXAMPLE IN_A, DNS_NOTIMP, "", "",
			"opcode", 12),
		ROW(HEAD("\x29\0", "\1", "\0", "\0", "\0") EXAMPLE IN_A, DNS_NOTIMP, "", "",
			"opcode", 12),
		/* A pointer to itself, to the header, forward; labels of a kind that is none. */
		ROW(ASKED "\xc0\x0c" IN_A, DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED "\1a\xc0\x0c" IN_A, DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED "\xc0\x00" IN_A, DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED "\1a\x80"
			  "a" IN_A,
			DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED "\x41"
			  "a" IN_A,
			DNS_FORMERR, "", "", "name", 12),
		/* Cut off. */
		ROW(ASKED "\7examp", DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED "\7example\3org", DNS_FORMERR, "", "", "name", 12),
		ROW(ASKED EXAMPLE, DNS_FORMERR, "", "", "cut off", 12),
		ROW(ASKED EXAMPLE "\0\1\0", DNS_FORMERR, "", "", "cut off", 12),
		/* version.bind, and any class. */
		ROW(ASKED EXAMPLE "\0\x10\0\3", DNS_NOTIMP, "", "example.org", "class", 29),
		ROW(ASKED EXAMPLE "\0\1\0\xff", DNS_NOTIMP, "", "example.org", "class", 29),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(i, &rows[i]);
}

/* A question for a name of so many bytes with its lengths and the final zero. */
static size_t long_question(char *ret, size_t name_bytes)
{
	size_t n = sizeof(ASKED) - 1, left = name_bytes - 1;

	memcpy(ret, ASKED, n);
	while (left > 0) {
		size_t label = left > 64 ? 63 : left - 1;

		if (left - (label + 1) == 1)
			label--; /* a length alone would be the end */
		ret[n] = (char)label;
		memset(ret + n + 1, 'a', label);
		n += label + 1;
		left -= label + 1;
	}
	memcpy(ret + n, "\0" IN_A, 5);
	return n + 5;
}

static void lengths(void **state)
{
	char bytes[512];
	struct dns_query q;

	(void)state;
	for (size_t name = 3; name <= 255; name++) {
		size_t n = long_question(bytes, name);

		assert_int_equal(n, 12 + name + 4);
		assert_int_equal(read_exactly(bytes, n, &q), 0);
		assert_int_equal(strlen(q.name), name - 2);
		assert_string_equal(q.name, q.shown);
		for (size_t cut = 12; cut < n; cut++) {
			assert_int_equal(read_exactly(bytes, cut, &q), DNS_FORMERR);
			assert_int_equal(q.question_bytes, 12);
		}
	}
	for (size_t name = 256; name <= 260; name++)
		assert_int_equal(read_exactly(bytes, long_question(bytes, name), &q), DNS_FORMERR);
}

static void answers(void **state)
{
	static const char asked[] = ASKED EXAMPLE IN_A "rest";
	static const char found[] = "\x12\x34\x85\x80\0\1\0\1\0\0\0\0" EXAMPLE IN_A "\xc0\x0c" IN_A
				    "\0\1\x51\x80\0\4\xc6\x12\0\7";
	static const char none[] = "\x12\x34\x85\x83\0\1\0\0\0\0\0\0" EXAMPLE IN_A;
	static const char broken[] = "\x12\x34\x95\x94\0\0\0\0\0\0\0\0";
	struct in_addr address = { htonl(0xc6120007) };
	const uint8_t *bytes = (const uint8_t *)asked;
	uint8_t answer[DNS_MESSAGE_BYTES];
	struct dns_query q;

	(void)state;
	assert_int_equal(dns_query_read(bytes, sizeof(asked) - 1, &q), 0);
	assert_int_equal(dns_answer_write(&q, bytes, DNS_NOERROR, &address, 86400, answer),
		sizeof(found) - 1);
	assert_memory_equal(answer, found, sizeof(found) - 1);
	assert_int_equal(
		dns_answer_write(&q, bytes, DNS_NXDOMAIN, NULL, 0, answer), sizeof(none) - 1);
	assert_memory_equal(answer, none, sizeof(none) - 1);

	/* Opcode, RD and CD are given back; AD, TC and what else was set is not. */
	bytes = (const uint8_t *)"\x12\x34\x17\x7f\0\1\0\0\0\0\0\0";
	assert_int_equal(dns_query_read(bytes, 12, &q), DNS_NOTIMP);
	assert_int_equal(dns_answer_write(&q, bytes, DNS_NOTIMP, NULL, 0, answer), 12);
	assert_memory_equal(answer, broken, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understood),
		cmocka_unit_test(refused),
		cmocka_unit_test(lengths),
		cmocka_unit_test(answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
