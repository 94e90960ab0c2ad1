/* sandbox/fetch/input.h: a small input, read whole.
 */
#ifndef SANDBOX_FETCH_INPUT_H
#define SANDBOX_FETCH_INPUT_H

#include <sys/types.h>

/* Read up to size bytes or to the end; how many, or -1 with errno. A caller asks for one
 * byte more than its limit, so that a longer input is noticed. */
ssize_t input_read(int fd, char *buffer, size_t size);

#endif
