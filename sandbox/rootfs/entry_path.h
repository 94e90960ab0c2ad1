/* sandbox/rootfs/entry_path.h: the path of an archive's entry, as one below a root.
 *
 * "./usr//lib/" and "/usr/lib" are "usr/lib". A path with ".." has no meaning that all readers of
 * archives agree on, so it is refused, wherever it would lead.
 */
#ifndef SANDBOX_ROOTFS_ENTRY_PATH_H
#define SANDBOX_ROOTFS_ENTRY_PATH_H

#include "sandbox/base/failure.h"

#define ENTRY_PATH_BYTES 4096

/* what is how f calls it ("the name of an entry"). "" for the root itself. */
int entry_path_clean(
	const char *what, const char *path, char ret[ENTRY_PATH_BYTES], struct failure *f);

#endif
