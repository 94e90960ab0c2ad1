#include "sandbox/base/user_directory.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* NULL: there is none. */
static const char *base_of(const char *variable, bool *ret_named)
{
	const char *xdg = getenv(variable), *home = getenv("HOME");

	*ret_named = xdg != NULL && xdg[0] == '/';
	if (*ret_named)
		return xdg;
	return home != NULL && home[0] == '/' ? home : NULL;
}

bool user_directory_can_be_made(const char *variable)
{
	bool named;
	const char *base = base_of(variable, &named);
	char above[PATH_MAX];

	if (base == NULL)
		return false;
	if (!named || access(base, F_OK) == 0 || errno != ENOENT)
		return access(base, W_OK | X_OK) == 0;
	snprintf(above, sizeof(above), "%.*s", (int)(strrchr(base, '/') - base + 1), base);
	return access(above, W_OK | X_OK) == 0;
}

int user_directory_open(const struct user_directory *directory, bool make, struct failure *f)
{
	bool named;
	const char *base = base_of(directory->variable, &named);
	own_fd int base_fd = -1, fd = -1;
	char below[128];
	struct stat st;

	snprintf(below, sizeof(below), "%s%s%s", named ? "" : directory->at_home, named ? "" : "/",
		directory->below);
	if (base == NULL)
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
