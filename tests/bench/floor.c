/* tests/bench/floor.c: the least that a sandbox of this shape can cost.
 *
 *   floor PROGRAM [ARG]…
 *
 * clone3 with all namespaces, id maps, a tmpfs root, /usr bound read-only, /app, /proc,
 * pivot, exec. No limit, no filter, no device, no /etc, no second process and no proof:
 * what `make bench` divides by, and nothing to run a stranger's program in.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES                                                                                 \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |                \
		CLONE_NEWCGROUP | CLONE_NEWNET)

static void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

static void write_map(pid_t child, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	must(fd, path);
	must(dprintf(fd, "%s", text), path);
	close(fd);
}

static void map_ids(pid_t child)
{
	char text[64];

	snprintf(text, sizeof(text), "1000 %u 1\n", (unsigned)geteuid());
	write_map(child, "uid_map", text);
	write_map(child, "setgroups", "deny");
	snprintf(text, sizeof(text), "1000 %u 1\n", (unsigned)getegid());
	write_map(child, "gid_map", text);
}

/* The host's links into /usr: the dynamic linker is named through one of them. */
static void link_toolchain(void)
{
	static const char *const rows[][2] = {
		{ "usr/bin", "bin" },
		{ "usr/sbin", "sbin" },
		{ "usr/lib", "lib" },
		{ "usr/lib64", "lib64" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		must(symlink(rows[i][0], rows[i][1]), rows[i][1]);
}

static void build_root(void)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
						    MOUNT_ATTR_NODEV };
	int usr;

	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make the mounts private");
	usr = open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	must(usr, "clone /usr");
	must(mount_setattr(usr, "", AT_EMPTY_PATH | AT_RECURSIVE, &read_only, sizeof(read_only)),
		"make /usr read-only");
	must(mount("floor", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "mount the root");
	must(chdir("/tmp"), "enter the root");
	must(mkdir("usr", 0755), "make usr");
	must(mkdir("app", 0755), "make app");
	must(mkdir("proc", 0755), "make proc");
	must(move_mount(usr, "", AT_FDCWD, "usr", MOVE_MOUNT_F_EMPTY_PATH), "bind /usr");
	link_toolchain();
	must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "mount /proc");
	must(syscall(SYS_pivot_root, ".", "."), "pivot");
	must(umount2(".", MNT_DETACH), "leave the old root");
	must(chdir("/app"), "change to /app");
}

static void inside(char *argv[], const int released[2]) __attribute__((noreturn));
static void inside(char *argv[], const int released[2])
{
	char end;

	close(released[1]);
	if (read(released[0], &end, 1) != 0)
		errx(1, "the pipe spoke");
	build_root();
	execv(argv[0], argv);
	err(127, "%s", argv[0]);
}

int main(int argc, char *argv[])
{
	struct clone_args args = { .flags = NAMESPACES, .exit_signal = SIGCHLD };
	int released[2], status;
	pid_t child;

	if (argc < 2)
		errx(2, "usage: floor PROGRAM [ARG]...");
	must(pipe2(released, O_CLOEXEC), "make a pipe");
	child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(child, "clone3");
	if (child == 0)
		inside(argv + 1, released);
	map_ids(child);
	close(released[1]); /* its end is the word to go on */
	must(waitpid(child, &status, 0), "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
