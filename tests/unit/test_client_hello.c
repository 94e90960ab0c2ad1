/* sandbox/net/client_hello.c: which name a ClientHello says, however its bytes come, and that
 * nothing gets past which a server might read as another name.
 */
#include "sandbox/base/own.h"
#include "sandbox/net/client_hello.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct bytes {
	uint8_t v[2 * CLIENT_HELLO_BYTES];
	size_t n;
};

static void add(struct bytes *b, const void *bytes, size_t n)
{
	assert_true(b->n + n <= sizeof(b->v));
	memcpy(b->v + b->n, bytes, n);
	b->n += n;
}

static void add_number(struct bytes *b, size_t value, size_t width)
{
	for (; width > 0; width--) {
		uint8_t byte = (uint8_t)(value >> 8 * (width - 1));

		add(b, &byte, 1);
	}
}

static void add_vector(struct bytes *b, const void *bytes, size_t n, size_t width)
{
	add_number(b, n, width);
	add(b, bytes, n);
}

#define BEFORE "\3\3RANDOMRANDOMRANDOMRANDOMRANDOM!!\0\0\2\x13\1\1\0" /* all but extensions */

/* The message with its head; extensions NULL: not even their length. */
static void add_message(struct bytes *b, const char *extensions, size_t n)
{
	size_t before = sizeof(BEFORE) - 1;

	add_number(b, 1, 1);
	add_number(b, before + (extensions != NULL ? 2 + n : 0), 3);
	add(b, BEFORE, before);
	if (extensions != NULL)
		add_vector(b, extensions, n, 2);
}

/* Records of `each` bytes. */
static void add_records(struct bytes *b, const struct bytes *message, size_t each)
{
	for (size_t at = 0; at < message->n; at += each) {
		size_t left = message->n - at;

		add(b, "\x16\3\1", 3);
		add_vector(b, message->v + at, left < each ? left : each, 2);
	}
}

static enum client_hello_verdict read_exactly(
	const uint8_t *bytes, size_t n, struct client_hello *ret)
{
	own_mem uint8_t *exact = malloc(n + (n == 0));

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	return client_hello_read(exact, n, ret);
}

/* Before its end it is "more" or the same refusal, and behind its end nothing counts. */
static enum client_hello_verdict read_all_ways(struct bytes *b, struct client_hello *ret)
{
	enum client_hello_verdict whole = read_exactly(b->v, b->n, ret), early;
	struct client_hello again;

	for (size_t n = 0; n < b->n; n++) {
		early = read_exactly(b->v, n, &again);
		if (early == CLIENT_HELLO_MORE)
			continue;
		if (early != whole || again.why != ret->why)
			fail_msg("%d after %zu bytes, %d after all", early, n, whole);
		if (whole == CLIENT_HELLO_WHOLE)
			fail_msg("whole after %zu of %zu bytes", n, b->n);
		break;
	}
	if (whole == CLIENT_HELLO_MORE)
		return whole;
	add(b, "\x14\3\3\0\1\1\x17", 7);
	assert_int_equal(read_exactly(b->v, b->n, &again), whole);
	assert_string_equal(again.name, ret->name);
	return whole;
}

static void check_extensions(
	const char *extensions, size_t n, enum client_hello_verdict expected, const char *said)
{
	struct bytes message = { .n = 0 };
	struct client_hello hello;

	add_message(&message, extensions, n);
	for (size_t each = 1; each < 200; each = each < 5 ? each + 1 : each * 3) {
		struct bytes b = { .n = 0 };
		enum client_hello_verdict verdict;

		add_records(&b, &message, each);
		verdict = read_all_ways(&b, &hello);
		if (verdict != expected)
			fail_msg("'%s': %d (%s)", said, verdict, hello.why ? hello.why : "");
		if (verdict == CLIENT_HELLO_WHOLE)
			assert_string_equal(hello.name, said);
		else if (strstr(hello.why, said) == NULL)
			fail_msg("'%s', and not '%s'", hello.why, said);
		if (verdict == CLIENT_HELLO_BAD)
			assert_string_equal(hello.name, "");
	}
}

#define SNI(outer, list, length, name) "\0\0\0" outer "\0" list "\0\0" length name
#define OTHER                          "\0\x0b\0\2\1\0" /* ec_point_formats */
#define EXAMPLE                        SNI("\x10", "\x0e", "\x0b", "example.org")

static void names(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *name;
	} rows[] = {
#define ROW(bytes, name) { bytes, sizeof(bytes) - 1, name }
		ROW(EXAMPLE, "example.org"),
		ROW(OTHER EXAMPLE, "example.org"),
		ROW(EXAMPLE OTHER "\x1a\x1a\0\0", "example.org"), /* GREASE */
		ROW(SNI("\x11", "\x0f", "\x0c", "EXAMPLE.org."), "example.org"),
		ROW(OTHER, ""),
		ROW("", ""),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_extensions(rows[i].bytes, rows[i].n, CLIENT_HELLO_WHOLE, rows[i].name);
	check_extensions(NULL, 0, CLIENT_HELLO_WHOLE, "");
}

static void bad_names(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *why;
	} rows[] = {
		ROW(EXAMPLE EXAMPLE, "twice"),
		ROW(OTHER OTHER, "twice"),
		ROW("\0\0\0\x10\0\x0e\1\0\x0b"
		    "example.org",
			"exactly one"),
		ROW("\0\0\0\x0a\0\x08\0\0\1a\0\0\1b", "exactly one"),
		ROW("\0\0\0\x0a\0\x04\0\0\1a\0\0\1b", "do not fit"),
		ROW("\0\0\0\0", "do not fit"),
		ROW("\0\0\0\2\0\0", "do not fit"),
		ROW("\0\0\0\5\0\3\0\0\0", "no name"),
		ROW("\0\0\0\6\0\4\0\0\2a", "do not fit"),
		ROW("\0\0\0\6\0\5\0\0\1a", "do not fit"),
		ROW("\0\0\0\7\0\4\0\0\1ab", "do not fit"),
		ROW("\0\0\0\6\0\4\0\0\1.", "no name"),
		ROW(SNI("\x0e", "\x0c", "\x09", "127.0.0.1"), "no name"),
		ROW(SNI("\x0e", "\x0c", "\x09", "a.org\0org"), "no name"),
		ROW(SNI("\x0e", "\x0c", "\x09", "a..b.corg"), "no name"),
		ROW(SNI("\x08", "\x06", "\x03", "::1"), "no name"),
		ROW(SNI("\x08", "\x06", "\x03", "a b"), "no name"),
		ROW(OTHER "\0", "does not fit"),
		ROW(OTHER "\0\1\0", "does not fit"),
		ROW(OTHER "\0\1\0\1", "does not fit"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_extensions(rows[i].bytes, rows[i].n, CLIENT_HELLO_BAD, rows[i].why);
}

static void encrypted(void **state)
{
	static const char ech[] = EXAMPLE "\xfe\x0d\0\3abc", esni[] = "\xff\xce\0\0" EXAMPLE;
	struct bytes message = { .n = 0 }, b = { .n = 0 };
	struct client_hello hello;

	(void)state;
	add_message(&message, ech, sizeof(ech) - 1);
	add_records(&b, &message, 1000);
	assert_int_equal(read_all_ways(&b, &hello), CLIENT_HELLO_WHOLE);
	assert_true(hello.encrypted);
	assert_string_equal(hello.name, "example.org");
	message.n = b.n = 0;
	add_message(&message, esni, sizeof(esni) - 1);
	add_records(&b, &message, 1000);
	assert_int_equal(read_all_ways(&b, &hello), CLIENT_HELLO_WHOLE);
	assert_true(hello.encrypted);
	message.n = b.n = 0;
	add_message(&message, EXAMPLE, sizeof(EXAMPLE) - 1);
	add_records(&b, &message, 1000);
	assert_int_equal(read_all_ways(&b, &hello), CLIENT_HELLO_WHOLE);
	assert_false(hello.encrypted);
}

/* Of records and of the message's own parts. */
static void other_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum client_hello_verdict verdict;
	} rows[] = {
		ROW("", CLIENT_HELLO_MORE), ROW("\x16", CLIENT_HELLO_MORE),
		ROW("\x16\3\1\2\0", CLIENT_HELLO_MORE),
		ROW("\x16\3\1\x40\0\1\0", CLIENT_HELLO_MORE), ROW("\x16\2", CLIENT_HELLO_NOT_TLS),
		ROW("GET / HTTP/1.1", CLIENT_HELLO_NOT_TLS), ROW("SSH-2.0-x", CLIENT_HELLO_NOT_TLS),
		ROW("\0\0\0\x08\4\xd2\x16\x2f", CLIENT_HELLO_NOT_TLS), /* PostgreSQL asks for TLS */
		ROW("\x15\3\1\0\2\1\0", CLIENT_HELLO_NOT_TLS),         /* an alert */
		ROW("\x17\3\1\0\2\1\0", CLIENT_HELLO_NOT_TLS),
		ROW("\x16\xfe\xff\0\0\0\0\0\0", CLIENT_HELLO_NOT_TLS), /* DTLS */
		ROW("\x80", CLIENT_HELLO_MORE), ROW("\x80\x2e\1", CLIENT_HELLO_MORE),
		ROW("\x80\x2e\1\0\2\0\x15\0\0\0\x10", CLIENT_HELLO_BAD), /* SSL 2 */
		ROW("\x80\x2e\1\3\1\0\x15\0\0\0\x10", CLIENT_HELLO_BAD),
		ROW("\x80\x2e\1\4", CLIENT_HELLO_NOT_TLS), ROW("\x80\x2e\2", CLIENT_HELLO_NOT_TLS),
		ROW("\x16\3\5\0\1\1", CLIENT_HELLO_BAD),
		ROW("\x16\3\1\0\0", CLIENT_HELLO_BAD),           /* no bytes in it */
		ROW("\x16\3\1\x40\1\1", CLIENT_HELLO_BAD),       /* too many */
		ROW("\x16\3\1\0\4\2\0\0\0", CLIENT_HELLO_BAD),   /* a ServerHello */
		ROW("\x16\3\1\0\4\1\0\0\0", CLIENT_HELLO_BAD),   /* an empty one */
		ROW("\x16\3\1\0\4\1\0\x41\0", CLIENT_HELLO_BAD), /* 16640 bytes and the head */
		ROW("\x16\3\1\0\4\1\xff\xff\xff", CLIENT_HELLO_BAD),
		ROW("\x16\3\1\0\1\1\x17\3\1\0\1\0", CLIENT_HELLO_BAD), /* data in between */
		ROW("\x16\3\1\0\5\1\0\0\0\1", CLIENT_HELLO_BAD),       /* a message behind it */
	};
	struct client_hello hello;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes b = { .n = 0 };

		add(&b, rows[i].bytes, rows[i].n);
		if (read_all_ways(&b, &hello) != rows[i].verdict)
			fail_msg("row %zu: %s", i, hello.why ? hello.why : "no reason");
		assert_int_equal(hello.why != NULL, rows[i].verdict == CLIENT_HELLO_BAD);
	}
}

/* One byte of the message changed to one that makes no ClientHello. */
static void lengths(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} rows[] = {
		{ 4, 2 },       /* the version */
		{ 4 + 34, 33 }, /* the session's id */
		{ 4 + 34, 255 },
		{ 4 + 36, 1 }, /* cipher suites: odd, none, too many */
		{ 4 + 36, 0 },
		{ 4 + 35, 255 },
		{ 4 + 39, 0 }, /* compression */
		{ 4 + 39, 255 },
		{ 4 + 42, 0x13 }, /* extensions: one byte less, one more */
		{ 4 + 42, 0x15 },
	};
	struct client_hello hello;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes message = { .n = 0 }, b = { .n = 0 };

		add_message(&message, EXAMPLE, sizeof(EXAMPLE) - 1);
		assert_int_equal(message.v[4 + 42], sizeof(EXAMPLE) - 1);
		message.v[rows[i].at] = rows[i].byte;
		add_records(&b, &message, 100);
		if (read_all_ways(&b, &hello) != CLIENT_HELLO_BAD)
			fail_msg("row %zu is taken", i);
	}
}

/* With padding, in records of `each` bytes, `n` bytes in all. */
static void add_padded(struct bytes *b, size_t n, size_t each)
{
	size_t records = (n + each + 4) / (each + 5), message_bytes = n - 5 * records;
	size_t padding = message_bytes - 4 - (sizeof(BEFORE) - 1) - 2 - 4;
	char extension[CLIENT_HELLO_BYTES + 64] = "\0\x15";
	struct bytes message = { .n = 0 };

	extension[2] = (char)(padding >> 8);
	extension[3] = (char)padding;
	add_message(&message, extension, padding + 4);
	add_records(b, &message, each);
	assert_int_equal(b->n, n);
}

static void longest(void **state)
{
	static const size_t each[] = { 16384, 5000, 100, 1 };
	struct client_hello hello;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(each); i++) {
		struct bytes good = { .n = 0 }, bad = { .n = 0 };
		size_t less = each[i] == 1 ? CLIENT_HELLO_BYTES % 6 : 0; /* whole records */

		add_padded(&good, CLIENT_HELLO_BYTES - less, each[i]);
		assert_int_equal(read_exactly(good.v, good.n, &hello), CLIENT_HELLO_WHOLE);
		assert_int_equal(read_exactly(good.v, good.n - 1, &hello), CLIENT_HELLO_MORE);
		add_padded(&bad, good.n + (each[i] == 1 ? 6 : 1), each[i]);
		assert_int_equal(read_exactly(bad.v, bad.n, &hello), CLIENT_HELLO_BAD);
		assert_string_equal(hello.why, "a ClientHello that is too long");
		assert_int_equal(read_exactly(bad.v, CLIENT_HELLO_BYTES, &hello), CLIENT_HELLO_BAD);
		assert_int_equal(read_exactly(bad.v, 9, &hello), CLIENT_HELLO_MORE);
	}
}

static void too_many_extensions(void **state)
{
	char extensions[4 * 200];

	(void)state;
	memset(extensions, 0, sizeof(extensions));
	for (size_t i = 0; i < 200; i++)
		extensions[4 * i] = 'x', extensions[4 * i + 1] = (char)i;
	check_extensions(extensions, 4 * 128, CLIENT_HELLO_WHOLE, "");
	check_extensions(extensions, 4 * 129, CLIENT_HELLO_BAD, "too many");
}

/* As they came on a socket of this kind: tests/fuzz/corpus/client_hello. */
static void real_clients(void **state)
{
	static const char *const rows[][2] = {
		{ "cargo", "localhost" },
		{ "curl", "example.org" },
		{ "git", "example.org" },
		{ "java", "repo.maven.apache.org" },
		{ "node", "registry.npmjs.org" },
		{ "openssl", "example.org" },
		{ "openssl-alpn", "a.b.c.example.org" },
		{ "openssl-no-sni", "" },
		{ "openssl-split", "example.org" },
		{ "python", "xn--bcher-kva.example" },
		{ "wget-gnutls", "localhost" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes b = { .n = 0 };
		struct client_hello hello;
		char path[128];

		snprintf(path, sizeof(path), "tests/fuzz/corpus/client_hello/%s", rows[i][0]);
		own_file FILE *file = fopen(path, "re");
		assert_non_null(file);
		b.n = fread(b.v, 1, sizeof(b.v), file);
		if (read_all_ways(&b, &hello) != CLIENT_HELLO_WHOLE)
			fail_msg("%s: %s", rows[i][0], hello.why ? hello.why : "");
		assert_string_equal(hello.name, rows[i][1]);
		assert_false(hello.encrypted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(encrypted),
		cmocka_unit_test(other_bytes),
		cmocka_unit_test(lengths),
		cmocka_unit_test(longest),
		cmocka_unit_test(too_many_extensions),
		cmocka_unit_test(real_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
