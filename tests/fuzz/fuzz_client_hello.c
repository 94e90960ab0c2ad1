/* A verdict does not change with what comes later, a message that is whole says the same in records
 * of any size, and the name is in its one spelling.
 */
#include "sandbox/base/own.h"
#include "sandbox/net/client_hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PREFIXES     64 /* of each input that are tried */
#define RECORD_HEAD  5
#define MESSAGE_HEAD 4

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_same(const struct client_hello *a, const struct client_hello *b)
{
	return strcmp(a->name, b->name) == 0 && a->encrypted == b->encrypted && a->why == b->why;
}

static void check_prefix(enum client_hello_verdict verdict, const struct client_hello *hello,
	const uint8_t *data, size_t n)
{
	struct client_hello early;
	enum client_hello_verdict v = client_hello_read(data, n, &early);

	require(v == CLIENT_HELLO_MORE || (v == verdict && is_same(&early, hello)));
}

static void check_name(const char *name)
{
	char again[HOST_NAME_BYTES];
	const char *why;

	if (name[0] != '\0')
		require(host_name_read(name, strlen(name), again, &why) == 0 &&
			strcmp(again, name) == 0);
}

/* The bytes of the message, out of their records. */
static size_t unpack(const uint8_t *data, size_t size, uint8_t *ret)
{
	size_t n = 0;

	for (size_t at = 0; at + RECORD_HEAD <= size;) {
		size_t length = (size_t)data[at + 3] << 8 | data[at + 4];

		at += RECORD_HEAD;
		if (length > size - at)
			length = size - at;
		memcpy(ret + n, data + at, length);
		n += length;
		at += length;
		if (n >= MESSAGE_HEAD &&
			n >= MESSAGE_HEAD + ((size_t)ret[1] << 16 | (size_t)ret[2] << 8 | ret[3]))
			break;
	}
	return n;
}

static void check_records_of(
	size_t each, const uint8_t *message, size_t n, const struct client_hello *hello)
{
	own_mem uint8_t *packed = malloc(n + (n / each + 1) * RECORD_HEAD);
	struct client_hello again;
	size_t to = 0;

	require(packed != NULL);
	for (size_t at = 0; at < n; at += each) {
		size_t length = n - at < each ? n - at : each;

		memcpy(packed + to,
			(uint8_t[]){ 22, 3, 3, (uint8_t)(length >> 8), (uint8_t)length },
			RECORD_HEAD);
		memcpy(packed + to + RECORD_HEAD, message + at, length);
		to += RECORD_HEAD + length;
	}
	if (to > CLIENT_HELLO_BYTES)
		return;
	require(client_hello_read(packed, to, &again) == CLIENT_HELLO_WHOLE);
	require(is_same(&again, hello));
	require(client_hello_read(packed, to - 1, &again) == CLIENT_HELLO_MORE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_mem uint8_t *message = malloc(size + 1);
	struct client_hello hello;
	enum client_hello_verdict verdict = client_hello_read(data, size, &hello);
	size_t n;

	require(message != NULL);
	require((hello.why != NULL) == (verdict == CLIENT_HELLO_BAD));
	check_name(hello.name);
	if (verdict == CLIENT_HELLO_MORE)
		require(size < CLIENT_HELLO_BYTES && hello.name[0] == '\0');
	for (size_t i = 0; i < size; i += size / PREFIXES + 1)
		check_prefix(verdict, &hello, data, i);
	if (verdict != CLIENT_HELLO_WHOLE)
		return 0;
	n = unpack(data, size, message);
	check_records_of(n < 16384 ? n : 16384, message, n, &hello);
	check_records_of(1 + data[size - 1], message, n, &hello);
	return 0;
}
