/* What killed runs left, and in which order it goes.
 *
 *   1  control groups by their names: what is alive in one of a dead run is killed, so that
 *      nothing makes more of what follows. The state files are there still, and say who is dead.
 *   2  of each dead run, whose file we lock so that two of us do not meet: the groups that the
 *      file names and 1 did not see; artifacts that were half copied; what the run made in a container engine; then everything
 *      else that has its id in the runtime directory, the journal among it.
 *   3  its state file, last, and only if all of that went: by it the next gc knows what to look
 *      for.
 *   4  what has an id that no state file speaks of. A run that is just beginning has such a
 *      file for a moment, so a minute has to have passed.
 *   5  of the user's stores of images, of caches and of sources, what store_clear.h says.
 *
 * A journal goes only after the engine has said that nothing of the run is there any more, or
 * that is never found again: a label alone may be anybody's. */
#include "sandbox/launcher/leftovers.h"

#include "sandbox/artifact/artifact_stage.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/cleanup.h"
#include "sandbox/limits/cgroup_gc.h"
#include "sandbox/state/journal.h"
#include "sandbox/state/state.h"
#include "sandbox/store/cache_store.h"
#include "sandbox/store/root_store.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TREE_DEPTH   16
#define ORPHAN_AGE_S 60
#define DOCKER_MS    30000 /* for one run's objects */
#define QUIET_MS     5000  /* the same while another run waits */

struct gc {
	bool dry_run;
	FILE *out;   /* NULL: print nothing */
	cJSON *rows; /* NULL: text, if anything */
	cJSON *seen; /* dry run: paths that were named, since they are found twice */
	int dirs[STATE_DIRS_MAX];
	size_t dirs_n;
	unsigned removed, failed, would;
	bool keep_users;    /* root: its directories for others are how these are found */
	uint64_t docker_ms; /* for an engine to answer; 0: none is asked */
	int root;           /* to ask for what the user may not; -1: there is none */
	bool store;         /* the user's images as well */
};

static void row_json(
	cJSON *rows, const char *what, const char *path, bool removed, const char *detail)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "what", what);
	cJSON_AddStringToObject(row, "path", path);
	cJSON_AddBoolToObject(row, "removed", removed);
	cJSON_AddStringToObject(row, "detail", detail);
	cJSON_AddItemToArray(rows, row);
}

static void gc_row(
	struct gc *gc, const char *what, const char *path, bool removed, const char *detail)
{
	if (gc->dry_run)
		gc->would++;
	else if (removed)
		gc->removed++;
	else
		gc->failed++;
	if (gc->rows != NULL)
		row_json(gc->rows, what, path, removed, detail);
	else if (gc->out != NULL)
		fprintf(gc->out, "%s %s %s%s%s\n",
			gc->dry_run ? "would remove"
			: removed   ? "removed"
				    : "could not remove",
			what, path, !gc->dry_run && detail[0] != '\0' ? ": " : "",
			gc->dry_run ? "" : detail);
}

static bool is_seen(struct gc *gc, const char *path)
{
	const cJSON *seen;

	cJSON_ArrayForEach(seen, gc->seen) if (strcmp(seen->valuestring, path) == 0) return true;
	cJSON_AddItemToArray(gc->seen, cJSON_CreateString(path));
	return false;
}

static void report_cgroup(void *data, const char *path, bool removed, const char *detail)
{
	struct gc *gc = data;

	if (gc->seen == NULL || !is_seen(gc, path))
		gc_row(gc, "cgroup", path, removed, detail);
}

/* A run is alive if any of our runtime directories says so: it may have been started
 * with another TMPDIR than this gc, and then nothing is known about it here. */
static enum cgroup_fate fate(void *data, const char *run_id)
{
	const struct gc *gc = data;
	enum cgroup_fate fate = CGROUP_UNKNOWN;

	for (size_t i = 0; i < gc->dirs_n; i++) {
		enum state_life life = state_life(gc->dirs[i], run_id);

		if (life == STATE_ALIVE)
			return CGROUP_KEEP;
		if (life == STATE_DEAD)
			fate = CGROUP_DEAD;
	}
	return fate;
}

static int remove_tree(int dir_fd, const char *name, unsigned depth)
{
	if (unlinkat(dir_fd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;

	own_fd int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	own_dir DIR *dir = fd >= 0 && depth > 0 ? fdopendir(fd) : NULL;
	if (dir == NULL)
		return -1;
	own_fd_give(&fd); /* closedir() closes it */
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
			remove_tree(dirfd(dir), e->d_name, depth - 1) < 0)
			return -1;
	return unlinkat(dir_fd, name, AT_REMOVEDIR);
}

/* ---- what a run made in a container engine ---- */

static void docker_row(
	struct gc *gc, const char *kind, const char *id, bool removed, const char *detail)
{
	char what[32];

	snprintf(what, sizeof(what), "docker %s", kind);
	gc_row(gc, what, id, removed, detail);
}

static void docker_message(void *data, const struct control *message)
{
	if (message->type == CONTROL_GONE || message->type == CONTROL_LEFT)
		docker_row(data, object_kind_name(message->kind), message->object.id,
			message->type == CONTROL_GONE, message->object.note);
}

static void docker_would(struct gc *gc, int journal_fd)
{
	struct journal journal;
	struct failure f;

	if (journal_read(journal_fd, &journal, &f) < 0)
		return; /* nothing was asked of the engine yet */
	for (size_t i = 0; i < journal.there_n; i++)
		docker_row(gc, object_kind_name(journal.there[i].kind), journal.there[i].id, false,
			"");
	journal_release(&journal);
}

/* Did the run ask anything of an engine? Only then there is something to find. */
static bool is_begun(int journal_fd)
{
	struct journal journal;
	struct failure f;

	if (journal_read_head(journal_fd, &journal, &f) < 0)
		return false;
	journal_release(&journal);
	return true;
}

static void docker_cleanup(struct gc *gc, const struct state_entry *entry, int journal_fd)
{
	const char *socket = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(entry->facts, "docker"), "socket"));
	unsigned failed_before = gc->failed;
	struct failure f = { 0 };
	int left;

	if (socket == NULL)
		left = fail(&f, 0, "the state file names no engine");
	else
		left = cleanup_run_journal(
			journal_fd, entry->id, socket, gc->docker_ms, docker_message, gc, &f);
	if (left < 0 && f.errnum == EACCES && gc->root >= 0)
		left = cleanup_ask(gc->root, journal_fd, entry->id, socket, gc->docker_ms,
			docker_message, gc, &f);
	if (left == 0 || (left > 0 && gc->failed > failed_before))
		return;
	if (left > 0)
		fail(&f, 0, "something is left");
	docker_row(gc, "objects of run", entry->id, false, f.what);
}

/* The journal itself goes with the other leftovers, once this is true. */
static bool end_docker(struct gc *gc, const struct state_entry *entry)
{
	unsigned failed_before = gc->failed;
	struct failure f;
	own_fd int fd = journal_open(entry->dir_fd, entry->id, &f);

	if (fd < 0 && f.errnum == ENOENT)
		return true;
	if (fd < 0)
		docker_row(gc, "objects of run", entry->id, false, f.what);
	else if (gc->dry_run)
		docker_would(gc, fd);
	else if (is_begun(fd) && gc->docker_ms == 0)
		gc->failed++; /* quietly: `gc` will say it */
	else if (is_begun(fd))
		docker_cleanup(gc, entry, fd);
	return gc->failed == failed_before;
}

static void end_leftover(struct gc *gc, int dir_fd, const char *what, const char *name)
{
	bool removed = !gc->dry_run && remove_tree(dir_fd, name, TREE_DEPTH) == 0;

	gc_row(gc, what, name, removed, removed || gc->dry_run ? "" : strerror(errno));
}

/* Everything "<id>.…" but the state file itself; all ids if id is NULL, then only
 * what no state file speaks of and nobody has touched for a minute. */
static void end_leftovers(struct gc *gc, int dir_fd, const char *id)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		struct stat st;

		if (!state_name_has_id(e->d_name) ||
			strcmp(e->d_name + STATE_ID_LENGTH, ".json") == 0)
			continue;
		if (id != NULL && strncmp(e->d_name, id, STATE_ID_LENGTH) != 0)
			continue;
		if (id == NULL && (fstatat(dir_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
					  st.st_ctim.tv_sec + ORPHAN_AGE_S >= time(NULL) ||
					  state_life(dir_fd, e->d_name) != STATE_UNKNOWN))
			continue;
		end_leftover(gc, dir_fd, "leftover", e->d_name);
	}
	if (dir == NULL)
		own_fd_end(&fd);
}

/* Artifacts that were on their way out. */
static void end_stages(struct gc *gc, const struct state_entry *entry)
{
	const cJSON *place;

	cJSON_ArrayForEach(place, cJSON_GetObjectItemCaseSensitive(entry->facts, "artifact_places"))
	{
		bool removed;

		if (!cJSON_IsString(place) ||
			!artifact_stage_is_left(place->valuestring, entry->id))
			continue;
		removed = !gc->dry_run && artifact_stage_remove_left(place->valuestring, entry->id);
		gc_row(gc, "unfinished artifacts in", place->valuestring, removed,
			removed || gc->dry_run ? "" : strerror(errno));
	}
}

/* One dead run; its file is locked by us. The file goes last, and stays if anything
 * else did, so that the next gc knows what to look for. */
static void end_run(void *data, const struct state_entry *entry)
{
	struct gc *gc = data;
	unsigned failed_before = gc->failed;
	const cJSON *path;

	cJSON_ArrayForEach(path,
		cJSON_GetObjectItemCaseSensitive(entry->facts, "cgroups")) if (cJSON_IsString(path))
		cgroup_gc_path(path->valuestring, entry->id, gc->dry_run, report_cgroup, gc);
	end_stages(gc, entry);
	if (end_docker(gc, entry))
		end_leftovers(gc, entry->dir_fd, entry->id);
	if (gc->failed == failed_before)
		end_leftover(gc, entry->dir_fd, "state file", entry->name);
}

static void collect(struct gc *gc)
{
	for (size_t i = 0; i < gc->dirs_n; i++) {
		state_each(gc->dirs[i], true, end_run, gc);
		end_leftovers(gc, gc->dirs[i], NULL);
	}
}

static void store_row(
	void *data, const char *what, const char *name, bool removed, const char *detail)
{
	gc_row(data, what, name, removed, detail);
}

/* Root has none: it runs nothing as itself. */
static void clear_store(struct gc *gc, const struct config *config)
{
	struct user_plan user;
	const struct store_clear_terms terms = { &user, config->store_size_bytes, gc->dry_run,
		store_row, gc };
	struct failure f = { 0 };

	if (!gc->store || geteuid() == 0)
		return;
	user_plan("/etc", geteuid(), getegid(), false, &user);
	if (store_clear(&root_store_kind, &terms, &f) < 0)
		gc_row(gc, "images of", "the store", false, f.what);
	if (store_clear(&cache_store_kind, &terms, &f) < 0)
		gc_row(gc, "caches of", "the store", false, f.what);
	if (store_clear(&source_store_kind, &terms, &f) < 0)
		gc_row(gc, "sources of", "the store", false, f.what);
}

static int gc_print(const struct gc *gc, struct failure *f)
{
	if (gc->rows != NULL) {
		cJSON *top = cJSON_CreateObject();

		cJSON_AddStringToObject(top, "schema", "cofferdam.gc/1");
		cJSON_AddBoolToObject(top, "dry_run", gc->dry_run);
		cJSON_AddNumberToObject(top, "removed", gc->removed);
		cJSON_AddNumberToObject(top, "failed", gc->failed);
		cJSON_AddItemReferenceToObject(top, "rows", gc->rows);
		own_mem char *text = cJSON_Print(top);
		cJSON_Delete(top);
		if (text == NULL)
			return fail(f, ENOMEM, "print what was removed");
		fprintf(gc->out, "%s\n", text);
	} else if (gc->removed + gc->failed + gc->would == 0) {
		fprintf(gc->out, "nothing to remove\n");
	}
	if (fflush(gc->out) != 0)
		return fail(f, errno, "write what was removed");
	if (gc->failed > 0)
		return fail(f, 0, "%u things could not be removed", gc->failed);
	return 0;
}

static int run_below(
	const char *root, const struct config *config, struct gc *gc, struct failure *f)
{
	gc->dry_run = config->dry_run;
	gc->docker_ms = DOCKER_MS;
	if (config->json)
		gc->rows = cJSON_CreateArray();
	if (config->dry_run)
		gc->seen = cJSON_CreateArray();
	gc->dirs_n = state_dirs_open(gc->dirs);
	/* By name first, while the state files still say which runs are dead. */
	cgroup_gc(root, gc->dry_run, gc->keep_users, fate, report_cgroup, gc);
	collect(gc);
	clear_store(gc, config);
	for (size_t i = 0; i < gc->dirs_n; i++)
		own_fd_end(&gc->dirs[i]);
	int result = gc_print(gc, f);
	cJSON_Delete(gc->rows);
	cJSON_Delete(gc->seen);
	return result;
}

int leftovers_remove_below(
	const char *root, const struct config *config, FILE *out, struct failure *f)
{
	struct gc gc = { .out = out, .root = -1 };

	return run_below(root, config, &gc, f);
}

int leftovers_remove(const struct config *config, bool users_done, FILE *out, struct failure *f)
{
	struct gc gc = { .out = out, .root = -1, .keep_users = !users_done, .store = true };

	return run_below("/", config, &gc, f);
}

int leftovers_remove_asking(const struct config *config, int root, FILE *out, struct failure *f)
{
	struct gc gc = { .out = out, .root = root, .store = true };

	return run_below("/", config, &gc, f);
}

unsigned leftovers_remove_quietly(int dir_fd, bool docker)
{
	struct gc gc = {
		.dirs = { dir_fd },
		.dirs_n = 1,
		.docker_ms = docker ? QUIET_MS : 0,
		.root = -1,
	};

	if (!state_any_dead(dir_fd))
		return 0;
	collect(&gc);
	return gc.removed;
}
