#include "sandbox/egress/passage.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/http_status.h"
#include "sandbox/net/socks.h"

#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DISMISS_MS 3000 /* for one that was refused to read why */

static void tell(struct passage *c)
{
	static const char *const speeches[] = {
		[SPEECH_UNKNOWN] = "none",
		[SPEECH_TLS] = "tls",
		[SPEECH_HTTP] = "http",
		[SPEECH_OTHER] = "other",
	};
	struct egress_record *r = &c->record;

	snprintf(r->name, sizeof(r->name), "%s", c->goal.name);
	if (r->address[0] == '\0' && c->goal.address.family != 0)
		address_write(&c->goal.address, r->address);
	r->port = c->goal.port;
	snprintf(r->protocol, sizeof(r->protocol), "%s", speeches[c->speech]);
	r->up_bytes = c->up.bytes;
	r->down_bytes = c->down.bytes;
	gateway_tell(c->gateway, r);
}

void passage_finish(struct passage *c)
{
	struct gateway *g = c->gateway;

	if (c->stage == PASSAGE_ENDED)
		return;
	if (c->stage != PASSAGE_DISMISSED && !c->by_names)
		tell(c);
	c->stage = PASSAGE_ENDED;
	own_fd_end(&c->inside.fd);
	own_fd_end(&c->outside.fd);
	carry_end(&c->up, &g->wide_pipes);
	carry_end(&c->down, &g->wide_pipes);
	*c->at = c->next;
	if (c->next != NULL)
		c->next->at = c->at;
	c->next = g->ended;
	g->ended = c;
	g->passages_n--;
}

/* What the kernel would wait for by itself is two hours. Of inside too: whoever closes a connection
 * looks like one who has only said his last, until he is asked. */
void passage_prepare_socket(int fd)
{
	static const struct {
		int level, name, value;
	} rows[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 20 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		setsockopt(fd, rows[i].level, rows[i].name, &rows[i].value, sizeof(int));
}

static void end_by_reset(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* A reset, so that a client tries no longer than it must. */
void passage_hang_up(struct passage *c)
{
	end_by_reset(c->inside.fd);
	passage_finish(c);
}

/* Half a file that ends as if it were whole would be taken for the file. */
void passage_break(struct passage *c, int errnum)
{
	if (c->record.reason[0] == '\0')
		snprintf(c->record.reason, sizeof(c->record.reason), "%s", strerror(errnum));
	if (c->outside.fd >= 0)
		end_by_reset(c->outside.fd);
	passage_hang_up(c);
}

/* In the protocol's own words, where the client reads any. */
static void word_refusal(struct passage *c, int status)
{
	/* fatal, access_denied (RFC 8446, section 6) */
	static const char alert[] = { 0x15, 3, 3, 0, 2, 2, 49 };
	uint8_t reply[SOCKS_REPLY_BYTES];

	if (c->stage == PASSAGE_CARRIED || status == 0)
		return; /* something of the other side's may have been sent */
	if (c->by_socks) {
		socks_reply_write(status == 403   ? SOCKS_NOT_ALLOWED
				  : status == 502 ? SOCKS_HOST_UNREACHABLE
				  : status < 100  ? (enum socks_reply)status
						  : SOCKS_FAILED,
			reply);
		text_add(&c->answer, (const char *)reply, sizeof(reply));
	} else if (c->by_proxy || c->goal.port == 80) {
		text_format(&c->answer,
			"HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
			"Connection: close\r\n\r\ncofferdam: %s\n",
			status, http_status_phrase(status), strlen(c->record.reason) + 12,
			c->record.reason);
	} else if (c->goal.port == 443) {
		text_add(&c->answer, alert, sizeof(alert));
	}
}

void passage_refuse(
	struct passage *c, int status, enum egress_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->record.reason, sizeof(c->record.reason), fmt, args);
	va_end(args);
	failure_sanitize(c->record.reason);
	c->record.verdict = verdict;
	word_refusal(c, status);
	own_fd_end(&c->outside.fd);
	if (c->answer.n == 0) {
		passage_hang_up(c);
		return;
	}
	tell(c);
	c->stage = PASSAGE_DISMISSED;
	c->deadline_ms = clock_now_ms() + DISMISS_MS;
}

void passage_again(struct passage *c)
{
	struct gateway *g = c->gateway;

	if (c->again)
		return;
	c->again = true;
	c->next_again = NULL;
	if (g->again == NULL)
		g->again_end = &g->again;
	*g->again_end = c;
	g->again_end = &c->next_again;
}

void passage_sweep(struct gateway *gateway)
{
	struct passage **at = &gateway->ended;

	while (*at != NULL) {
		struct passage *c = *at;

		if (c->asking || c->again) { /* the resolver will still call, or the next turn */
			at = &c->next;
			continue;
		}
		*at = c->next;
		text_release(&c->first);
		text_release(&c->answer);
		text_release(&c->outgoing);
		http_gate_release(&c->gate);
		free(c);
	}
}

void passage_end_all(struct gateway *gateway)
{
	while (gateway->passages != NULL)
		passage_finish(gateway->passages);
}
