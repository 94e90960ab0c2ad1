/* sandbox/base/hurry.h: read(2) and write(2) on what others share, without waiting for them.
 *
 * What the caller gave us as 0, 1, 2 or by number is an open file that others may have too.
 * O_NONBLOCK would be set for them as well, and what poll(2) saw another may have taken: a
 * plain call can then wait without end, and with it every limit that we keep. These return
 * EAGAIN instead: a socket is asked with MSG_DONTWAIT, anything else is interrupted by a timer.
 *
 * Needs    one thread. SIGALRM and ITIMER_REAL are ours for the length of the call.
 * Limit    HURRY_MS a call that would have waited.
 * Source   setitimer(2), signal(7) "Interruption of system calls".
 */
#ifndef SANDBOX_BASE_HURRY_H
#define SANDBOX_BASE_HURRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define HURRY_MS 20

/* As read(2) and write(2); -1 with EAGAIN where nothing could be moved in time. */
ssize_t hurry_read(int fd, void *ret, size_t n);
ssize_t hurry_write(int fd, const void *bytes, size_t n);

/* All of it, with so many calls that would have waited; false if some was left. For words to a
 * person, who may have stopped the terminal or not read the pipe. */
bool hurry_write_whole(int fd, const char *bytes, size_t n, unsigned waits);

#endif
