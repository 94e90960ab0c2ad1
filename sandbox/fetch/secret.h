/* sandbox/fetch/secret.h: the one credential, and its short life.
 *
 * Read once from a descriptor that is closed at once. Kept in memory that is
 * never dumped or swapped where the kernel lets us. Wiped by secret_wipe().
 */
#ifndef SANDBOX_FETCH_SECRET_H
#define SANDBOX_FETCH_SECRET_H

#include "sandbox/base/failure.h"

#include <stddef.h>

#define SECRET_BYTES 65536

struct secret {
	char *page; /* SECRET_BYTES of its own mapping, NULL: no credential */
	const char *username;
	const char *password;
};

/* fd < 0: no credential, which is not an error. Takes fd. */
int secret_read(int fd, struct secret *ret, struct failure *f);
void secret_wipe(struct secret *secret);

#endif
