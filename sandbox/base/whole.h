/* sandbox/base/whole.h: all bytes of one read or write, however many calls it takes.
 *
 * For files, pipes and sockets that block. What a kernel file or a log takes as one message is
 * one write(2) of the caller's: two would be two messages.
 */
#ifndef SANDBOX_BASE_WHOLE_H
#define SANDBOX_BASE_WHOLE_H

#include <sys/types.h>

/* Up to size bytes or to the end; how many, or -1 with errno. A caller asks for one byte more
 * than its limit, so that a longer input is noticed. */
ssize_t whole_read(int fd, void *buffer, size_t size);
/* 0, or -1 with errno: then some of it may have been written. */
int whole_write(int fd, const void *bytes, size_t n);
/* The same into a file, where zeros alone become a hole; at the end ftruncate(2) is the caller's. */
int whole_write_sparse(int fd, const char *bytes, size_t n);

#endif
