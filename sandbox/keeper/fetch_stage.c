#include "sandbox/keeper/fetch_stage.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/fetcher.h"
#include "sandbox/keeper/offspring.h"
#include "sandbox/keeper/orders.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Give what lies in directory to the builder. Nothing runs meanwhile, so what is
 * listed is what is changed; links are never followed. */
static int give_to_builder(struct keeper *k, int directory, struct failure *f)
{
	own_fd int fd = directory;
	own_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		return fail(f, errno, "read a directory of the clone");
	own_fd_give(&fd); /* the stream's now */
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fchownat(dirfd(dir), entry->d_name, k->ids.builder_uid, k->ids.builder_gid,
			    AT_SYMLINK_NOFOLLOW) < 0)
			return fail(f, errno, "give the clone to the builder");
		if (entry->d_type == DT_DIR) {
			int below = openat(dirfd(dir), entry->d_name,
				O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			if (below < 0)
				return fail(f, errno, "open a directory of the clone");
			if (give_to_builder(k, below, f) < 0)
				return -1;
		}
	}
	return 0;
}

/* While the fetcher has our own host id, /app must be that id's to write to. */
static int app_owner(uid_t uid, gid_t gid, struct failure *f)
{
	return chown("/app", uid, gid) < 0 ? fail(f, errno, "hand over /app") : 0;
}

/* What is fetched for later runs too lies apart from the builder's space, and is as large: it goes
 * when the launcher has kept it, and no builder ever sees it. */
static int make_mirror(struct keeper *k, bool hand_over, struct failure *f)
{
	uid_t uid = hand_over ? k->ids.keeper_uid : k->ids.builder_uid;
	gid_t gid = hand_over ? k->ids.keeper_gid : k->ids.builder_gid;

	if (!k->plan->fetch.mirror)
		return 0;
	k->mirror_fd = mount_new_tmpfs(k->plan->root.bytes, k->plan->root.inodes, "0755",
		MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, f);
	if (k->mirror_fd < 0)
		return -1;
	k->mirror_root_fd = openat(k->mirror_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->mirror_root_fd < 0 || fchown(k->mirror_root_fd, uid, gid) < 0)
		return fail(f, errno, "make room for what is fetched");
	return 0;
}

/* Nobody writes there any more. */
static int tell_fetched(struct keeper *k, int status, struct failure *f)
{
	const struct message message = { .type = MESSAGE_FETCHED, .status = status };
	struct packet_fds fds = { { k->mirror_root_fd }, k->mirror_root_fd >= 0 ? 1 : 0 };

	if (message_send(k->ends.socket, &message, &fds, f) < 0)
		return -1;
	own_fd_end(&k->mirror_root_fd);
	return 0;
}

static int fetcher_run(struct keeper *k, int *ret_status, struct failure *f)
{
	own_fd int fd = -1;
	int exit_code;
	pid_t pid;

	if (offspring_start(k, "the fetcher", CLONE_NEWNS, fetcher_main, &fd, &pid, f) < 0)
		return -1;
	own_fd_end(&k->mirror_fd);
	own_fd_end(&k->credential_fd);
	own_fd_end(&k->exe_fd);
	own_fd_end(&k->ends.records); /* the launcher must see its end */
	for (size_t i = 0; i < FETCH_INPUTS; i++)
		own_fd_end(&k->fetch_fds[i]);
	if (offspring_become(k, fd, &exit_code, f) < 0)
		return -1;
	return offspring_wait(k, pid, ret_status, f);
}

/* The directory of its own that --source-dir names, also where nothing is fetched. Nobody else
 * has been here. */
static int make_clone_directory(const struct keeper *k, bool hand_over, struct failure *f)
{
	const char *path = k->plan->clone;
	uid_t uid = hand_over ? k->ids.keeper_uid : k->ids.builder_uid;
	gid_t gid = hand_over ? k->ids.keeper_gid : k->ids.builder_gid;

	if (strcmp(path, "/app") == 0)
		return 0;
	if (mkdir(path, 0755) < 0 || chown(path, uid, gid) < 0)
		return fail(f, errno, "make %s", path);
	return 0;
}

int fetch_stage_run(struct keeper *k, struct failure *f)
{
	bool hand_over =
		k->ids.range && k->plan->fetch.as_user && k->plan->source.kind != SOURCE_NONE;
	int status;

	if (make_clone_directory(k, hand_over, f) < 0)
		return -1;
	if (orders_expect(k, MESSAGE_BUILD, MESSAGE_FETCH, &k->build, f) < 0)
		return -1;
	if (k->build.type == MESSAGE_BUILD)
		return 0; /* nothing to fetch */
	if (hand_over && app_owner(k->ids.keeper_uid, k->ids.keeper_gid, f) < 0)
		return -1;
	if (make_mirror(k, hand_over, f) < 0 || fetcher_run(k, &status, f) < 0)
		return -1;
	offspring_kill(); /* its filter lets it start nothing; this does not rest on that */
	if (hand_over && status == 0) {
		int app = open("/app", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (app < 0 || app_owner(k->ids.builder_uid, k->ids.builder_gid, f) < 0)
			return app < 0 ? fail(f, errno, "open /app") : -1;
		if (give_to_builder(k, app, f) < 0)
			return -1;
	}
	if (tell_fetched(k, status, f) < 0)
		return -1;
	return orders_expect(k, MESSAGE_BUILD, 0, &k->build, f);
}
