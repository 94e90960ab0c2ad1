#include "sandbox/base/sealed_file.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int sealed_file_make(
	const char *name, const struct iovec *parts, size_t parts_n, int *ret_fd, struct failure *f)
{
	own_fd int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return fail(f, errno, "make a memory file for the %s", name);
	for (size_t i = 0; i < parts_n; i++)
		if (whole_write(fd, parts[i].iov_base, parts[i].iov_len) < 0)
			return fail(f, errno, "write the %s", name);
	if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fail(f, errno, "seal the %s", name);
	*ret_fd = own_fd_give(&fd);
	return 0;
}

int sealed_file_map(
	int fd, const char *name, size_t most, void **ret, size_t *ret_n, struct failure *f)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);
	void *map;

	if (seals < 0 || (seals & SEALS) != SEALS)
		return fail(f, seals < 0 ? errno : 0, "the %s is not sealed", name);
	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at the %s", name);
	if (st.st_size <= 0 || (size_t)st.st_size > most)
		return fail(f, 0, "the %s has %lld bytes", name, (long long)st.st_size);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fail(f, errno, "map the %s", name);
	*ret = map;
	*ret_n = (size_t)st.st_size;
	return 0;
}
