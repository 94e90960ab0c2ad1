#include "sandbox/fetch/origin.h"

#include "sandbox/base/own.h"
#include "sandbox/config/source.h"
#include "sandbox/fetch/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CLONE_FIRST "clone it and give the clone: git clone --no-local SOURCE COPY"

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
	const char *said = error != NULL && error->message != NULL ? error->message : "";

	if (strstr(said, "extensions.objectformat") != NULL ||
		strstr(said, "unknown object format") != NULL) {
		fail(f, 0, "the repository uses SHA-256 object names, which libgit2 cannot read");
		return fail_remedy(f, "copy it to one with SHA-1, and give that: git init COPY && "
				      "git fast-export --all | git -C COPY fast-import");
	}
	if (strstr(said, "unsupported extension") != NULL) {
		library_fail(f, NULL, "open the source");
		return fail_remedy(f, CLONE_FIRST);
	}
	if (rc == GIT_ENOTFOUND) {
		fail(f, 0, "the source is not a git repository");
		return fail_remedy(
			f, "give the top directory of a repository, or run git init there");
	}
	return library_fail(f, NULL, "open the source");
}

/* A reftable is no directory of files: HEAD in it leads to a branch that never exists. */
static int refuse_reftable(git_repository *repository, struct failure *f)
{
	own_git(config) config = NULL;
	own_git(config) snapshot = NULL;
	const char *storage;

	if (git_repository_config(&config, repository) < 0 ||
		git_config_snapshot(&snapshot, config) < 0)
		return library_fail(f, NULL, "read the configuration of the source");
	if (git_config_get_string(&storage, snapshot, "extensions.refstorage") < 0 ||
		strcmp(storage, "files") == 0)
		return 0;
	fail(f, 0, "the source keeps its references as %s, which libgit2 cannot read", storage);
	return fail_remedy(f, "run git refs migrate --ref-format=files in it, or " CLONE_FIRST);
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

	return rc < 0 ? open_failed(rc, f) : refuse_reftable(*ret, f);
}

/* Through the same sieve as a SOURCE of the command line, which takes user and password out. */
int origin_url(git_repository *origin, char **ret, struct failure *f)
{
	own_git(config) config = NULL;
	own_git(config) snapshot = NULL;
	struct source source;
	struct failure ignored;
	const char *url;

	*ret = NULL;
	if (git_repository_config(&config, origin) < 0 ||
		git_config_snapshot(&snapshot, config) < 0)
		return library_fail(f, NULL, "read the configuration of the source");
	if (git_config_get_string(&url, snapshot, "remote.origin.url") < 0 ||
		source_parse(url, &source, &ignored) < 0)
		return 0;
	if (source.kind != SOURCE_LOCAL && source.kind != SOURCE_NONE && source.ref == NULL) {
		*ret = source.url;
		source.url = NULL;
	}
	source_release(&source);
	return 0;
}
