/* sandbox/fetch/secret.h: the credentials, and their short life.
 *
 * Read once from a descriptor that is closed at once. Kept in memory that is
 * never dumped or swapped where the kernel lets us. Wiped by secret_wipe().
 * Form: words, each with its NUL: user name and password for the place that SOURCE names, which may
 * be empty; then HOST[:PORT], user name and password, any number of times.
 */
#ifndef SANDBOX_FETCH_SECRET_H
#define SANDBOX_FETCH_SECRET_H

#include "sandbox/base/failure.h"
#include "sandbox/config/credential_word.h"

#include <stddef.h>

#define SECRET_BYTES (256 * 1024)

struct secret_host {
	struct http_goal goal; /* port 0: see credential_fits() */
	const char *username, *password;
};

struct secret {
	char *page;           /* SECRET_BYTES of its own mapping, NULL: no credential */
	const char *username; /* NULL: none for SOURCE itself */
	const char *password;
	struct secret_host hosts[CREDENTIALS_MOST];
	size_t hosts_n;
};

/* fd < 0: no credential, which is not an error. Takes fd. */
int secret_read(int fd, struct secret *ret, struct failure *f);
void secret_wipe(struct secret *secret);

#endif
