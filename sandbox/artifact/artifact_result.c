#include "sandbox/artifact/artifact_result.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_open_one(const struct artifact_result *result, int directory_fd, const char *name)
{
	struct stat there, own;

	return result->fd >= 0 && fstatat(directory_fd, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(result->fd, &own) == 0 && is_same(&there, &own);
}

static bool is_named_one(const struct artifact_result *result, int directory_fd, const char *name)
{
	struct stat there, own;
	const char *slash;

	if (result->dir_fd < 0)
		return false;
	slash = strrchr(result->path, '/');
	return strcmp(name, slash != NULL ? slash + 1 : result->path) == 0 &&
	       fstat(directory_fd, &there) == 0 && fstat(result->dir_fd, &own) == 0 &&
	       is_same(&there, &own);
}

const char *artifact_result_met(
	const struct artifact_result *results, size_t n, int directory_fd, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (is_open_one(&results[i], directory_fd, name) ||
			is_named_one(&results[i], directory_fd, name))
			return results[i].path;
	return NULL;
}

int artifact_result_refuse(const char *artifact, const char *met, struct failure *f)
{
	fail(f, 0, "the artifact %.200s would lie where this run writes %.200s", artifact, met);
	return fail_remedy(f, "name another place for one of them");
}
