/* namespaces/root_overlay.h: a writable overlay whose upper side is of the work space.
 *
 * Without user.* attributes on a tmpfs (Linux 6.6 has them) the kernel mounts one all the same, and
 * then says EIO to `rm -r d; mkdir d`: so they are tried, on the very directory.
 */
#ifndef NAMESPACES_ROOT_OVERLAY_H
#define NAMESPACES_ROOT_OVERLAY_H

#include "namespaces/root.h"

/* A new directory of the tmpfs that is counted; nobody reaches it but by what is mounted of it. -1
 * with errno. */
int root_overlay_directory(const struct root *root, const char *name, uid_t uid, gid_t gid);

/* Detached; lower is as mount(8) takes it. -1 with errno; *ret_marks false: there are no user
 * attributes. */
int root_overlay_new(const char *lower, int upper_fd, int work_fd, bool *ret_marks);

#endif
