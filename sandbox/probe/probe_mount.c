/* sandbox/probe/probe_mount.c: mounts, roots and namespaces of one's own. */
#include "sandbox/probe/probe_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- mounts and namespaces ---- */

static int mount_tmpfs(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(mount("none", "/tmp", "tmpfs", 0, NULL));
}

static int umount_proc(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(umount2("/proc", MNT_DETACH));
}

static int remount_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(mount(NULL, "/proc", NULL,
		MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
}

static int pivot(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(syscall(SYS_pivot_root, NULL, NULL), EFAULT);
}

static int fs_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(fsopen("tmpfs", FSOPEN_CLOEXEC));
}

static int fs_config(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(fsconfig(-1, FSCONFIG_SET_FLAG, "ro", NULL, 0), EINVAL);
}

static int fs_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(fsmount(-1, 0, 0), EBADF);
}

static int fs_pick(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(fspick(AT_FDCWD, "/proc", 0));
}

static int tree_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

static int mount_move(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(
		move_mount(-1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
		EBADF);
}

static int mount_attributes(int argc, char **argv)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_NOSUID };

	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(mount_setattr(-1, "", AT_EMPTY_PATH, &attr, sizeof(attr)), EBADF);
}

static int change_root(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(chroot("/tmp"));
}

static int host_name(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(sethostname("x", 1));
}

static int unshare_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(unshare(CLONE_NEWUSER));
}

static int unshare_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(unshare(CLONE_NEWNS));
}

static int unshare_time(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_answer(unshare(CLONE_NEWTIME));
}

static int join_uts(int argc, char **argv)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	(void)argc, (void)argv;
	probe_never_on_the_host();
	return fd < 0 ? errno : probe_answer(setns(fd, CLONE_NEWUTS));
}

static int child_of(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	return waitpid((pid_t)pid, NULL, 0) < 0 ? errno : 0;
}

static int clone_new_user(int argc, char **argv)
{
	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}

static int clone_three(int argc, char **argv)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

static int clone_three_user(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };

	(void)argc, (void)argv;
	return child_of(syscall(SYS_clone3, &args, sizeof(args)));
}

const struct probe probes_mount[] = {
	{ "mount", mount_tmpfs },
	{ "umount", umount_proc },
	{ "remount", remount_root },
	{ "pivot-root", pivot },
	{ "fsopen", fs_open },
	{ "fsconfig", fs_config },
	{ "fsmount", fs_mount },
	{ "fspick", fs_pick },
	{ "open-tree", tree_open },
	{ "move-mount", mount_move },
	{ "mount-setattr", mount_attributes },
	{ "chroot", change_root },
	{ "sethostname", host_name },
	{ "unshare-user", unshare_user },
	{ "unshare-mount", unshare_mount },
	{ "unshare-time", unshare_time },
	{ "setns", join_uts },
	{ "clone-user", clone_new_user },
	{ "clone3", clone_three },
	{ "clone3-user", clone_three_user },
	{ NULL, NULL },
};
