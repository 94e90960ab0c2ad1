#include "sandbox/net/socks.h"

#include <string.h>

#define VERSION         5
#define METHOD_NONE     0 /* no authentication */
#define COMMAND_CONNECT 1
#define ADDRESS_V4      1
#define ADDRESS_NAME    3
#define ADDRESS_V6      4
#define REQUEST_HEAD    4 /* version, command, reserved, type of the address */

_Static_assert(SOCKS_BYTES == REQUEST_HEAD + 1 + 255 + 2, "a name of 255 bytes, and a port");

static const char *version_fault(uint8_t version)
{
	if (version == VERSION)
		return NULL;
	return version == 4 ? "SOCKS 4, which is not spoken here, only SOCKS 5" : "not SOCKS 5";
}

int socks_greeting_read(const uint8_t *bytes, size_t n, size_t *ret_used, const char **ret_why)
{
	*ret_why = n > 0 ? version_fault(bytes[0]) : NULL;
	if (*ret_why != NULL)
		return -1;
	if (n < 2 || n < 2 + (size_t)bytes[1])
		return 0;
	if (memchr(bytes + 2, METHOD_NONE, bytes[1]) == NULL) {
		*ret_why = "the client asks for authentication, and there is none";
		return -1;
	}
	*ret_used = 2 + (size_t)bytes[1];
	return 1;
}

static int refused(struct socks_request *ret, enum socks_reply reply, const char *why)
{
	*ret = (struct socks_request){ .reply = reply, .why = why };
	return -1;
}

/* -1 as soon as a byte of the head is one that cannot stand there. */
static int head_check(const uint8_t *bytes, size_t n, struct socks_request *ret)
{
	const char *fault = n > 0 ? version_fault(bytes[0]) : NULL;

	if (fault != NULL)
		return refused(ret, SOCKS_FAILED, fault);
	if (n > 1 && bytes[1] != COMMAND_CONNECT)
		return refused(ret, SOCKS_NO_COMMAND, "a command other than CONNECT");
	if (n > 2 && bytes[2] != 0)
		return refused(ret, SOCKS_FAILED, "a reserved byte that is not 0");
	if (n > 3 && bytes[3] != ADDRESS_V4 && bytes[3] != ADDRESS_NAME && bytes[3] != ADDRESS_V6)
		return refused(ret, SOCKS_NO_ADDRESS_TYPE, "an address of an unknown type");
	return 0;
}

/* How many bytes the goal takes, its type aside; 0: that is still to come. */
static size_t goal_bytes(const uint8_t *bytes, size_t n)
{
	switch (bytes[3]) {
	case ADDRESS_V4:
		return sizeof(struct in_addr);
	case ADDRESS_V6:
		return sizeof(struct in6_addr);
	default:
		return n > REQUEST_HEAD ? 1 + (size_t)bytes[REQUEST_HEAD] : 0;
	}
}

static int goal_read(uint8_t type, const uint8_t *goal, struct socks_request *ret)
{
	const char *name = (const char *)goal + 1, *why;

	switch (type) {
	case ADDRESS_V4:
		ret->address.family = AF_INET;
		memcpy(&ret->address.v4, goal, sizeof(ret->address.v4));
		return 0;
	case ADDRESS_V6:
		ret->address.family = AF_INET6;
		memcpy(&ret->address.v6, goal, sizeof(ret->address.v6));
		return 0;
	default:
		if (address_read(name, goal[0], &ret->address) == 0 ||
			host_name_read(name, goal[0], ret->name, &why) == 0)
			return 0;
		return refused(ret, SOCKS_HOST_UNREACHABLE, "a name that is no name of a host");
	}
}

int socks_request_read(const uint8_t *bytes, size_t n, struct socks_request *ret, size_t *ret_used)
{
	const uint8_t *port;
	size_t goal;

	*ret = (struct socks_request){ .reply = SOCKS_DONE };
	if (head_check(bytes, n, ret) < 0)
		return -1;
	if (n < REQUEST_HEAD)
		return 0;
	goal = goal_bytes(bytes, n);
	if (goal == 0 || n < REQUEST_HEAD + goal + 2)
		return 0;
	if (goal_read(bytes[3], bytes + REQUEST_HEAD, ret) < 0)
		return -1;
	port = bytes + REQUEST_HEAD + goal;
	ret->port = (uint16_t)(port[0] << 8 | port[1]);
	if (ret->port == 0)
		return refused(ret, SOCKS_FAILED, "port 0");
	*ret_used = REQUEST_HEAD + goal + 2;
	return 1;
}

void socks_reply_write(enum socks_reply reply, uint8_t ret[SOCKS_REPLY_BYTES])
{
	memset(ret, 0, SOCKS_REPLY_BYTES); /* bound to 0.0.0.0:0, at which no client looks */
	ret[0] = VERSION;
	ret[1] = (uint8_t)reply;
	ret[3] = ADDRESS_V4;
}
