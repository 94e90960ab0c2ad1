#include "sandbox/plan/script_plan.h"

#include "sandbox/base/given.h"
#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"

#include <sys/stat.h>

static int refuse(struct plan *plan, const char *path, struct failure *f)
{
	plan->exit_code = f->errnum == ENOENT || f->errnum == ENOTDIR ? 127 : 126;
	return fail_remedy(f, "name a file that can be read: %.200s is none here", path);
}

static int read_script(
	const char *path, uint64_t within_s, char *text, ssize_t *ret_n, struct failure *f)
{
	own_fd int fd = given_open(path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open the script %s", path);
	if (S_ISDIR(st.st_mode))
		return fail(f, EISDIR, "open the script %s", path);
	*ret_n = given_read(fd, text, SCRIPT_BYTES + 1, within_s);
	if (*ret_n < 0)
		return given_fail("the script", path, f);
	return *ret_n <= SCRIPT_BYTES
		       ? 0
		       : fail(f, 0, "the script %s is longer than %d bytes", path, SCRIPT_BYTES);
}

int script_plan_make(const struct config *config, struct plan *plan, struct failure *f)
{
	own_mem char *text = NULL;
	ssize_t n = 0;

	if (config->script == NULL)
		return 0;
	text = malloc(SCRIPT_BYTES + 1);
	if (text == NULL)
		return fail(f, ENOMEM, "read the script");
	if (read_script(config->script, config->limits.timeout_s, text, &n, f) < 0)
		return refuse(plan, config->script, f);
	const struct iovec part = { text, (size_t)n };

	return sealed_file_make("script", &part, 1, &plan->root.script_fd, f);
}
