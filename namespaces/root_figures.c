#include "namespaces/root_figures.h"

#include "namespaces/mount.h"
#include "sandbox/base/limits.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#define ATTRIBUTES (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define CPU        "sys/devices/system/cpu"
#define NODE       "sys/devices/system/node/node0"

/* Where a made up file lies until it is attached. */
#define TEXT       "figures"

void root_figures_processors(cpu_set_t *ret)
{
	if (sched_getaffinity(0, sizeof(*ret), ret) == 0)
		return;
	CPU_ZERO(ret);
	for (long i = 0; i < sysconf(_SC_NPROCESSORS_ONLN) && i < CPU_SETSIZE; i++)
		CPU_SET((size_t)i, ret);
}

void root_figures_list(const cpu_set_t *processors, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < CPU_SETSIZE && n + 24 < size; i++) {
		size_t first = i;

		if (!CPU_ISSET(i, processors))
			continue;
		while (i + 1 < CPU_SETSIZE && CPU_ISSET(i + 1, processors))
			i++;
		n += (size_t)snprintf(buf + n, size - n, "%s%zu", n > 0 ? "," : "", first);
		if (i > first)
			n += (size_t)snprintf(buf + n, size - n, "-%zu", i);
	}
	snprintf(buf + n, size - n, "\n");
}

int root_figures_stat(int fd, const cpu_set_t *processors)
{
	struct timespec up = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &up);
	if (dprintf(fd, "cpu  0 0 0 1 0 0 0 0 0 0\n") < 0)
		return -1;
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, processors) && dprintf(fd, "cpu%zu 0 0 0 1 0 0 0 0 0 0\n", i) < 0)
			return -1;
	return dprintf(fd,
		       "intr 0\nctxt 0\nbtime %lld\nprocesses 1\nprocs_running 1\n"
		       "procs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n",
		       (long long)time(NULL) - (long long)up.tv_sec) < 0
		       ? -1
		       : 0;
}

/* ---- is there anything to say that the kernel's own file does not? ---- */

static bool memory_is_limited(const struct root_figures *figures)
{
	return figures->memory_bytes != LIMIT_NONE;
}

/* Fewer than the machine has, while its /sys is in sight: to read /proc/cpuinfo for nothing takes
 * the longer the more there are. */
static bool processors_are_fewer(const struct root_figures *figures)
{
	own_fd int fd = open("/" CPU "/online", O_RDONLY | O_CLOEXEC);
	char own[4096], all[4096] = "";

	root_figures_list(&figures->processors, own, sizeof(own));
	return fd < 0 || read(fd, all, sizeof(all) - 1) <= 0 || strcmp(own, all) != 0;
}

/* ---- the files: each returns 1 if there is nothing to say after all ---- */

static FILE *now(const struct root *root, const char *path)
{
	own_fd int fd = openat(root->root_fd, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (file != NULL)
		own_fd_give(&fd);
	return file;
}

static int stat_write(const struct root *root, const struct root_figures *figures, FILE *out)
{
	(void)root;
	return root_figures_stat(fileno(out), &figures->processors);
}

static int list_write(const struct root *root, const struct root_figures *figures, FILE *out)
{
	char text[4096];

	(void)root;
	root_figures_list(&figures->processors, text, sizeof(text));
	return fputs(text, out) < 0 ? -1 : 0;
}

struct memory {
	unsigned long long total_kb, available_kb, swap_kb;
};

/* What is there now, and of it no more than the limit. */
static bool memory_read(
	const struct root *root, const struct root_figures *figures, struct memory *ret)
{
	own_file FILE *file = now(root, "proc/meminfo");
	unsigned long long limit = figures->memory_bytes / 1024, swap = figures->swap_bytes / 1024;
	char line[128];

	*ret = (struct memory){ 0 };
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		sscanf(line, "MemTotal: %llu", &ret->total_kb);
		sscanf(line, "MemAvailable: %llu", &ret->available_kb);
		sscanf(line, "SwapTotal: %llu", &ret->swap_kb);
	}
	if (figures->memory_bytes == LIMIT_NONE || ret->total_kb <= limit)
		return false;
	ret->total_kb = limit;
	ret->available_kb = ret->available_kb < limit ? ret->available_kb : limit;
	ret->swap_kb = ret->swap_kb < swap ? ret->swap_kb : swap;
	return true;
}

/* The value of a line that counts nothing which the build takes; -1: it is nought. */
static long long memory_value(const struct memory *memory, const char *name, long long was)
{
	const struct {
		const char *name;
		unsigned long long kb;
	} rows[] = {
		{ "MemTotal", memory->total_kb },
		{ "MemFree", memory->available_kb },
		{ "MemAvailable", memory->available_kb },
		{ "SwapTotal", memory->swap_kb },
		{ "SwapFree", memory->swap_kb },
		{ "CommitLimit", memory->total_kb + memory->swap_kb },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return (long long)rows[i].kb;
	return strcmp(name, "Hugepagesize") == 0 || strcmp(name, "VmallocTotal") == 0 ? was : 0;
}

static int meminfo_write(const struct root *root, const struct root_figures *figures, FILE *out)
{
	own_file FILE *file = NULL;
	struct memory memory;
	char line[128];

	if (!memory_read(root, figures, &memory))
		return 1;
	file = now(root, "proc/meminfo");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char name[64], unit[8] = "";
		long long value = 0;

		if (sscanf(line, "%63[^:]: %lld %7s", name, &value, unit) < 2)
			continue;
		value = memory_value(&memory, name, value);
		if (fprintf(out, "%s:%*lld%s%s\n", name, 23 - (int)strlen(name), value,
			    unit[0] != '\0' ? " " : "", unit) < 0)
			return -1;
	}
	return file != NULL && ferror(file) == 0 ? 0 : -1;
}

/* The paragraphs of the processors that there are, and what belongs to none. */
static int cpuinfo_write(const struct root *root, const struct root_figures *figures, FILE *out)
{
	own_file FILE *file = now(root, "proc/cpuinfo");
	own_mem char *line = NULL;
	size_t size = 0, number, left_out = 0;
	bool shown = true;

	while (file != NULL && getline(&line, &size, file) >= 0) {
		if (sscanf(line, "processor : %zu", &number) == 1) {
			shown = number < CPU_SETSIZE && CPU_ISSET(number, &figures->processors);
			left_out += shown ? 0 : 1;
		}
		if (shown && fputs(line, out) < 0)
			return -1;
		if (line[0] == '\n')
			shown = true;
	}
	return left_out > 0 ? 0 : 1;
}

static const struct figures_row {
	const char *path; /* without the leading '/' */
	int (*write)(const struct root *root, const struct root_figures *figures, FILE *out);
	bool (*is_due)(const struct root_figures *figures); /* at first; NULL: in any case */
	bool lowered; /* only if there is less than the root has said */
	const char *reason;
} figures_rows[] = {
	{ "proc/meminfo", meminfo_write, memory_is_limited, false,
		"where memory is limited: the limit, and what of it was free at the start" },
	{ "proc/cpuinfo", cpuinfo_write, processors_are_fewer, false,
		"where processors are limited: those" },
	{ "proc/stat", stat_write, NULL, true, NULL },
	{ CPU "/online", list_write, NULL, true, NULL },
	{ NODE "/cpulist", list_write, NULL, true, NULL },
	{ "sys/fs/cgroup/cpuset/cpuset.cpus", list_write, NULL, true, NULL },
};

/* ---- their places ---- */

/* A writable mount of the file system that is read-only wherever it is attached. */
static int text_directory(const struct root *root)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	own_fd int fd = mount_clone(root->root_fd, "run", 0, 0);

	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -1;
	return own_fd_give(&fd);
}

/* 1: nothing is to be said. */
static int text_write(const struct root *root, int directory, const struct figures_row *row,
	const struct root_figures *figures)
{
	own_fd int fd =
		openat(directory, TEXT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);
	own_file FILE *out = fd < 0 ? NULL : fdopen(fd, "we");
	int result;

	if (out == NULL)
		return -1;
	own_fd_give(&fd);
	result = row->write(root, figures, out);
	return fflush(out) != 0 ? -1 : result;
}

static int row_show(const struct root *root, int directory, const struct figures_row *row,
	const struct root_figures *figures, struct failure *f)
{
	int said = text_write(root, directory, row, figures);
	own_fd int tree = -1;

	if (said < 0)
		return fail(f, errno, "write what /%s says", row->path);
	if (said == 0) {
		tree = mount_clone(root->root_fd, "run/" TEXT, 0, ATTRIBUTES);
		if (tree < 0 || mount_attach(tree, root->root_fd, row->path) < 0)
			return fail(f, errno, "attach /%s", row->path);
	}
	return unlinkat(directory, TEXT, 0) < 0 ? fail(f, errno, "remove /run/" TEXT) : 0;
}

/* What has been said before: its file has no name any more, and over such a one nothing can be
 * attached. A place that is no mount says EINVAL. */
static int row_withdraw(const struct figures_row *row, struct failure *f)
{
	char path[64];

	snprintf(path, sizeof(path), "/%s", row->path);
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT)
		return 0;
	return fail(f, errno, "take back what %s says", path);
}

static int show(const struct root *root, const struct root_figures *figures, bool lowered,
	struct failure *f)
{
	own_fd int directory = -1;

	for (size_t i = 0; i < ARRAY_LEN(figures_rows); i++) {
		const struct figures_row *row = &figures_rows[i];

		if (row->lowered && !lowered)
			continue;
		if (lowered && row_withdraw(row, f) < 0)
			return -1;
		/* A kernel without the file, or a machine without the directory, has nothing to mend. */
		if ((!lowered && row->is_due != NULL && !row->is_due(figures)) ||
			faccessat(root->root_fd, row->path, F_OK, 0) < 0)
			continue;
		if (directory < 0 && (directory = text_directory(root)) < 0)
			return fail(f, errno, "open /run for what /proc says");
		if (row_show(root, directory, row, figures, f) < 0)
			return -1;
	}
	return 0;
}

int root_figures_show(
	const struct root *root, const struct root_figures *figures, struct failure *f)
{
	return show(root, figures, false, f);
}

int root_figures_lower(
	const struct root *root, const struct root_figures *figures, struct failure *f)
{
	return show(root, figures, true, f);
}

void root_figures_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(figures_rows); i++)
		if (!figures_rows[i].lowered)
			root_row_say(row, data, "/", figures_rows[i].path, "made up",
				figures_rows[i].reason);
}
