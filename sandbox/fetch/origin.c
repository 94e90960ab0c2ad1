#include "sandbox/fetch/origin.h"

#include "sandbox/base/own.h"
#include "sandbox/config/source.h"
#include "sandbox/fetch/alternates.h"
#include "sandbox/fetch/gitdir.h"
#include "sandbox/fetch/library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CLONE_FIRST "clone it and give the clone: git clone --no-local SOURCE COPY"

/* The repo tool has links there. They lead on only within one place. */
static int check_objects(const struct places *places, const char *common_dir, struct failure *f)
{
	char objects[PLACE_BYTES], target[PLACE_BYTES], host[PLACE_BYTES];
	own_fd int dir = open(common_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd int inside = openat(dir, "objects", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t length = readlinkat(dir, "objects", target, sizeof(target) - 1);
	size_t common = 0;

	if (inside >= 0 || length < 0)
		return 0; /* libgit2 tells what is wrong with it */
	target[length] = '\0';
	if (gitdir_follow(places, common_dir, target, objects) == 0 ||
		!place_host(places, common_dir, host))
		return fail(f, 0, "objects of the source is a link that leads nowhere here: %s",
			target);
	fail(f, 0, "the source has its objects in %s, which lies outside of it", objects);
	for (size_t i = 0; host[i] != '\0' && host[i] == objects[i]; i++)
		if (host[i] == '/')
			common = i;
	objects[common] = '\0';
	return fail_remedy(f, "if that may be read: --borrow %s", common > 0 ? objects : target);
}

/* Whatever else of a repository is elsewhere. */
static int refuse_elsewhere(const char *common_dir, struct failure *f)
{
	own_fd int dir = open(common_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fstatat(dir, "objects/info/http-alternates", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		(S_ISREG(st.st_mode) && st.st_size == 0))
		return 0;
	fail(f, 0, "the source borrows objects from a server (objects/info/http-alternates)");
	return fail_remedy(f, "remove that file");
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

static int borrow_objects(git_repository *repository, const struct places *places,
	const char *common_dir, struct failure *f)
{
	own_git(odb) odb = NULL;
	char objects[PLACE_BYTES];

	if (git_repository_odb(&odb, repository) < 0)
		return library_fail(f, NULL, "open the objects of the source");
	if ((size_t)snprintf(objects, sizeof(objects), "%s/objects", common_dir) >= sizeof(objects))
		return fail(f, ENAMETOOLONG, "open the objects of the source");
	return alternates_add(odb, places, objects, f);
}

int origin_open(
	const struct places *places, const char *path, git_repository **ret, struct failure *f)
{
	char git_dir[PLACE_BYTES], common_dir[PLACE_BYTES];

	if (gitdir_find(places, path, git_dir, common_dir, f) < 0 ||
		check_objects(places, common_dir, f) < 0 || refuse_elsewhere(common_dir, f) < 0)
		return -1;
	/* bare: its work tree is of no interest, and core.worktree may not move it */
	int rc = git_repository_open_ext(
		ret, git_dir, GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, NULL);

	if (rc < 0)
		return open_failed(rc, f);
	if (refuse_reftable(*ret, f) < 0)
		return -1;
	return borrow_objects(*ret, places, common_dir, f);
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
