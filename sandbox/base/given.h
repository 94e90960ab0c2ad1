/* sandbox/base/given.h: read to its end what the caller has open, or has named.
 *
 * It may be a pipe that nobody writes to, or a FIFO that nobody opens: then a plain open(2) or
 * read(2) waits without end, before any clock of the run's is looked at.
 *
 * Fails    with ETIMEDOUT where the end has not come in time.
 * Source   fifo(7), and hurry.h for what others share.
 */
#ifndef SANDBOX_BASE_GIVEN_H
#define SANDBOX_BASE_GIVEN_H

#include "sandbox/base/failure.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GIVEN_MOST_S 60 /* a person may have to type the word that opens a key ring */

/* For reading; what it is of is not looked at. */
int given_open(const char *path);
/* At most size bytes, within so many seconds, and never more than GIVEN_MOST_S. */
ssize_t given_read(int fd, void *ret, size_t size, uint64_t within_s);
/* That it returned -1: what the option had as its value is told. */
int given_fail(const char *option, const char *value, struct failure *f);

#endif
