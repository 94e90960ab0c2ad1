#include "sandbox/fetch/uncommitted.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/duplicate.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* One copy: both ends, and what was left out. */
struct take {
	int from, to; /* the source and the clone, O_PATH */
	struct fetch_notice *notice;
	char *buffer;
};

static void status_end(git_status_list **list)
{
	git_status_list_free(*list);
}
#define own_status __attribute__((cleanup(status_end))) git_status_list *

/* NULL in *ret_repository if the source is bare. */
static int look(const struct job *job, unsigned flags, git_repository **ret_repository,
	git_status_list **ret, struct failure *f)
{
	git_status_options options;
	own_mem char *dot_git = NULL;
	struct stat st;

	if (asprintf(&dot_git, "%s/.git", job->source) < 0)
		return fail(f, ENOMEM, "look for uncommitted changes");
	if (lstat(dot_git, &st) < 0)
		return 0;
	git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION);
	options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
	options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_EXCLUDE_SUBMODULES |
			GIT_STATUS_OPT_NO_REFRESH | flags;
	if (origin_open(job->places, job->source, ret_repository, f) < 0)
		return -1;
	if (git_repository_set_workdir(*ret_repository, job->source, 0) < 0 ||
		git_status_list_new(ret, *ret_repository, &options) < 0)
		return library_fail(f, NULL, "look for uncommitted changes");
	return 0;
}

static const char *entry_path(const git_status_entry *entry)
{
	const git_diff_delta *delta =
		entry->index_to_workdir != NULL ? entry->index_to_workdir : entry->head_to_index;

	return delta->old_file.path;
}

/* A file that a sparse checkout has left away is not deleted, though libgit2 thinks so. */
static bool is_sparse(git_repository *repository, const git_status_entry *entry)
{
	own_git(index) index = NULL;
	const git_index_entry *known;

	if (entry->status != GIT_STATUS_WT_DELETED || git_repository_index(&index, repository) < 0)
		return false;
	known = git_index_get_bypath(index, entry_path(entry), 0);
	return known != NULL && (known->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}

int uncommitted_count(const struct job *job, struct fetch_notice *ret, struct failure *f)
{
	own_git(repository) repository = NULL;
	own_status list = NULL;

	if (look(job, 0, &repository, &list, f) < 0)
		return -1;
	for (size_t i = 0; list != NULL && i < git_status_list_entrycount(list); i++) {
		const git_status_entry *entry = git_status_byindex(list, i);

		if ((entry->status & GIT_STATUS_WT_NEW) != 0)
			ret->untracked++;
		else if (entry->status != GIT_STATUS_CURRENT && !is_sparse(repository, entry))
			ret->changed++;
	}
	return 0;
}

/* The directory that holds path's last part, beneath root and through no link. */
static int open_parent(int root, const char *path, const char **ret_name)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	const char *slash = strrchr(path, '/');
	own_mem char *parent = slash != NULL ? strndup(path, (size_t)(slash - path)) : strdup(".");

	*ret_name = slash != NULL ? slash + 1 : path;
	if (parent == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_openat2, root, parent, &how, sizeof(how));
}

/* Whatever stands at path in the clone goes, and the directories that are empty then. */
static int remove_at(const struct take *take, const char *path, struct failure *f)
{
	own_mem char *rest = strdup(path);
	const char *name;

	if (rest == NULL)
		return fail(f, ENOMEM, "take over %s", path);
	own_fd int parent = open_parent(take->to, rest, &name);

	if (parent < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	if (parent < 0 || (unlinkat(parent, name, 0) < 0 && errno != ENOENT && errno != EISDIR))
		return fail(f, errno, "remove %s", path);
	for (char *slash; (slash = strrchr(rest, '/')) != NULL;) {
		*slash = '\0';
		own_fd int above = open_parent(take->to, rest, &name);

		if (above < 0 || unlinkat(above, name, AT_REMOVEDIR) < 0)
			break;
	}
	return 0;
}

static int make_parents(const struct take *take, const char *path, struct failure *f)
{
	own_mem char *part = strdup(path);

	if (part == NULL)
		return fail(f, ENOMEM, "take over %s", path);
	for (char *slash = strchr(part, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		const char *name;

		*slash = '\0';
		own_fd int parent = open_parent(take->to, part, &name);

		if (parent < 0 || (mkdirat(parent, name, 0777) < 0 && errno != EEXIST))
			return fail(f, errno, "make the directory %s", part);
		*slash = '/';
	}
	return 0;
}

static int copy_at(const struct take *take, const char *path, struct failure *f)
{
	const char *name;
	own_fd int from = open_parent(take->from, path, &name);
	struct stat st;

	if (from < 0 || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
			return 0; /* deleted */
		return fail(f, errno, "look at %s of the source", path);
	}
	/* a directory where a file was: what is in it comes by its own name */
	if (name[0] != '\0' && S_ISDIR(st.st_mode))
		return 0;
	if (name[0] == '\0' || (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))) {
		take->notice->left_out++;
		return 0;
	}
	if (make_parents(take, path, f) < 0)
		return -1;
	own_fd int to = open_parent(take->to, path, &name);

	if (to < 0)
		return fail(f, errno, "write %s", path);
	const struct duplicate one = { from, to, name, path, take->buffer };

	return S_ISREG(st.st_mode) ? duplicate_file(&one, f) : duplicate_link(&one, f);
}

/* All of them are removed before the first is written: a directory may stand where a file was. */
static int take_each(const struct take *take, git_repository *repository, git_status_list *list,
	const struct attribute_filter *attributes, struct failure *f,
	int (*each)(const struct take *take, const char *path, struct failure *f))
{
	for (size_t i = 0; i < git_status_list_entrycount(list); i++) {
		const git_status_entry *entry = git_status_byindex(list, i);

		if (!is_sparse(repository, entry) && each(take, entry_path(entry), f) < 0)
			return -1;
	}
	for (size_t i = 0; i < attributes->filtered_n; i++)
		if (each(take, attributes->filtered[i], f) < 0)
			return -1;
	return 0;
}

int uncommitted_take(const struct job *job, const struct attribute_filter *attributes,
	struct fetch_notice *ret, struct failure *f)
{
	own_git(repository) repository = NULL;
	own_status list = NULL;
	own_mem char *buffer = malloc(DUPLICATE_BYTES);
	own_fd int from = open(job->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd int to = open(job->into, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct take take = { .from = from, .to = to, .notice = ret, .buffer = buffer };

	if (buffer == NULL || from < 0 || to < 0)
		return fail(f, buffer == NULL ? ENOMEM : errno, "open the work trees");
	if (look(job, GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS, &repository, &list, f) < 0)
		return -1;
	if (list == NULL) {
		fail(f, 0, "the source has no work tree: it is bare");
		return fail_remedy(f, "run without --worktree, or name a repository that has one");
	}
	if (take_each(&take, repository, list, attributes, f, remove_at) < 0 ||
		take_each(&take, repository, list, attributes, f, copy_at) < 0)
		return f->errnum == ENOSPC ? library_fail_full(f, job->into) : -1;
	return 0;
}
