/* sandbox/companion/egress_message.h: the messages between launcher and gateway.
 *
 * One SOCK_SEQPACKET pair, descriptor 3 of cofferdam-egress, which also has 4, its rules: lines
 * as `--net allow:` takes them; and 5, with what it logs in to hosts, if --credential has any.
 *
 *   launcher          gateway
 *             ◄────── READY     confined, or pasta runs; note says how
 *   NARROW    ──────►           from here on only these rules, one each: first an empty one; before
 *                               any listener, and only what the rules from the start permit too
 *   LISTEN    ──────►           descriptors: listeners born inside, in the order of their places
 *             ◄────── RECORD    what became of a name or a connection, any number
 *   FINISH    ──────►           the builder has ended: close what is open, and say so
 *             ◄────── FINISHED  the last message; lost: records that found no room
 *             ◄────── FAILED    struct failure, at any time; the last message
 *
 * With --net full it is pasta's warden (sandbox/egress/warden.h), and of these messages there are
 * READY, FINISH, FINISHED and FAILED.
 *
 * End of file from the launcher ends the gateway at once.
 */
#ifndef SANDBOX_COMPANION_EGRESS_MESSAGE_H
#define SANDBOX_COMPANION_EGRESS_MESSAGE_H

#include "sandbox/base/packet.h"
#include "sandbox/companion/companion.h"
#include "sandbox/net/address.h"
#include "sandbox/net/host_name.h"
#include "sandbox/net/net_rule.h"

#include <stdint.h>

/* The places of the listeners; from EGRESS_FIRST_PORT on one for each port of the rules, in
 * their order (net_rules_ports). */
enum { EGRESS_NAMES_UDP, EGRESS_NAMES_TCP, EGRESS_PROXY, EGRESS_FIRST_PORT };
#define EGRESS_LISTENERS      (EGRESS_FIRST_PORT + NET_PORTS)

/* Where they listen, inside. Each name gets an address of its own out of this network. */
#define EGRESS_NAMES_PORT     53
#define EGRESS_PROXY_PORT     3128
#define EGRESS_NETWORK        0xc6120000U /* 198.18.0.0/15, which no host of the Internet has */
#define EGRESS_NETWORK_END    0xc6140000U
#define EGRESS_PREFIX         15

/* With --net full: where pasta answers questions as the host's name server would. */
#define EGRESS_FORWARD        "198.18.0.1"

/* Its mode --serve, only where there are some (sandbox/net/http_credential.h). */
#define EGRESS_CREDENTIALS_FD COMPANION_EXTRA_FD

/* Its mode --net full has other descriptors for that. */
#define EGRESS_PASTA_FD       COMPANION_POLICY_FD /* pasta(1) itself, O_PATH */
#define EGRESS_NETWORK_FD     COMPANION_EXTRA_FD  /* the network namespace of the sandbox */

enum egress_type {
	EGRESS_READY = 1,
	EGRESS_LISTEN,
	EGRESS_RECORD,
	EGRESS_FINISH,
	EGRESS_FINISHED,
	EGRESS_FAILED,
	EGRESS_NARROW,
};

enum egress_verdict {
	EGRESS_CARRIED, /* a connection came to be, and has ended */
	EGRESS_REFUSED, /* by the rules, or for what was said on it */
	EGRESS_BROKEN,  /* permitted, and the other side is not to be had */
};

struct egress_record {
	char name[HOST_NAME_BYTES]; /* "" where an address was dialled */
	char address[ADDRESS_TEXT]; /* that was connected to, or dialled; "" if it came to none */
	uint16_t port;              /* 0: a question to the name server */
	uint16_t verdict;
	char protocol[12]; /* what was seen: "dns", "tls", "http", "other" */
	uint64_t up_bytes, down_bytes;
	char reason[160];
};

struct egress_message {
	uint32_t type;
	uint32_t place; /* LISTEN: of the first descriptor */
	union {
		struct failure failure;
		struct egress_record record;
		uint64_t lost;
		char note[64];
		char rule[HOST_NAME_BYTES + 40]; /* as net_rule_write() has it */
	};
};

int egress_message_send(int socket, const struct egress_message *message,
	const struct packet_fds *fds, int flags, struct failure *f);
/* As packet_receive(); what comes is safe to print. */
int egress_message_receive(int socket, struct egress_message *ret, struct packet_fds *fds,
	int flags, struct failure *f);

#endif
