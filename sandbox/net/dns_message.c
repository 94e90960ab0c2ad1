#include "sandbox/net/dns_message.h"

#include <assert.h>
#include <string.h>

#define HEADER_BYTES    12
#define LABEL_BYTES     63
#define WIRE_BYTES      255 /* of a name with its lengths and the final zero */
#define ANSWER_BYTES    16  /* of an A record that points to the question's name */

#define CLASS_IN        1
#define FLAG_RESPONSE   0x8000
#define FLAG_OPCODE     0x7800
#define FLAG_AUTHORITY  0x0400
#define FLAG_RECURSE    0x0100 /* desired: repeated */
#define FLAG_RECURSION  0x0080 /* available */
#define FLAG_NO_CHECKS  0x0010 /* CD of RFC 4035: repeated */
#define FLAGS_REPEATED  (FLAG_OPCODE | FLAG_RECURSE | FLAG_NO_CHECKS)
#define POINTER_TO_NAME 0xc00c /* RFC 1035, section 4.1.4: to the byte behind the header */

_Static_assert(HEADER_BYTES + WIRE_BYTES + 4 + ANSWER_BYTES <= DNS_MESSAGE_BYTES,
	"the longest question fits with its answer");
_Static_assert(WIRE_BYTES - 2 < HOST_NAME_BYTES, "every name of a message can be shown whole");

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* A name as the message has it. */
struct wire_name {
	char text[HOST_NAME_BYTES]; /* with dots between the labels; may hold anything */
	size_t text_n;
	size_t bytes; /* what it takes in the message */
	bool odd;     /* there is a dot or a NUL in a label */
};

static int name_take_label(struct wire_name *name, const uint8_t *label, size_t n)
{
	name->bytes += 1 + n;
	if (name->bytes + 1 > WIRE_BYTES)
		return -1;
	if (name->text_n > 0)
		name->text[name->text_n++] = '.';
	for (size_t i = 0; i < n; i++) {
		name->odd = name->odd || label[i] == '.' || label[i] == '\0';
		name->text[name->text_n++] = (char)label[i];
	}
	return 0;
}

/* -1: cut off, too long, or with a pointer; a question has nothing that one could point to. */
static int name_read(const uint8_t *bytes, size_t n, struct wire_name *ret)
{
	*ret = (struct wire_name){ .bytes = 0 };
	while (ret->bytes < n) {
		size_t length = bytes[ret->bytes];

		if (length == 0) {
			ret->bytes++;
			return 0;
		}
		if (length > LABEL_BYTES || length >= n - ret->bytes)
			return -1;
		if (name_take_label(ret, bytes + ret->bytes + 1, length) < 0)
			return -1;
	}
	return -1;
}

static void name_show(const struct wire_name *name, char ret[HOST_NAME_BYTES])
{
	if (name->text_n == 0) {
		strcpy(ret, ".");
		return;
	}
	for (size_t i = 0; i < name->text_n; i++)
		ret[i] = name->text[i] > 0x20 && name->text[i] < 0x7f ? name->text[i] : '?';
	ret[name->text_n] = '\0';
}

static void name_understand(const struct wire_name *name, struct dns_query *ret)
{
	name_show(name, ret->shown);
	if (name->odd)
		ret->why = "a dot or a NUL within a label";
	else
		host_name_read(name->text, name->text_n, ret->name, &ret->why);
}

static int answer_with(struct dns_query *ret, enum dns_rcode rcode, const char *why)
{
	ret->why = why;
	return (int)rcode;
}

static int question_read(const uint8_t *bytes, size_t n, struct dns_query *ret)
{
	struct wire_name name;
	const uint8_t *rest;

	if (name_read(bytes + HEADER_BYTES, n - HEADER_BYTES, &name) < 0)
		return answer_with(ret, DNS_FORMERR, "no whole name in the question");
	if (n - HEADER_BYTES - name.bytes < 4)
		return answer_with(ret, DNS_FORMERR, "the question is cut off");
	rest = bytes + HEADER_BYTES + name.bytes;
	ret->type = get16(rest);
	ret->question_bytes = HEADER_BYTES + name.bytes + 4;
	name_understand(&name, ret);
	if (get16(rest + 2) != CLASS_IN) {
		ret->name[0] = '\0';
		return answer_with(ret, DNS_NOTIMP, "a class other than IN");
	}
	return DNS_NOERROR;
}

int dns_query_read(const uint8_t *bytes, size_t n, struct dns_query *ret)
{
	if (n < HEADER_BYTES || (get16(bytes + 2) & FLAG_RESPONSE))
		return -1;
	*ret = (struct dns_query){
		.id = get16(bytes), .flags = get16(bytes + 2), .question_bytes = HEADER_BYTES
	};
	if (ret->flags & FLAG_OPCODE)
		return answer_with(ret, DNS_NOTIMP, "an opcode other than QUERY");
	if (get16(bytes + 4) != 1)
		return answer_with(ret, DNS_FORMERR, "not exactly one question");
	if (get16(bytes + 6) != 0 || get16(bytes + 8) != 0)
		return answer_with(ret, DNS_FORMERR, "a question with answers");
	return question_read(bytes, n, ret);
}

static uint8_t *put_address(uint8_t *at, const struct in_addr *address, uint32_t ttl_s)
{
	at = put16(at, POINTER_TO_NAME);
	at = put16(at, DNS_A);
	at = put16(at, CLASS_IN);
	at = put16(at, (uint16_t)(ttl_s >> 16));
	at = put16(at, (uint16_t)ttl_s);
	at = put16(at, sizeof(*address));
	memcpy(at, address, sizeof(*address));
	return at + sizeof(*address);
}

size_t dns_answer_write(const struct dns_query *query, const uint8_t *bytes, enum dns_rcode rcode,
	const struct in_addr *address, uint32_t ttl_s, uint8_t ret[DNS_MESSAGE_BYTES])
{
	bool has_question = query->question_bytes > HEADER_BYTES;
	uint8_t *at = ret;

	assert(query->question_bytes <= HEADER_BYTES + WIRE_BYTES + 4);
	assert(address == NULL || has_question);
	at = put16(at, query->id);
	at = put16(at, (uint16_t)(FLAG_RESPONSE | FLAG_AUTHORITY | FLAG_RECURSION |
				  (query->flags & FLAGS_REPEATED) | (unsigned)rcode));
	at = put16(at, has_question);
	at = put16(at, address != NULL);
	at = put16(at, 0);
	at = put16(at, 0);
	if (has_question)
		memcpy(at, bytes + HEADER_BYTES, query->question_bytes - HEADER_BYTES);
	at += query->question_bytes - HEADER_BYTES;
	if (address != NULL)
		at = put_address(at, address, ttl_s);
	return (size_t)(at - ret);
}
