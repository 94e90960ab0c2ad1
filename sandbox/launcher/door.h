/* sandbox/launcher/door.h: the way into a sandbox that runs, from outside.
 *
 * Where    "<id>.attach" beside the run's state file, in a directory that only its user may enter;
 *          there from the moment when the command runs, and gone with the run.
 * Passes   each connection of that user on to the porter (keeper/porter.h), unread. What crosses
 *          there is between him and a process that has no more power than the builder.
 */
#ifndef SANDBOX_LAUNCHER_DOOR_H
#define SANDBOX_LAUNCHER_DOOR_H

#include "sandbox/state/state.h"

#include <sys/un.h>

struct door {
	int listener_fd; /* -1: there is none (yet) */
	int dir_fd;      /* borrowed from the state */
	char name[STATE_ID_LENGTH + 8];
};
#define DOOR_NONE                                                                                  \
	{                                                                                          \
		.listener_fd = -1, .dir_fd = -1                                                    \
	}

/* The address of the door of a run whose state is in dir_fd: of any length that path has. */
#define DOOR_NAME_SIZE sizeof(((struct door *)NULL)->name)
void door_address(int dir_fd, const char *id, struct sockaddr_un *ret);

int door_open(struct door *door, int dir_fd, const char *id, struct failure *f);
/* Somebody is there: pass him on. porter_fd: our end of the porter's socket. */
void door_take(const struct door *door, int porter_fd);
/* How many have entered since we last asked. Closes *porter_fd when nobody inside has the other
 * end any more. */
unsigned door_entered(int *porter_fd);
void door_close(struct door *door);

#endif
