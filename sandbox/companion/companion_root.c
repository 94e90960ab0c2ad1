#include "sandbox/companion/companion_root.h"

#include "namespaces/hostpath.h"
#include "namespaces/mount.h"
#include "sandbox/base/own.h"
#include "sandbox/privilege/caps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

/* Any directory that every host has: it is covered for a moment. */
#define FOOTHOLD   "/proc"

#define ROOT_BYTES (512 * 1024)
#define ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int new_root(int *ret_fd, struct failure *f)
{
	*ret_fd = mount_new_tmpfs(ROOT_BYTES, 16, "0555",
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);
	if (*ret_fd < 0)
		return -1;
	if (mount_attach(*ret_fd, AT_FDCWD, FOOTHOLD) < 0)
		return fail(f, errno, "attach the companion's root");
	return 0;
}

/* Nothing else may be in sight. */
static int prove_root(const char *name, struct failure *f)
{
	own_dir DIR *dir = opendir("/");
	const struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return fail(f, errno, "look at the companion's root");
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (strcmp(entry->d_name, name) != 0)
			return fail(f, 0, "the companion's root holds %s", entry->d_name);
		found = true;
	}
	return found ? 0 : fail(f, 0, "%s is not in the companion's root", name);
}

static int enter(int root_fd, const char *name, struct failure *f)
{
	if (mount_restrict(root_fd, "", AT_RECURSIVE, ATTRIBUTES) < 0)
		return fail(f, errno, "make the companion's root read-only");
	return mount_enter(root_fd, f) < 0 ? -1 : prove_root(name, f);
}

int companion_root_one(int mount_fd, const char *name, struct failure *f)
{
	own_fd int root_fd = -1;

	if (new_root(&root_fd, f) < 0)
		return -1;
	/* No descriptor of it: one that may write would keep the mount from being read-only. */
	if (mknodat(root_fd, name, S_IFREG | 0444, 0) < 0 ||
		mount_attach(mount_fd, root_fd, name) < 0)
		return fail(f, errno, "bind %s into the companion's root", name);
	return enter(root_fd, name, f);
}

static int copy_file(int root_fd, const char *path, struct failure *f)
{
	own_fd int from = host_path_open_system(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	own_fd int to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0 || !S_ISREG(st.st_mode))
		return 0; /* as if this host had none */
	to = openat(root_fd, path + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (to < 0)
		return fail(f, errno, "make the companion's %s", path);
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0)
			return fail(f, errno, "copy the host's %s", path);
		if (n == 0)
			break; /* it became shorter */
		left -= n;
	}
	return 0;
}

int companion_root_files(const char *const *paths, size_t n, struct failure *f)
{
	own_fd int root_fd = -1;

	if (mount_part(f) < 0 || new_root(&root_fd, f) < 0)
		return -1;
	if (mkdirat(root_fd, "etc", 0555) < 0)
		return fail(f, errno, "make the companion's /etc");
	for (size_t i = 0; i < n; i++)
		if (copy_file(root_fd, paths[i], f) < 0)
			return -1;
	return enter(root_fd, "etc", f);
}

int companion_drop(struct failure *f)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return fail(f, errno, "forbid being looked into");
	if (caps_forbid_regain(CAPS_NONE, f) < 0 || caps_drop(CAPS_NONE, f) < 0 ||
		caps_prove(CAPS_NONE, f) < 0)
		return -1;
	return caps_no_new_privileges(f);
}
