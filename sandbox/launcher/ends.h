/* sandbox/launcher/ends.h: what joins us and the sandbox.
 *
 * Made     before the clone, both ends of each; theirs are closed after it.
 */
#ifndef SANDBOX_LAUNCHER_ENDS_H
#define SANDBOX_LAUNCHER_ENDS_H

#include "sandbox/keeper/keeper.h"

struct ends {
	struct keeper_ends theirs; /* until the clone */
	int socket;                /* messages to and from the keeper */
	int records;               /* of the fetcher; -1 where nothing is fetched */
	int stdio[3];              /* of the builder; -1 where its terminal goes */
	int door;                  /* of the porter; -1 where nobody is let in */
	int work_fd;               /* its work space, as soon as the keeper is ready */
	int user_fd;               /* its user namespace, if artifacts are taken from that */
	struct keeper_page *page;  /* shared with keeper and builder */
};
#define ENDS_NONE                                                                                  \
	{                                                                                          \
		.theirs = { .socket = -1, .records = -1, .stdio = { -1, -1, -1 }, .door = -1 },    \
		.socket = -1, .records = -1, .stdio = { -1, -1, -1 }, .door = -1, .work_fd = -1,   \
		.user_fd = -1                                                                      \
	}

/* What was made before a failure stays for ends_release(). */
int ends_make(struct ends *ends, const struct plan *plan, struct failure *f);
/* Pipes for a command's streams but those that go through a terminal, which are left as they are.
 * On failure what was made stays for the caller to close. */
int ends_make_stdio(int ours[3], int theirs[3], const bool through_terminal[3], struct failure *f);
/* The keeper has its own. */
void ends_close_theirs(struct ends *ends);
void ends_release(struct ends *ends);

#endif
