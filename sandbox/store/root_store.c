#include "sandbox/store/root_store.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/user_directory.h"
#include "sandbox/store/root_claim.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>

#define WAIT_US 20000 /* between two looks at what another run makes */
#define WAIT_S  300   /* at most, whatever --timeout says */

int root_store_open(bool make, struct failure *f)
{
	static const struct user_directory place = { "the store of images", "XDG_CACHE_HOME",
		".cache", "cofferdam/roots", 077 };

	return user_directory_open(&place, make, f);
}

void root_store_ids(const struct user_plan *user, char ret[ROOT_IDS_BYTES])
{
	if (user->range)
		snprintf(ret, ROOT_IDS_BYTES, "%u-%u-%u", user_ids(user, true).keeper_uid,
			user->uids.first, user->gids.first);
	else
		snprintf(ret, ROOT_IDS_BYTES, "one");
}

/* ---- what lies there ---- */

bool root_store_is_whole(int entry_fd, const char *name, struct root_record *ret)
{
	char text[ROOT_RECORD_BYTES], own[ROOT_NAME_BYTES];
	struct stat tree;

	if (!store_entry_read(entry_fd, text, sizeof(text), &tree) || !root_record_parse(text, ret))
		return false;
	root_record_name(ret, own);
	return strcmp(own, name) == 0 &&
	       store_entry_is_tree(&tree, ret->inode, ret->changed_s, ret->changed_ns);
}

static bool is_whole(int entry_fd, const char *name, uint64_t *ret_bytes)
{
	struct root_record record;

	if (!root_store_is_whole(entry_fd, name, &record))
		return false;
	*ret_bytes = record.bytes;
	return true;
}

const struct store_kind root_store_kind = {
	.what = "image",
	.whole = "unpacked",
	.open = root_store_open,
	.is_name = root_record_is_name,
	.is_whole = is_whole,
};

/* ---- the launcher ---- */

static void hold(struct root_store *s, enum root_store_state state, int *entry_fd)
{
	struct stat st;

	if (fstat(*entry_fd, &st) < 0)
		return;
	s->state = state;
	s->entry_device = st.st_dev;
	s->entry_inode = st.st_ino;
	s->entry_fd = own_fd_give(entry_fd);
}

/* True: it is held. What is not whole is put out of the way. */
static bool find(struct root_store *s, int dir_fd, const char *name)
{
	own_fd int fd = root_claim_open(dir_fd, name, LOCK_SH);
	struct root_record record;

	if (fd < 0 && !root_claim_is_rubbish(errno))
		return false;
	if (fd < 0 || !root_store_is_whole(fd, name, &record)) {
		root_claim_put_away(dir_fd, name, NULL);
		return false;
	}
	store_entry_use(fd);
	s->record = record;
	hold(s, ROOT_STORE_FOUND, &fd);
	return true;
}

/* Make it ours to fill. EWOULDBLOCK in f: somebody else is at it, or has just finished. */
static int claim(struct root_store *s, int dir_fd, const char *name, struct failure *f)
{
	own_fd int fd = root_claim_make(dir_fd, name, f);
	char fresh[ROOT_NAME_BYTES + sizeof(STORE_NEW)];
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		snprintf(fresh, sizeof(fresh), "%s" STORE_NEW, name);
		unlinkat(dir_fd, fresh, AT_REMOVEDIR);
		return fail(f, EWOULDBLOCK, "look at it once more");
	}
	hold(s, ROOT_STORE_CLAIMED, &fd);
	return 0;
}

/* Find, or claim, or see somebody else at it, again and again. */
static int take(struct root_store *s, int dir_fd, uint64_t within_s, struct failure *f)
{
	const uint64_t end_ms = clock_now_ms() + 1000 * (within_s < WAIT_S ? within_s : WAIT_S);
	char name[ROOT_NAME_BYTES];

	root_record_name(&s->record, name);
	while (!find(s, dir_fd, name)) {
		if (claim(s, dir_fd, name, f) == 0)
			return 0;
		if (f->errnum != EWOULDBLOCK)
			return -1;
		if (clock_now_ms() >= end_ms)
			return fail(f, 0, "another run has not finished to unpack it");
		usleep(WAIT_US);
	}
	return 0;
}

static int take_from(
	struct root_store *s, uint64_t limit_bytes, uint64_t within_s, struct failure *f)
{
	own_fd int dir_fd = root_store_open(true, f);
	char path[32];

	if (dir_fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir_fd);
	if (host_path_open("the store of images", path, &s->directory, f) < 0)
		return -1;
	s->most_bytes = store_room(dir_fd, limit_bytes);
	return take(s, dir_fd, within_s, f);
}

void root_store_take(const char *digest, const struct user_plan *user, uint64_t limit_bytes,
	uint64_t within_s, struct root_store *ret)
{
	char text[FAILURE_TEXT];
	struct failure f = { 0 };

	*ret = (struct root_store)ROOT_STORE_BEGIN;
	ret->range = user->range;
	snprintf(ret->record.digest, sizeof(ret->record.digest), "%s", digest);
	root_store_ids(user, ret->record.ids);
	if (take_from(ret, limit_bytes, within_s, &f) < 0)
		snprintf(ret->why, sizeof(ret->why), "%.*s", (int)sizeof(ret->why) - 1,
			failure_text(&f, text));
}

void root_store_share(const struct root_store *store)
{
	if (store->state == ROOT_STORE_CLAIMED)
		flock(store->entry_fd, LOCK_SH);
}

void root_store_release(struct root_store *store)
{
	host_path_release(&store->directory);
	own_fd_end(&store->entry_fd);
	*store = (struct root_store)ROOT_STORE_BEGIN;
}

/* ---- the keeper ---- */

int root_store_reopen(
	const struct root_store *store, int *ret_dir_fd, int *ret_entry_fd, struct failure *f)
{
	own_fd int path_fd = host_path_reopen(&store->directory, f);
	own_fd int dir_fd = -1, entry_fd = -1;
	char name[ROOT_NAME_BYTES], file[ROOT_NAME_BYTES + sizeof(STORE_NEW)];
	struct stat st;

	if (path_fd < 0)
		return -1;
	root_record_name(&store->record, name);
	snprintf(file, sizeof(file), "%s%s", name,
		store->state == ROOT_STORE_CLAIMED ? STORE_NEW : "");
	dir_fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0)
		entry_fd = openat(dir_fd, file, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (entry_fd < 0 || fstat(entry_fd, &st) < 0)
		return fail(f, errno, "open %s of the store in the sandbox", file);
	if (st.st_dev != store->entry_device || st.st_ino != store->entry_inode)
		return fail(f, 0, "%s of the store has changed meanwhile", file);
	*ret_dir_fd = own_fd_give(&dir_fd);
	*ret_entry_fd = own_fd_give(&entry_fd);
	return 0;
}

int root_store_keep(const struct root_store *store, int dir_fd, int entry_fd, uint64_t bytes,
	uint64_t left_out, struct failure *f)
{
	struct root_record record = store->record;
	char text[ROOT_RECORD_BYTES];
	char name[ROOT_NAME_BYTES], fresh[ROOT_NAME_BYTES + sizeof(STORE_NEW)];
	struct stat st;

	/* All of the file system: there is no call for a tree. It also says what was lost. */
	if (syncfs(entry_fd) < 0 || fstatat(entry_fd, STORE_TREE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "bring the image to the disk");
	record.inode = st.st_ino;
	record.changed_s = st.st_ctim.tv_sec;
	record.changed_ns = (uint32_t)st.st_ctim.tv_nsec;
	record.bytes = bytes;
	record.left_out = left_out;
	root_record_format(&record, text);
	if (store_entry_record(entry_fd, text, "the image", f) < 0)
		return -1;
	root_record_name(&record, name);
	snprintf(fresh, sizeof(fresh), "%s" STORE_NEW, name);
	if (renameat2(dir_fd, fresh, dir_fd, name, RENAME_NOREPLACE) < 0)
		return fail(f, errno, "name the image in the store");
	return fsync(dir_fd) < 0 ? fail(f, errno, "bring the store to the disk") : 0;
}
