/* What is accepted is the same without what stands behind it, nothing less is, and what is refused
 * early stays so. Every input is read as both messages.
 */
#include "sandbox/net/socks.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_greeting(const uint8_t *data, size_t size)
{
	const char *why = NULL, *early_why = NULL;
	size_t used = 0, early_used = 0;
	int result = socks_greeting_read(data, size, &used, &why);

	require(result != -1 || why != NULL);
	require(result != 0 || size < SOCKS_BYTES);
	require(result != 1 || (used >= 3 && used <= size && used <= SOCKS_BYTES));
	for (size_t n = 0; n < size && n < SOCKS_BYTES; n++) {
		int early = socks_greeting_read(data, n, &early_used, &early_why);

		if (early == 1)
			require(result == 1 && early_used == used && n >= used);
		if (early == -1)
			require(result == -1 && early_why == why);
		require(early != 0 || result != 1 || n < used);
	}
}

static void check_request(const struct socks_request *q)
{
	char name[HOST_NAME_BYTES];
	const char *why;

	require((q->name[0] == '\0') == (q->address.family != 0) && q->port != 0);
	if (q->name[0] != '\0')
		require(host_name_read(q->name, strlen(q->name), name, &why) == 0 &&
			strcmp(name, q->name) == 0);
}

static void fuzz_request(const uint8_t *data, size_t size)
{
	struct socks_request q, early;
	size_t used = 0, early_used = 0;
	int result = socks_request_read(data, size, &q, &used);

	require(result != -1 || (q.why != NULL && q.reply != SOCKS_DONE));
	require(result != 0 || size < SOCKS_BYTES);
	require(result != 1 || (used >= 8 && used <= size && used <= SOCKS_BYTES));
	if (result == 1)
		check_request(&q);
	for (size_t n = 0; n < size && n < SOCKS_BYTES; n++) {
		int verdict = socks_request_read(data, n, &early, &early_used);

		if (verdict == 1)
			require(result == 1 && early_used == used && n >= used);
		if (verdict == -1)
			require(result == -1 && early.why == q.why && early.reply == q.reply);
		require(verdict != 0 || result != 1 || n < used);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_greeting(data, size);
	fuzz_request(data, size);
	return 0;
}
