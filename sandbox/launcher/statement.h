/* sandbox/launcher/statement.h: --provenance: found to be possible at first, written at last.
 *
 * Runs in  the launcher, as the ids that it keeps; statement_write() when the last process of the
 *          run is dead and its artifacts have their names.
 */
#ifndef SANDBOX_LAUNCHER_STATEMENT_H
#define SANDBOX_LAUNCHER_STATEMENT_H

#include "sandbox/report/outcome.h"

/* Without artifacts there is nothing to state, and where nobody may write no place. */
int statement_open(const struct config *config, int *ret_dir_fd, struct failure *f);
/* rootfs_fd: the archive that was the root, or -1. Nothing is left where it fails. */
int statement_write(const struct config *config, int dir_fd, int rootfs_fd,
	const struct outcome *outcome, struct failure *f);

#endif
