#include "sandbox/fetch/origin.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* `.git` as a file is a linked worktree or a submodule: its objects are not here. */
static int refuse_linked(int dir, struct failure *f)
{
	struct stat st;

	if (fstatat(dir, ".git", &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return 0;
	fail(f, 0, "the source is a linked worktree or a submodule: its .git is not a directory");
	return fail_remedy(f, "name the main repository: git rev-parse --git-common-dir tells it");
}

/* Relative to the directory that holds HEAD. */
static int refuse_elsewhere(int git_dir, struct failure *f)
{
	static const struct {
		const char *path;
		const char *what, *remedy;
	} rows[] = {
		{ "commondir", "the source is the private directory of a linked worktree",
			"name the main repository instead" },
		{ "objects/info/alternates",
			"the source borrows objects from another repository (objects/info/alternates)",
			"run git repack -a -d in it and remove that file, or clone it first" },
		{ "objects/info/http-alternates",
			"the source borrows objects from a server (objects/info/http-alternates)",
			"remove that file" },
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (fstatat(git_dir, rows[i].path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISREG(st.st_mode) && st.st_size == 0)
			continue;
		fail(f, 0, "%s", rows[i].what);
		return fail_remedy(f, "%s", rows[i].remedy);
	}
	return 0;
}

static int open_failed(int rc, struct failure *f)
{
	const git_error *error = git_error_last();

	/* libgit2 1.5 names the extension, 1.9 the value that it does not know. */
	if (error != NULL && error->message != NULL &&
		(strstr(error->message, "objectformat") != NULL ||
			strstr(error->message, "unknown object format") != NULL)) {
		fail(f, 0, "the repository uses SHA-256 object names, which libgit2 cannot read");
		return fail_remedy(f, "convert it to SHA-1, or export the tree and use that");
	}
	if (rc == GIT_ENOTFOUND) {
		fail(f, 0, "the source is not a git repository");
		return fail_remedy(
			f, "give the top directory of a repository, or run git init there");
	}
	return library_fail(f, NULL, "open the source");
}

int origin_open(const char *path, git_repository **ret, struct failure *f)
{
	own_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return fail(f, errno, "open the source");
	if (refuse_linked(dir, f) < 0)
		return -1;
	own_fd int dot_git = openat(dir, ".git", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (refuse_elsewhere(dot_git >= 0 ? dot_git : dir, f) < 0)
		return -1;
	char git_dir_path[512];

	snprintf(git_dir_path, sizeof(git_dir_path), "%s%s", path, dot_git >= 0 ? "/.git" : "");
	/* bare: its work tree is of no interest, and core.worktree may not move it */
	int rc = git_repository_open_ext(
		ret, git_dir_path, GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, NULL);

	return rc < 0 ? open_failed(rc, f) : 0;
}
