#include "sandbox/verbs/disk.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/broker_client.h"
#include "sandbox/state/ledger.h"
#include "sandbox/state/state.h"
#include "sandbox/store/cache_store.h"
#include "sandbox/store/root_store.h"
#include "sandbox/verbs/disk_metrics.h"
#include "sandbox/verbs/disk_threshold.h"
#include "sandbox/verbs/disk_usage.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define RUNS_SHOWN 10

/* ---- what is not the engine's ---- */

/* Files of our runtime directories: of living runs and of what killed ones left. */
static void count_leftovers(struct usage *d)
{
	int fds[STATE_DIRS_MAX];
	size_t n = state_dirs_open(fds);

	for (size_t i = 0; i < n; i++) {
		DIR *dir = fdopendir(fds[i]);

		for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL;
			e = readdir(dir)) {
			struct stat st;

			if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
				!S_ISREG(st.st_mode))
				continue;
			d->count[USAGE_LEFTOVERS]++;
			d->bytes[USAGE_LEFTOVERS] += (uint64_t)st.st_blocks * 512;
		}
		if (dir != NULL)
			closedir(dir);
		else
			close(fds[i]);
	}
}

static void count_stores(struct usage *d)
{
	d->bytes[USAGE_ROOTS] = store_clear_usage(&root_store_kind, &d->count[USAGE_ROOTS]);
	d->ours[USAGE_ROOTS] = d->bytes[USAGE_ROOTS];
	d->bytes[USAGE_CACHES] = store_clear_usage(&cache_store_kind, &d->count[USAGE_CACHES]);
	d->bytes[USAGE_SOURCES] = store_clear_usage(&source_store_kind, &d->count[USAGE_SOURCES]);
	d->ours[USAGE_CACHES] = d->bytes[USAGE_CACHES];
}

/* Only if the engine's directory is one of this host that we can see. */
static void look_at_file_system(struct usage *d)
{
	struct statvfs fs;

	if (d->root[0] != '/' || statvfs(d->root, &fs) < 0)
		return;
	d->total_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	d->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* ---- judging ---- */

struct thresholds {
	struct threshold warn, crit;
	uint64_t warn_bytes, crit_bytes;
};

/* A share is one of the file system, and then what is used of it counts, whoever uses it. */
static int judge(
	const struct usage *d, struct thresholds *l, enum threshold_state *ret, struct failure *f)
{
	bool percent = l->warn.percent || l->crit.percent;
	uint64_t used = percent ? d->total_bytes - d->free_bytes : usage_sum(d);

	if (percent && d->total_bytes == 0) {
		fail(f, 0, "the file system of %.100s cannot be seen from here",
			d->root[0] != '\0' ? d->root : "the engine");
		return fail_remedy(f, "give --warn and --crit as sizes");
	}
	l->warn_bytes = threshold_bytes(&l->warn, d->total_bytes);
	l->crit_bytes = threshold_bytes(&l->crit, d->total_bytes);
	*ret = threshold_judge(used, l->warn_bytes, l->crit_bytes);
	return 0;
}

/* ---- text ---- */

static void print_limit(FILE *out, uint64_t bytes)
{
	if (bytes != UINT64_MAX)
		fprintf(out, "%" PRIu64, bytes);
}

static void print_performance(FILE *out, const struct usage *d, const struct thresholds *l)
{
	fprintf(out, " | 'used'=%" PRIu64 "B;", usage_sum(d));
	if (!l->warn.percent)
		print_limit(out, l->warn_bytes);
	fputc(';', out);
	if (!l->crit.percent)
		print_limit(out, l->crit_bytes);
	fputs(";0;", out);
	for (int kind = 0; kind < USAGE_KINDS; kind++)
		fprintf(out, " '%s'=%" PRIu64 "B;;;0;", usage_kind_name((enum usage_kind)kind),
			d->bytes[kind]);
	if (d->total_bytes > 0) {
		fprintf(out, " 'file_system'=%" PRIu64 "B;", d->total_bytes - d->free_bytes);
		if (l->warn.percent)
			print_limit(out, l->warn_bytes);
		fputc(';', out);
		if (l->crit.percent)
			print_limit(out, l->crit_bytes);
		fprintf(out, ";0;%" PRIu64, d->total_bytes);
	}
	fputc('\n', out);
}

static void print_text(
	FILE *out, const struct usage *d, const struct thresholds *l, enum threshold_state state)
{
	char text[NUMBER_BYTES_SIZE], ours[NUMBER_BYTES_SIZE];

	fprintf(out, "DISK %s - %s used", threshold_word(state),
		number_format_bytes(usage_sum(d), text));
	if (d->total_bytes > 0)
		fprintf(out, ", %s free", number_format_bytes(d->free_bytes, text));
	print_performance(out, d, l);
	for (int kind = 0; kind < USAGE_KINDS; kind++)
		fprintf(out, "%-12s %10s  %" PRIu64 " of them, %s of cofferdam's runs\n",
			usage_kind_name((enum usage_kind)kind),
			number_format_bytes(d->bytes[kind], text), d->count[kind],
			number_format_bytes(
				kind == USAGE_LEFTOVERS ? d->bytes[kind] : d->ours[kind], ours));
	for (size_t i = 0; i < d->runs_n && i < RUNS_SHOWN; i++)
		fprintf(out, "run %s %10s  %" PRIu64 " objects\n", d->runs[i].run,
			number_format_bytes(d->runs[i].bytes, text), d->runs[i].objects);
	if (d->runs_n > RUNS_SHOWN)
		fprintf(out, "and %zu more runs: --json has them\n", d->runs_n - RUNS_SHOWN);
}

/* ---- JSON ---- */

static cJSON *json_of(const struct usage *d, enum threshold_state state)
{
	cJSON *root = cJSON_CreateObject(), *kinds, *runs, *fs;

	cJSON_AddStringToObject(root, "schema", "cofferdam.disk/1");
	cJSON_AddStringToObject(root, "state", threshold_word(state));
	cJSON_AddNumberToObject(root, "used_bytes", (double)usage_sum(d));
	kinds = cJSON_AddObjectToObject(root, "kinds");
	for (int kind = 0; kind < USAGE_KINDS; kind++) {
		cJSON *row = cJSON_AddObjectToObject(kinds, usage_kind_name((enum usage_kind)kind));

		cJSON_AddNumberToObject(row, "bytes", (double)d->bytes[kind]);
		cJSON_AddNumberToObject(row, "labelled_bytes", (double)d->ours[kind]);
		cJSON_AddNumberToObject(row, "count", (double)d->count[kind]);
	}
	runs = cJSON_AddArrayToObject(root, "runs");
	for (size_t i = 0; i < d->runs_n; i++) {
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "run", d->runs[i].run);
		cJSON_AddNumberToObject(row, "bytes", (double)d->runs[i].bytes);
		cJSON_AddNumberToObject(row, "objects", (double)d->runs[i].objects);
		cJSON_AddItemToArray(runs, row);
	}
	if (d->total_bytes == 0) {
		cJSON_AddNullToObject(root, "file_system");
		return root;
	}
	fs = cJSON_AddObjectToObject(root, "file_system");
	cJSON_AddStringToObject(fs, "path", d->root);
	cJSON_AddNumberToObject(fs, "total_bytes", (double)d->total_bytes);
	cJSON_AddNumberToObject(fs, "free_bytes", (double)d->free_bytes);
	return root;
}

static int print_json(
	FILE *out, const struct usage *d, enum threshold_state state, struct failure *f)
{
	cJSON *root = json_of(d, state);
	own_mem char *text = cJSON_Print(root);

	cJSON_Delete(root);
	if (text == NULL)
		return fail(f, ENOMEM, "print what was found");
	fprintf(out, "%s\n", text);
	return 0;
}

/* ---- the verb ---- */

static int examine(const struct config *config, struct identity *identity, struct usage *ret,
	struct failure *f)
{
	struct broker_client client;
	cJSON *found = NULL;
	int result;

	if (broker_client_open(config->docker_host, identity, &client, f) < 0)
		return -1;
	result = identity_give_up(identity, f);
	if (result == 0)
		result = broker_client_survey(&client, &found, f);
	broker_client_close(&client);
	if (result < 0)
		return -1;
	usage_count(found, ret);
	cJSON_Delete(found);
	count_leftovers(ret);
	count_stores(ret);
	look_at_file_system(ret);
	return 0;
}

/* From now on every run adds its numbers. */
static int write_metrics(const char *path, const struct usage *d, struct failure *f)
{
	own_fd int dir_fd = ledger_open(true, f);
	cJSON *counters = NULL;
	int result;

	if (dir_fd < 0 || ledger_count_from_now(dir_fd, f) < 0 ||
		ledger_counters(dir_fd, &counters, f) < 0)
		return -1;
	result = metrics_write(path, d, counters, f);
	cJSON_Delete(counters);
	return result;
}

static int report(const struct verb_call *call, struct usage *d, struct failure *f)
{
	struct thresholds thresholds = { .warn_bytes = UINT64_MAX, .crit_bytes = UINT64_MAX };
	enum threshold_state state = THRESHOLD_UNKNOWN;
	const struct config *config = call->config;
	struct identity identity;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0 ||
		threshold_parse("--warn", config->warn, &thresholds.warn, f) < 0 ||
		threshold_parse("--crit", config->crit, &thresholds.crit, f) < 0 ||
		threshold_check(&thresholds.warn, &thresholds.crit, f) < 0)
		return -1;
	if (examine(config, &identity, d, f) < 0 || judge(d, &thresholds, &state, f) < 0)
		return -1;
	if (config->metrics != NULL && write_metrics(config->metrics, d, f) < 0)
		return -1;
	if (config->json)
		return print_json(call->out, d, state, f) < 0 ? -1 : (int)state;
	print_text(call->out, d, &thresholds, state);
	return (int)state;
}

/* What is printed where nothing can be told: the first line of a monitoring plugin, or JSON. */
static void print_unknown(bool json, FILE *out, const struct failure *f)
{
	char why[FAILURE_TEXT];
	own_mem char *text = NULL;
	cJSON *root;

	failure_text(f, why);
	if (!json) {
		fprintf(out, "DISK %s - %s\n", threshold_word(THRESHOLD_UNKNOWN), why);
		return;
	}
	root = cJSON_CreateObject();
	cJSON_AddStringToObject(root, "schema", "cofferdam.disk/1");
	cJSON_AddStringToObject(root, "state", threshold_word(THRESHOLD_UNKNOWN));
	cJSON_AddStringToObject(root, "error", why);
	text = cJSON_Print(root);
	cJSON_Delete(root);
	if (text != NULL)
		fprintf(out, "%s\n", text);
}

int verb_disk(const struct verb_call *call, struct failure *f)
{
	own_mem struct usage *d = calloc(1, sizeof(*d));
	int result = d == NULL ? fail(f, ENOMEM, "look at the disk") : report(call, d, f);

	if (result >= 0)
		return result;
	print_unknown(call->config->json, call->out, f);
	call->tell(f);
	return THRESHOLD_UNKNOWN;
}

int verb_disk_refuse(int argc, char *argv[], FILE *out, const struct failure *why)
{
	bool json = false;

	if (argc < 2 || strcmp(argv[1], "disk") != 0)
		return -1;
	for (int i = 2; i < argc; i++)
		json |= strcmp(argv[i], "--json") == 0;
	print_unknown(json, out, why);
	return fflush(out) == 0 ? (int)THRESHOLD_UNKNOWN : -1;
}
