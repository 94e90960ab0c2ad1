#include "sandbox/fetch/library.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/feature.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define MiB                (1024UL * 1024)

/* What one pack may make of our memory. The address space limit bounds the sum. */
#define PACK_OBJECTS_MAX   (16UL * 1024 * 1024)
#define OBJECT_BYTES_MAX   (1024 * MiB)
#define WINDOW_BYTES       (32 * MiB)
#define WINDOWS_BYTES      (256 * MiB)
#define CACHE_BYTES        (64 * MiB)

#define CONNECT_TIMEOUT_MS 30000
#define IDLE_TIMEOUT_MS    120000

/* No file of the host may configure the library. An empty search path is "none". */
static int library_forget_configuration(void)
{
	static const git_config_level_t levels[] = {
		GIT_CONFIG_LEVEL_PROGRAMDATA,
		GIT_CONFIG_LEVEL_SYSTEM,
		GIT_CONFIG_LEVEL_XDG,
		GIT_CONFIG_LEVEL_GLOBAL,
	};

	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0)
			return -1;
	return git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, "");
}

static int library_set_limits(void)
{
	if (git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)PACK_OBJECTS_MAX) < 0 ||
		git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)WINDOW_BYTES) < 0 ||
		git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)WINDOWS_BYTES) < 0 ||
		git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES) < 0)
		return -1;
	return feature_set_object_limit(OBJECT_BYTES_MAX);
}

/* Extensions of a repository (git-config(5)) that say nothing of how its objects and references
 * are written down, which is all that is read of a source. Of objectformat the library judges
 * itself; origin.c looks at refstorage. */
static int library_allow_extensions(void)
{
	static const char *names[] = {
		"noop", "noop-v1",
		"partialclone",       /* objects may be missing; then it is said which */
		"preciousobjects",    /* nothing is taken from a source */
		"worktreeconfig",     /* no configuration of a source is obeyed */
		"relativeworktrees",  /* how .git files of linked worktrees are written */
		"compatobjectformat", /* a second name for each object, in a file of its own */
		"refstorage",         /* "files" is what there was before it */
	};

	return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, ARRAY_LEN(names));
}

int library_start(const char *ca, struct failure *f)
{
	if (git_libgit2_init() < 0)
		return library_fail(f, NULL, "start libgit2");
	/* The owner of a source does not matter: only its objects and references are
	 * read, none of its hooks, filters or commands can run, and inside a user
	 * namespace every foreign owner looks the same. */
	if (git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) < 0 ||
		library_forget_configuration() < 0 || library_allow_extensions() < 0 ||
		library_set_limits() < 0 ||
		feature_set_timeouts(CONNECT_TIMEOUT_MS, IDLE_TIMEOUT_MS) < 0 ||
		git_libgit2_opts(GIT_OPT_SET_USER_AGENT, "cofferdam") < 0)
		return library_fail(f, NULL, "set libgit2's options");
	if (ca != NULL && git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca, NULL) < 0) {
		library_fail(f, NULL, "load the certificates of %s", ca);
		return fail_remedy(f, "give a file of PEM certificates with --git-ca");
	}
	return 0;
}

void library_verify(bool verify)
{
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, (int)verify);
}

static bool is_full(const char *into, const char **ret_flag)
{
	struct statvfs vfs;

	*ret_flag = "--app-size";
	if (into == NULL || statvfs(into, &vfs) < 0)
		return false;
	if (vfs.f_files > 0 && vfs.f_ffree == 0) {
		*ret_flag = "--app-inodes";
		return true;
	}
	return vfs.f_bavail == 0;
}

int library_fail_full(struct failure *f, const char *into)
{
	const char *flag;
	bool full = is_full(into, &flag);

	if (!full && f->errnum != ENOSPC)
		return -1;
	f->errnum = ENOSPC;
	return fail_remedy(f, "the tmpfs of the sandbox is full: give it more with %s", flag);
}

int library_fail(struct failure *f, const char *into, const char *fmt, ...)
{
	const git_error *error = git_error_last();
	char said[300], what[200];
	va_list args;

	snprintf(said, sizeof(said), "%s",
		error != NULL && error->message != NULL ? error->message : "no reason");
	char *full = strstr(said, strerror(ENOSPC));

	/* errnum says it, and the launcher puts the words behind the message */
	if (full != NULL)
		full[full - said >= 2 ? -2 : 0] = '\0';
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	fail(f, full != NULL ? ENOSPC : 0, "%s: %s", what, said);
	if (error != NULL && error->klass == GIT_ERROR_NOMEMORY) {
		f->errnum = ENOMEM;
		fail_remedy(f, "an object of the repository is larger than the memory allowed: "
			       "give more with --memory");
	}
	return library_fail_full(f, into);
}
