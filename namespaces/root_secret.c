#include "namespaces/root_secret.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int root_secret_place(const struct root *root, const struct root_plan *plan, struct failure *f)
{
	if (plan->secrets_n == 0)
		return 0;
	if (mkdirat(root->root_fd, &ROOT_SECRETS[1], 0755) < 0)
		return fail(f, errno, "make the directory " ROOT_SECRETS);
	return 0;
}

static uint64_t room_for(const struct root_secret *secrets, size_t n)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t bytes = page; /* for the directory */
	struct stat st;

	for (size_t i = 0; i < n; i++)
		if (fstat(secrets[i].fd, &st) == 0)
			bytes += ((uint64_t)st.st_size + page - 1) / page * page;
	return bytes;
}

/* The bytes go from file to file: they are never in a memory of ours. */
static int write_one(
	int directory, struct root_secret *secret, const struct user_ids *ids, struct failure *f)
{
	own_fd int fd = openat(directory, secret->name,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	struct stat st;
	off_t at = 0;

	if (fd < 0 || fstat(secret->fd, &st) < 0)
		return fail(f, errno, "make " ROOT_SECRETS "/%s", secret->name);
	while (at < st.st_size) {
		ssize_t n = sendfile(fd, secret->fd, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return fail(
				f, n < 0 ? errno : EIO, "write " ROOT_SECRETS "/%s", secret->name);
	}
	if (fchown(fd, ids->builder_uid, ids->builder_gid) < 0)
		return fail(f, errno, "give " ROOT_SECRETS "/%s to the builder", secret->name);
	own_fd_end(&secret->fd);
	return 0;
}

int root_secret_give(
	struct root_secret *secrets, size_t n, const struct user_ids *ids, struct failure *f)
{
	own_fd int mount = -1;

	if (n == 0)
		return 0;
	mount = mount_new_tmpfs(room_for(secrets, n), n + 1, "755",
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);
	if (mount < 0)
		return -1;
	/* Attached before it is filled: older kernels cannot fill a detached one. */
	if (mount_attach(mount, AT_FDCWD, ROOT_SECRETS) < 0)
		return fail(f, errno, "attach " ROOT_SECRETS);
	for (size_t i = 0; i < n; i++)
		if (write_one(mount, &secrets[i], ids, f) < 0)
			return -1;
	return mount_restrict(mount, "", 0, MOUNT_ATTR_RDONLY) < 0
		       ? fail(f, errno, "make " ROOT_SECRETS " read-only")
		       : 0;
}

void root_secret_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	for (size_t i = 0; i < plan->secrets_n; i++)
		root_row_say(row, data, ROOT_SECRETS "/", plan->secrets[i].name,
			"tmpfs of its own, read-only, 0400", "--secret");
}
