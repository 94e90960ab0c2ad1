#include "sandbox/fetch/submodule.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/clone.h"
#include "sandbox/fetch/gitdir.h"
#include "sandbox/fetch/library.h"
#include "sandbox/fetch/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NESTING_MAX 8
#define TOTAL_MAX   500

struct walk {
	unsigned nesting;
	unsigned total;
	size_t root_length; /* of the clone's own path, below which theirs are told */
};

/* What .gitmodules says about one path. */
struct module {
	const char *path; /* of the gitlink */
	char *name;
	char *url;
	char *told; /* of url: whole, and without credentials; NULL: it names no server */
};

static void module_release(struct module *module)
{
	free(module->name);
	free(module->url);
	free(module->told);
}

int submodule_resolve_url(const char *parent, const char *url, char **ret, struct failure *f)
{
	bool relative = strncmp(url, "./", 2) == 0 || strncmp(url, "../", 3) == 0;
	own_mem char *base = strdup(relative ? parent : "");

	if (base == NULL)
		return fail(f, ENOMEM, "resolve a submodule's URL");
	size_t length = strlen(base);

	while (relative && length > 0 && base[length - 1] == '/')
		base[--length] = '\0';
	for (;;) {
		if (relative && strncmp(url, "./", 2) == 0) {
			url += 2;
		} else if (relative && strncmp(url, "../", 3) == 0) {
			char *cut = strrchr(base, '/');

			/* never into the host: "scheme://host" stays */
			if (cut == NULL || cut == base || cut[-1] == '/')
				return fail(
					f, 0, "the submodule URL %s leads out of its host", url);
			*cut = '\0';
			url += 3;
		} else {
			break;
		}
	}
	if (asprintf(ret, "%s%s%s", base, relative ? "/" : "", url) < 0)
		return fail(f, ENOMEM, "resolve a submodule's URL");
	return 0;
}

/* Every component by itself, so that the message can tell what is wrong. */
static bool path_is_plain(const char *path)
{
	if (path[0] == '/' || path[0] == '-' || path[0] == '\0')
		return false;
	for (const char *p = path; *p != '\0';) {
		size_t length = strcspn(p, "/");

		if (length == 0 || (length == 1 && p[0] == '.') ||
			(length == 2 && strncmp(p, "..", 2) == 0) ||
			(length == 4 && strncasecmp(p, ".git", 4) == 0))
			return false;
		p += length + (p[length] == '/');
	}
	return true;
}

/* The directory must be there (checkout made it), beneath, without a symlink. */
static int check_path(const struct job *job, const char *path, struct failure *f)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	own_fd int into = open(job->into, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!path_is_plain(path))
		return fail(f, 0, "the submodule path %s is not allowed", path);
	if (into < 0)
		return fail(f, errno, "open the clone");
	own_fd int dir = (int)syscall(SYS_openat2, into, path, &how, sizeof(how));

	if (dir < 0)
		return fail(f, errno, "the submodule path %s", path);
	return 0;
}

struct lookup {
	const char *path;
	char *name;
};

static int on_path_entry(const git_config_entry *entry, void *payload)
{
	static const char prefix[] = "submodule.", suffix[] = ".path";
	struct lookup *lookup = payload;
	size_t length = strlen(entry->name);

	if (strcmp(entry->value != NULL ? entry->value : "", lookup->path) != 0)
		return 0;
	if (length <= strlen(prefix) + strlen(suffix) || lookup->name != NULL)
		return lookup->name != NULL ? GIT_EAMBIGUOUS : 0;
	lookup->name =
		strndup(entry->name + strlen(prefix), length - strlen(prefix) - strlen(suffix));
	return lookup->name != NULL ? 0 : -1;
}

static int module_url(git_config *modules, struct module *module, struct failure *f)
{
	git_buf value = { 0 };
	own_mem char *key = NULL;

	if (asprintf(&key, "submodule.%s.url", module->name) < 0)
		return fail(f, ENOMEM, "read .gitmodules");
	if (git_config_get_string_buf(&value, modules, key) < 0)
		return library_fail(f, NULL, "the submodule %s has no URL", module->path);
	module->url = strdup(value.ptr);
	git_buf_dispose(&value);
	return module->url != NULL ? 0 : fail(f, ENOMEM, "read .gitmodules");
}

static int module_find(git_config *modules, struct module *module, struct failure *f)
{
	struct lookup lookup = { .path = module->path };
	int rc = git_config_foreach_match(
		modules, "^submodule\\..*\\.path$", on_path_entry, &lookup);

	module->name = lookup.name;
	if (rc == GIT_EAMBIGUOUS)
		return fail(f, 0, "two submodules of .gitmodules claim the path %s", module->path);
	if (rc < 0)
		return library_fail(f, NULL, "read .gitmodules");
	if (lookup.name == NULL) {
		fail(f, 0, "no submodule of .gitmodules has the path %s", module->path);
		return fail_remedy(f, "fetch without --submodules, or mend .gitmodules");
	}
	if (!path_is_plain(module->name))
		return fail(f, 0, "the submodule name %s is not allowed", module->name);
	return module_url(modules, module, f);
}

static int open_modules(
	git_repository *repository, const struct job *job, git_config **ret, struct failure *f)
{
	own_git(index) index = NULL;
	own_mem char *path = NULL;

	if (git_repository_index(&index, repository) < 0)
		return library_fail(f, job->into, "read the index");
	const git_index_entry *entry = git_index_get_bypath(index, ".gitmodules", 0);

	if (entry == NULL || (entry->mode & S_IFMT) != S_IFREG) {
		fail(f, 0, "the repository has submodules but no .gitmodules file");
		return fail_remedy(f, "fetch without --submodules, or add that file");
	}
	if (asprintf(&path, "%s/.gitmodules", job->into) < 0)
		return fail(f, ENOMEM, "read .gitmodules");
	if (git_config_open_ondisk(ret, path) < 0)
		return library_fail(f, job->into, "read .gitmodules");
	return 0;
}

static int submodule_walk(
	git_repository *repository, const struct job *job, struct walk *walk, struct failure *f);

static int submodule_run(const struct job *child, struct walk *walk, struct failure *f)
{
	own_git(repository) repository = NULL;
	struct revision revision;

	if (clone_run(child, &repository, &revision, f) < 0)
		return -1;
	walk->nesting++;
	int rc = submodule_walk(repository, child, walk, f);

	walk->nesting--;
	return rc;
}

/* A local source's submodules come from it, and where they are of is but told. */
static char *server_url(const char *url)
{
	struct source source;
	struct failure f;
	char *told = NULL;

	if (source_parse(url, &source, &f) < 0)
		return NULL;
	if (source.kind != SOURCE_LOCAL && source.kind != SOURCE_NONE)
		told = strdup(source.url);
	source_release(&source);
	return told;
}

static int fetch_local(const struct job *job, struct module *module, struct job *child,
	struct walk *walk, struct failure *f)
{
	char git_dir[PLACE_BYTES], common_dir[PLACE_BYTES];
	own_mem char *source = NULL;
	struct stat st;

	/* a linked worktree has its submodules in its private directory, as git has it */
	if (gitdir_find(job->places, job->source, git_dir, common_dir, f) < 0)
		return -1;
	if (asprintf(&source, "%s/modules/%s", git_dir, module->name) < 0)
		return fail(f, ENOMEM, "find a submodule");
	if (lstat(source, &st) < 0 || !S_ISDIR(st.st_mode)) {
		fail(f, 0, "the local source does not hold its submodule %s", module->path);
		return fail_remedy(f, "run git submodule update --init --recursive in the source, "
				      "or give its URL instead of its path");
	}
	child->source = source;
	module->told = server_url(module->url);
	/* of its remote, unless its own configuration knows better */
	child->url = module->url[0] != '\0' ? module->url : NULL;
	return submodule_run(child, walk, f);
}

static int fetch_remote(const struct job *job, struct module *module, struct job *child,
	struct walk *walk, struct failure *f)
{
	own_mem char *url = NULL;
	struct source source;

	if (submodule_resolve_url(job->url, module->url, &url, f) < 0 ||
		source_parse(url, &source, f) < 0)
		return -1;
	int rc = -1;

	if (source.kind == SOURCE_LOCAL || source.kind == SOURCE_NONE || source.ref != NULL) {
		fail(f, 0, "the submodule %s has the URL %s, which is not allowed", module->path,
			module->url);
		fail_remedy(f, "allowed are http, https, ssh and git, without a #REF");
	} else {
		bool ours = trust_same_place(job->url, source.url);

		module->told = strdup(source.url);
		child->kind = source.kind;
		child->url = source.url;
		child->is_named = ours && job->is_named;
		child->agent = ours && job->agent;
		rc = submodule_run(child, walk, f);
	}
	source_release(&source);
	return rc;
}

/* Which one of them it was: put its path before what is known. */
static int name_submodule(const char *path, struct failure *f)
{
	struct failure deeper = *f;

	fail(f, deeper.errnum, "submodule %s: %s", path, deeper.what);
	fail_remedy(f, "%s", deeper.remedy);
	return fail_step(f, deeper.step);
}

/* For `git submodule` inside; the URL stays in .gitmodules. */
static int set_active(git_repository *repository, const struct module *module, struct failure *f)
{
	own_git(config) config = NULL;
	own_mem char *key = NULL;

	if (asprintf(&key, "submodule.%s.active", module->name) < 0)
		return fail(f, ENOMEM, "write .git/config");
	if (git_repository_config(&config, repository) < 0 ||
		git_config_set_bool(config, key, 1) < 0)
		return library_fail(f, NULL, "write .git/config");
	return 0;
}

static int submodule_fetch(git_repository *repository, const struct job *job, git_config *modules,
	const char *path, const git_oid *commit, struct walk *walk, struct failure *f)
{
	__attribute__((cleanup(module_release))) struct module module = { .path = path };
	char hex[GIT_OID_HEXSZ + 1];
	own_mem char *into = NULL;
	struct job child = *job;

	if (++walk->total > TOTAL_MAX)
		return fail(f, 0, "more than %d submodules", TOTAL_MAX);
	if (check_path(job, path, f) < 0 || module_find(modules, &module, f) < 0)
		return -1;
	if (asprintf(&into, "%s/%s", job->into, path) < 0)
		return fail(f, ENOMEM, "fetch the submodule %s", path);
	child.into = into;
	child.mirror = false; /* there is one, and it is the source's */
	child.ref = git_oid_tostr(hex, sizeof(hex), commit);
	int rc = job->kind == SOURCE_LOCAL ? fetch_local(job, &module, &child, walk, f)
					   : fetch_remote(job, &module, &child, walk, f);

	if (rc < 0 || set_active(repository, &module, f) < 0)
		return -1;
	return channel_submodule(job->channel, into + walk->root_length + 1,
		module.told != NULL ? module.told : "", hex, f);
}

static int submodule_walk(
	git_repository *repository, const struct job *job, struct walk *walk, struct failure *f)
{
	own_git(config) modules = NULL;
	own_git(index) index = NULL;

	if (git_repository_index(&index, repository) < 0)
		return library_fail(f, job->into, "read the index");
	for (size_t i = 0; i < git_index_entrycount(index); i++) {
		const git_index_entry *entry = git_index_get_byindex(index, i);

		if (entry->mode != GIT_FILEMODE_COMMIT)
			continue;
		if (walk->nesting >= NESTING_MAX)
			return fail(f, 0, "submodules nest deeper than %d", NESTING_MAX);
		if (modules == NULL && open_modules(repository, job, &modules, f) < 0)
			return -1;
		if (submodule_fetch(repository, job, modules, entry->path, &entry->id, walk, f) < 0)
			return name_submodule(entry->path, f);
	}
	return 0;
}

int submodule_fetch_all(git_repository *repository, const struct job *job, struct failure *f)
{
	struct walk walk = { .root_length = strlen(job->into) };

	if (submodule_walk(repository, job, &walk, f) < 0)
		return fail_step(f, "fetch: submodules");
	return 0;
}
