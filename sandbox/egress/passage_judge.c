#include "sandbox/egress/passage_judge.h"

#include "sandbox/net/client_hello.h"

#include <string.h>

#define HANDSHAKE 0x16 /* the first byte of a record that a ClientHello begins */

/* Port 80; and where the user has given a login by http, whatever the port. */
static bool is_http(const struct passage *c)
{
	return c->goal.port == HTTP_GOAL_PORT ||
	       http_credentials_find(&c->gateway->credentials, &c->goal) != NULL;
}

bool passage_judge_first(const struct passage *c)
{
	return c->goal.port == HTTP_GOAL_PORT_TLS || is_http(c);
}

static int pass_on(struct passage *c)
{
	text_add(&c->outgoing, c->first.s, c->first.n);
	text_release(&c->first);
	if (!c->outgoing.failed)
		return 1;
	passage_refuse(c, 500, EGRESS_BROKEN, "out of memory");
	return -1;
}

static int refuse_hello(struct passage *c, const struct client_hello *hello)
{
	if (hello->encrypted)
		passage_refuse(c, 403, EGRESS_REFUSED,
			"its server name is encrypted (ECH), so nobody can say whom it is for");
	else if (hello->name[0] == '\0')
		passage_refuse(c, 403, EGRESS_REFUSED,
			"TLS without a server name (SNI): a name must be said that was dialled");
	else
		passage_refuse(c, 403, EGRESS_REFUSED, "TLS for %.120s on a connection to %.100s",
			hello->name, c->goal.name);
	return -1;
}

/* Whoever named an address has named all that answers there. */
static bool hello_fits(const struct passage *c, const struct client_hello *hello)
{
	if (c->goal.name[0] == '\0')
		return true;
	return !hello->encrypted && strcmp(hello->name, c->goal.name) == 0;
}

static int judge_tls(struct passage *c)
{
	struct client_hello hello;

	switch (client_hello_read((const uint8_t *)c->first.s, c->first.n, &hello)) {
	case CLIENT_HELLO_MORE:
		return 0;
	case CLIENT_HELLO_NOT_TLS:
		passage_refuse(c, 403, EGRESS_REFUSED, "port %d carries TLS, and this is none",
			c->goal.port);
		return -1;
	case CLIENT_HELLO_BAD:
		passage_refuse(c, 403, EGRESS_REFUSED, "its ClientHello: %s", hello.why);
		return -1;
	case CLIENT_HELLO_WHOLE:
		break;
	}
	if (!hello_fits(c, &hello))
		return refuse_hello(c, &hello);
	c->speech = SPEECH_TLS;
	return pass_on(c);
}

int passage_judge_more(struct passage *c, const char *bytes, size_t n)
{
	size_t used = 0;
	enum http_gate_event event = http_gate_take(&c->gate, bytes, n, &used);

	if (event == HTTP_GATE_REFUSED) {
		passage_refuse(
			c, c->gate.refused.status, EGRESS_REFUSED, "%s", c->gate.refused.reason);
		return -1;
	}
	/* The one request that a proxy's client may make here is whole. The server is not told: some
	 * take the end of the client's side for a client that went away. */
	if (event == HTTP_GATE_DONE)
		c->up.ended = c->up.shut = true;
	text_add(&c->outgoing, c->gate.out.s, c->gate.out.n);
	text_clear(&c->gate.out);
	if (c->outgoing.failed) {
		passage_refuse(c, 500, EGRESS_BROKEN, "out of memory");
		return -1;
	}
	return c->outgoing.n > 0;
}

static int judge_http(struct passage *c)
{
	int result = passage_judge_more(c, c->first.s, c->first.n);

	if (result < 0)
		return -1;
	text_release(&c->first); /* the gate has it */
	if (result > 0)
		c->speech = SPEECH_HTTP;
	return result;
}

int passage_judge(struct passage *c)
{
	if (is_http(c))
		return judge_http(c);
	if (c->first.n == 0)
		return 0;
	if (c->goal.port == HTTP_GOAL_PORT_TLS || (uint8_t)c->first.s[0] == HANDSHAKE)
		return judge_tls(c);
	c->speech = SPEECH_OTHER;
	return pass_on(c);
}
