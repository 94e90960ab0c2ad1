#include "sandbox/fetch/secret.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int secret_split(struct secret *secret, size_t length, struct failure *f)
{
	const char *end = secret->page + length;
	const char *first = memchr(secret->page, 0, length);
	const char *second = first ? memchr(first + 1, 0, (size_t)(end - first - 1)) : NULL;

	if (second == NULL || second + 1 != end || first == secret->page)
		return fail(f, 0, "the credential is not a user name and a password");
	secret->username = secret->page;
	secret->password = first + 1;
	return 0;
}

int secret_read(int fd, struct secret *ret, struct failure *f)
{
	own_fd int owned = fd;

	*ret = (struct secret){ 0 };
	if (fd < 0)
		return 0;
	char *page = mmap(
		NULL, SECRET_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return fail(f, errno, "map memory for the credential");
	ret->page = page;
	madvise(page, SECRET_BYTES, MADV_DONTDUMP);
	mlock(page, SECRET_BYTES); /* RLIMIT_MEMLOCK may forbid it; then swap is the host's */
	ssize_t length = whole_read(owned, page, SECRET_BYTES);

	if (length < 0)
		fail(f, errno, "read the credential");
	else if (length == SECRET_BYTES)
		fail(f, EMSGSIZE, "the credential is longer than %d bytes", SECRET_BYTES - 1);
	else if (secret_split(ret, (size_t)length, f) == 0)
		return 0;
	secret_wipe(ret);
	return -1;
}

void secret_wipe(struct secret *secret)
{
	if (secret->page != NULL) {
		explicit_bzero(secret->page, SECRET_BYTES);
		munmap(secret->page, SECRET_BYTES);
	}
	*secret = (struct secret){ 0 };
}
