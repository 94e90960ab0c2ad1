#include "sandbox/fetch/directory.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/duplicate.h"
#include "sandbox/fetch/library.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MOST 128 /* two descriptors each, of which a process has 1024 */
#define PATH_MOST  4096

struct directory_walk {
	struct fetch_notice *notice;
	char *buffer;
	unsigned depth;
	char path[PATH_MOST]; /* of the name that is copied just now */
};

static int copy_names(struct directory_walk *w, int from, int to, struct failure *f);

static int copy_directory(
	struct directory_walk *w, int from, int to, const char *name, struct failure *f)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	own_fd int inner = openat(from, name, flags), made = -1;
	int result;

	if (inner < 0)
		return fail(f, errno, "open %s of the source", w->path);
	if (w->depth == DEPTH_MOST)
		return fail(f, 0, "%s of the source is more than %d directories deep", w->path,
			DEPTH_MOST);
	if (mkdirat(to, name, 0777) < 0 || (made = openat(to, name, flags)) < 0)
		return fail(f, errno, "make the directory %s", w->path);
	w->depth++;
	result = copy_names(w, inner, made, f);
	w->depth--;
	return result;
}

static int copy_one(struct directory_walk *w, int from, int to, const char *name, struct failure *f)
{
	const struct duplicate one = { from, to, name, w->path, w->buffer };
	struct stat st;
	int result;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(f, errno, "look at %s of the source", w->path);
	switch (st.st_mode & S_IFMT) {
	case S_IFDIR:
		result = copy_directory(w, from, to, name, f);
		break;
	case S_IFREG:
		result = duplicate_file(&one, f);
		break;
	case S_IFLNK:
		result = duplicate_link(&one, f);
		break;
	default:
		w->notice->left_out++;
		return 0;
	}
	const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };

	if (result == 0 && utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "set the time of %s", w->path);
	return result;
}

static int copy_names(struct directory_walk *w, int from, int to, struct failure *f)
{
	const size_t length = strlen(w->path);
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	struct dirent *entry;

	if (dir == NULL) {
		own_fd_end(&again);
		return fail(
			f, errno, "list %s of the source", length > 0 ? w->path : "the directory");
	}
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		size_t n = strlen(name);

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (length + 1 + n >= PATH_MOST)
			return fail(f, ENAMETOOLONG, "%.200s of the source", name);
		snprintf(w->path + length, PATH_MOST - length, "%s%s", length > 0 ? "/" : "", name);
		if (copy_one(w, from, to, name, f) < 0)
			return -1;
		w->path[length] = '\0';
	}
	return errno == 0 ? 0 : fail(f, errno, "list %s of the source", w->path);
}

int directory_copy(const char *from, const char *into, struct fetch_notice *ret, struct failure *f)
{
	own_mem struct directory_walk *walk = calloc(1, sizeof(*walk));
	own_mem char *buffer = malloc(DUPLICATE_BYTES);
	own_fd int source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_fd int clone = open(into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (walk == NULL || buffer == NULL)
		return fail(f, ENOMEM, "copy the directory");
	if (source < 0 || clone < 0)
		return fail(f, errno, "open the directories");
	walk->notice = ret;
	walk->buffer = buffer;
	if (copy_names(walk, source, clone, f) == 0)
		return 0;
	return f->errnum == ENOSPC ? library_fail_full(f, into) : -1;
}
