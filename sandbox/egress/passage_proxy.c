#include "sandbox/egress/passage_proxy.h"

#include "sandbox/net/socks.h"

#include <string.h>

#define SOCKS_4 0x04
#define SOCKS_5 0x05

static int read_request(struct passage *c)
{
	struct socks_request request = { 0 };
	size_t used = 0;
	int got = socks_request_read((const uint8_t *)c->first.s, c->first.n, &request, &used);

	if (got < 0) {
		c->by_socks = true;
		passage_refuse(c, (int)request.reply, EGRESS_REFUSED, "SOCKS: %s", request.why);
		return -1;
	}
	if (got == 0)
		return 0;
	text_cut(&c->first, used);
	c->goal = (struct http_goal){ .address = request.address, .port = request.port };
	memcpy(c->goal.name, request.name, sizeof(c->goal.name));
	return 1;
}

static int read_socks(struct passage *c)
{
	static const char no_authentication[] = { SOCKS_5, 0 };
	const char *why = NULL;
	size_t used = 0;
	int got;

	if (c->by_socks)
		return read_request(c);
	got = socks_greeting_read((const uint8_t *)c->first.s, c->first.n, &used, &why);
	if (got < 0) {
		passage_refuse(c, 0, EGRESS_REFUSED, "SOCKS: %s", why);
		return -1;
	}
	if (got == 0)
		return 0;
	text_cut(&c->first, used);
	text_add(&c->answer, no_authentication, sizeof(no_authentication));
	c->by_socks = true;
	return c->first.n > 0 ? read_request(c) : 0;
}

static int read_http(struct passage *c)
{
	size_t used = 0;
	enum http_gate_event event = http_gate_take(&c->gate, c->first.s, c->first.n, &used);

	if (event == HTTP_GATE_REFUSED) {
		passage_refuse(
			c, c->gate.refused.status, EGRESS_REFUSED, "%s", c->gate.refused.reason);
		return -1;
	}
	text_cut(&c->first, used);
	if (event != HTTP_GATE_TARGET && event != HTTP_GATE_CONNECT)
		return 0;
	c->goal = c->gate.goal;
	if (event == HTTP_GATE_TARGET) {
		c->speech = SPEECH_HTTP; /* and the gate goes on with what lies there */
		return 1;
	}
	http_gate_release(&c->gate);
	c->gate =
		(struct http_gate){ .dialled = &c->goal, .credentials = &c->gateway->credentials };
	return 1;
}

int passage_proxy_read(struct passage *c)
{
	if (c->first.n == 0)
		return 0;
	if (!c->by_socks && c->gate.head.n == 0 && c->first.s[0] == SOCKS_4) {
		passage_refuse(c, 0, EGRESS_REFUSED, "SOCKS 4: only SOCKS 5 is spoken here");
		return -1;
	}
	if (c->by_socks || (c->gate.head.n == 0 && c->first.s[0] == SOCKS_5)) {
		int got = read_socks(c);

		if (got > 0)
			c->gate.dialled = &c->goal;
		return got;
	}
	return read_http(c);
}

void passage_proxy_answer(struct passage *c)
{
	uint8_t reply[SOCKS_REPLY_BYTES];

	if (c->by_socks) {
		socks_reply_write(SOCKS_DONE, reply);
		text_add(&c->answer, (const char *)reply, sizeof(reply));
	} else if (c->speech != SPEECH_HTTP) {
		text_word(&c->answer, "HTTP/1.1 200 Connection established\r\n\r\n");
	}
}
