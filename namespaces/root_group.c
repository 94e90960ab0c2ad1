#include "namespaces/root_group.h"

#include "namespaces/mount.h"
#include "namespaces/root_figures.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define GROUP      "sys/fs/cgroup"
#define CPUSET     GROUP "/cpuset"

/* Of v1, those by which a runtime sizes itself. */
static const char *const shown[] = { "memory", "cpu", "cpuacct", "pids" };

static int unseen(struct root *root, const char *what)
{
	if (root->unseen[0] == '\0')
		snprintf(root->unseen, sizeof(root->unseen), "%s: %s", what, strerror(errno));
	return 0;
}

static int directory_make(const struct root *root, const char *path, struct failure *f)
{
	return mkdirat(root->root_fd, path, 0755) < 0 ? fail(f, errno, "make /%s", path) : 0;
}

/* v1 with these controllers, which have to be all of one hierarchy; -1 with errno. */
static int hierarchy_new(const char *controllers)
{
	struct mount_setting settings[8];
	struct failure why;
	size_t n = 0;
	char names[64], *save = NULL;
	int fd;

	snprintf(names, sizeof(names), "%s", controllers);
	for (char *name = strtok_r(names, ",", &save); name != NULL && n < ARRAY_LEN(settings);
		name = strtok_r(NULL, ",", &save))
		settings[n++] = (struct mount_setting){ name, "" };
	fd = mount_new("cgroup", settings, n, ATTRIBUTES, &why);
	if (fd < 0)
		errno = why.errnum;
	return fd;
}

static bool is_shown(const char *controllers)
{
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		size_t n = strcspn(controllers, ",");

		if (strlen(shown[i]) == n && strncmp(shown[i], controllers, n) == 0)
			return true;
	}
	return false;
}

static int hierarchy_show(struct root *root, const char *controllers, struct failure *f)
{
	own_fd int tree = -1;
	char path[96];

	if (!is_shown(controllers))
		return 0;
	tree = hierarchy_new(controllers);
	if (tree < 0)
		return unseen(root, controllers);
	snprintf(path, sizeof(path), GROUP "/%s", controllers);
	if (directory_make(root, path, f) < 0)
		return -1;
	return mount_attach(tree, root->root_fd, path) < 0 ? fail(f, errno, "attach /%s", path) : 0;
}

static int cpuset_write(const struct root *root, const char *name, const char *text)
{
	own_fd int fd = openat(root->root_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ? -1 : 0;
}

/* The run has no group of processors: its root there would be the launcher's, with all below. But
 * the JVM believes no group at all where v1 has none of this name, and opens nothing of it. So it
 * is mounted, and two files of ours over it are all that anybody reaches. */
static int cpuset_show(struct root *root, struct failure *f)
{
	own_fd int tree = hierarchy_new("cpuset");
	own_fd int cover = -1;
	cpu_set_t processors;
	char list[4096];

	if (tree < 0)
		return unseen(root, "cpuset");
	root_figures_processors(&processors);
	root_figures_list(&processors, list, sizeof(list));
	if (directory_make(root, CPUSET, f) < 0)
		return -1;
	if (cpuset_write(root, CPUSET "/cpuset.cpus", list) < 0 ||
		cpuset_write(root, CPUSET "/cpuset.mems", "0\n") < 0)
		return fail(f, errno, "write the files of /" CPUSET);
	cover = mount_clone(root->root_fd, CPUSET, 0, ATTRIBUTES);
	if (cover < 0 || mount_attach(tree, root->root_fd, CPUSET) < 0 ||
		mount_attach(cover, root->root_fd, CPUSET) < 0)
		return fail(f, errno, "cover /" CPUSET);
	return 0;
}

static int unified_show(struct root *root, struct failure *f)
{
	struct failure why;
	own_fd int tree = mount_new("cgroup2", NULL, 0, ATTRIBUTES, &why);

	if (tree < 0) {
		errno = why.errnum;
		return unseen(root, "cgroup2");
	}
	return mount_attach(tree, root->root_fd, GROUP) < 0 ? fail(f, errno, "attach /" GROUP) : 0;
}

int root_group_mount(struct root *root, const struct root_plan *plan, struct failure *f)
{
	if (plan->groups_n == 0)
		return 0;
	if (directory_make(root, "sys/fs", f) < 0 || directory_make(root, GROUP, f) < 0)
		return -1;
	if (plan->groups[0][0] == '\0')
		return unified_show(root, f);
	for (size_t i = 0; i < plan->groups_n; i++)
		if (hierarchy_show(root, plan->groups[i], f) < 0)
			return -1;
	return cpuset_show(root, f);
}

/* Its mount, if it is one; what is not there is in nobody's hands. */
static int place_prove(const char *path, struct failure *f)
{
	struct statfs fs;

	if (statfs(path, &fs) < 0)
		return errno == ENOENT ? 0 : fail(f, errno, "look at %s", path);
	return (fs.f_flags & ST_RDONLY) == 0 ? fail(f, 0, "%s is not read-only", path) : 0;
}

int root_group_prove(struct failure *f)
{
	struct statfs fs;

	if (place_prove("/" GROUP, f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/" GROUP "/%s", shown[i]);
		if (place_prove(path, f) < 0)
			return -1;
	}
	if (statfs("/" CPUSET, &fs) == 0 && fs.f_type != TMPFS_MAGIC)
		return fail(f, 0, "/" CPUSET " is not covered");
	return 0;
}

void root_group_each(root_row_fn row, void *data)
{
	row(data, "/" GROUP,
		"the run's own control groups, read-only; of v1 memory, cpu, cpuacct and pids");
	row(data, "/" CPUSET, "made up, with v1: the processors of the run");
}
