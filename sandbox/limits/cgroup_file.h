/* sandbox/limits/cgroup_file.h: the small files of a cgroup directory.
 *
 * Internal to limits/. Every function takes the directory's descriptor (O_PATH will
 * do) and a file name without a slash, follows no symlink, and sets errno.
 */
#ifndef SANDBOX_LIMITS_CGROUP_FILE_H
#define SANDBOX_LIMITS_CGROUP_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read a whole file as a string; -1 and EMSGSIZE if it does not fit. */
int cgroup_file_read(int dir_fd, const char *name, char *buf, size_t size);

/* Write text with one write(2), as the kernel wants it. */
int cgroup_file_write(int dir_fd, const char *name, const char *text);

/* A file that is one number. "max", "-1" and v1's LONG_MAX in pages are UINT64_MAX. */
int cgroup_file_number(int dir_fd, const char *name, uint64_t *ret);

/* "key number" lines: the number of the first line with that key; ENOENT if none. */
int cgroup_file_key(int dir_fd, const char *name, const char *key, uint64_t *ret);

bool cgroup_file_exists(int dir_fd, const char *name);

/* A number in decimal with nothing behind it but a space, a newline or the end. */
int cgroup_number(const char *word, uint64_t *ret);

/* To read a directory; "." is dir_fd itself. NULL if that cannot be. */
DIR *cgroup_dir_open(int dir_fd, const char *name);

#endif
