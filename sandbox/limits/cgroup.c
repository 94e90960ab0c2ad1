#include "sandbox/limits/cgroup.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/limits/cgroup_scope.h"
#include "sandbox/limits/cgroup_tree.h"
#include "sandbox/limits/cgroup_v1.h"
#include "sandbox/limits/cgroup_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

const char *cgroup_driver_name(enum cgroup_driver driver)
{
	static const char *const names[] = {
		[CGROUP_NONE] = "none",
		[CGROUP_INHERITED] = "inherited",
		[CGROUP_V1] = "v1",
		[CGROUP_SYSTEMD] = "systemd",
		[CGROUP_V2] = "v2",
	};
	return names[driver];
}

bool cgroup_driver_limits(enum cgroup_driver driver)
{
	return driver >= CGROUP_V1;
}

/* A scope is a delegated v2 directory like any other once we stand in it. */
static bool is_v2(const struct cgroup *cg)
{
	return cg->driver == CGROUP_V2 || cg->driver == CGROUP_SYSTEMD;
}

static const char *root_prefix(const char *root)
{
	return strcmp(root, "/") == 0 ? "" : root;
}

int cgroup_prepare(const char *root, uid_t uid, gid_t gid, pid_t front, struct failure *f)
{
	struct cgroup_host host;

	if (geteuid() != 0)
		return 0;
	root = root_prefix(root);
	if (cgroup_host_read(root, &host, f) < 0)
		return 0; /* cgroup_choose() says that there is nothing to see */
	if (cgroup_v2_prepare(root, &host, uid, gid, front, f) < 0)
		return -1;
	return cgroup_v1_prepare(root, &host, uid, gid, f);
}

static void cgroup_init(struct cgroup *cg)
{
	*cg = (struct cgroup){ .driver = CGROUP_NONE };
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		cg->at[i].parent_fd = cg->at[i].fd = -1;
}

/* No group of our own: say who limits us already, if anybody does. A pids limit alone
 * does not count as that, because systemd sets one on every user's slice. */
static void choose_inherited(struct cgroup *cg, const char *root, const struct cgroup_host *host)
{
	const char *job = getenv("SLURM_JOB_ID");
	struct limits above;
	char text[96];

	cgroup_host_limits(root, host, &above);
	cgroup_limits_text(&above, text, sizeof(text));
	if (job != NULL || above.memory_bytes != LIMIT_NONE || above.cpus_milli != LIMIT_NONE)
		cg->driver = CGROUP_INHERITED;
	if (job != NULL)
		cgroup_detail(cg, "Slurm job %.20s", job);
	if (text[0] != '\0')
		cgroup_detail(cg, "limits above us: %s", text);
	else if (job != NULL)
		cgroup_detail(cg, "its limits are not visible");
}

int cgroup_choose(struct cgroup *ret, const char *root, const struct cgroup_manager *manager,
	struct failure *f)
{
	struct cgroup_host host;
	char why_v2[200], why_scope[200], why_v1[200];

	cgroup_init(ret);
	root = root_prefix(root);
	if (cgroup_host_read(root, &host, f) < 0) {
		cgroup_detail(ret, "%s: %s", f->what, strerror(f->errnum));
		return 0;
	}
	if (cgroup_v2_choose(ret, root, &host, why_v2, sizeof(why_v2)))
		return 0;
	if (cgroup_scope_choose(ret, root, &host, manager, why_scope, sizeof(why_scope))) {
		cgroup_detail(ret, "%s", why_v2);
		return 0;
	}
	bool v1 = cgroup_v1_choose(ret, root, &host, why_v1, sizeof(why_v1));
	cgroup_detail(ret, "%s", why_v2);
	if (why_scope[0] != '\0')
		cgroup_detail(ret, "%s", why_scope);
	if (!v1) {
		cgroup_release(ret);
		cgroup_detail(ret, "%s", why_v1);
	}
	return 0;
}

void cgroup_inherit(struct cgroup *cg, const char *root)
{
	char why[sizeof(cg->detail)];
	struct cgroup_host host;
	struct failure f;

	root = root_prefix(root);
	if (cg->driver != CGROUP_NONE || cgroup_host_read(root, &host, &f) < 0)
		return;
	snprintf(why, sizeof(why), "%s", cg->detail);
	cg->detail[0] = '\0';
	choose_inherited(cg, root, &host);
	cgroup_detail(cg, "%s", why);
}

/* The run's own directories, in every hierarchy that was chosen. */
static int make_directories(struct cgroup *cg, struct failure *f)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		char path[CGROUP_PATH_BYTES + sizeof(cg->name) + 1];

		if (cg->at[i].parent_fd < 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", cg->at[i].path, cg->name);
		if (strlen(path) >= CGROUP_PATH_BYTES)
			return fail(f, ENAMETOOLONG, "create cgroup %s", path);
		if (mkdirat(cg->at[i].parent_fd, cg->name, 0755) < 0)
			return fail(f, errno, "create cgroup %s", path);
		strcpy(cg->at[i].path, path);
		cg->at[i].fd = openat(cg->at[i].parent_fd, cg->name,
			O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (cg->at[i].fd < 0) {
			fail(f, errno, "open cgroup %s", path);
			unlinkat(cg->at[i].parent_fd, cg->name, AT_REMOVEDIR);
			return -1;
		}
	}
	return 0;
}

static int create(struct cgroup *cg, const struct limits *limits, struct limits *ret_applied,
	struct failure *f)
{
	if (is_v2(cg) && cgroup_v2_open_parent(cg, f) < 0)
		return -1;
	if (make_directories(cg, f) < 0)
		return -1;
	return cgroup_limit(cg, limits, ret_applied, f);
}

int cgroup_create(struct cgroup *cg, const char *run_id, const struct limits *limits,
	struct limits *ret_applied, struct failure *f)
{
	if (!cgroup_driver_limits(cg->driver)) {
		*ret_applied = limits_none;
		return 0;
	}
	snprintf(cg->name, sizeof(cg->name), CGROUP_RUN_PREFIX "%s", run_id);
	if (cgroup_run_id(cg->name) == NULL)
		return fail(f, EINVAL, "cgroup for run id %s", run_id);
	if (create(cg, limits, ret_applied, f) < 0) {
		cgroup_remove(cg, 0, NULL, NULL);
		return -1;
	}
	return 0;
}

int cgroup_limit(struct cgroup *cg, const struct limits *limits, struct limits *ret_applied,
	struct failure *f)
{
	struct limits applied = limits_none;
	int result = 0;

	if (cg->driver == CGROUP_V1)
		result = cgroup_v1_limit(cg, limits, &applied, f);
	else if (is_v2(cg))
		result = cgroup_v2_limit(cg, limits, &applied, f);
	if (result == 0)
		*ret_applied = applied;
	return result;
}

int cgroup_clone_fd(const struct cgroup *cg)
{
	return is_v2(cg) ? cg->at[0].fd : -1;
}

int cgroup_enter(const struct cgroup *cg, pid_t pid, struct failure *f)
{
	char word[24];

	snprintf(word, sizeof(word), "%d", pid);
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		if (cg->at[i].fd >= 0 && cgroup_file_write(cg->at[i].fd, "cgroup.procs", word) < 0)
			return fail(f, errno, "move process %d into %s", pid, cg->at[i].path);
	return 0;
}

/* "0" in v1's tasks moves the writing thread alone, and that the kernel does without
 * the lock that stops every fork of the host (cgroup_procs_write_start()). */
int cgroup_enter_self(const struct cgroup *cg, struct failure *f)
{
	const char *file = cg->driver == CGROUP_V1 ? "tasks" : "cgroup.procs";

	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		if (cg->at[i].fd >= 0 && cgroup_file_write(cg->at[i].fd, file, "0") < 0)
			return fail(f, errno, "enter %s", cg->at[i].path);
	return 0;
}

void cgroup_usage(const struct cgroup *cg, struct cgroup_usage *ret)
{
	memset(ret, 0xff, sizeof(*ret)); /* every field "not known" */
	if (cg->at[0].fd < 0)
		return;
	if (cg->driver == CGROUP_V1)
		cgroup_v1_usage(cg, ret);
	else if (is_v2(cg))
		cgroup_v2_usage(cg, ret);
}

void cgroup_kill(const struct cgroup *cg)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		if (cg->at[i].fd >= 0)
			cgroup_tree_kill(cg->at[i].fd, cg->name);
}

void cgroup_remove(struct cgroup *cg, unsigned timeout_ms, cgroup_report_fn report, void *data)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		int errnum = 0;

		if (cg->at[i].fd < 0)
			continue;
		bool gone = cgroup_tree_remove(cg->at[i].parent_fd, cg->name, 0, &errnum);
		if (!gone) {
			cgroup_tree_kill(cg->at[i].fd, cg->name);
			gone = cgroup_tree_remove(
				cg->at[i].parent_fd, cg->name, timeout_ms, &errnum);
		}
		if (report != NULL)
			report(data, cg->at[i].path, gone, gone ? "" : strerror(errnum));
		own_fd_end(&cg->at[i].fd);
	}
	if (is_v2(cg))
		cgroup_v2_close_parent(cg);
}

void cgroup_release(struct cgroup *cg)
{
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++) {
		own_fd_end(&cg->at[i].fd);
		own_fd_end(&cg->at[i].parent_fd);
		cg->at[i].controllers = 0;
	}
	cg->driver = CGROUP_NONE;
}
