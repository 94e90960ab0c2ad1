/* sandbox/store/root_store.h: unpacked images that are kept, so that the next run need not unpack.
 *
 * Where    $XDG_CACHE_HOME/cofferdam/roots, else below ~/.cache: ours, 0700.
 * What     one directory an image, named by the image's digest and by whose ids its files have:
 *          in it the tree, and the record (root_record.h), which comes last. While it is made its
 *          name ends with ".new"; what is to go is called "gone-…" before anything of it goes.
 * Lock     flock(2) of that directory: exclusive while it is made or removed, shared as long as a
 *          run uses it. It passes on with the rename, and ends with the launcher.
 * Who      The launcher finds or claims a tree; the keeper fills it, before anything of a stranger
 *          runs. A builder sees it beneath an overlay alone, and has no path to it.
 * Without  a store, whatever the cause, a run unpacks for itself as ever; why[] says the cause.
 */
#ifndef SANDBOX_STORE_ROOT_STORE_H
#define SANDBOX_STORE_ROOT_STORE_H

#include "namespaces/hostpath.h"
#include "namespaces/user.h"
#include "sandbox/base/failure.h"
#include "sandbox/store/root_record.h"
#include "sandbox/store/store_clear.h"

#define ROOT_STORE_GONE "gone-"

enum root_store_state {
	ROOT_STORE_NONE,    /* why[] says why not; "": nobody asked */
	ROOT_STORE_FOUND,   /* it is there, and stays as long as entry_fd is open */
	ROOT_STORE_CLAIMED, /* the run may make it */
};

struct root_store {
	enum root_store_state state;
	char why[160];
	struct host_path directory; /* of the store */
	int entry_fd;               /* the launcher's, with the lock; -1 */
	dev_t entry_device;
	ino_t entry_inode;
	bool range;                /* the files have a range of ids */
	struct root_record record; /* claimed: digest and ids alone */
	uint64_t most_bytes;       /* claimed: what it may take */
};
#define ROOT_STORE_BEGIN                                                                           \
	{                                                                                          \
		.entry_fd = -1, .directory = {.fd = -1 }                                           \
	}

/* How it is kept within its limit. */
extern const struct store_kind root_store_kind;

/* The directory; make it if it is not there. The descriptor is the caller's. */
int root_store_open(bool make, struct failure *f);

/* ---- the launcher ---- */

/* Whose ids: "one", or where the range begins. */
void root_store_ids(const struct user_plan *user, char ret[ROOT_IDS_BYTES]);

/* Find the image's tree, or claim it; wait at most within_s for a run that is making it. What
 * cannot be is no failure: see why. */
void root_store_take(const char *digest, const struct user_plan *user, uint64_t limit_bytes,
	uint64_t within_s, struct root_store *ret);
/* The keeper has made it, or will not: others may use what is there now. */
void root_store_share(const struct root_store *store);
void root_store_release(struct root_store *store);

/* Is the entry (of that name, open) whole? Its record. */
bool root_store_is_whole(int entry_fd, const char *name, struct root_record *ret);

/* ---- the keeper ---- */

/* The store's directory and in it the run's entry, in our own mount namespace. */
int root_store_reopen(
	const struct root_store *store, int *ret_dir_fd, int *ret_entry_fd, struct failure *f);
/* What was unpacked is whole: onto the disk with it, then the record, then its name. */
int root_store_keep(const struct root_store *store, int dir_fd, int entry_fd, uint64_t bytes,
	uint64_t left_out, struct failure *f);

#endif
