#include "sandbox/limits/cgroup_driver.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_file.h"
#include "sandbox/limits/cgroup_host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define HOLD_TRIES 100 /* a millisecond each */

const char *cgroup_run_id(const char *name)
{
	const char *id = name + strlen(CGROUP_RUN_PREFIX);

	if (strncmp(name, CGROUP_RUN_PREFIX, strlen(CGROUP_RUN_PREFIX)) != 0 ||
		strlen(id) != CGROUP_RUN_ID_SIZE ||
		strspn(id, "0123456789abcdef") != CGROUP_RUN_ID_SIZE)
		return NULL;
	return id;
}

void cgroup_detail(struct cgroup *cg, const char *fmt, ...)
{
	char text[sizeof(cg->detail)];
	size_t used = strlen(cg->detail);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	failure_sanitize(text);
	if (strstr(cg->detail, text) == NULL)
		snprintf(cg->detail + used, sizeof(cg->detail) - used, "%s%s", used > 0 ? "; " : "",
			text);
}

void cgroup_missing(struct cgroup *cg, const char *fmt, ...)
{
	char text[sizeof(cg->detail)], before[sizeof(cg->detail)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (strstr(cg->detail, text) != NULL)
		return;
	snprintf(before, sizeof(before), "%s", cg->detail);
	cg->detail[0] = '\0';
	cgroup_detail(cg, "%s", text);
	cgroup_detail(cg, "%s", before);
}

bool cgroup_may_use(int fd, const char *const files[])
{
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return false;
	for (; *files != NULL; files++)
		if (faccessat(fd, *files, W_OK, AT_EACCESS) < 0)
			return false;
	return true;
}

static bool is_at(const char *root, const char *path, int fd)
{
	own_fd int there = cgroup_host_open(root, path);
	struct stat held, found;

	return there >= 0 && fstat(fd, &held) == 0 && fstat(there, &found) == 0 &&
	       held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

/* gc has the lock for as long as an rmdir takes. Whoever may read the directory can take it
 * too, and keep it: that must not keep anybody from a run, who then goes on without. */
int cgroup_hold(const char *root, const char *path)
{
	for (unsigned tries = 0;; tries++) {
		own_fd int named = cgroup_host_open(root, path);
		own_fd int fd =
			named < 0 ? -1 : openat(named, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			return -1;
		bool locked = flock(fd, LOCK_SH | LOCK_NB) == 0;
		if (tries == HOLD_TRIES || (locked && is_at(root, path, fd)))
			return own_fd_give(&fd);
		if (!locked)
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

int cgroup_limit_each(struct cgroup *cg, const struct cgroup_setters *setters,
	const struct limits *limits, struct limits *applied, struct failure *f)
{
	const struct {
		unsigned controller;
		bool asked;
		const char *name;
		cgroup_setter *set;
	} rows[] = {
		{ CONTROLLER_MEMORY, limits->memory_bytes != LIMIT_NONE, "memory",
			setters->memory },
		{ CONTROLLER_CPU, limits->cpus_milli != LIMIT_NONE, "cpu", setters->cpu },
		{ CONTROLLER_PIDS, limits->pids != LIMIT_NONE, "pids", setters->pids },
		{ CONTROLLER_IO, limits->io_weight != LIMIT_NONE, "io weight", setters->io },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (setters->has(cg, rows[i].controller)) {
			if (rows[i].set(cg, limits, applied, f) < 0)
				return -1;
		} else if (rows[i].asked) {
			cgroup_missing(cg, "%s: no controller", rows[i].name);
		}
	}
	return 0;
}

uint64_t cgroup_bfq_weight(uint64_t io_weight)
{
	if (io_weight <= 100)
		return io_weight;
	return 100 + (io_weight - 100) * 900 / 9900;
}

int cgroup_limit_number(int fd, const char *file, uint64_t value, uint64_t granularity,
	uint64_t *ret_applied, struct failure *f)
{
	char text[24];
	uint64_t got;

	snprintf(text, sizeof(text), "%" PRIu64, value);
	if (cgroup_file_write(fd, file, text) < 0)
		return fail(f, errno, "write %s to %s", text, file);
	if (cgroup_file_number(fd, file, &got) < 0)
		return fail(f, errno, "read %s", file);
	if (got > value || value - got > granularity)
		return fail(f, 0, "%s says %" PRIu64 " after %s was written", file, got, text);
	*ret_applied = got;
	return 0;
}

int cgroup_make_uid_dir(int parent_fd, uid_t uid, gid_t gid, const char *const files[], int *ret_fd,
	struct failure *f)
{
	char name[32];
	struct stat st;

	snprintf(name, sizeof(name), CGROUP_UID_PREFIX "%u", uid);
	if (mkdirat(parent_fd, name, 0755) < 0 && errno != EEXIST)
		return fail(f, errno, "create cgroup %s", name);

	own_fd int fd = openat(parent_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open cgroup %s", name);
	if (st.st_uid != 0 && st.st_uid != uid) {
		fail(f, 0, "cgroup %s belongs to uid %u", name, st.st_uid);
		return fail_remedy(f, "remove that directory, it is not cofferdam's");
	}
	/* Also when it is ours already: the new ctime tells `gc` that a run is about to start. */
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return fail(f, errno, "hand over cgroup %s", name);
	for (; *files != NULL; files++)
		if (fchownat(fd, *files, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)
			return fail(f, errno, "hand over %s of cgroup %s", *files, name);
	*ret_fd = own_fd_give(&fd);
	return 0;
}
