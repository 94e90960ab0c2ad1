#include "sandbox/limits/rlimits.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>

/* Which rows a process gets, and where a value comes from that is not in the table. */
enum rlimit_when { ALWAYS, WITHOUT_CGROUP_MEMORY, WITHOUT_CGROUP_PIDS };
enum rlimit_value { FIXED, CONFIG_MEMORY, CONFIG_PIDS, CONFIG_APP_SIZE };

#define HOST RLIM_INFINITY /* as far as the host allows */

struct rlimit_rule {
	int resource;
	const char *name;
	enum rlimit_when when;
	enum rlimit_value value;
	rlim_t soft, hard; /* FIXED only */
	const char *reason;
};

#define RLIMIT(x) RLIMIT_##x, "RLIMIT_" #x

static const struct rlimit_rule builder_rules[] = {
	/* 1, not 0: the kernel ignores 0 for a core_pattern that is a program, and heeds 1, by
	 * which it knows its own helpers (core(5), coredump_pipe() in fs/coredump.c). A file
	 * would have to be larger than 1 byte, so there is none either. */
	{ RLIMIT(CORE), ALWAYS, FIXED, 1, 1,
		"no core file; and the host's core_pattern program, which is root's, is not started" },
	{ RLIMIT(MEMLOCK), ALWAYS, FIXED, 64 << 10, 64 << 10,
		"locked pages cannot be reclaimed; one buffer for keys is what a build needs" },
	{ RLIMIT(MSGQUEUE), ALWAYS, FIXED, 800 << 10 >> 2, 800 << 10 >> 2,
		"two POSIX queues of the usual size: a quarter of what the caller usually has" },
	{ RLIMIT(NOFILE), ALWAYS, FIXED, 4096, 65536,
		"linkers and watchers open thousands; past 65536 it is hoarding of kernel memory" },
	{ RLIMIT(SIGPENDING), ALWAYS, FIXED, 4096, 4096, "queued signals are kernel memory" },
	{ RLIMIT(NICE), ALWAYS, FIXED, 0, 0, "no priority above the one given" },
	{ RLIMIT(RTPRIO), ALWAYS, FIXED, 0, 0, "a realtime thread starves the host's own" },
	{ RLIMIT(STACK), ALWAYS, FIXED, 8 << 20, HOST,
		"the usual size, whatever the caller's shell has set: builds shall not differ by it" },
	{ RLIMIT(CPU), ALWAYS, FIXED, HOST, HOST,
		"processor time is not limited, elapsed time is: a caller's limit shall not cut in" },
	/* The tmpfs counts pages. To index a page far out in a file costs 6 KiB of the kernel's,
	 * to index the first of a file 3; a cgroup counts both. */
	{ RLIMIT(FSIZE), ALWAYS, FIXED, HOST, HOST,
		"the disk's budget counts what is written: holes are free, as everywhere" },
	/* Not RLIMIT_AS: Go, Java, V8 and sanitizers reserve far more than they use. */
	{ RLIMIT(DATA), WITHOUT_CGROUP_MEMORY, CONFIG_MEMORY, 0, 0,
		"next best for memory: counts private writable mappings, not reservations" },
	{ RLIMIT(NPROC), WITHOUT_CGROUP_PIDS, CONFIG_PIDS, 0, 0,
		"next best for pids: counted per uid and user namespace" },
};

static const struct rlimit_rule fetcher_rules[] = {
	{ RLIMIT(CORE), ALWAYS, FIXED, 1, 1, "its memory may hold a credential; 1 as above" },
	{ RLIMIT(MEMLOCK), ALWAYS, FIXED, 64 << 10, 64 << 10,
		"the secure memory of a TLS library" },
	{ RLIMIT(MSGQUEUE), ALWAYS, FIXED, 0, 0, "it uses none" },
	{ RLIMIT(NOFILE), ALWAYS, FIXED, 1024, 1024, "packs and one connection" },
	{ RLIMIT(SIGPENDING), ALWAYS, FIXED, 64, 64, "it sends none" },
	{ RLIMIT(NICE), ALWAYS, FIXED, 0, 0, "no priority above the one given" },
	{ RLIMIT(RTPRIO), ALWAYS, FIXED, 0, 0, "no realtime" },
	{ RLIMIT(STACK), ALWAYS, FIXED, 8 << 20, 8 << 20,
		"no recursion on a stranger's data past this" },
	{ RLIMIT(FSIZE), ALWAYS, CONFIG_APP_SIZE, 0, 0, "no pack is larger than the disk" },
	{ RLIMIT(DATA), WITHOUT_CGROUP_MEMORY, CONFIG_MEMORY, 0, 0, "a delta bomb ends here" },
	{ RLIMIT(NPROC), ALWAYS, FIXED, 32, 32, "the keeper, itself and a few threads" },
};

static rlim_t config_value(const struct config *config, enum rlimit_value value)
{
	switch (value) {
	case CONFIG_MEMORY:
		return limit_or(config->limits.memory_bytes, HOST);
	case CONFIG_APP_SIZE:
		return limit_or(config->limits.app_size_bytes, HOST);
	case CONFIG_PIDS:
		return limit_or(config->limits.pids, HOST);
	case FIXED:
		break;
	}
	return HOST;
}

static rlim_t at_most(rlim_t value, rlim_t most)
{
	return value < most ? value : most; /* RLIM_INFINITY is the greatest value */
}

static void plan(const struct rlimit_rule *rules, size_t n, const struct config *config,
	bool cgroup_memory, bool cgroup_pids, struct rlimits *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < n && ret->n < RLIMITS_MAX; i++) {
		const struct rlimit_rule *rule = &rules[i];
		struct rlimit host;

		if ((rule->when == WITHOUT_CGROUP_MEMORY && cgroup_memory) ||
			(rule->when == WITHOUT_CGROUP_PIDS && cgroup_pids))
			continue;
		if (getrlimit((__rlimit_resource_t)rule->resource, &host) < 0)
			host.rlim_max = RLIM_INFINITY;

		rlim_t hard = rule->value == FIXED ? rule->hard : config_value(config, rule->value);
		rlim_t soft = rule->value == FIXED ? rule->soft : hard;
		hard = at_most(hard, host.rlim_max);
		ret->rows[ret->n++] = (struct rlimit_row){
			.resource = rule->resource,
			.name = rule->name,
			.soft = at_most(soft, hard),
			.hard = hard,
			.reason = rule->reason,
		};
	}
}

_Static_assert(ARRAY_LEN(builder_rules) <= RLIMITS_MAX, "every rule has its row");
_Static_assert(ARRAY_LEN(fetcher_rules) <= RLIMITS_MAX, "every rule has its row");

void rlimits_plan(
	const struct config *config, bool cgroup_memory, bool cgroup_pids, struct rlimits *ret)
{
	plan(builder_rules, ARRAY_LEN(builder_rules), config, cgroup_memory, cgroup_pids, ret);
}

void rlimits_plan_fetcher(const struct config *config, bool cgroup_memory, struct rlimits *ret)
{
	plan(fetcher_rules, ARRAY_LEN(fetcher_rules), config, cgroup_memory, true, ret);
}

void rlimits_lower(struct rlimits *rlimits, int resource, rlim_t value)
{
	for (size_t i = 0; i < rlimits->n; i++) {
		struct rlimit_row *row = &rlimits->rows[i];

		if (row->resource != resource)
			continue;
		row->soft = row->soft > value ? value : row->soft;
		row->hard = row->hard > value ? value : row->hard;
	}
}

int rlimits_apply(const struct rlimits *rlimits, struct failure *f)
{
	for (size_t i = 0; i < rlimits->n; i++) {
		const struct rlimit_row *row = &rlimits->rows[i];
		struct rlimit set = { .rlim_cur = row->soft, .rlim_max = row->hard };
		struct rlimit got;

		if (setrlimit((__rlimit_resource_t)row->resource, &set) < 0)
			return fail(
				f, errno, "set %s to %" PRIuMAX, row->name, (uintmax_t)row->hard);
		if (getrlimit((__rlimit_resource_t)row->resource, &got) < 0)
			return fail(f, errno, "read %s back", row->name);
		if (got.rlim_cur != row->soft || got.rlim_max != row->hard)
			return fail(f, 0,
				"%s is %" PRIuMAX ":%" PRIuMAX " after it was set to %" PRIuMAX
				":%" PRIuMAX,
				row->name, (uintmax_t)got.rlim_cur, (uintmax_t)got.rlim_max,
				(uintmax_t)row->soft, (uintmax_t)row->hard);
	}
	return 0;
}
