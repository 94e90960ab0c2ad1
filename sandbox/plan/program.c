#include "sandbox/plan/program.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>

static int open_in(const char *directory, const char *below, const char *name)
{
	char path[4096 + 64];

	snprintf(path, sizeof(path), "%s%s/%s", directory, below, name);
	return open(path, O_PATH | O_CLOEXEC);
}

static int find(const char *name, int *ret_fd, struct failure *f)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;
	int fd;

	if (n < 0)
		return fail(f, errno, "find our own program");
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return fail(f, 0, "our own program has no directory");
	*slash = '\0';
	fd = open_in(self, "", name);
	if (fd < 0)
		fd = open_in(self, "/../libexec/cofferdam", name);
	if (fd < 0)
		fd = open_in(COFFERDAM_LIBEXEC, "", name);
	if (fd < 0) {
		fail(f, errno, "find %s beside %s or in " COFFERDAM_LIBEXEC, name, self);
		return fail_remedy(f, "install cofferdam whole: make install");
	}
	*ret_fd = fd;
	return 0;
}

int program_find_fetch(int *ret_fd, struct failure *f)
{
	return find("cofferdam-fetch", ret_fd, f);
}

int program_find_broker(int *ret_fd, struct failure *f)
{
	return find("cofferdam-broker", ret_fd, f);
}

int program_find_egress(int *ret_fd, struct failure *f)
{
	return find("cofferdam-egress", ret_fd, f);
}

int program_find_unpack(int *ret_fd, struct failure *f)
{
	return find("cofferdam-unpack", ret_fd, f);
}

int program_find_scope(int *ret_fd, struct failure *f)
{
	return find("cofferdam-scope", ret_fd, f);
}

int program_find_probe(int *ret_fd, struct failure *f)
{
	return find("cofferdam-probe", ret_fd, f);
}
