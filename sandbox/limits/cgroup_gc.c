#include "sandbox/limits/cgroup_gc.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/limits/cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>

#define UNKNOWN_AGE_S  60
#define PARENT_AGE_S   1
#define REMOVE_WAIT_MS 500
#define UID_DIR_DEPTH  8 /* groups of services and logins above one */

struct sweep {
	bool dry_run, keep_users;
	cgroup_fate_fn fate;
	cgroup_report_fn report;
	void *data;
};

/* No process for at least seconds, as far as this directory can tell. */
static bool is_abandoned(int fd, time_t seconds)
{
	struct stat st;
	char text[16];

	return fstat(fd, &st) == 0 && st.st_ctim.tv_sec + seconds < time(NULL) &&
	       cgroup_file_read(fd, "cgroup.procs", text, sizeof(text)) == 0 && text[0] == '\0';
}

static void end_group(const struct sweep *sweep, int parent_fd, const char *parent,
	const char *name, enum cgroup_fate fate)
{
	own_fd int fd = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	char path[CGROUP_PATH_BYTES + 256];
	int errnum = 0;

	if (fd < 0 || fate == CGROUP_KEEP)
		return;
	if (fate == CGROUP_UNKNOWN && !is_abandoned(fd, UNKNOWN_AGE_S))
		return;
	snprintf(path, sizeof(path), "%s/%s", parent, name);
	if (sweep->dry_run) {
		sweep->report(sweep->data, path, false, "would be removed");
		return;
	}
	if (fate == CGROUP_DEAD)
		cgroup_tree_kill(fd, name);
	bool gone = cgroup_tree_remove(parent_fd, name, REMOVE_WAIT_MS, &errnum);
	sweep->report(sweep->data, path, gone, gone ? "" : strerror(errnum));
}

/* Every "cofferdam-<id>" in one directory. */
static void sweep_runs(const struct sweep *sweep, const char *root, const char *path)
{
	own_fd int fd = cgroup_host_open(root, path);
	own_dir DIR *dir = fd >= 0 ? cgroup_dir_open(fd, ".") : NULL;

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		const char *id = cgroup_run_id(e->d_name);

		if (id != NULL)
			end_group(sweep, fd, path, e->d_name, sweep->fate(sweep->data, id));
	}
}

static bool is_uid_dir(const char *name)
{
	size_t length = strlen(CGROUP_UID_PREFIX);

	return strncmp(name, CGROUP_UID_PREFIX, length) == 0 && name[length] != '\0' &&
	       name[length + strspn(name + length, "0123456789")] == '\0';
}

/* A launcher hands itself such a directory before it holds it. Give it the time for that. */
static void wait_out_a_start(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_ctim.tv_sec + PARENT_AGE_S >= time(NULL))
		nanosleep(&(struct timespec){ .tv_nsec = 999999999 }, NULL);
}

static void end_uid_dir(void *data, int own_fd_, const char *own, const char *name)
{
	const struct sweep *sweep = data;
	own_fd int fd = openat(own_fd_, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	char path[CGROUP_PATH_BYTES + 256];

	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", own, name);
	if (sweep->dry_run) {
		sweep->report(sweep->data, path, false, "would be removed if nothing is in it");
		return;
	}
	wait_out_a_start(fd);
	/* Held (cgroup_hold()): a run is about to make its group here. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return;
	unlinkat(fd, CGROUP_LAUNCHERS, AT_REMOVEDIR);
	if (unlinkat(own_fd_, name, AT_REMOVEDIR) == 0)
		sweep->report(sweep->data, path, true, "");
}

typedef void (*uid_dir_fn)(void *data, int parent_fd, const char *parent, const char *name);

/* In the whole hierarchy: root may have started a run from another group than this one
 * (each login and each service has its own), and nobody else can remove them. */
static void each_uid_dir(
	const char *root, const char *path, unsigned depth, uid_dir_fn fn, void *data)
{
	own_fd int fd = cgroup_host_open(root, path);
	own_dir DIR *dir = fd >= 0 ? cgroup_dir_open(fd, ".") : NULL;
	char below[CGROUP_PATH_BYTES];

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		if (is_uid_dir(e->d_name))
			fn(data, fd, path, e->d_name);
		else if (depth > 0 && snprintf(below, sizeof(below), "%s/%s", path, e->d_name) <
					      (int)sizeof(below))
			each_uid_dir(root, below, depth - 1, fn, data);
	}
}

/* The whole of a hierarchy: from its mount point on. */
static void place_uid_dirs(
	const char *root, const struct cgroup_place *place, uid_dir_fn fn, void *data)
{
	char mount[CGROUP_PATH_BYTES];

	if (place->path[0] == '\0')
		return;
	snprintf(mount, sizeof(mount), "%.*s", (int)place->mount_length, place->path);
	each_uid_dir(root, mount, UID_DIR_DEPTH, fn, data);
}

struct owners {
	struct cgroup_owner *rows;
	size_t n, max;
};

static void owner_add(void *data, int parent_fd, const char *parent, const char *name)
{
	struct owners *owners = data;
	struct stat st;

	(void)parent;
	/* The directory's owner, not its name, says whose it is. */
	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_uid == 0 ||
		st.st_gid == 0)
		return;
	for (size_t i = 0; i < owners->n; i++)
		if (owners->rows[i].uid == st.st_uid)
			return;
	if (owners->n < owners->max)
		owners->rows[owners->n++] =
			(struct cgroup_owner){ .uid = st.st_uid, .gid = st.st_gid };
}

size_t cgroup_owners(const char *root, struct cgroup_owner *ret, size_t max)
{
	struct owners owners = { .rows = ret, .max = max };
	struct cgroup_host host;
	struct failure f;

	if (strcmp(root, "/") == 0)
		root = "";
	if (cgroup_host_read(root, &host, &f) < 0)
		return 0;
	place_uid_dirs(root, &host.v2, owner_add, &owners);
	for (size_t i = 0; i < host.v1_n; i++)
		place_uid_dirs(root, &host.v1[i], owner_add, &owners);
	return owners.n;
}

static void sweep_place(
	const struct sweep *sweep, const char *root, const struct cgroup_place *place)
{
	char own[CGROUP_PATH_BYTES], handed[CGROUP_PATH_BYTES + 32];

	if (place->path[0] == '\0')
		return;
	strcpy(own, place->path);
	char *slash = strrchr(own, '/');
	if (slash != NULL && strcmp(slash + 1, CGROUP_LAUNCHERS) == 0)
		*slash = '\0';
	snprintf(handed, sizeof(handed), "%s/" CGROUP_UID_PREFIX "%u", own, geteuid());
	sweep_runs(sweep, root, handed);
	sweep_runs(sweep, root, own);
	if (geteuid() == 0 && !sweep->keep_users)
		place_uid_dirs(root, place, end_uid_dir, (void *)sweep);
}

void cgroup_gc(const char *root, bool dry_run, bool keep_users, cgroup_fate_fn fate,
	cgroup_report_fn report, void *data)
{
	struct sweep sweep = { .dry_run = dry_run,
		.keep_users = keep_users,
		.fate = fate,
		.report = report,
		.data = data };
	struct cgroup_host host;
	struct failure f;

	if (strcmp(root, "/") == 0)
		root = "";
	if (cgroup_host_read(root, &host, &f) < 0)
		return; /* no /proc, no groups that we could have made */
	sweep_place(&sweep, root, &host.v2);
	for (size_t i = 0; i < host.v1_n; i++)
		sweep_place(&sweep, root, &host.v1[i]);
}

static bool is_cgroup_file_system(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == CGROUP_SUPER_MAGIC || fs.f_type == CGROUP2_SUPER_MAGIC);
}

void cgroup_gc_path(
	const char *path, const char *run_id, bool dry_run, cgroup_report_fn report, void *data)
{
	struct sweep sweep = { .dry_run = dry_run, .report = report, .data = data };
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	char parent[CGROUP_PATH_BYTES];
	const char *slash = strrchr(path, '/');

	if (path[0] != '/' || slash == path || strlen(path) >= sizeof(parent))
		return;
	const char *id = cgroup_run_id(slash + 1);
	if (id == NULL || strcmp(id, run_id) != 0)
		return;
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	own_fd int fd = (int)syscall(SYS_openat2, AT_FDCWD, parent, &how, sizeof(how));
	if (fd >= 0 && is_cgroup_file_system(fd))
		end_group(&sweep, fd, parent, slash + 1, CGROUP_DEAD);
}
