#include "namespaces/root_sys.h"

#include "namespaces/hostpath.h"
#include "namespaces/root_figures.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU  "sys/devices/system/cpu"
#define NODE "sys/devices/system/node"

/* Parents first. */
static const char *const directories[] = { "sys/devices", "sys/devices/system", CPU, NODE,
	NODE "/node0" };

/* What a file says: what the host's says, or a text of ours. */
static const struct sys_row {
	const char *path; /* without the leading '/' */
	const char *host; /* whose it is; NULL: text */
	const char *text, *reason;
} sys_rows[] = {
	{ CPU "/present", CPU "/present", NULL, "processors" },
	{ CPU "/possible", CPU "/possible", NULL, "processors; nproc --all" },
	{ CPU "/kernel_max", CPU "/kernel_max", NULL, "how large a mask is" },
	/* One node, as most machines have: who binds memory to another would be told no. */
	{ NODE "/online", NULL, "0\n", "one node of memory" },
	{ NODE "/possible", NULL, "0\n", "one node of memory" },
	{ NODE "/has_memory", NULL, "0\n", "one node of memory" },
	{ NODE "/has_normal_memory", NULL, "0\n", "one node of memory" },
	{ NODE "/node0/distance", NULL, "10\n", "to itself" },
};

/* How the processors are arranged, of each; what the host has not is left out. */
static const char *const topology[] = { "core_id", "physical_package_id", "thread_siblings",
	"core_siblings" };

static int line_write(
	const struct root *root, const char *path, const char *text, struct failure *f)
{
	own_fd int fd = openat(root->root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fail(f, errno, "write /%s", path);
	return 0;
}

/* No sysfs on the host, as in some containers: one file less. */
static int line_copy(const struct root *root, const char *host, const char *path, struct failure *f)
{
	char from[80], text[4096];
	own_fd int fd = -1;
	ssize_t n;

	snprintf(from, sizeof(from), "/%s", host);
	fd = host_path_open_system(from, O_RDONLY | O_NOCTTY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return line_write(root, path, text, f);
}

static int processor_write(const struct root *root, long number, struct failure *f)
{
	char path[80];

	snprintf(path, sizeof(path), CPU "/cpu%ld", number);
	if (mkdirat(root->root_fd, path, 0755) < 0)
		return fail(f, errno, "make /%s", path);
	snprintf(path, sizeof(path), CPU "/cpu%ld/topology", number);
	if (mkdirat(root->root_fd, path, 0755) < 0)
		return fail(f, errno, "make /%s", path);
	for (size_t i = 0; i < ARRAY_LEN(topology); i++) {
		snprintf(path, sizeof(path), CPU "/cpu%ld/topology/%s", number, topology[i]);
		if (line_copy(root, path, path, f) < 0)
			return -1;
	}
	return 0;
}

/* All processors, as the kernel writes a mask: words of 32, the highest first. */
static int mask_write(const struct root *root, long processors, struct failure *f)
{
	char text[1024];
	size_t n = 0;

	for (long word = (processors - 1) / 32; word >= 0 && n + 16 < sizeof(text); word--) {
		long here = processors - word * 32;
		unsigned bits = here >= 32 ? 0xffffffffU : (1U << here) - 1;

		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%08x%s", bits, word > 0 ? "," : "\n");
	}
	return line_write(root, NODE "/node0/cpumap", text, f);
}

/* Of those that the machine has, the ones that the run may use: sysconf(3) counts these. */
static int lists_write(const struct root *root, struct failure *f)
{
	cpu_set_t processors;
	char list[4096];

	root_figures_processors(&processors);
	root_figures_list(&processors, list, sizeof(list));
	return line_write(root, CPU "/online", list, f) < 0
		       ? -1
		       : line_write(root, NODE "/node0/cpulist", list, f);
}

int root_sys_write(const struct root *root, struct failure *f)
{
	long processors = sysconf(_SC_NPROCESSORS_CONF);

	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(root->root_fd, directories[i], 0755) < 0)
			return fail(f, errno, "make /%s", directories[i]);
	for (size_t i = 0; i < ARRAY_LEN(sys_rows); i++) {
		const struct sys_row *row = &sys_rows[i];

		if ((row->text != NULL ? line_write(root, row->path, row->text, f)
				       : line_copy(root, row->host, row->path, f)) < 0)
			return -1;
	}
	for (long i = 0; i < processors; i++)
		if (processor_write(root, i, f) < 0)
			return -1;
	return mask_write(root, processors, f) < 0 ? -1 : lists_write(root, f);
}

void root_sys_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(sys_rows); i++)
		root_row_say(row, data, "/", sys_rows[i].path, "made up", sys_rows[i].reason);
	row(data, "/" NODE "/node0/cpumap", "made up: all processors");
	row(data, "/" CPU "/online", "made up: the processors that the run may use");
	row(data, "/" NODE "/node0/cpulist", "made up: the processors that the run may use");
	for (size_t i = 0; i < ARRAY_LEN(topology); i++)
		root_row_say(row, data, "/" CPU "/cpuN/topology/", topology[i], "copied",
			"how many processors are of one core, how many of one package");
}
