#include "sandbox/store/tree_copy.h"

#include "sandbox/base/beneath.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

struct walk {
	struct tree_copy *copy;
	struct timespec now;
	char *block;
};

struct level {
	int from_fd, to_fd;
	unsigned depth;
};

/* ---- what a copy is given ---- */

/* Its owner first: that takes set-id bits along. */
static int give(const struct walk *w, int fd, const struct stat *st, struct failure *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };

	if (times[1].tv_sec > w->now.tv_sec)
		times[1] = w->now;
	if (fchown(fd, w->copy->uid, w->copy->gid) < 0 || fchmod(fd, st->st_mode & 0777) < 0 ||
		futimens(fd, times) < 0)
		return fail(f, errno, "give a copy its owner and its mode");
	return 0;
}

static int count(struct walk *w, uint64_t bytes, struct failure *f)
{
	struct tree_copy *c = w->copy;

	if (c->files >= c->most_files)
		return fail(f, EFBIG, "more than %llu files", (unsigned long long)c->most_files);
	if (bytes > c->most_bytes || c->bytes > c->most_bytes - bytes)
		return fail(f, EFBIG, "more than %llu bytes", (unsigned long long)c->most_bytes);
	c->files++;
	c->bytes += bytes;
	return 0;
}

/* ---- one of each kind ---- */

/* As many bytes as it had, and holes where zeros are. */
static int copy_bytes(struct walk *w, int from, int to, uint64_t size, struct failure *f)
{
	uint64_t done = 0;

	for (;;) {
		ssize_t n = whole_read(from, w->block, BLOCK);

		if (n < 0)
			return fail(f, errno, "read a file");
		done += (uint64_t)n;
		if (done > size || (n == 0 && done < size))
			return fail(f, 0, "a file changed its size while it was copied");
		if (n == 0)
			break;
		if (whole_write_sparse(to, w->block, (size_t)n) < 0)
			return fail(f, errno, "write a file");
	}
	return ftruncate(to, (off_t)size) < 0 ? fail(f, errno, "write a file") : 0;
}

static int copy_file(struct walk *w, const struct level *level, const char *name, struct failure *f)
{
	own_fd int from = beneath_open(level->from_fd, name, O_RDONLY), to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return fail(f, errno, "open a file");
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "a file is none any more");
	if (count(w, (uint64_t)st.st_size, f) < 0)
		return -1;
	to = openat(level->to_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return fail(f, errno, "make a file");
	return copy_bytes(w, from, to, (uint64_t)st.st_size, f) < 0 ? -1 : give(w, to, &st, f);
}

static int copy_link(struct walk *w, const struct level *level, const char *name, struct failure *f)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(level->from_fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail(f, errno, "read a link");
	target[n] = '\0';
	if (count(w, (uint64_t)n, f) < 0)
		return -1;
	if (symlinkat(target, level->to_fd, name) < 0 ||
		fchownat(level->to_fd, name, w->copy->uid, w->copy->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "make a link");
	return 0;
}

static int copy_level(struct walk *w, const struct level *level, struct failure *f);

static int copy_directory(
	struct walk *w, const struct level *above, const char *name, struct failure *f)
{
	own_fd int from = beneath_open(above->from_fd, name, O_RDONLY | O_DIRECTORY), to = -1;
	struct level level = { .from_fd = from, .depth = above->depth + 1 };
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return fail(f, errno, "open a directory");
	if (level.depth > TREE_COPY_DEPTH)
		return fail(f, EFBIG, "more than %d directories deep", TREE_COPY_DEPTH);
	if (count(w, 0, f) < 0)
		return -1;
	if (mkdirat(above->to_fd, name, 0700) < 0 && !(w->copy->beside && errno == EEXIST))
		return fail(f, errno, "make a directory");
	to = openat(above->to_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return fail(f, errno, "open a directory that was made");
	level.to_fd = to;
	/* Its mode comes last: it may be one that lets nobody write. */
	return copy_level(w, &level, f) < 0 ? -1 : give(w, to, &st, f);
}

/* A directory there is one to go on in, if it is one here too. */
static bool stays(const struct level *level, const char *name, const struct stat *from)
{
	struct stat to;

	return fstatat(level->to_fd, name, &to, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !(S_ISDIR(to.st_mode) && S_ISDIR(from->st_mode));
}

static int copy_entry(
	struct walk *w, const struct level *level, const char *name, struct failure *f)
{
	struct stat st;

	if (fstatat(level->from_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "look at a file");
	if (w->copy->beside && stays(level, name, &st))
		return 0;
	if (S_ISREG(st.st_mode))
		return copy_file(w, level, name, f);
	if (S_ISDIR(st.st_mode))
		return copy_directory(w, level, name, f);
	if (S_ISLNK(st.st_mode))
		return copy_link(w, level, name, f);
	w->copy->left_out++;
	return 0;
}

/* ---- the whole ---- */

static DIR *open_list(int directory_fd)
{
	own_fd int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir != NULL)
		own_fd_give(&fd);
	return dir;
}

/* The next but "." and ".."; NULL with errno 0: no more. */
static struct dirent *next_entry(DIR *dir)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(dir);
	} while (e != NULL && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	return e;
}

static int copy_level(struct walk *w, const struct level *level, struct failure *f)
{
	own_dir DIR *dir = open_list(level->from_fd);
	struct dirent *e;

	if (dir == NULL)
		return fail(f, errno, "read a directory");
	while ((e = next_entry(dir)) != NULL)
		if (copy_entry(w, level, e->d_name, f) < 0)
			return -1;
	return errno != 0 ? fail(f, errno, "read a directory") : 0;
}

int tree_copy(struct tree_copy *copy, int from_fd, int to_fd, struct failure *f)
{
	own_mem char *block = malloc(BLOCK);
	struct walk w = { .copy = copy, .block = block };
	const struct level top = { .from_fd = from_fd, .to_fd = to_fd };
	struct stat st;

	if (block == NULL)
		return fail(f, ENOMEM, "copy a tree");
	if (clock_gettime(CLOCK_REALTIME, &w.now) < 0 || fstat(from_fd, &st) < 0)
		return fail(f, errno, "look at a tree");
	st.st_mode =
		0755; /* what is in it is nobody else's, and its owner may have shut himself out */
	return copy_level(&w, &top, f) < 0 ? -1 : give(&w, to_fd, &st, f);
}

int tree_copy_is_empty(int directory_fd)
{
	own_dir DIR *dir = open_list(directory_fd);

	if (dir == NULL)
		return -1;
	if (next_entry(dir) != NULL)
		return 0;
	return errno == 0 ? 1 : -1;
}
