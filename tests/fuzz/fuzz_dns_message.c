/* Whatever comes as a question, what is understood of it stands in its first question_bytes and is
 * a name in its one spelling; and each answer to it fits, is no question, and repeats it.
 */
#include "sandbox/net/dns_message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUERY_HEAD 12

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_query(const struct dns_query *q, int result, size_t size)
{
	char name[HOST_NAME_BYTES];
	const char *why;

	require(result == DNS_NOERROR || result == DNS_FORMERR || result == DNS_NOTIMP);
	require(q->question_bytes >= QUERY_HEAD && q->question_bytes <= size);
	require(result != DNS_NOERROR || q->question_bytes > QUERY_HEAD);
	require((q->name[0] == '\0') == (q->why != NULL));
	for (const char *p = q->shown; *p != '\0'; p++)
		require(*p > 0x20 && *p < 0x7f);
	if (q->name[0] != '\0') {
		require(host_name_read(q->name, strlen(q->name), name, &why) == 0);
		require(strcmp(name, q->name) == 0);
	}
}

/* Without the bit that makes it an answer it asks the same. */
static void check_answer(const struct dns_query *q, const uint8_t *data, enum dns_rcode rcode)
{
	struct in_addr address = { 0x0100000a };
	uint8_t answer[DNS_MESSAGE_BYTES];
	struct dns_query again = { .id = 0 };
	size_t n = dns_answer_write(q, data, rcode, NULL, 0, answer);

	require(n == q->question_bytes && dns_query_read(answer, n, &again) == -1);
	require((answer[3] & 0x0f) == rcode && answer[0] == data[0] && answer[1] == data[1]);
	if (n == QUERY_HEAD)
		return;
	answer[2] &= 0x7f;
	require(dns_query_read(answer, n, &again) >= 0 && again.type == q->type);
	require(strcmp(again.name, q->name) == 0 && strcmp(again.shown, q->shown) == 0);
	require(dns_answer_write(q, data, rcode, &address, 60, answer) == n + 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query q = { .id = 0 }, cut = { .id = 0 };
	int result = dns_query_read(data, size, &q);

	if (result < 0)
		return 0;
	check_query(&q, result, size);
	check_answer(&q, data, DNS_NOERROR);
	check_answer(&q, data, DNS_NXDOMAIN);
	check_answer(&q, data, DNS_REFUSED);
	if (result != DNS_NOERROR)
		return 0;
	/* What stands behind the question changes nothing, and without its end it is none. */
	require(dns_query_read(data, q.question_bytes, &cut) == 0);
	require(cut.type == q.type && strcmp(cut.shown, q.shown) == 0);
	require(dns_query_read(data, q.question_bytes - 1, &cut) == DNS_FORMERR);
	return 0;
}
