/* sandbox/launcher/relay.h: bytes between the builder and our own stdin, stdout, stderr.
 *
 * Runs in  the launcher's loop, never blocking it. The builder gets pipes (or its own
 *          terminal), never our descriptors: /proc/self/fd would open those again, with
 *          more rights than they were given with.
 */
#ifndef SANDBOX_LAUNCHER_RELAY_H
#define SANDBOX_LAUNCHER_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay {
	int from, to;                /* -1: that side is closed */
	bool close_from;             /* `from` is ours to close at its end */
	bool close_to;               /* `to` is ours to close when there is nothing more */
	bool shared_from, shared_to; /* others have the open file too: hurry.h */
	int lost;       /* errno of a write that nobody was there to refuse: bytes are lost; or 0 */
	uint64_t bytes; /* read so far */
	size_t have, at;
	char buffer[65536];
};

/* Our own stdin, stdout and stderr stay open; the builder's side is the relay's to
 * close. again: what relay_reopen() gave for ours, which the relay takes. */
void relay_input(struct relay *r, int from, int again, int to);
void relay_output(struct relay *r, int from, int to, int again);

/* Open a pipe or terminal of the caller's again for ourselves, non-blocking, to read
 * (O_RDONLY) or write (O_WRONLY); -1 where that is of no use or refused. To be called while
 * we are still who opened it: a terminal of root's cannot be opened by the user that root
 * becomes. */
int relay_reopen(int fd, int access);

/* What to wait for: fills two entries. */
void relay_poll(const struct relay *r, struct pollfd polls[2]);

/* Move what can be moved, at most `allowed` bytes in (further ones are left unread).
 * True if bytes came in. */
bool relay_pump(struct relay *r, const struct pollfd polls[2], uint64_t allowed);

/* Nothing more will come, and all that came is written. */
bool relay_done(const struct relay *r);
/* Read no more; what was read is still written. */
void relay_close_from(struct relay *r);
void relay_release(struct relay *r);

#endif
