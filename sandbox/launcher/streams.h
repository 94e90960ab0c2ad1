/* sandbox/launcher/streams.h: the builder's stdin, stdout and stderr, as they go through us.
 *
 * What is a terminal outside goes through the builder's own, the rest through pipes.
 * Order    reopened as who started us; started when the builder runs; released, which gives
 *          the user's terminal back, in the teardown. In between polled and pumped, and never
 *          blocking.
 */
#ifndef SANDBOX_LAUNCHER_STREAMS_H
#define SANDBOX_LAUNCHER_STREAMS_H

#include "sandbox/base/failure.h"
#include "sandbox/launcher/relay.h"
#include "sandbox/launcher/terminal.h"
#include "sandbox/plan/plan.h"
#include "sandbox/report/outputlog.h"

/* STREAM_TERMINAL: what the builder writes to its own terminal. */
enum stream { STREAM_IN, STREAM_OUT, STREAM_ERR, STREAM_TERMINAL, STREAMS };
#define STREAMS_POLLS (2 * (int)STREAMS)

struct streams {
	int reopened[3];      /* our own, for writing without blocking: stdin as a terminal */
	int keys;             /* our stdin once more, for reading without blocking */
	int master_fd;        /* of the builder's terminal, once the keeper is ready */
	struct relay *relays; /* [STREAMS]; NULL: not started */
	struct terminal terminal;
	bool terminal_used;
	struct outputlog *log; /* of all output, or NULL; borrowed */
};
#define STREAMS_NONE                                                                               \
	{                                                                                          \
		.reopened = { -1, -1, -1 }, .keys = -1, .master_fd = -1                            \
	}

/* A terminal or pipe of root's cannot be opened by the user that root becomes. It is ours
 * already, not a file that somebody named. */
void streams_reopen(struct streams *streams);

/* stdio: our ends of the builder's pipes, which are taken. */
int streams_start(
	struct streams *streams, int stdio[3], const struct plan *plan, struct failure *f);
bool streams_started(const struct streams *streams);

void streams_poll(struct streams *streams, struct pollfd polls[STREAMS_POLLS]);
/* Move what can be moved, and at most limit bytes of output in all. */
struct streams_news {
	bool came; /* the builder wrote something */
	bool over; /* there is a byte beyond the limit, unread */
	int lost;  /* errno: what the builder wrote could not be delivered; 0: it could */
	const char *lost_where;
};
struct streams_news streams_pump(
	struct streams *streams, const struct pollfd polls[STREAMS_POLLS], uint64_t limit);

uint64_t streams_bytes(const struct streams *streams); /* of output, so far */
/* Does our own reader not take what the builder wrote? */
bool streams_blocked(const struct streams *streams);
/* Will nothing come any more, and is all written? */
bool streams_done(const struct streams *streams);

/* Read no more output: the writers get SIGPIPE. */
void streams_cut(struct streams *streams);
/* There is nobody left to read input. */
void streams_end_input(struct streams *streams);
/* The same, and the user's terminal is the user's again; output still comes. */
void streams_let_go(struct streams *streams);

/* The user's terminal, and nothing where it is not used: ours again after a pause, of another
 * size, the user's again. */
void streams_make_raw(struct streams *streams);
void streams_resize(const struct streams *streams);
void streams_restore(struct streams *streams);

void streams_release(struct streams *streams);

#endif
