#include "sandbox/store/cache_store.h"

#include "sandbox/base/own.h"
#include "sandbox/base/user_directory.h"
#include "sandbox/store/root_claim.h"
#include "sandbox/store/root_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES   200 /* each time somebody else had to be quicker */
#define WAIT_US 5000

/* ---- what lies there ---- */

static int open_caches(bool make, struct failure *f)
{
	static const struct user_directory place = { "the store of caches", "XDG_CACHE_HOME",
		".cache", "cofferdam/caches", 077 };

	return user_directory_open(&place, make, f);
}

static int open_sources(bool make, struct failure *f)
{
	static const struct user_directory place = { "the store of sources", "XDG_CACHE_HOME",
		".cache", "cofferdam/sources", 077 };

	return user_directory_open(&place, make, f);
}

static bool is_name(const char *name)
{
	char key[CACHE_KEY_BYTES];
	uint64_t generation;

	return cache_record_parse_name(name, key, &generation);
}

static bool read_record(int entry_fd, const char *name, struct cache_record *ret)
{
	char text[CACHE_RECORD_BYTES], own[CACHE_FILE_BYTES];
	struct stat tree;

	if (!store_entry_read(entry_fd, text, sizeof(text), &tree) ||
		!cache_record_parse(text, ret))
		return false;
	cache_record_name(ret, own);
	return strcmp(own, name) == 0 &&
	       store_entry_is_tree(&tree, ret->inode, ret->changed_s, ret->changed_ns);
}

static bool is_whole(int entry_fd, const char *name, uint64_t *ret_bytes)
{
	struct cache_record record;

	if (!read_record(entry_fd, name, &record))
		return false;
	*ret_bytes = record.bytes;
	return true;
}

/* A later one of the same cache. */
static bool outlives(const char *name, const char *other)
{
	char key[CACHE_KEY_BYTES], other_key[CACHE_KEY_BYTES];
	uint64_t generation, other_generation;

	return cache_record_parse_name(name, key, &generation) &&
	       cache_record_parse_name(other, other_key, &other_generation) &&
	       strcmp(key, other_key) == 0 && generation > other_generation;
}

const struct store_kind cache_store_kind = {
	.what = "cache",
	.whole = "kept",
	.open = open_caches,
	.is_name = is_name,
	.is_whole = is_whole,
	.outlives = outlives,
};

const struct store_kind source_store_kind = {
	.what = "source",
	.whole = "kept",
	.open = open_sources,
	.is_name = is_name,
	.is_whole = is_whole,
	.outlives = outlives,
};

/* The number of the newest entry of that key, whole or not; 0: there is none. */
static int find_newest(int dir_fd, const char *key, uint64_t *ret, struct failure *f)
{
	own_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char other[CACHE_KEY_BYTES];
	uint64_t generation;

	if (dir == NULL)
		return fail(f, errno, "read the store of caches");
	own_fd_give(&fd);
	*ret = 0;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		if (cache_record_parse_name(e->d_name, other, &generation) &&
			strcmp(other, key) == 0 && generation > *ret)
			*ret = generation;
	return 0;
}

/* ---- reading ---- */

static int hold(struct cache_store *s, int *entry_fd, struct failure *f)
{
	own_fd int tree =
		openat(*entry_fd, STORE_TREE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[32];

	if (tree < 0)
		return fail(f, errno, "open the cache");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", tree);
	if (host_path_open("the cache", path, &s->tree, f) < 0)
		return -1;
	store_entry_use(*entry_fd);
	s->entry_fd = own_fd_give(entry_fd);
	return 0;
}

/* 1: it is held; 0: it is gone, or was put away: look again; -1 with f. */
static int try_newest(struct cache_store *s, int dir_fd, struct failure *f)
{
	char name[CACHE_FILE_BYTES];
	struct cache_record record;
	own_fd int fd = -1;

	cache_record_name(&s->record, name);
	fd = root_claim_open(dir_fd, name, LOCK_SH);
	if (fd < 0 && (errno == ENOENT || errno == EWOULDBLOCK)) {
		usleep(WAIT_US);
		return 0;
	}
	if (fd < 0 && !root_claim_is_rubbish(errno))
		return fail(f, errno, "lock the cache");
	if (fd >= 0 && read_record(fd, name, &record)) {
		s->record = record;
		return hold(s, &fd, f) < 0 ? -1 : 1;
	}
	s->damaged = true;
	return root_claim_put_away(dir_fd, name, NULL) < 0 && errno != ENOENT
		       ? fail(f, errno, "put a damaged cache away")
		       : 0;
}

static int take(struct cache_store *s, struct failure *f)
{
	own_fd int dir_fd = s->kind->open(true, f);

	for (int i = 0; dir_fd >= 0 && i < TRIES; i++) {
		int result;

		if (find_newest(dir_fd, s->record.key, &s->record.generation, f) < 0)
			return -1;
		if (s->record.generation == 0)
			return 0;
		result = try_newest(s, dir_fd, f);
		if (result != 0)
			return result < 0 ? -1 : 0;
	}
	return dir_fd < 0 ? -1 : fail(f, 0, "another process does not let go of it");
}

void cache_store_take(
	const struct store_kind *kind, const char *key, const char *name, struct cache_store *ret)
{
	char text[FAILURE_TEXT];
	struct failure f = { 0 };

	*ret = (struct cache_store)CACHE_STORE_NONE;
	ret->kind = kind;
	snprintf(ret->record.key, sizeof(ret->record.key), "%s", key);
	snprintf(ret->record.name, sizeof(ret->record.name), "%s", name);
	ret->usable = take(ret, &f) == 0;
	if (ret->usable)
		return;
	host_path_release(&ret->tree);
	own_fd_end(&ret->entry_fd);
	ret->record.generation = 0;
	snprintf(ret->why, sizeof(ret->why), "%.*s", (int)sizeof(ret->why) - 1,
		failure_text(&f, text));
}

int cache_store_put_away(const struct cache_store *store, struct failure *f)
{
	own_fd int dir_fd = store->kind->open(false, f);
	char name[CACHE_FILE_BYTES];

	if (dir_fd < 0)
		return -1;
	cache_record_name(&store->record, name);
	return root_claim_put_away(dir_fd, name, NULL) < 0 && errno != ENOENT
		       ? fail(f, errno, "put a damaged %s away", store->kind->what)
		       : 0;
}

void cache_store_release(struct cache_store *store)
{
	host_path_release(&store->tree);
	own_fd_end(&store->entry_fd);
	*store = (struct cache_store)CACHE_STORE_NONE;
}

/* ---- writing ---- */

static int claim(struct cache_stage *s, uint64_t read_generation, struct failure *f)
{
	char name[CACHE_FILE_BYTES];
	uint64_t newest;

	cache_record_name(&s->record, name);
	s->entry_fd = root_claim_make(s->dir_fd, name, f);
	if (s->entry_fd < 0) {
		if (f->errnum == EWOULDBLOCK)
			fail(f, EEXIST, "another run is keeping it just now");
		return -1;
	}
	/* Under the lock nobody else makes this one; and no later one comes but after it. */
	if (find_newest(s->dir_fd, s->record.key, &newest, f) < 0)
		return -1;
	return newest == read_generation
		       ? 0
		       : fail(f, EEXIST, "another run has kept generation %llu of it meanwhile",
				 (unsigned long long)newest);
}

int cache_stage_begin(const struct cache_store *store, struct cache_stage *ret, struct failure *f)
{
	ret->record = (struct cache_record){ .generation = store->record.generation + 1 };
	memcpy(ret->record.key, store->record.key, sizeof(ret->record.key));
	memcpy(ret->record.name, store->record.name, sizeof(ret->record.name));
	ret->dir_fd = store->kind->open(true, f);
	if (ret->dir_fd < 0 || claim(ret, store->record.generation, f) < 0)
		return -1;
	if (mkdirat(ret->entry_fd, STORE_TREE, 0700) < 0)
		return fail(f, errno, "make a directory in our store");
	ret->tree_fd =
		openat(ret->entry_fd, STORE_TREE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return ret->tree_fd < 0 ? fail(f, errno, "open a directory of the store of caches") : 0;
}

int cache_stage_keep(struct cache_stage *s, struct failure *f)
{
	char name[CACHE_FILE_BYTES], fresh[CACHE_FILE_BYTES + sizeof(STORE_NEW)];
	char text[CACHE_RECORD_BYTES];
	struct stat st;

	/* As of an image: all of the file system, which also says what was lost. */
	if (syncfs(s->entry_fd) < 0 || fstat(s->tree_fd, &st) < 0)
		return fail(f, errno, "bring the cache to the disk");
	s->record.inode = st.st_ino;
	s->record.changed_s = st.st_ctim.tv_sec;
	s->record.changed_ns = (uint32_t)st.st_ctim.tv_nsec;
	cache_record_format(&s->record, text);
	if (store_entry_record(s->entry_fd, text, "the cache", f) < 0)
		return -1;
	cache_record_name(&s->record, name);
	snprintf(fresh, sizeof(fresh), "%s" STORE_NEW, name);
	/* One that is there has something in it, over which no directory is renamed. */
	if (renameat(s->dir_fd, fresh, s->dir_fd, name) < 0)
		return fail(f, errno, "name the cache in the store");
	own_fd_end(&s->entry_fd);
	return fsync(s->dir_fd) < 0 ? fail(f, errno, "bring the store to the disk") : 0;
}

uint64_t cache_stage_room(const struct cache_stage *stage, uint64_t limit_bytes)
{
	return store_room(stage->dir_fd, limit_bytes);
}

/* The two directories, if there is nothing in them. */
static bool remove_empty(const struct cache_stage *s, const char *name)
{
	unlinkat(s->entry_fd, STORE_TREE, AT_REMOVEDIR);
	return unlinkat(s->dir_fd, name, AT_REMOVEDIR) == 0;
}

void cache_stage_release(struct cache_stage *s)
{
	char name[CACHE_FILE_BYTES], fresh[CACHE_FILE_BYTES + sizeof(STORE_NEW)];

	if (s->entry_fd >= 0) {
		cache_record_name(&s->record, name);
		snprintf(fresh, sizeof(fresh), "%s" STORE_NEW, name);
		if (!remove_empty(s, fresh))
			root_claim_put_away(s->dir_fd, fresh, NULL);
	}
	own_fd_end(&s->tree_fd);
	own_fd_end(&s->entry_fd);
	own_fd_end(&s->dir_fd);
}
