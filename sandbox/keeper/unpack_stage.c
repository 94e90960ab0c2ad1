#include "sandbox/keeper/unpack_stage.h"

#include "namespaces/mount.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/companion/unpack_report.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/offspring.h"
#include "sandbox/keeper/servant.h"
#include "sandbox/store/root_store.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- the child ---- */

static int enter_root(void *keeper, struct failure *f)
{
	/* Our namespace has mounts of its own, of which the keeper's descriptor is none. The new
	 * root lies over "/", where ".." leads to what is mounted last. */
	own_fd int fd = open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct keeper *k = keeper;
	struct stat ours, theirs;

	if (fd < 0 || fstat(fd, &ours) < 0 || fstat(k->root.root_fd, &theirs) < 0)
		return fail(f, errno, "find the new root");
	if (ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
		return fail(f, 0, "what lies over / is not the new root");
	return mount_enter(fd, f);
}

static int drop_capabilities(void *keeper, struct failure *f)
{
	(void)keeper;
	return servant_drop_capabilities(CAPS_FILES, f);
}

static int descriptors(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	const int given[] = {
		[UNPACK_REPORT_FD - 3] = k->unpack_report_fd,
		[UNPACK_TREE_FD - 3] = k->unpack_tree_fd,
		[UNPACK_INPUT_FD - 3] = k->unpack_input_fd,
	};

	return servant_descriptors(k, given, ARRAY_LEN(given), &k->unpack_exe_fd, f);
}

static const struct step steps[] = {
	{ "enter the new root", enter_root, "needs CAP_SYS_ADMIN; in a namespace of its own" },
	{ "stdio", servant_stdio, "/dev/null of the sandbox: what libraries print is nobody's" },
	{ "limits", servant_limits, "before anything of the archive is read" },
	{ "drop capabilities", drop_capabilities,
		"all but those that give files to their owners, which pass to the program" },
	{ "no new privileges", servant_no_new_privileges,
		"its own Landlock and seccomp demand it" },
	{ "descriptors", descriptors, "the report, the tree and the archive, nothing else" },
	{ "default signals", servant_default_signals, "the keeper's mask is not the unpacker's" },
};

const struct steps unpacker_steps = { .role = "unpacker", .rows = steps, .n = ARRAY_LEN(steps) };

static void unpacker_main(struct keeper *k) __attribute__((noreturn));
static void unpacker_main(struct keeper *k)
{
	const char *const word = k->plan->unpack.word;
	char most[48];
	char *const argv[] = { (char *)"cofferdam-unpack",
		(char *)(k->ids.range ? "--ids" : "--one-id"), most,
		word[0] != '\0' ? (char *)word : NULL, NULL };
	char *const environment[] = { NULL };
	struct failure f = { 0 };

	snprintf(most, sizeof(most), UNPACK_MOST "%llu", (unsigned long long)k->unpack_most);
	if (steps_run(&unpacker_steps, k, &f) < 0)
		child_give_up(k, 125, &f);
	syscall(SYS_execveat, k->unpack_exe_fd, "", argv, environment, AT_EMPTY_PATH);
	fail(&f, errno, "execute cofferdam-unpack");
	fail_step(&f, "unpacker: execute");
	fail_remedy(&f, "install cofferdam-unpack and its libraries (libarchive) below /usr");
	child_give_up(k, 125, &f);
}

/* ---- the keeper ---- */

/* The root's own directory is that of uid 0 inside, where there is one. */
static int make_tree(struct keeper *k, int parent_fd, struct failure *f)
{
	const uid_t owner = k->ids.range ? 0 : k->ids.keeper_uid;

	if (mkdirat(parent_fd, STORE_TREE, 0755) < 0 ||
		fchownat(parent_fd, STORE_TREE, owner, owner, 0) < 0)
		return fail(f, errno, "make the directory of the image");
	k->unpack_tree_fd = openat(parent_fd, STORE_TREE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return k->unpack_tree_fd < 0 ? fail(f, errno, "open the directory of the image") : 0;
}

static int hear(int report_fd, struct unpack_report *ret, struct failure *f)
{
	int got = packet_receive(report_fd, ret, sizeof(*ret), NULL, 0, f);

	if (got < 0)
		return -1;
	if (got == 0) {
		fail(f, 0, "cofferdam-unpack ended without a word");
		return fail_remedy(f, "it has %d s of processor time, and --memory", 900);
	}
	if (!ret->failed)
		return 0;
	*f = ret->failure;
	failure_heard(f);
	return -1;
}

/* Into a new tree below parent_fd, which k->root.tree_fd is of then. */
static int unpack_below(struct keeper *k, int parent_fd, uint64_t most_bytes,
	struct unpack_report *ret, struct failure *f)
{
	own_fd int ours = -1, child = -1;
	int pair[2], exit_code, status;
	pid_t pid;

	if (make_tree(k, parent_fd, f) < 0)
		return -1;
	if (lseek(k->unpack_input_fd, 0, SEEK_SET) < 0)
		return fail(f, errno, "begin with the archive");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	k->unpack_report_fd = pair[1];
	k->unpack_most = most_bytes;
	if (offspring_start(k, "the unpacker", CLONE_NEWNS, unpacker_main, &child, &pid, f) < 0)
		return -1;
	own_fd_end(&k->unpack_report_fd);
	own_fd_end(&k->unpack_tree_fd);
	if (offspring_become(k, child, &exit_code, f) < 0 ||
		offspring_wait(k, pid, &status, f) < 0 || hear(ours, ret, f) < 0)
		return -1;
	offspring_kill(); /* its filter lets it start nothing; this does not rest on that */
	k->image_left_out = ret->left_out;
	k->root.tree_fd = openat(parent_fd, STORE_TREE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return k->root.tree_fd < 0 ? fail(f, errno, "open the unpacked image") : 0;
}

/* ---- with the store ---- */

static int use_kept(struct keeper *k, int entry_fd, struct failure *f)
{
	struct stat st;

	k->root.tree_fd =
		openat(entry_fd, STORE_TREE, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (k->root.tree_fd < 0 || fstat(k->root.tree_fd, &st) < 0)
		return fail(f, errno, "open the kept image");
	if (st.st_ino != k->plan->store.record.inode)
		return fail(f, 0, "the kept image has changed");
	k->image_left_out = k->plan->store.record.left_out;
	return 0;
}

/* What is kept there has to be of use beneath an overlay. */
static int try_overlay(struct keeper *k, int dir_fd, struct failure *f)
{
	own_fd int empty = -1, overlay = -1;

	if (mkdirat(k->root.hidden_fd, "trial", 0) < 0)
		return fail(f, errno, "make a directory for a trial");
	empty = openat(k->root.hidden_fd, "trial", O_PATH | O_DIRECTORY | O_CLOEXEC);
	overlay = empty < 0 ? -1 : mount_overlay_read_only(dir_fd, empty);
	return overlay < 0 ? fail(f, errno, "lay an overlay over the store") : 0;
}

static int fill(struct keeper *k, int dir_fd, int entry_fd, struct failure *f)
{
	const struct root_store *store = &k->plan->store;
	struct unpack_report report;

	if (try_overlay(k, entry_fd, f) < 0 ||
		unpack_below(k, entry_fd, store->most_bytes, &report, f) < 0)
		return -1;
	return root_store_keep(store, dir_fd, entry_fd, report.bytes, report.left_out, f);
}

static int from_store(struct keeper *k, struct failure *f)
{
	const struct root_store *store = &k->plan->store;
	own_fd int dir_fd = -1, entry_fd = -1;

	if (store->range != k->ids.range)
		return fail(f, 0, "it is for a range of ids, and there is one");
	if (root_store_reopen(store, &dir_fd, &entry_fd, f) < 0)
		return -1;
	return store->state == ROOT_STORE_FOUND ? use_kept(k, entry_fd, f)
						: fill(k, dir_fd, entry_fd, f);
}

/* Whatever the store or its file system has not, the work space may have. An image that is bad
 * is bad there as well, and that is the failure that is told. */
static bool unpack_in_store(struct keeper *k)
{
	char text[FAILURE_TEXT];
	struct failure f = { 0 };

	if (k->plan->store.state == ROOT_STORE_NONE)
		return false;
	if (from_store(k, &f) == 0) {
		k->image->used = true;
		return true;
	}
	snprintf(k->image->why, sizeof(k->image->why), "%.*s", (int)sizeof(k->image->why) - 1,
		failure_text(&f, text));
	offspring_kill();
	own_fd_end(&k->unpack_tree_fd);
	own_fd_end(&k->unpack_report_fd);
	own_fd_end(&k->root.tree_fd);
	return false;
}

int unpack_stage_run(struct keeper *k, struct failure *f)
{
	struct unpack_report report;

	if (k->unpack_input_fd < 0)
		return 0;
	if (!unpack_in_store(k) && unpack_below(k, k->root.hidden_fd, UINT64_MAX, &report, f) < 0) {
		if (f->errnum == ENOSPC || f->errnum == EFBIG)
			fail_remedy(f, "the image counts against --app-size and --app-inodes");
		return -1;
	}
	own_fd_end(&k->unpack_input_fd);
	own_fd_end(&k->unpack_exe_fd);
	return 0;
}
