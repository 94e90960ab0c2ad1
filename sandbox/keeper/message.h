/* sandbox/keeper/message.h: the messages between launcher and keeper.
 *
 * One SOCK_SEQPACKET pair, so that a message arrives whole or not at all, and the
 * end of either process is an end of file for the other. Every message carries its
 * type; a type that is not due is an error, never skipped.
 *
 *   launcher            keeper
 *               ◄──────  BORN    its /proc entries are ours (only when root started us,
 *                              and a range is to be mapped)
 *   MAPPED      ──────►          your ids are mapped (only when a range is)
 *   PUBLIC      ──────►          which of the host's /etc is shown; found while the keeper is
 *                              at work, with an image nothing
 *   FETCH       ──────►          start the fetcher (not for SOURCE none)
 *               ◄──────  CACHE   one of --cache, by its number: all that is there [, what was
 *                              changed of it]; one message each
 *               ◄──────  READY   the root stands; descriptors: work tmpfs [, pty]
 *                              [, the listener of /run/docker.sock]
 *                              [, the user namespace], as the plan says
 *               ◄──────  FETCHED its exit status [; descriptor: what it fetched for later runs]
 *   BUILD       ──────►          start the builder (command, if the repository named it)
 *               ◄──────  OUTLETS the listeners of --net allow:, from place `status` on; so
 *                              often as it takes (sandbox/companion/egress_message.h)
 *                              with --net full the sandbox's namespaces, user and network
 *   JOINED      ──────►          the network leads out of the host's (--net full)
 *               ◄──────  BUILT   it has been executed; the walls are written
 *   SIGNAL      ──────►          deliver this signal, any number of times
 *               ◄──────  STOPPED the builder's job stopped itself (terminal only)
 *               ◄──────  EXITED  wait status
 *   RELEASE     ──────►          what it left is to end as well (only if the plan holds it)
 *               ◄──────  FAILED  struct failure, at any time; the last message
 */
#ifndef SANDBOX_KEEPER_MESSAGE_H
#define SANDBOX_KEEPER_MESSAGE_H

#include "namespaces/etc_public.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/base/packet.h"
#include "sandbox/config/config.h"

#include <stdbool.h>
#include <stdint.h>

#define KEEPER_TIME_IS_OVER 124 /* status of FAILED: the time limit, as the exit code has it */

enum message_type {
	MESSAGE_MAPPED = 1,
	MESSAGE_READY,
	MESSAGE_FETCH,
	MESSAGE_FETCHED,
	MESSAGE_BUILD,
	MESSAGE_BUILT,
	MESSAGE_SIGNAL,
	MESSAGE_STOPPED,
	MESSAGE_EXITED,
	MESSAGE_BORN,
	MESSAGE_FAILED,
	MESSAGE_OUTLETS,
	MESSAGE_JOINED,
	MESSAGE_RELEASE,
	MESSAGE_PUBLIC,
	MESSAGE_CACHE,
};

struct message {
	uint32_t type;
	int32_t status; /* FETCHED, EXITED: as wait(2) has it; SIGNAL: the number;
			   FAILED: the exit code that fits (125, 126, 127);
			   OUTLETS: a place; CACHE: its number */
	union {
		struct user_ids ids;      /* MAPPED */
		struct etc_public public; /* PUBLIC: sent as far as there are entries */
		struct {
			uint32_t words;       /* 0: the plan's own command */
			uint32_t length;      /* of text */
			struct limits limits; /* that the repository asked for; none: as planned */
			uint64_t end_at_ms;   /* clock.h; 0: never */
			uint32_t buildkit;    /* 1: the broker offers it, see plan.h */
			char text[REPO_COMMAND_BYTES]; /* NUL-separated words */
		} build;
		struct failure failure;
	};
};

int message_send(
	int socket, const struct message *message, const struct packet_fds *fds, struct failure *f);

/* 1: *ret is filled; 0: the other side is gone; -1: failure. */
int message_receive(int socket, struct message *ret, struct packet_fds *fds, struct failure *f);

#endif
