#include "namespaces/root_overlay.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TRIAL "user.overlay.trial"

int root_overlay_directory(const struct root *root, const char *name, uid_t uid, gid_t gid)
{
	if (mkdirat(root->hidden_fd, name, 0755) < 0 ||
		fchownat(root->hidden_fd, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return openat(root->hidden_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int root_overlay_new(const char *lower, int upper_fd, int work_fd, bool *ret_marks)
{
	char top[32], scratch[32];
	const struct mount_setting settings[] = { { "lowerdir", lower }, { "upperdir", top },
		{ "workdir", scratch }, { "userxattr", NULL } };

	*ret_marks = upper_fd >= 0 && work_fd >= 0 && fsetxattr(upper_fd, TRIAL, "y", 1, 0) == 0 &&
		     fremovexattr(upper_fd, TRIAL) == 0;
	if (!*ret_marks)
		return -1;
	snprintf(top, sizeof(top), "/proc/self/fd/%d", upper_fd);
	snprintf(scratch, sizeof(scratch), "/proc/self/fd/%d", work_fd);
	return mount_overlay(settings, ARRAY_LEN(settings), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}
