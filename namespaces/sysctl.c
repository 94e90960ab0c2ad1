#include "namespaces/sysctl.h"

#include "sandbox/base/own.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define VALUE_BYTES 64

enum value { FIXED, NESTED, INOTIFY_INSTANCES, INOTIFY_WATCHES, MEMORY_PAGES, BUILDER_GROUP };

/* NESTED is FIXED where --allow-userns is given, and else left alone: nobody inside could make
 * any, and what the keeper itself still makes is counted as well. */
static const struct row {
	enum sysctl_when when;
	const char *path;
	enum value value;
	const char *text;
	const char *reason;
} rows[] = {
	{ SYSCTL_WITH_PROC, "user/max_inotify_instances", INOTIFY_INSTANCES, NULL,
		"counted against the caller, whose own next inotify_init(2) would fail" },
	{ SYSCTL_WITH_PROC, "user/max_inotify_watches", INOTIFY_WATCHES, NULL,
		"counted against the caller, and memory of the kernel" },
	{ SYSCTL_WITH_PROC, "user/max_fanotify_groups", FIXED, "0",
		"counted against the caller; a profile given with --seccomp may permit it" },
	{ SYSCTL_WITH_PROC, "user/max_user_namespaces", NESTED, "1024",
		"counted against the caller, whose own next sandbox would fail" },
	{ SYSCTL_WITH_PROC, "user/max_mnt_namespaces", NESTED, "1024", "the same" },
	{ SYSCTL_WITH_PROC, "user/max_pid_namespaces", NESTED, "1024", "the same" },
	{ SYSCTL_WITH_PROC, "user/max_ipc_namespaces", NESTED, "1024", "the same" },
	{ SYSCTL_WITH_PROC, "user/max_uts_namespaces", NESTED, "1024", "the same" },
	{ SYSCTL_WITH_PROC, "user/max_time_namespaces", NESTED, "1024", "the same" },
	{ SYSCTL_WITH_PROC, "user/max_net_namespaces", NESTED, "128",
		"the same, and each has tables of its own" },
	{ SYSCTL_WITH_PROC, "kernel/shmall", MEMORY_PAGES, NULL,
		"System V memory belongs to no process: without a cgroup nothing else counts it" },
	{ SYSCTL_WITH_PROC, "kernel/sem", FIXED, "32000\t32000\t500\t1024",
		"by default 1,024,000,000 semaphores, 64 bytes each" },
	{ SYSCTL_WITH_PROC, "kernel/msgmni", FIXED, "1024",
		"System V queues of 16 KiB; by default 32000" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/tcp_rmem", FIXED, "4096\t131072\t1048576",
		"what one TCP connection may hold; by default up to 32 MiB" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/tcp_wmem", FIXED, "4096\t16384\t2097152",
		"the same for what was not received yet; with less the gateway waits for the build" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/ip_unprivileged_port_start", FIXED, "0",
		"a server of the build's tests may have port 80; it is the build's own loopback" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/ping_group_range", BUILDER_GROUP, NULL,
		"ping without privilege, as most systems have it; there is the loopback to ping" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/tcp_congestion_control", FIXED, "reno",
		"a loopback has no congestion; what the host has instead may pace by timers" },
	{ SYSCTL_WITH_NETWORK, "net/ipv4/tcp_max_tw_buckets", FIXED, "16384",
		"closed connections that wait are memory that nobody counts" },
};

/* The value of a row as text; false if the plan leaves it alone. */
static bool row_value(const struct row *row, const struct sysctl_plan *plan, char ret[VALUE_BYTES])
{
	uint64_t number = 0;

	switch (row->value) {
	case NESTED:
		if (!plan->allow_userns)
			return false;
		__attribute__((fallthrough));
	case FIXED:
		snprintf(ret, VALUE_BYTES, "%s", row->text);
		return true;
	case INOTIFY_INSTANCES:
		number = plan->inotify_instances;
		break;
	case INOTIFY_WATCHES:
		number = plan->inotify_watches;
		break;
	case MEMORY_PAGES:
		if (plan->memory_bytes == LIMIT_NONE)
			return false;
		number = plan->memory_bytes / (uint64_t)sysconf(_SC_PAGESIZE);
		break;
	case BUILDER_GROUP:
		snprintf(ret, VALUE_BYTES, "%" PRIu32 "\t%" PRIu32, plan->builder_gid,
			plan->builder_gid);
		return true;
	}
	snprintf(ret, VALUE_BYTES, "%" PRIu64, number);
	return true;
}

/* The kernel writes blanks between numbers as it likes. */
static bool same_numbers(const char *a, const char *b)
{
	for (;;) {
		while (isspace((unsigned char)*a))
			a++;
		while (isspace((unsigned char)*b))
			b++;
		if (*a == '\0' || *b == '\0')
			return *a == *b;
		while (*a != '\0' && !isspace((unsigned char)*a))
			if (*a++ != *b++)
				return false;
		if (*b != '\0' && !isspace((unsigned char)*b))
			return false;
	}
}

/* Not there, or not ours to write, is 1. */
static int row_write(int sys_fd, const struct row *row, const char *value, struct failure *f)
{
	own_fd int fd = openat(sys_fd, row->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	char back[VALUE_BYTES];
	ssize_t n;

	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == ENOENT || errno == EROFS))
		return 1;
	if (fd < 0)
		return fail(f, errno, "open /proc/sys/%s inside", row->path);
	if (write(fd, value, strlen(value)) < 0)
		return errno == EPERM || errno == EACCES
			       ? 1
			       : fail(f, errno, "write \"%s\" to /proc/sys/%s inside", value,
					 row->path);
	n = pread(fd, back, sizeof(back) - 1, 0);
	if (n < 0)
		return fail(f, errno, "read /proc/sys/%s back", row->path);
	back[n] = '\0';
	if (!same_numbers(back, value))
		return fail(f, 0, "/proc/sys/%s is %.40s after it was set to %s", row->path, back,
			value);
	return 0;
}

int sysctl_apply(int sys_fd, const struct sysctl_plan *plan, enum sysctl_when when,
	char *ret_unwritten, size_t size, struct failure *f)
{
	char value[VALUE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		size_t used = strlen(ret_unwritten);
		int missing;

		if (row->when != when || !row_value(row, plan, value))
			continue;
		missing = row_write(sys_fd, row, value, f);
		if (missing < 0)
			return -1;
		if (missing > 0)
			snprintf(ret_unwritten + used, size - used, "%s%s", used > 0 ? " " : "",
				row->path);
	}
	return 0;
}

void sysctl_each(const struct sysctl_plan *plan, sysctl_row_fn row, void *data)
{
	char value[VALUE_BYTES], name[VALUE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!row_value(&rows[i], plan, value))
			continue;
		snprintf(name, sizeof(name), "%s", rows[i].path);
		for (char *slash = name; (slash = strchr(slash, '/')) != NULL;)
			*slash = '.';
		for (char *tab = value; (tab = strchr(tab, '\t')) != NULL;)
			*tab = ' ';
		row(data, name, value, rows[i].reason);
	}
}
