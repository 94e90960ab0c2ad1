/* namespaces/user.h: whose ids the sandbox has.
 *
 * Runs in  the launcher: user_plan() before the clone. A range is mapped by the launcher
 *          with user_map(), while the keeper waits; one id the keeper maps itself with
 *          user_map_self(), because every handing over of the processor costs as much
 *          as a dozen mounts.
 * Needs    /etc/subuid, /etc/subgid and newuidmap(1), newgidmap(1) for more than one id.
 * Leaves   the keeper with maps written and read back; setgroups denied when one id
 *          is mapped.
 * Source   user_namespaces(7), subuid(5), newuidmap(1).
 */
#ifndef NAMESPACES_USER_H
#define NAMESPACES_USER_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define USER_INSIDE       1000 /* "builder" */
#define USER_RANGE_LENGTH 65535

/* A range that /etc/subuid or /etc/subgid grants. */
struct user_range {
	uint32_t first, count;
};

struct user_plan {
	uid_t host_uid; /* ours; never 0 */
	gid_t host_gid;
	bool root_inside; /* the builder is uid 0 inside */
	bool range;       /* both files grant us a range, and the programs are there */
	struct user_range uids, gids;
	char detail[160]; /* why there is no range */
};

/* The ids inside, by the map that stands in the end. */
struct user_ids {
	bool range;
	uid_t keeper_uid; /* our own host id */
	gid_t keeper_gid;
	uid_t builder_uid; /* with a range another host id, else the same */
	gid_t builder_gid;
};

/* etc is "/etc" but in tests. A missing or malformed line is not a range, with its
 * reason in detail; never a failure. */
void user_plan(const char *etc, uid_t uid, gid_t gid, bool root_inside, struct user_plan *ret);

/* The ids that a plan gives, with the range or without. */
struct user_ids user_ids(const struct user_plan *plan, bool range);

/* Maps are written through /proc entries, which are root's as long as the process may not be
 * looked into: as all that comes of a launcher which was root. It shows itself for the
 * moment that the map takes, with nothing of root's in it (identity.h), and hides again. */
bool user_is_hidden(void);
int user_show(struct failure *f);
int user_hide(struct failure *f);

/* In the keeper: map the one id. Shows and hides by itself. */
int user_map_self(const struct user_plan *plan, struct user_ids *ret, struct failure *f);

/* As root: write the maps of a child whose user namespace is ours, as they stand there. Its
 * setgroups(2) stays permitted. */
int user_map_write(pid_t child, const char *uids, const char *gids, struct failure *f);

/* In the launcher: write the maps of keeper. If the range cannot be mapped and nothing was written
 * yet, one id is mapped instead and *ret->range is false; detail says why. A map
 * half written is an error, never a smaller map. */
int user_map(pid_t keeper, const struct user_plan *plan, struct user_ids *ret, char *detail,
	size_t detail_size, struct failure *f);

#endif
