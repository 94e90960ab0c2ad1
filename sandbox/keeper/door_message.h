/* sandbox/keeper/door_message.h: what crosses between who enters a sandbox and who lets him in.
 *
 * One SOCK_SEQPACKET connection for each that enters; the launcher passes it on unread.
 *
 *   who enters          the porter (porter.h)
 *   request  ──────►                  with the descriptors for 0, 1, 2 that are no terminal's
 *            ◄──────  OPEN            with the master of a terminal, if one is asked for
 *   one byte ──────►                  are you there? In a while, and again after each answer
 *            ◄──────  HERE
 *            ◄──────  ENDED           wait status of the command
 *            ◄──────  FAILED          struct failure, and the exit code that fits; the last message
 *
 * The end of either is an end of file for the other: for who enters it is the end of the run, for
 * the porter a terminal that hangs up.
 */
#ifndef SANDBOX_KEEPER_DOOR_MESSAGE_H
#define SANDBOX_KEEPER_DOOR_MESSAGE_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <termios.h>

#define DOOR_WORDS      128
#define DOOR_TEXT_BYTES 8192

struct door_request {
	uint32_t words;   /* of the command */
	uint32_t length;  /* of text, NULs included */
	bool terminal[3]; /* 0, 1, 2 go through one of its own */
	struct termios modes;
	struct winsize size;
	char text[DOOR_TEXT_BYTES]; /* NUL-separated words */
};

enum door_type { DOOR_OPEN = 1, DOOR_HERE, DOOR_ENDED, DOOR_FAILED };

struct door_answer {
	uint32_t type;
	int32_t status; /* ENDED: as wait(2) has it; FAILED: an exit code */
	struct failure failure;
};

/* Has it the form that its numbers say? A command has a word at least. */
bool door_request_is_whole(const struct door_request *request);

#endif
