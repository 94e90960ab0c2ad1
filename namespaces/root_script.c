#include "namespaces/root_script.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int root_script_place(const struct root *root, const struct root_plan *plan, struct failure *f)
{
	own_fd int fd = -1;
	struct stat st;
	off_t at = 0;

	if (plan->script_fd < 0)
		return 0;
	fd = openat(root->root_fd, &ROOT_SCRIPT[1],
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd < 0 || fstat(plan->script_fd, &st) < 0)
		return fail(f, errno, "make " ROOT_SCRIPT);
	while (at < st.st_size) {
		ssize_t n = sendfile(fd, plan->script_fd, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return fail(f, n < 0 ? errno : EIO, "write " ROOT_SCRIPT);
	}
	return 0;
}

void root_script_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	if (plan->script_fd >= 0)
		row(data, ROOT_SCRIPT, "a copy of SCRIPT, read-only");
}
