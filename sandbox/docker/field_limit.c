/* Every number is a double that holds a whole one below 10^15 (schema.c sees to it). */
#include "sandbox/docker/field_limit.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"

#include <ctype.h>
#include <string.h>

#define CPU_SHARES_MAX 1024       /* the default */
#define NANO_CPUS_MIN  10000000.0 /* the engine refuses less than a hundredth */
#define CPU_PERIOD     100000.0   /* microseconds, the kernel's default */
#define NOFILE_MAX     1048576.0  /* what dockerd itself gives */
#define NUMBER_MAX     1e15

static bool is_one_of(const char *word, const char *const words[])
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static bool memory_is_limited(const struct policy *policy)
{
	return policy->limits.memory_bytes < (uint64_t)NUMBER_MAX;
}

static int put_number(cJSON *object, const char *name, double number, struct refusal *r)
{
	cJSON_DeleteItemFromObjectCaseSensitive(object, name);
	return cJSON_AddNumberToObject(object, name, number) != NULL ? 0 : refuse_memory(r);
}

int field_tmpfs_mount(cJSON *mount, const struct policy *policy, struct refusal *r)
{
	cJSON *options = cJSON_GetObjectItemCaseSensitive(mount, "TmpfsOptions");
	double limit = (double)policy->limits.memory_bytes, size;

	if (!memory_is_limited(policy))
		return 0;
	if (options == NULL)
		options = cJSON_AddObjectToObject(mount, "TmpfsOptions");
	if (options == NULL)
		return refuse_memory(r);
	size = json_number(options, "SizeBytes", 0);
	return put_number(options, "SizeBytes", size > 0 && size < limit ? size : limit, r);
}

/* ---- tmpfs ---- */

/* "64m", "1048576": bytes, or -1. */
static double size_bytes(const char *word)
{
	static const char units[] = "kmg";
	double bytes = 0;
	size_t digits = strspn(word, "0123456789");
	const char *unit = word + digits;

	if (digits == 0 || digits > 12)
		return -1;
	for (size_t i = 0; i < digits; i++)
		bytes = bytes * 10 + (word[i] - '0');
	if (*unit == '\0')
		return bytes;
	if (unit[1] != '\0' || strchr(units, tolower((unsigned char)*unit)) == NULL)
		return -1;
	for (const char *u = strchr(units, tolower((unsigned char)*unit)); u >= units; u--)
		bytes *= 1024;
	return bytes;
}

/* One option of a tmpfs; *size is set by "size=". */
static int check_tmpfs_option(const char *option, double *size, struct refusal *r)
{
	static const char *const words[] = { "rw", "ro", "exec", "noexec", "nosuid", "nodev",
		"noatime", NULL };
	static const char *const numbers[] = { "mode=", "uid=", "gid=", "nr_inodes=" };

	if (is_one_of(option, words))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		size_t n = strlen(numbers[i]), digits;

		if (strncmp(option, numbers[i], n) != 0)
			continue;
		digits = strspn(option + n, "0123456789");
		if (digits > 0 && digits <= 10 && option[n + digits] == '\0')
			return 0;
	}
	if (strncmp(option, "size=", 5) == 0) {
		*size = size_bytes(option + 5);
		if (*size > 0)
			return 0;
	}
	return refuse(r, 403, "Tmpfs: the option \"%.60s\" is not known here", option);
}

/* The options of one tmpfs, written anew with a size that the run's memory allows. */
int field_tmpfs_options(cJSON *item, const struct policy *policy, struct refusal *r)
{
	own_mem char *options = strdup(item->valuestring);
	own_text struct text text = { 0 };
	double limit = memory_is_limited(policy) ? (double)policy->limits.memory_bytes : 0,
	       size = 0;
	char *rest = options, *option;

	if (options == NULL)
		return refuse_memory(r);
	while ((option = strsep(&rest, ",")) != NULL) {
		if (*option == '\0')
			continue;
		if (check_tmpfs_option(option, &size, r) < 0)
			return -1;
		if (strncmp(option, "size=", 5) != 0)
			text_format(&text, "%s%s", text.n > 0 ? "," : "", option);
	}
	if (limit > 0 && !(size > 0 && size < limit))
		size = limit;
	if (size > 0)
		text_format(&text, "%ssize=%.0f", text.n > 0 ? "," : "", size);
	if (text.n == 0)
		return 0;
	if (text.failed)
		return refuse_memory(r);
	return cJSON_SetValuestring(item, text.s) != NULL ? 0 : refuse_memory(r);
}

/* ---- CPUs by number and weight ---- */

int field_cpu_list(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	if (strspn(value->valuestring, "0123456789,-") == strlen(value->valuestring))
		return 0;
	return refuse(r, 400, "%s: not a list of numbers", field->name);
}

int field_cpu_shares(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)run;
	(void)field;
	(void)r;
	if (value->valuedouble > CPU_SHARES_MAX)
		cJSON_SetNumberValue(value, CPU_SHARES_MAX);
	return 0;
}

/* ---- limits of processes ---- */

/* Those that bound one process and have no privilege of their own. */
static const struct {
	const char *name;
	double max; /* 0: any, the container's cgroup bounds it */
} ulimits[] = {
	{ "nofile", NOFILE_MAX },
	{ "nproc", 0 },
	{ "core", 0 },
	{ "cpu", 0 },
	{ "data", 0 },
	{ "fsize", 0 },
	{ "memlock", 0 },
	{ "rss", 0 },
	{ "stack", 0 },
};

static int check_ulimit(const cJSON *ulimit, struct refusal *r)
{
	const char *name = json_text(ulimit, "Name");
	double soft = json_number(ulimit, "Soft", 0), hard = json_number(ulimit, "Hard", 0);

	for (size_t i = 0; i < ARRAY_LEN(ulimits); i++) {
		double max = ulimits[i].max;

		if (strcmp(name, ulimits[i].name) != 0)
			continue;
		if (soft < -1 || hard < -1)
			return refuse(r, 400, "Ulimits: %s is negative", name);
		if (max > 0 && (soft < 0 || hard < 0 || soft > max || hard > max))
			return refuse(r, 403, "Ulimits: %s may be at most %.0f", name, max);
		return 0;
	}
	return refuse(r, 403, "Ulimits: \"%.40s\" may not be set", name);
}

int field_ulimits(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	const cJSON *ulimit;

	(void)run;
	(void)field;
	cJSON_ArrayForEach(ulimit, value)
	{
		if (check_ulimit(ulimit, r) < 0)
			return -1;
	}
	return 0;
}

/* ---- memory, CPUs, processes of the whole container ---- */

/* MemorySwap is memory and swap together; 0 means twice the memory, -1 no limit. */
static int limit_memory(cJSON *host, const struct policy *policy, struct refusal *r)
{
	double memory = json_number(host, "Memory", 0), total = json_number(host, "MemorySwap", 0);
	double shm = json_number(host, "ShmSize", 0), limit = (double)policy->limits.memory_bytes,
	       most;

	if (!memory_is_limited(policy))
		return 0;
	if (!(memory > 0 && memory < limit))
		memory = limit;
	most = memory + (double)policy->limits.swap_bytes;
	if (policy->limits.swap_bytes >= (uint64_t)NUMBER_MAX)
		most = -1;
	if (!(total >= memory && (most < 0 || total < most)))
		total = most;
	if (shm > memory && put_number(host, "ShmSize", memory, r) < 0)
		return -1;
	return put_number(host, "Memory", memory, r) < 0 ||
			       put_number(host, "MemorySwap", total, r) < 0
		       ? -1
		       : 0;
}

static double smaller(double a, double b) /* of which 0 is none */
{
	return a > 0 && (b <= 0 || a < b) ? a : b > 0 ? b : 0;
}

static double whole(double number)
{
	return number < NUMBER_MAX ? (double)(int64_t)number : 0;
}

/* A period and a quota are the same limit in other words, and the engine takes but one of
 * both: NanoCpus it is. */
static int limit_cpus(cJSON *host, const struct policy *policy, struct refusal *r)
{
	bool limited = policy->limits.cpus_milli != LIMIT_NONE;
	double period = json_number(host, "CpuPeriod", 0), quota = json_number(host, "CpuQuota", 0);
	double nano = json_number(host, "NanoCpus", 0);

	if (quota > 0)
		nano = smaller(nano, whole(quota / (period > 0 ? period : CPU_PERIOD) * 1e9));
	if (limited)
		nano = smaller(nano, (double)policy->limits.cpus_milli * 1e6);
	cJSON_DeleteItemFromObjectCaseSensitive(host, "CpuPeriod");
	cJSON_DeleteItemFromObjectCaseSensitive(host, "CpuQuota");
	cJSON_DeleteItemFromObjectCaseSensitive(host, "NanoCpus");
	if (nano <= 0)
		return 0;
	return put_number(host, "NanoCpus", nano < NANO_CPUS_MIN ? NANO_CPUS_MIN : nano, r);
}

static int limit_pids(cJSON *host, const struct policy *policy, struct refusal *r)
{
	double pids = json_number(host, "PidsLimit", 0);

	if (policy->limits.pids != LIMIT_NONE)
		pids = smaller(pids, (double)policy->limits.pids);
	cJSON_DeleteItemFromObjectCaseSensitive(host, "PidsLimit");
	return pids > 0 ? put_number(host, "PidsLimit", pids, r) : 0;
}

int field_limits(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r)
{
	(void)field;
	if (limit_memory(value, run->policy, r) < 0 || limit_cpus(value, run->policy, r) < 0)
		return -1;
	return limit_pids(value, run->policy, r);
}
