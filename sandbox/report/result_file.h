/* sandbox/report/result_file.h: a file that a run leaves at its end, whole or not at all.
 *
 * what     names it in messages, and is the option's name: "report", "provenance".
 */
#ifndef SANDBOX_REPORT_RESULT_FILE_H
#define SANDBOX_REPORT_RESULT_FILE_H

#include "sandbox/base/failure.h"

/* Check early that path can be written (its directory is opened and kept, a temporary file is
 * created there, given some room, and unlinked); *ret_dir_fd is the caller's. */
int result_file_open(const char *what, const char *path, int *ret_dir_fd, struct failure *f);

/* Write "name.<id>.tmp" in dir_fd, fsync, rename over the last component of path. Mode 0600. The
 * NUL at the text's end becomes a newline. */
int result_file_write(const char *what, int dir_fd, const char *path, const char *id, char *text,
	struct failure *f);

#endif
