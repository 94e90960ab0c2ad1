#include "sandbox/limits/cgroup_host.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	unsigned bit;
	const char *v1, *v2; /* v2 NULL: not a controller there */
} controller_names[] = {
	{ CONTROLLER_MEMORY, "memory", "memory" },
	{ CONTROLLER_CPU, "cpu", "cpu" },
	{ CONTROLLER_CPUACCT, "cpuacct", NULL },
	{ CONTROLLER_PIDS, "pids", "pids" },
	{ CONTROLLER_IO, "blkio", "io" },
	{ CONTROLLER_FREEZER, "freezer", NULL },
};

static bool word_is(const char *word, size_t length, const char *name)
{
	return name != NULL && strlen(name) == length && memcmp(word, name, length) == 0;
}

unsigned cgroup_controllers_parse(const char *names)
{
	unsigned found = 0;

	while (*names != '\0') {
		size_t length = strcspn(names, ", \n");

		for (size_t i = 0; i < ARRAY_LEN(controller_names); i++)
			if (word_is(names, length, controller_names[i].v1) ||
				word_is(names, length, controller_names[i].v2))
				found |= controller_names[i].bit;
		names += length;
		names += strspn(names, ", \n");
	}
	return found;
}

void cgroup_controllers_text(unsigned controllers, bool v2, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(controller_names) && used < size; i++) {
		const char *name = v2 ? controller_names[i].v2 : controller_names[i].v1;

		if ((controllers & controller_names[i].bit) != 0 && name != NULL)
			used += (size_t)snprintf(
				buf + used, size - used, "%s%s", used > 0 ? " " : "", name);
	}
}

void cgroup_limits_text(const struct limits *limits, char *buf, size_t size)
{
	const struct {
		const char *name;
		uint64_t value;
		bool set;
	} rows[] = {
		{ "memory bytes", limits->memory_bytes, limits->memory_bytes != LIMIT_NONE },
		{ "swap bytes", limits->swap_bytes, limits->swap_bytes != LIMIT_NONE },
		{ "cpu milli", limits->cpus_milli, limits->cpus_milli != LIMIT_NONE },
		{ "pids", limits->pids, limits->pids != LIMIT_NONE },
		{ "io weight", limits->io_weight, limits->io_weight != LIMIT_NONE },
	};
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rows) && used < size; i++)
		if (rows[i].set)
			used += (size_t)snprintf(buf + used, size - used, "%s%s %" PRIu64,
				used > 0 ? ", " : "", rows[i].name, rows[i].value);
}

static bool file_says(const char *path, const char *word)
{
	char text[4096];

	return cgroup_file_read(AT_FDCWD, path, text, sizeof(text)) >= 0 &&
	       strstr(text, word) != NULL;
}

bool cgroup_weight_heeded(const char *sys)
{
	char path[CGROUP_PATH_BYTES];
	glob_t disks = { 0 };
	bool heeded;

	snprintf(path, sizeof(path), "%s/fs/cgroup/io.cost.qos", sys);
	heeded = file_says(path, " enable=1");
	snprintf(path, sizeof(path), "%s/block/*/queue/scheduler", sys);
	if (!heeded && glob(path, 0, NULL, &disks) == 0)
		for (size_t i = 0; i < disks.gl_pathc && !heeded; i++)
			heeded = file_says(disks.gl_pathv[i], "[bfq]");
	globfree(&disks);
	return heeded;
}

int cgroup_host_open(const char *root, const char *path)
{
	char full[CGROUP_PATH_BYTES + 256];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(full, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* One line of mountinfo taken apart in place, proc_pid_mountinfo(5). */
struct mount_line {
	char *root, *point, *type, *options;
};

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
			s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

static bool mount_line_split(char *line, struct mount_line *ret)
{
	char *save = NULL, *field = strtok_r(line, " \n", &save);

	*ret = (struct mount_line){ 0 };
	for (int i = 1; field != NULL && strcmp(field, "-") != 0; i++) {
		if (i == 4)
			ret->root = field;
		if (i == 5)
			ret->point = field;
		field = strtok_r(NULL, " \n", &save);
	}
	ret->type = strtok_r(NULL, " \n", &save);
	strtok_r(NULL, " \n", &save); /* the source, which for cgroups says nothing */
	ret->options = strtok_r(NULL, " \n", &save);
	if (ret->root == NULL || ret->point == NULL || ret->type == NULL || ret->options == NULL)
		return false;
	unescape(ret->root);
	unescape(ret->point);
	return true;
}

/* Where own (as /proc/self/cgroup names it) is found below this mount. A container
 * may have mounted only a part of the hierarchy, or one that does not contain us
 * ("/.."): then there is nothing to see. */
static void place_locate(
	struct cgroup_place *place, const struct mount_line *mount, const char *own)
{
	size_t root_length = strcmp(mount->root, "/") == 0 ? 0 : strlen(mount->root);

	if (place->path[0] != '\0')
		return; /* the first mount is the one that counts */
	if (strncmp(own, mount->root, root_length) != 0 ||
		(own[root_length] != '/' && own[root_length] != '\0') ||
		strncmp(own, "/..", 3) == 0)
		return;
	own += root_length;
	if (strcmp(own, "/") == 0)
		own = "";
	place->mount_length = strlen(mount->point);
	if (snprintf(place->path, sizeof(place->path), "%s%s", mount->point, own) >=
		(int)sizeof(place->path))
		place->path[0] = '\0';
}

static FILE *proc_open(const char *root, const char *process, const char *name, struct failure *f)
{
	char path[CGROUP_PATH_BYTES];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/%s/%s", root, process, name);
	file = fopen(path, "re");
	if (file == NULL)
		fail(f, errno, "open %s", path);
	return file;
}

/* "4:memory:/a/b": our own path in each hierarchy that we use. */
struct own_paths {
	char v2[CGROUP_PATH_BYTES];
	size_t v1_n;
	struct {
		unsigned controllers;
		char path[CGROUP_PATH_BYTES];
	} v1[CGROUP_HIERARCHIES];
};

static void own_paths_add(struct own_paths *own, char *line)
{
	char *names = strchr(line, ':');
	char *path = names != NULL ? strchr(names + 1, ':') : NULL;

	if (path == NULL)
		return;
	*names++ = '\0';
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strlen(path) >= CGROUP_PATH_BYTES)
		return;

	unsigned controllers = cgroup_controllers_parse(names);
	if (strcmp(line, "0") == 0 && names[0] == '\0') {
		strcpy(own->v2, path);
	} else if (controllers != 0 && own->v1_n < CGROUP_HIERARCHIES) {
		own->v1[own->v1_n].controllers = controllers;
		strcpy(own->v1[own->v1_n++].path, path);
	}
}

static int own_paths_read(
	const char *root, const char *process, struct own_paths *ret, struct failure *f)
{
	own_file FILE *file = proc_open(root, process, "cgroup", f);
	own_mem char *line = NULL;
	size_t size = 0;

	*ret = (struct own_paths){ 0 };
	if (file == NULL)
		return -1;
	while (getline(&line, &size, file) > 0)
		own_paths_add(ret, line);
	return 0;
}

static void host_add_mount(
	struct cgroup_host *host, const struct own_paths *own, const struct mount_line *mount)
{
	if (strcmp(mount->type, "cgroup2") == 0) {
		host->v2_mounted = true;
		if (own->v2[0] != '\0')
			place_locate(&host->v2, mount, own->v2);
		return;
	}
	if (strcmp(mount->type, "cgroup") != 0)
		return;

	unsigned controllers = cgroup_controllers_parse(mount->options);
	for (size_t i = 0; i < own->v1_n; i++)
		if ((own->v1[i].controllers & controllers) != 0)
			place_locate(&host->v1[i], mount, own->v1[i].path);
}

int cgroup_host_read(const char *root, struct cgroup_host *ret, struct failure *f)
{
	return cgroup_host_read_of(root, "self", ret, f);
}

int cgroup_host_read_of(
	const char *root, const char *process, struct cgroup_host *ret, struct failure *f)
{
	struct cgroup_host host = { 0 };
	struct own_paths own;
	own_mem char *line = NULL;
	size_t size = 0;

	if (own_paths_read(root, process, &own, f) < 0)
		return -1;
	host.v1_n = own.v1_n;
	for (size_t i = 0; i < own.v1_n; i++)
		host.v1[i].controllers = own.v1[i].controllers;

	own_file FILE *file = proc_open(root, "self", "mountinfo", f);
	if (file == NULL)
		return -1;
	while (getline(&line, &size, file) > 0) {
		struct mount_line mount;

		if (mount_line_split(line, &mount))
			host_add_mount(&host, &own, &mount);
	}

	own_fd int fd = host.v2.path[0] != '\0' ? cgroup_host_open(root, host.v2.path) : -1;
	char names[512];
	if (fd >= 0 && cgroup_file_read(fd, "cgroup.controllers", names, sizeof(names)) == 0)
		host.v2.controllers = cgroup_controllers_parse(names);
	*ret = host;
	return 0;
}

/* "quota period" of v2 and the two files of v1, as thousandths of a processor. */
static void cpu_limit_read(int fd, struct limits *limits)
{
	uint64_t quota, period;
	char text[64];

	if (cgroup_file_read(fd, "cpu.max", text, sizeof(text)) == 0) {
		const char *space = strchr(text, ' ');

		if (space == NULL || cgroup_number(text, &quota) < 0 ||
			cgroup_number(space + 1, &period) < 0)
			return;
	} else if (cgroup_file_number(fd, "cpu.cfs_quota_us", &quota) < 0 ||
		   cgroup_file_number(fd, "cpu.cfs_period_us", &period) < 0 ||
		   quota == UINT64_MAX) {
		return;
	}
	if (period == 0 || quota > UINT64_MAX / 1000)
		return;

	uint64_t milli = quota * 1000 / period;
	if (milli > 0)
		limit_tighten(&limits->cpus_milli, milli);
}

/* Only the files that the controllers of this hierarchy have: every run comes here where
 * there is no group to be had, and an open that fails costs as much as one that does not. */
static void level_limits(int fd, unsigned controllers, struct limits *limits)
{
	uint64_t value;

	if ((controllers & CONTROLLER_MEMORY) != 0 &&
		(cgroup_file_number(fd, "memory.max", &value) == 0 ||
			cgroup_file_number(fd, "memory.limit_in_bytes", &value) == 0))
		limit_tighten(&limits->memory_bytes, value);
	if ((controllers & CONTROLLER_MEMORY) != 0 &&
		cgroup_file_number(fd, "memory.swap.max", &value) == 0)
		limit_tighten(&limits->swap_bytes, value);
	if ((controllers & CONTROLLER_PIDS) != 0 && cgroup_file_number(fd, "pids.max", &value) == 0)
		limit_tighten(&limits->pids, value);
	if ((controllers & CONTROLLER_CPU) != 0)
		cpu_limit_read(fd, limits);
}

static void place_limits(
	const char *root, const struct cgroup_place *place, size_t at_least, struct limits *limits)
{
	char path[CGROUP_PATH_BYTES];

	const unsigned limiting = CONTROLLER_MEMORY | CONTROLLER_PIDS | CONTROLLER_CPU;

	if (place->path[0] == '\0' || (place->controllers & limiting) == 0)
		return;
	strcpy(path, place->path);
	for (;;) {
		own_fd int fd = cgroup_host_open(root, path);

		if (fd >= 0)
			level_limits(fd, place->controllers, limits);
		if (strlen(path) <= place->mount_length)
			return;
		*strrchr(path, '/') = '\0';
		if (strlen(path) <= at_least)
			return;
	}
}

void cgroup_host_limits(const char *root, const struct cgroup_host *host, struct limits *ret)
{
	*ret = limits_none;
	place_limits(root, &host->v2, 0, ret);
	for (size_t i = 0; i < host->v1_n; i++)
		place_limits(root, &host->v1[i], 0, ret);
}

void cgroup_host_limits_below(
	const char *root, const struct cgroup_place *place, size_t at_least, struct limits *ret)
{
	*ret = limits_none;
	place_limits(root, place, at_least, ret);
}
