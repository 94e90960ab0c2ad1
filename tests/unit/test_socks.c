/* sandbox/net/socks.c: every message also cut after each of its bytes. */
#include "sandbox/base/own.h"
#include "sandbox/net/socks.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROW(bytes, ...)                                                                            \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, __VA_ARGS__                                              \
	}

static int read_greeting(const char *bytes, size_t n, size_t *ret_used, const char **ret_why)
{
	own_mem uint8_t *exact = malloc(n + (n == 0));

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	return socks_greeting_read(exact, n, ret_used, ret_why);
}

static int read_request(const char *bytes, size_t n, struct socks_request *ret, size_t *ret_used)
{
	own_mem uint8_t *exact = malloc(n + (n == 0));

	assert_non_null(exact);
	memcpy(exact, bytes, n);
	return socks_request_read(exact, n, ret, ret_used);
}

static void greetings(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int result;
		size_t used;
	} rows[] = {
		ROW("", 0, 0),
		ROW("\5", 0, 0),
		ROW("\5\1", 0, 0),
		ROW("\5\1\0", 1, 3),
		ROW("\5\3\0\1\2", 1, 5), /* curl */
		ROW("\5\2\2\0\5\1\0\1", 1, 4),
		ROW("\5\2\2\1", -1, 0),
		ROW("\5\1\xff", -1, 0),
		ROW("\5\0", -1, 0),
		ROW("\4\1\0\x50\1\2\3\4\0", -1, 0),
		ROW("\4\1\0\x50\0\0\0\1\0a.org\0", -1, 0),
		ROW("GET / HTTP/1.1", -1, 0),
		ROW("\x16\3\1", -1, 0),
	};
	const char *why, *again;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int result = read_greeting(rows[i].bytes, rows[i].n, &used, &why), early;

		if (result != rows[i].result)
			fail_msg("row %zu: %d", i, result);
		if (result == 1)
			assert_int_equal(used, rows[i].used);
		assert_int_equal(why != NULL, result < 0);
		for (size_t n = 0; n < rows[i].n; n++) {
			early = read_greeting(rows[i].bytes, n, &used, &again);
			if (early == 1)
				assert_true(result == 1 && n >= rows[i].used);
			else if (early < 0)
				assert_string_equal(again, why);
		}
	}
	read_greeting("\4", 1, &used, &why);
	assert_non_null(strstr(why, "SOCKS 4"));
}

static void goals(void **state)
{
	static const struct {
		const char *bytes;
		size_t n, used;
		const char *name, *address;
		uint16_t port;
	} rows[] = {
		ROW("\5\1\0\3\x0b"
		    "example.org\1\xbb",
			18, "example.org", NULL, 443),
		ROW("\5\1\0\3\x0c"
		    "EXAMPLE.org.\0\x50",
			19, "example.org", NULL, 80),
		ROW("\5\1\0\3\1x\0\1trailing", 8, "x", NULL, 1),
		ROW("\5\1\0\1\1\2\3\4\1\xbb", 10, "", "1.2.3.4", 443),
		ROW("\5\1\0\4\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\1\xbb", 22, "", "2001:db8::1",
			443),
		ROW("\5\1\0\3\7"
		    "1.2.3.4\0\x50",
			14, "", "1.2.3.4", 80),
		ROW("\5\1\0\3\3::1\0\x50", 10, "", "::1", 80),
	};
	struct socks_request request;
	char text[ADDRESS_TEXT];
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (read_request(rows[i].bytes, rows[i].n, &request, &used) != 1)
			fail_msg("row %zu: %s", i, request.why ? request.why : "more");
		assert_int_equal(used, rows[i].used);
		assert_int_equal(request.port, rows[i].port);
		assert_string_equal(request.name, rows[i].name);
		assert_int_equal(request.address.family == 0, rows[i].address == NULL);
		if (rows[i].address != NULL) {
			address_write(&request.address, text);
			assert_string_equal(text, rows[i].address);
		}
		for (size_t n = 0; n < rows[i].used; n++)
			assert_int_equal(read_request(rows[i].bytes, n, &request, &used), 0);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum socks_reply reply;
	} rows[] = {
		ROW("\4\1\0\x50\1\2\3\4\0", SOCKS_FAILED),
		ROW("\5\2\0\1\1\2\3\4\0\x50", SOCKS_NO_COMMAND), /* BIND */
		ROW("\5\3\0\1\0\0\0\0\0\0", SOCKS_NO_COMMAND),   /* UDP ASSOCIATE */
		ROW("\5\0\0\1\1\2\3\4\0\x50", SOCKS_NO_COMMAND),
		ROW("\5\xf0\0\3\1x\0\0", SOCKS_NO_COMMAND), /* RESOLVE of Tor */
		ROW("\5\1\1\1\1\2\3\4\0\x50", SOCKS_FAILED),
		ROW("\5\1\0\2\1\2\3\4\0\x50", SOCKS_NO_ADDRESS_TYPE),
		ROW("\5\1\0\0", SOCKS_NO_ADDRESS_TYPE),
		ROW("\5\1\0\1\1\2\3\4\0\0", SOCKS_FAILED),
		ROW("\5\1\0\3\0\0\x50", SOCKS_HOST_UNREACHABLE),
		ROW("\5\1\0\3\5a\0org\0\x50", SOCKS_HOST_UNREACHABLE),
		ROW("\5\1\0\3\5"
		    "127.1\0\x50",
			SOCKS_HOST_UNREACHABLE),
		ROW("\5\1\0\3\x0a"
		    "2130706433\0\x50",
			SOCKS_HOST_UNREACHABLE),
		ROW("\5\1\0\3\x0a"
		    "0x7f000001\0\x50",
			SOCKS_HOST_UNREACHABLE),
		ROW("\5\1\0\3\5[::1]\0\x50", SOCKS_HOST_UNREACHABLE),
	};
	struct socks_request request, early;
	size_t used;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (read_request(rows[i].bytes, rows[i].n, &request, &used) != -1)
			fail_msg("row %zu is taken", i);
		assert_int_equal(request.reply, rows[i].reply);
		assert_non_null(request.why);
		assert_string_equal(request.name, "");
		assert_int_equal(request.address.family, 0);
		for (size_t n = 0; n < rows[i].n; n++)
			if (read_request(rows[i].bytes, n, &early, &used) != 0)
				assert_string_equal(early.why, request.why);
	}
}

static void longest_name(void **state)
{
	char bytes[SOCKS_BYTES] = "\5\1\0\3";
	struct socks_request request;
	size_t used;

	(void)state;
	memset(bytes + 4, 'a', sizeof(bytes) - 4);
	for (size_t i = 6; i < sizeof(bytes); i += 2)
		bytes[i] = '.';
	bytes[4] = (char)253;
	assert_int_equal(read_request(bytes, sizeof(bytes), &request, &used), 1);
	assert_int_equal(strlen(request.name), 253);
	bytes[4] = (char)255;
	assert_int_equal(read_request(bytes, sizeof(bytes) - 1, &request, &used), 0);
	assert_int_equal(read_request(bytes, sizeof(bytes), &request, &used), -1);
}

static void replies(void **state)
{
	uint8_t reply[SOCKS_REPLY_BYTES];

	(void)state;
	socks_reply_write(SOCKS_DONE, reply);
	assert_memory_equal(reply, "\5\0\0\1\0\0\0\0\0\0", SOCKS_REPLY_BYTES);
	socks_reply_write(SOCKS_NOT_ALLOWED, reply);
	assert_memory_equal(reply, "\5\2\0\1\0\0\0\0\0\0", SOCKS_REPLY_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greetings),
		cmocka_unit_test(goals),
		cmocka_unit_test(refusals),
		cmocka_unit_test(longest_name),
		cmocka_unit_test(replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
