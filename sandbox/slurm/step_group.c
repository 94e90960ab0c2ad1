#include "sandbox/slurm/step_group.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"
#include "sandbox/limits/cgroup_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HANDED_OVER                                                                                \
	(CONTROLLER_MEMORY | CONTROLLER_CPU | CONTROLLER_CPUACCT | CONTROLLER_PIDS | CONTROLLER_IO)
#define LEVELS_OF_SLURM 4 /* slurmstepd.scope/job_1/step_0/user, above the task's */
#define PATIENCE_MS     2000

static int read_host(const char *root, pid_t task, struct cgroup_host *ret, struct failure *f)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", task);
	return cgroup_host_read_of(root, number, ret, f);
}

static bool is_of_a_job(const struct cgroup_place *place)
{
	return strstr(place->path, "/job_") != NULL;
}

static bool is_handed_over(const struct cgroup_place *place)
{
	return place->path[0] != '\0' && (place->controllers & HANDED_OVER) != 0 &&
	       (place->controllers & CONTROLLER_FREEZER) == 0;
}

static int v1_make(struct step_group *group, const char *root, gid_t gid, struct failure *f)
{
	static const char *const no_files[] = { NULL };
	unsigned made = 0;

	for (size_t i = 0; i < group->host.v1_n; i++) {
		const struct cgroup_place *place = &group->host.v1[i];
		own_fd int own = -1;
		own_fd int fd = -1;

		if (!is_handed_over(place))
			continue;
		own = cgroup_host_open(root, place->path);
		if (own < 0)
			return fail(f, errno, "open cgroup %s", place->path);
		if (cgroup_make_uid_dir(own, group->uid, gid, no_files, &fd, f) < 0)
			return -1;
		made |= place->controllers;
	}
	if ((made & CONTROLLERS_THAT_LIMIT) == 0)
		return fail(f, 0, "no cgroup hierarchy of memory, cpu or pids is mounted");
	return 0;
}

/* Slurm switches on what it uses itself, and pids is not among that. From above, for a group
 * gives only what it has been given; never above Slurm's own. */
static void switch_on(const char *root, const struct cgroup_place *task)
{
	for (unsigned level = LEVELS_OF_SLURM; level > 0; level--) {
		char path[CGROUP_PATH_BYTES];
		char *end = path + strlen(task->path);
		bool is_slurms = true;

		strcpy(path, task->path);
		for (unsigned up = 0; up < level && is_slurms; up++) {
			*end = '\0';
			end = strrchr(path, '/');
			is_slurms = end != NULL && end > path + task->mount_length;
		}
		if (!is_slurms)
			continue;
		*end = '\0';
		own_fd int fd = cgroup_host_open(root, path);
		cgroup_file_write(fd, "cgroup.subtree_control", "+memory");
		cgroup_file_write(fd, "cgroup.subtree_control", "+cpu");
		cgroup_file_write(fd, "cgroup.subtree_control", "+pids");
		cgroup_file_write(fd, "cgroup.subtree_control", "+io");
	}
}

/* The group that the task's lies in, and the name of the task's in it. NULL: it is not Slurm's. */
static const char *split(const struct cgroup_place *task, char ret_above[CGROUP_PATH_BYTES])
{
	const char *slash = strrchr(task->path, '/');

	if (slash == NULL || strncmp(slash, "/task_", 6) != 0 || !is_of_a_job(task))
		return NULL;
	snprintf(ret_above, CGROUP_PATH_BYTES, "%.*s", (int)(slash - task->path), task->path);
	return slash + 1;
}

static int hand_over(int fd, const char *file, uid_t uid, gid_t gid, struct failure *f)
{
	if (fchownat(fd, file, uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "hand over %s of the task's cgroup", file);
	return 0;
}

static int v2_make(struct step_group *group, const char *root, gid_t gid, struct failure *f)
{
	static const char *const files[] = { ".", "cgroup.procs", "cgroup.threads",
		"cgroup.subtree_control" };
	char above[CGROUP_PATH_BYTES], name[CGROUP_PATH_BYTES + sizeof(CGROUP_BESIDE)];
	const char *task = split(&group->host.v2, above);

	if (task == NULL) {
		fail(f, 0, "the task is in %s, which is no group of a task of Slurm's",
			group->host.v2.path[0] != '\0' ? group->host.v2.path : "no cgroup");
		return fail_remedy(f, "ProctrackType=proctrack/cgroup in slurm.conf");
	}
	snprintf(name, sizeof(name), "%s" CGROUP_BESIDE, task);
	switch_on(root, &group->host.v2);

	own_fd int parent = cgroup_host_open(root, above);
	if (parent < 0 || (mkdirat(parent, name, 0755) < 0 && errno != EEXIST))
		return fail(f, errno, "create cgroup %s/%s", above, name);
	own_fd int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(f, errno, "open cgroup %s/%s", above, name);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (hand_over(fd, files[i], group->uid, gid, f) < 0)
			return -1;
	return hand_over(parent, "cgroup.procs", group->uid, gid, f);
}

int step_group_make(struct step_group *ret, const char *root, pid_t task, uid_t uid, gid_t gid,
	struct failure *f)
{
	*ret = (struct step_group){ .task = task, .uid = uid };
	if (read_host(root, task, &ret->host, f) < 0)
		return -1;
	ret->beside = ret->host.v2.path[0] != '\0' &&
		      (ret->host.v2.controllers & CONTROLLERS_THAT_LIMIT) != 0;
	return ret->beside ? v2_make(ret, root, gid, f) : v1_make(ret, root, gid, f);
}

bool step_group_keeps(const struct step_group *group, const char *root)
{
	struct cgroup_host now;
	struct failure f;

	return !group->beside || read_host(root, group->task, &now, &f) < 0 ||
	       strcmp(now.v2.path, group->host.v2.path) == 0;
}

static int remove_one(const char *root, const char *above, const char *name, struct failure *f)
{
	own_fd int parent = cgroup_host_open(root, above);
	own_fd int fd = -1;
	int errnum;

	if (parent >= 0)
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return 0; /* gone with the step's */
	cgroup_tree_kill(fd, name);
	if (!cgroup_tree_remove(parent, name, PATIENCE_MS, &errnum))
		return fail(f, errnum, "remove cgroup %s/%s", above, name);
	return 0;
}

int step_group_remove(const struct step_group *group, const char *root, struct failure *f)
{
	char above[CGROUP_PATH_BYTES], name[CGROUP_PATH_BYTES + sizeof(CGROUP_BESIDE)];
	int result = 0;

	if (group->beside) {
		const char *task = split(&group->host.v2, above);

		snprintf(name, sizeof(name), "%s" CGROUP_BESIDE, task != NULL ? task : "");
		return task != NULL ? remove_one(root, above, name, f) : 0;
	}
	snprintf(name, sizeof(name), CGROUP_UID_PREFIX "%u", group->uid);
	for (size_t i = 0; i < group->host.v1_n; i++)
		if (is_handed_over(&group->host.v1[i]) && is_of_a_job(&group->host.v1[i]) &&
			remove_one(root, group->host.v1[i].path, name, f) < 0)
			result = -1;
	return result;
}
