#include "sandbox/limits/rlimits.h"

#include "sandbox/base/own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>

/* Where a value comes from that is not in the table. */
enum rlimit_value { FIXED, MEMORY, MEMORY_ASKED, PIDS, APP_SIZE };

#define HOST RLIM_INFINITY /* as far as the caller's hard limit allows, which nobody can raise */

struct rlimit_rule {
	int resource;
	const char *name;
	enum rlimit_value value;
	rlim_t soft, hard; /* FIXED only */
	const char *reason;
};

/* What stands in a cgroup, so that no rlimit has to. */
struct standing {
	bool memory, pids;
};

#define RLIMIT(x) RLIMIT_##x, "RLIMIT_" #x

static const struct rlimit_rule builder_rules[] = {
	/* 1, not 0: the kernel ignores 0 for a core_pattern that is a program, and heeds 1, by
	 * which it knows its own helpers (core(5), coredump_pipe() in fs/coredump.c). A file
	 * would have to be larger than 1 byte, so there is none either. */
	{ RLIMIT(CORE), FIXED, 1, 1,
		"no core file; and the host's core_pattern program, which is root's, is not started" },
	{ RLIMIT(MEMLOCK), FIXED, 64 << 10, 64 << 10,
		"locked pages cannot be reclaimed; one buffer for keys is what a build needs" },
	{ RLIMIT(MSGQUEUE), FIXED, 800 << 10 >> 2, 800 << 10 >> 2,
		"two POSIX queues of the usual size: a quarter of what the caller usually has" },
	{ RLIMIT(NOFILE), FIXED, 4096, 65536,
		"linkers and watchers open thousands; past 65536 it is hoarding of kernel memory" },
	{ RLIMIT(SIGPENDING), FIXED, 4096, 4096, "queued signals are kernel memory" },
	{ RLIMIT(NICE), FIXED, 0, 0, "no priority above the one given" },
	{ RLIMIT(RTPRIO), FIXED, 0, 0, "a realtime thread starves the host's own" },
	{ RLIMIT(STACK), FIXED, 8 << 20, HOST,
		"the usual size, whatever the caller's shell has set: builds shall not differ by it" },
	{ RLIMIT(CPU), FIXED, HOST, HOST,
		"processor time is not limited, elapsed time is: a caller's limit shall not cut in" },
	/* The tmpfs counts pages. To index a page far out in a file costs 6 KiB of the kernel's,
	 * to index the first of a file 3; a cgroup counts both. */
	{ RLIMIT(FSIZE), FIXED, HOST, HOST,
		"the disk's budget counts what is written: holes are free, as everywhere" },
	/* By default not: sanitizers map terabytes to write to that they never touch, and fail. */
	{ RLIMIT(DATA), MEMORY_ASKED, 0, 0,
		"only where --memory was asked for and no cgroup counts it: private writable "
		"mappings of each process, touched or not" },
	{ RLIMIT(NPROC), PIDS, 0, 0,
		"--pids where no cgroup counts them: processes of one uid in the user namespace" },
	{ RLIMIT(AS), FIXED, HOST, HOST,
		"Go, Java, V8 and sanitizers reserve far more addresses than they use" },
	{ RLIMIT(RSS), FIXED, HOST, HOST, "Linux does nothing with it; programs read it" },
	{ RLIMIT(LOCKS), FIXED, HOST, HOST, "Linux does nothing with it" },
	{ RLIMIT(RTTIME), FIXED, HOST, HOST, "there is no realtime that it could limit" },
};

static const struct rlimit_rule fetcher_rules[] = {
	{ RLIMIT(CORE), FIXED, 1, 1, "its memory may hold a credential; 1 as above" },
	{ RLIMIT(MEMLOCK), FIXED, 64 << 10, 64 << 10, "the secure memory of a TLS library" },
	{ RLIMIT(MSGQUEUE), FIXED, 0, 0, "it uses none" },
	{ RLIMIT(NOFILE), FIXED, 1024, 1024, "packs and one connection" },
	{ RLIMIT(SIGPENDING), FIXED, 64, 64, "it sends none" },
	{ RLIMIT(NICE), FIXED, 0, 0, "no priority above the one given" },
	{ RLIMIT(RTPRIO), FIXED, 0, 0, "no realtime" },
	{ RLIMIT(STACK), FIXED, 8 << 20, 8 << 20, "no recursion on a stranger's data past this" },
	{ RLIMIT(FSIZE), APP_SIZE, 0, 0, "no pack is larger than the disk" },
	{ RLIMIT(DATA), MEMORY, 0, 0, "a delta bomb ends here, if no cgroup ends it" },
	{ RLIMIT(NPROC), FIXED, 32, 32, "the keeper, itself and a few threads" },
	{ RLIMIT(CPU), FIXED, HOST, HOST, "elapsed time is limited, as the builder's" },
	{ RLIMIT(AS), FIXED, HOST, HOST, "packs are mapped" },
};

static rlim_t config_value(
	const struct config *config, const struct standing *standing, enum rlimit_value value)
{
	bool asked = (config->required & WALL_BIT(WALL_CGROUP)) != 0;

	switch (value) {
	case MEMORY_ASKED:
		if (!asked)
			return HOST;
		__attribute__((fallthrough));
	case MEMORY:
		return standing->memory ? HOST : limit_or(config->limits.memory_bytes, HOST);
	case APP_SIZE:
		return limit_or(config->limits.app_size_bytes, HOST);
	case PIDS:
		return standing->pids ? HOST : limit_or(config->limits.pids, HOST);
	case FIXED:
		break;
	}
	return HOST;
}

/* Does an rlimit do what no cgroup does, so that a repository's wish is for it? */
static bool stands_in(const struct standing *standing, enum rlimit_value value)
{
	return ((value == MEMORY || value == MEMORY_ASKED) && !standing->memory) ||
	       (value == PIDS && !standing->pids);
}

static rlim_t at_most(rlim_t value, rlim_t most)
{
	return value < most ? value : most; /* RLIM_INFINITY is the greatest value */
}

static void plan(const struct rlimit_rule *rules, size_t n, const struct config *config,
	const struct standing *standing, struct rlimits *ret)
{
	ret->n = 0;
	for (size_t i = 0; i < n && ret->n < RLIMITS_MAX; i++) {
		const struct rlimit_rule *rule = &rules[i];
		rlim_t hard = rule->value == FIXED ? rule->hard
						   : config_value(config, standing, rule->value);
		rlim_t soft = rule->value == FIXED ? rule->soft : hard;
		struct rlimit host;

		if (getrlimit((__rlimit_resource_t)rule->resource, &host) < 0)
			host.rlim_max = RLIM_INFINITY;
		ret->rows[ret->n++] = (struct rlimit_row){
			.resource = rule->resource,
			.name = rule->name,
			.soft = at_most(soft, host.rlim_max),
			.hard = at_most(hard, host.rlim_max),
			.callers = hard > host.rlim_max,
			.stands_in = stands_in(standing, rule->value),
			.reason = rule->reason,
		};
	}
}

_Static_assert(ARRAY_LEN(builder_rules) == RLIM_NLIMITS, "none of the caller's leaks in");
_Static_assert(ARRAY_LEN(fetcher_rules) <= RLIMITS_MAX, "every rule has its row");

void rlimits_plan(
	const struct config *config, bool cgroup_memory, bool cgroup_pids, struct rlimits *ret)
{
	const struct standing standing = { cgroup_memory, cgroup_pids };

	plan(builder_rules, ARRAY_LEN(builder_rules), config, &standing, ret);
}

void rlimits_plan_fetcher(const struct config *config, bool cgroup_memory, struct rlimits *ret)
{
	const struct standing standing = { cgroup_memory, true };

	plan(fetcher_rules, ARRAY_LEN(fetcher_rules), config, &standing, ret);
}

void rlimits_lower(struct rlimits *rlimits, int resource, rlim_t value)
{
	for (size_t i = 0; i < rlimits->n; i++) {
		struct rlimit_row *row = &rlimits->rows[i];

		if (row->resource != resource || !row->stands_in)
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
