/* namespaces/etc_public.h: which of the host's /etc is public, and belongs to a tool of /usr.
 *
 * Runs in  the launcher, as the user that the sandbox runs as. It reads names and modes, and
 *          opens no file.
 * The rule, for a directory: all of it is of who owns /etc (root) and may be read by everybody,
 *          something of its name is in /usr, no service has its name, and no row refuses it.
 *          One file that is withheld from others withholds the directory.
 * For a file at the top: a row names it. Such a file has no tool of its name, and what has
 *          (pip.conf, npmrc) holds passwords as often as not.
 */
#ifndef NAMESPACES_ETC_PUBLIC_H
#define NAMESPACES_ETC_PUBLIC_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

#define ETC_PUBLIC_MAX 128

struct etc_public {
	uint32_t n;
	struct etc_entry {
		char name[47];
		bool directory; /* when it was looked at */
	} entries[ETC_PUBLIC_MAX];
};

/* By name. root: "" but in tests; a host without /etc has nothing public. */
int etc_public_find(const char *root, struct etc_public *ret, struct failure *f);

/* May path, of /etc and with no link in it, be shown because the user names it? */
int etc_public_bind(const char *path, struct failure *f);

#endif
