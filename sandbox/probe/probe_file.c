/* sandbox/probe/probe_file.c: files and descriptors. */
#include "sandbox/probe/probe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ---- files ---- */

static int file_read(int argc, char **argv)
{
	char c;
	int fd = open(probe_argument(argc, argv, 0), O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno;
	/* A cover is the null device: it opens, and has nothing. */
	ssize_t n = read(fd, &c, 1);

	return n < 0 ? errno : n == 0 ? ENODATA : 0;
}

static int file_write(int argc, char **argv)
{
	int fd = open(probe_argument(argc, argv, 0), O_WRONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? errno : 0;
}

static int file_make(int argc, char **argv)
{
	return probe_answer(
		open(probe_argument(argc, argv, 0), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int directory_make(int argc, char **argv)
{
	return probe_answer(mkdir(probe_argument(argc, argv, 0), 0700));
}

static int file_stat(int argc, char **argv)
{
	struct stat st;

	return probe_answer(lstat(probe_argument(argc, argv, 0), &st));
}

static int file_run(int argc, char **argv)
{
	char *words[] = { (char *)probe_argument(argc, argv, 0), NULL }, *none[] = { NULL };

	return probe_answer(execve(words[0], words, none));
}

/* mknod PATH TYPE MAJOR MINOR */
static int node_make(int argc, char **argv)
{
	mode_t type = probe_argument(argc, argv, 1)[0] == 'b' ? S_IFBLK : S_IFCHR;
	unsigned major = (unsigned)atoi(probe_argument(argc, argv, 2));
	unsigned minor = (unsigned)atoi(probe_argument(argc, argv, 3));

	return probe_answer(
		mknod(probe_argument(argc, argv, 0), type | 0666, makedev(major, minor)));
}

/* A set-id bit, and is it still there? */
static int set_id(int argc, char **argv)
{
	const char *path = probe_argument(argc, argv, 0);
	struct stat st;

	if (chmod(path, 06755) < 0 || stat(path, &st) < 0)
		return errno;
	printf("%o\n", st.st_mode & 07777);
	return PROBE_PRINTED;
}

static int lock(int argc, char **argv)
{
	int fd = open(probe_argument(argc, argv, 0), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return probe_answer(flock(fd, LOCK_EX | LOCK_NB));
}

static int lock_hold(int argc, char **argv)
{
	int fd = open(probe_argument(argc, argv, 0), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno;
	return probe_hold();
}

/* A default access list, as setfacl(1) makes it: every file made below inherits a copy. */
static int access_list(int argc, char **argv)
{
	const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[4];
	} list = { 2, { { 0x01, 7, -1U }, { 0x04, 5, -1U }, { 0x10, 5, -1U }, { 0x20, 5, -1U } } };
	char path[] = "/tmp/acl.XXXXXX";

	(void)argc, (void)argv;
	mount("none", "/tmp", "tmpfs", 0, NULL); /* where it is none yet */
	if (mkdtemp(path) == NULL)
		return probe_answer(-1);
	return probe_answer(setxattr(path, "system.posix_acl_default", &list, sizeof(list), 0));
}

/* Set the times of PATH to now, for which write permission is enough (utimensat(2)). */
static int file_touch(int argc, char **argv)
{
	return probe_answer(utimensat(AT_FDCWD, probe_argument(argc, argv, 0), NULL, 0));
}

/* The same through a descriptor that may write. */
static int descriptor_touch(int argc, char **argv)
{
	int fd = open(probe_argument(argc, argv, 0), O_WRONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? errno : probe_answer(futimens(fd, NULL));
}

/* The descriptors that exec left, one a line. */
static int descriptors(int argc, char **argv)
{
	(void)argc, (void)argv;
	for (int fd = 0; fd < 65536; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d\n", fd);
	return PROBE_PRINTED;
}

/* Open what descriptor N is anew, for reading ("r") or writing ("w"); print what it holds. */
static int descriptor_reopen(int argc, char **argv)
{
	char path[32], text[256];
	bool write_it = probe_argument(argc, argv, 1)[0] == 'w';
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%s", probe_argument(argc, argv, 0));
	fd = open(path, (write_it ? O_WRONLY : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	if (write_it)
		return probe_answer(write(fd, "OVERWRITTEN\n", 12));
	n = read(fd, text, sizeof(text));
	if (n < 0)
		return errno;
	fwrite(text, 1, (size_t)n, stderr);
	return 0;
}

/* Truncate, seek and rewrite what a descriptor leads to. */
static int descriptor_truncate(int argc, char **argv)
{
	return probe_answer(ftruncate(atoi(probe_argument(argc, argv, 0)), 0));
}

static int truncate_path(int argc, char **argv)
{
	return probe_answer(truncate(probe_argument(argc, argv, 0), 0));
}

const struct probe probes_file[] = {
	{ "access-list", access_list },
	{ "read", file_read },
	{ "write", file_write },
	{ "make", file_make },
	{ "mkdir", directory_make },
	{ "stat", file_stat },
	{ "exec", file_run },
	{ "mknod", node_make },
	{ "set-id", set_id },
	{ "lock", lock },
	{ "lock-hold", lock_hold },
	{ "touch", file_touch },
	{ "touch-opened", descriptor_touch },
	{ "descriptors", descriptors },
	{ "reopen", descriptor_reopen },
	{ "ftruncate", descriptor_truncate },
	{ "truncate", truncate_path },
	{ NULL, NULL },
};
