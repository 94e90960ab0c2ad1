#include "sandbox/base/user_directory.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/stat.h>

static int make_below(int base_fd, const char *path)
{
	char part[512];

	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(base_fd, part, 0700) < 0 && errno != EEXIST)
			return -1;
	}
	return mkdirat(base_fd, path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int user_directory_open(const struct user_directory *directory, bool make, struct failure *f)
{
	const char *xdg = getenv(directory->variable), *home = getenv("HOME");
	bool named = xdg != NULL && xdg[0] == '/';
	const char *base = named ? xdg : home;
	own_fd int base_fd = -1, fd = -1;
	char below[128];
	struct stat st;

	snprintf(below, sizeof(below), "%s%s%s", named ? "" : directory->at_home, named ? "" : "/",
		directory->below);
	if (base == NULL || base[0] != '/')
		return fail(f, ENOENT, "find a place for %s", directory->what);
	if (make && named) /* its own parents are for who named it */
		mkdir(base, 0700);
	base_fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base_fd < 0 || (make && make_below(base_fd, below) < 0))
		return fail(f, errno, "make %s/%s", base, below);
	fd = openat(base_fd, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open %s/%s", base, below);
	if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return fail(f, EPERM, "%s/%s can be written by others", base, below);
	if ((st.st_mode & directory->closed) != 0)
		return fail(f, EPERM, "%s/%s can be looked into by others", base, below);
	return own_fd_give(&fd);
}
