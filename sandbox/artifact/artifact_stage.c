#include "sandbox/artifact/artifact_stage.h"

#include "sandbox/base/beneath.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#define NUMBER_TEXT 12

static void stage_name(const char *run_id, char ret[ARTIFACT_STAGE_NAME])
{
	snprintf(ret, ARTIFACT_STAGE_NAME, ".cofferdam-%.32s", run_id);
}

void artifact_stage_init(struct artifact_stage *ret, int place_fd, const char *run_id)
{
	*ret = (struct artifact_stage){ .place_fd = place_fd, .fd = -1, .below_fd = -1 };
	stage_name(run_id, ret->name);
}

static int stage_open(struct artifact_stage *stage, struct failure *f)
{
	if (mkdirat(stage->place_fd, stage->name, 0700) < 0)
		return fail(f, errno, "make a directory for the artifacts");
	stage->fd = openat(
		stage->place_fd, stage->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return stage->fd < 0 ? fail(f, errno, "open the directory for the artifacts") : 0;
}

int artifact_stage_file(
	struct artifact_stage *stage, uint32_t *ret_number, int *ret_fd, struct failure *f)
{
	char name[NUMBER_TEXT];
	int fd;

	if (stage->fd < 0 && stage_open(stage, f) < 0)
		return -1;
	snprintf(name, sizeof(name), "%" PRIu32, stage->files);
	fd = openat(stage->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(f, errno, "make a file for an artifact");
	*ret_number = stage->files++;
	*ret_fd = fd;
	return 0;
}

int artifact_stage_settle(int fd, mode_t mode, struct failure *f)
{
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? fail(f, errno, "write an artifact") : 0;
}

/* ---- where it goes ---- */

/* The directory below the place that name lies in; borrowed. With make, what is missing of it
 * is made; else missing is ENOENT. */
static int find_below(struct artifact_stage *stage, const char *name, bool make)
{
	const char *slash = strrchr(name, '/');
	size_t n = slash != NULL ? (size_t)(slash - name) : 0;
	own_mem char *path = strndup(name, n);

	if (n == 0)
		return stage->place_fd;
	if (path == NULL)
		return -1;
	if (stage->below != NULL && strcmp(stage->below, path) == 0)
		return stage->below_fd;
	if (stage->below_fd >= 0 && make && fsync(stage->below_fd) < 0)
		return -1;
	own_fd_end(&stage->below_fd);
	own_mem_end(&stage->below);
	for (char *end = path; make && end != NULL;) {
		end = strchr(end + 1, '/');
		if (end != NULL)
			*end = '\0';
		/* What stands there and is no directory is found by the next openat2. */
		if (mkdirat(stage->place_fd, path, 0755) < 0 && errno != EEXIST)
			return -1;
		own_fd int level = beneath_open(stage->place_fd, path, O_RDONLY | O_DIRECTORY);
		if (level < 0)
			return -1;
		if (end != NULL)
			*end = '/';
	}
	stage->below_fd = beneath_open(stage->place_fd, path, O_RDONLY | O_DIRECTORY);
	stage->below = stage->below_fd >= 0 ? own_mem_give(path) : NULL;
	return stage->below_fd;
}

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL ? slash + 1 : name;
}

/* Only a regular file is replaced: a rename would as well take the place of a device, a FIFO or
 * a link that somebody reads from. */
static int refuse_present(const char *name, const struct stat *st, bool replace, struct failure *f)
{
	if (replace && S_ISREG(st->st_mode))
		return 0;
	fail(f, EEXIST, "write the artifact %.200s", name);
	return fail_remedy(
		f, replace ? "only a regular file is replaced"
			   : "remove it, name another place, or give --artifact-replace");
}

int artifact_stage_check(
	struct artifact_stage *stage, const char *name, bool replace, struct failure *f)
{
	int directory = find_below(stage, name, false);
	struct stat st;

	if (directory < 0 && errno == ENOENT)
		return 0;
	if (directory < 0)
		return fail(f, errno, "write the artifact %.200s", name);
	if (fstatat(directory, last_part(name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(f, errno, "write the artifact %.200s", name);
	return refuse_present(name, &st, replace, f);
}

const char *artifact_stage_meets(struct artifact_stage *stage, const char *name,
	const struct artifact_result *results, size_t n)
{
	int directory = find_below(stage, name, false);

	return directory >= 0 ? artifact_result_met(results, n, directory, last_part(name)) : NULL;
}

/* File systems that cannot rename without replacing can link without replacing. */
static int rename_new(int from_fd, const char *from, int to_fd, const char *to)
{
	if (renameat2(from_fd, from, to_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return linkat(from_fd, from, to_fd, to, 0) < 0 ? -1 : unlinkat(from_fd, from, 0);
}

int artifact_stage_place(struct artifact_stage *stage, uint32_t number, const char *name,
	bool replace, struct failure *f)
{
	int directory = find_below(stage, name, true);
	char from[NUMBER_TEXT];
	struct stat st;

	if (directory < 0)
		return fail(f, errno, "make a directory for the artifact %.200s", name);
	snprintf(from, sizeof(from), "%" PRIu32, number);
	if (rename_new(stage->fd, from, directory, last_part(name)) == 0)
		return 0;
	if (errno != EEXIST || fstatat(directory, last_part(name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "write the artifact %.200s", name);
	if (refuse_present(name, &st, replace, f) < 0)
		return -1;
	return renameat(stage->fd, from, directory, last_part(name)) < 0
		       ? fail(f, errno, "write the artifact %.200s", name)
		       : 0;
}

int artifact_stage_directory(
	struct artifact_stage *stage, const char *name, mode_t mode, struct failure *f)
{
	int directory = find_below(stage, name, true);
	struct stat st;

	if (directory < 0)
		return fail(f, errno, "make a directory for the artifact %.200s", name);
	if (mkdirat(directory, last_part(name), mode) == 0)
		return 0;
	if (errno == EEXIST && fstatat(directory, last_part(name), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode))
		return 0;
	return fail(f, errno, "make the directory %.200s", name);
}

int artifact_stage_sync(struct artifact_stage *stage, struct failure *f)
{
	if (stage->below_fd >= 0 && fsync(stage->below_fd) < 0)
		return fail(f, errno, "write the artifacts' directory");
	return fsync(stage->place_fd) < 0 ? fail(f, errno, "write the artifacts' directory") : 0;
}

/* ---- its end ---- */

/* Numbers alone are in it. */
static bool empty(int fd)
{
	own_dir DIR *dir = fdopendir(fd);

	if (dir == NULL) {
		close(fd);
		return false;
	}
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		if (strspn(e->d_name, "0123456789") == strlen(e->d_name) &&
			unlinkat(dirfd(dir), e->d_name, 0) < 0)
			return false;
	return true;
}

static bool remove_stage(int place_fd, const char *name)
{
	int fd = openat(place_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT;
	return empty(fd) && unlinkat(place_fd, name, AT_REMOVEDIR) == 0;
}

void artifact_stage_release(struct artifact_stage *stage)
{
	if (stage->fd >= 0)
		remove_stage(stage->place_fd, stage->name);
	own_fd_end(&stage->fd);
	own_fd_end(&stage->below_fd);
	own_mem_end(&stage->below);
}

bool artifact_stage_is_left(const char *place, const char *run_id)
{
	own_fd int fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[ARTIFACT_STAGE_NAME];
	struct stat st;

	stage_name(run_id, name);
	return fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool artifact_stage_remove_left(const char *place, const char *run_id)
{
	own_fd int fd = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[ARTIFACT_STAGE_NAME];

	stage_name(run_id, name);
	return fd < 0 ? errno == ENOENT : remove_stage(fd, name);
}
