#include "sandbox/keeper/unpack_stage.h"

#include "namespaces/mount.h"
#include "namespaces/root_image.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/companion/unpack_report.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/offspring.h"
#include "sandbox/keeper/servant.h"

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
	char *const argv[] = { (char *)"cofferdam-unpack",
		(char *)(k->ids.range ? "--ids" : "--one-id"),
		word[0] != '\0' ? (char *)word : NULL, NULL };
	char *const environment[] = { NULL };
	struct failure f = { 0 };

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
static int make_tree(struct keeper *k, struct failure *f)
{
	const uid_t owner = k->ids.range ? 0 : k->ids.keeper_uid;

	if (mkdirat(k->root.hidden_fd, ROOT_IMAGE_TREE, 0755) < 0 ||
		fchownat(k->root.hidden_fd, ROOT_IMAGE_TREE, owner, owner, 0) < 0)
		return fail(f, errno, "make the directory of the image");
	k->unpack_tree_fd =
		openat(k->root.hidden_fd, ROOT_IMAGE_TREE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return k->unpack_tree_fd < 0 ? fail(f, errno, "open the directory of the image") : 0;
}

static int hear(struct keeper *k, int report_fd, struct failure *f)
{
	struct unpack_report report;
	int got = packet_receive(report_fd, &report, sizeof(report), NULL, 0, f);

	if (got < 0)
		return -1;
	if (got == 0) {
		fail(f, 0, "cofferdam-unpack ended without a word");
		return fail_remedy(f, "it has %d s of processor time, and --memory", 900);
	}
	if (report.failed) {
		*f = report.failure;
		failure_heard(f);
		if (f->errnum == ENOSPC || f->errnum == EFBIG)
			fail_remedy(f, "the image counts against --app-size and --app-inodes");
		return -1;
	}
	k->image_left_out = report.left_out;
	return 0;
}

int unpack_stage_run(struct keeper *k, struct failure *f)
{
	own_fd int ours = -1, child = -1;
	int pair[2], exit_code, status;
	pid_t pid;

	if (k->unpack_input_fd < 0)
		return 0;
	if (make_tree(k, f) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(f, errno, "make a socket pair");
	ours = pair[0];
	k->unpack_report_fd = pair[1];
	if (offspring_start(k, "the unpacker", CLONE_NEWNS, unpacker_main, &child, &pid, f) < 0)
		return -1;
	own_fd_end(&k->unpack_report_fd);
	own_fd_end(&k->unpack_tree_fd);
	own_fd_end(&k->unpack_input_fd);
	own_fd_end(&k->unpack_exe_fd);
	if (offspring_become(k, child, &exit_code, f) < 0 ||
		offspring_wait(k, pid, &status, f) < 0 || hear(k, ours, f) < 0)
		return -1;
	offspring_kill(); /* its filter lets it start nothing; this does not rest on that */
	return 0;
}
