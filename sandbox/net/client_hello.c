/* The heads of the records are walked first; the message is put together and understood once it
 * is all there. Both look from the front only, so that a verdict other than "more" does not
 * change with what comes behind the message.
 */
#include "sandbox/net/client_hello.h"

#include "sandbox/base/own.h"

#define RECORD_HANDSHAKE      22
#define RECORD_HEAD_BYTES     5
#define RECORD_BYTES          (1 << 14)
#define MESSAGE_HELLO         1
#define MESSAGE_HEAD          4
#define EXTENSIONS            128 /* different ones: browsers send about 20 */

#define EXTENSION_SERVER_NAME 0
#define EXTENSION_ECH         0xfe0d /* RFC 9849 */
#define EXTENSION_ESNI        0xffce /* its drafts up to -06 */
#define NAME_HOST             0

static enum client_hello_verdict bad(struct client_hello *ret, const char *why)
{
	ret->why = why;
	return CLIENT_HELLO_BAD;
}

/* ---- records ---- */

struct message {
	size_t n;      /* bytes of it that came */
	size_t needed; /* with its head; 0: not known yet */
	uint8_t bytes[CLIENT_HELLO_BYTES];
};

/* An SSLv2 CLIENT-HELLO: two bytes of length with the highest bit set, 1, and a version. */
static enum client_hello_verdict read_sslv2(
	const uint8_t *bytes, size_t n, struct client_hello *ret)
{
	if (n > 2 && bytes[2] != 1)
		return CLIENT_HELLO_NOT_TLS;
	if (n > 3 && bytes[3] != 0 && bytes[3] != 3)
		return CLIENT_HELLO_NOT_TLS;
	return n > 3 ? bad(ret, "a hello of SSL 2, which names no server") : CLIENT_HELLO_MORE;
}

/* What its first bytes are: MORE also where they are those of a record. */
static enum client_hello_verdict read_opening(
	const uint8_t *bytes, size_t n, struct client_hello *ret)
{
	if (n == 0)
		return CLIENT_HELLO_MORE;
	if (bytes[0] & 0x80)
		return read_sslv2(bytes, n, ret);
	if (bytes[0] != RECORD_HANDSHAKE || (n > 1 && bytes[1] != 3))
		return CLIENT_HELLO_NOT_TLS;
	return CLIENT_HELLO_MORE;
}

static const char *record_fault(const uint8_t *head, size_t length)
{
	if (head[0] != RECORD_HANDSHAKE)
		return "a record of another kind within the ClientHello";
	if (head[1] != 3 || head[2] > 4)
		return "a record of a version that is none";
	if (length == 0 || length > RECORD_BYTES)
		return "a record without bytes, or with too many";
	return NULL;
}

/* Take what came of a record that says it has length bytes. */
static const char *message_take(struct message *m, const uint8_t *bytes, size_t came, size_t length)
{
	size_t before = m->n;

	memcpy(m->bytes + m->n, bytes, came);
	m->n += came;
	if (m->n > 0 && m->bytes[0] != MESSAGE_HELLO)
		return "a handshake that does not begin with a ClientHello";
	if (m->needed == 0 && m->n >= MESSAGE_HEAD)
		m->needed = MESSAGE_HEAD +
			    ((size_t)m->bytes[1] << 16 | (size_t)m->bytes[2] << 8 | m->bytes[3]);
	if (m->needed > sizeof(m->bytes))
		return "a ClientHello that is too long";
	if (m->needed != 0 && before + length > m->needed)
		return "a record with more than the ClientHello";
	return NULL;
}

static enum client_hello_verdict read_records(
	const uint8_t *bytes, size_t n, struct message *m, struct client_hello *ret)
{
	size_t most = n < CLIENT_HELLO_BYTES ? n : CLIENT_HELLO_BYTES, at = 0;

	while (most - at >= RECORD_HEAD_BYTES) {
		size_t length = (size_t)bytes[at + 3] << 8 | bytes[at + 4], came;
		const char *fault = record_fault(bytes + at, length);

		at += RECORD_HEAD_BYTES;
		came = length < most - at ? length : most - at;
		if (fault == NULL)
			fault = message_take(m, bytes + at, came, length);
		if (fault != NULL)
			return bad(ret, fault);
		if (m->needed != 0 && m->n == m->needed)
			return CLIENT_HELLO_WHOLE;
		at += came;
	}
	return most < CLIENT_HELLO_BYTES ? CLIENT_HELLO_MORE
					 : bad(ret, "a ClientHello that is too long");
}

/* ---- the message ---- */

struct part {
	const uint8_t *at;
	size_t n;
	bool cut; /* more was asked of it than there is */
};

static unsigned take_number(struct part *part, size_t width)
{
	unsigned value = 0;

	if (part->n < width) {
		part->cut = true;
		return 0;
	}
	for (; width > 0; width--, part->n--)
		value = value << 8 | *part->at++;
	return value;
}

static struct part take_part(struct part *part, size_t n)
{
	struct part taken = { part->at, n, false };

	if (part->n < n) {
		part->cut = true;
		return (struct part){ part->at, 0, true };
	}
	part->at += n;
	part->n -= n;
	return taken;
}

/* A vector of TLS: its length in so many bytes, and then that. */
static struct part take_vector(struct part *part, size_t width)
{
	return take_part(part, take_number(part, width));
}

static const char *read_server_name(struct part data, struct client_hello *ret)
{
	struct part list = take_vector(&data, 2);
	unsigned type = take_number(&list, 1);
	struct part name = take_vector(&list, 2);
	const char *why;

	if (data.cut || data.n > 0 || list.cut)
		return "a server name whose lengths do not fit";
	if (list.n > 0 || type != NAME_HOST)
		return "not exactly one server name";
	if (host_name_read((const char *)name.at, name.n, ret->name, &why) < 0)
		return "a server name that is no name of a host";
	return NULL;
}

static const char *read_extensions(struct part rest, struct client_hello *ret)
{
	uint16_t seen[EXTENSIONS];

	for (size_t n = 0; rest.n > 0; n++) {
		uint16_t type = (uint16_t)take_number(&rest, 2);
		struct part data = take_vector(&rest, 2);
		const char *fault = NULL;

		if (rest.cut)
			return "an extension whose length does not fit";
		if (n == EXTENSIONS)
			return "too many extensions";
		for (size_t i = 0; i < n; i++)
			if (seen[i] == type)
				return "an extension that stands there twice";
		seen[n] = type;
		if (type == EXTENSION_SERVER_NAME)
			fault = read_server_name(data, ret);
		if (type == EXTENSION_ECH || type == EXTENSION_ESNI)
			ret->encrypted = true;
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

/* RFC 8446, section 4.1.2; before TLS 1.3 the extensions may be missing as a whole. */
static const char *read_hello(struct part rest, struct client_hello *ret)
{
	unsigned version = take_number(&rest, 2);
	struct part session, suites, methods, extensions = { NULL, 0, false };

	take_part(&rest, 32); /* random */
	session = take_vector(&rest, 1);
	suites = take_vector(&rest, 2);
	methods = take_vector(&rest, 1);
	if (rest.n > 0)
		extensions = take_vector(&rest, 2);
	if (rest.cut || rest.n > 0)
		return "a ClientHello whose lengths do not fit";
	if (version >> 8 != 3)
		return "a ClientHello of a version that is none";
	if (session.n > 32 || suites.n == 0 || suites.n % 2 != 0 || methods.n == 0)
		return "a ClientHello with a list of a length that it cannot have";
	return read_extensions(extensions, ret);
}

enum client_hello_verdict client_hello_read(
	const uint8_t *bytes, size_t n, struct client_hello *ret)
{
	enum client_hello_verdict verdict;
	struct message message;
	const char *fault;

	message.n = message.needed = 0; /* its bytes are written before they are read */
	*ret = (struct client_hello){ .why = NULL };
	verdict = read_opening(bytes, n, ret);
	if (verdict == CLIENT_HELLO_MORE && n > 0 && bytes[0] == RECORD_HANDSHAKE)
		verdict = read_records(bytes, n, &message, ret);
	if (verdict != CLIENT_HELLO_WHOLE)
		return verdict;
	fault = read_hello(
		(struct part){ message.bytes + MESSAGE_HEAD, message.n - MESSAGE_HEAD, false },
		ret);
	if (fault == NULL)
		return CLIENT_HELLO_WHOLE;
	*ret = (struct client_hello){ .why = NULL };
	return bad(ret, fault);
}
