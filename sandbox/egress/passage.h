/* sandbox/egress/passage.h: one connection of the build, from its first byte to its record.
 *
 * Stages   A connection that came by a name's own address, or by the proxy, first says whom it
 *          is for (passage_judge.c); then the name is resolved, each address is checked, and exactly
 *          the checked one is connected to (passage_goal.c); then bytes go both ways.
 *          On ports 443 and 80 what is said is judged before anything goes out.
 */
#ifndef SANDBOX_EGRESS_PASSAGE_H
#define SANDBOX_EGRESS_PASSAGE_H

#include "sandbox/docker/text.h"
#include "sandbox/egress/carry.h"
#include "sandbox/egress/gateway.h"
#include "sandbox/net/http_gate.h"

enum passage_stage {
	PASSAGE_ASKED,     /* the proxy's client is saying whom it wants */
	PASSAGE_JUDGED,    /* what it says first is read, before anybody hears of it */
	PASSAGE_RESOLVED,  /* the name is being asked for */
	PASSAGE_CONNECTED, /* the address was checked, and is connected to */
	PASSAGE_CARRIED,   /* both ways */
	PASSAGE_DISMISSED, /* it was told why not; until it hangs up */
	PASSAGE_ENDED,
};

/* What its first bytes are held to be. */
enum passage_speech {
	SPEECH_UNKNOWN, /* not yet read */
	SPEECH_TLS,
	SPEECH_HTTP, /* each request goes through the gate */
	SPEECH_OTHER,
};

struct passage {
	struct watcher inside, outside;
	struct gateway *gateway;
	void (*go_on)(struct passage *c); /* for whom it has waited */
	struct passage *next, **at;
	struct passage *next_again; /* gateway's list of those that could go on */

	enum passage_stage stage;
	enum passage_speech speech;
	bool by_names; /* it asks the name server, and wants nobody */
	bool by_proxy, by_socks;
	bool asking;           /* the resolver has our address: not to be freed */
	bool again;            /* in the list of those that could go on: not to be freed */
	unsigned reads;        /* that are left of this turn */
	struct http_goal goal; /* whom it is for */
	const struct net_rule *rule;
	uint64_t deadline_ms; /* of this stage; UINT64_MAX: none */

	struct text first;     /* read from inside, and not yet judged */
	struct text answer;    /* for inside: the proxy's words, or a refusal */
	struct text outgoing;  /* judged, and not yet written */
	struct http_gate gate; /* SPEECH_HTTP, and a proxy's client */

	struct address addresses[RESOLVER_ADDRESSES]; /* checked */
	size_t addresses_n, address_at;
	struct carry up, down;
	struct egress_record record;
};

/* Refuse it: to the record, and a word of its protocol, where it has one. status: HTTP's; 0: a reset. */
void passage_refuse(struct passage *c, int status, enum egress_verdict verdict, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));
/* It ends here, with a record; and the same with a reset. The memory stays until passage_sweep(). */
void passage_finish(struct passage *c);
void passage_hang_up(struct passage *c);
/* One side is broken: the other hears of it as such, and not as of an end. */
void passage_break(struct passage *c, int errnum);
/* Small messages go at once, and a peer that is gone without a word is noticed. */
void passage_prepare_socket(int fd);
/* It could go on, and has had its share: others come first. */
void passage_again(struct passage *c);
/* All that are open end, and say so. */
void passage_end_all(struct gateway *gateway);
/* Free those that have ended. */
void passage_sweep(struct gateway *gateway);

#endif
