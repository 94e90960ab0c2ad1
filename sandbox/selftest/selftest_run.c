#include "sandbox/selftest/selftest_run.h"

#include "sandbox/base/own.h"
#include "sandbox/plan/program.h"
#include "sandbox/selftest/limit_trial.h"

#include <string.h>
#include <sys/stat.h>

static const char *const verdict_names[] = { "held", "open", "unclear", "untried" };

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

static int verdict_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verdict_names); i++)
		if (strcmp(verdict_names[i], name) == 0)
			return (int)i;
	return -1;
}

bool selftest_counts(const struct selftest *selftest, const struct selftest_row *row)
{
	return row->verdict != VERDICT_UNTRIED &&
	       (selftest->against != NULL || selftest->walls[row->wall].state == WALL_ENFORCED);
}

/* One line of the probe's, which it is cut up for: WALL VERDICT ANSWER TRIED REASON. */
static int row_parse(char *line, struct selftest_row *ret, struct failure *f)
{
	char *fields[5], *rest = line;
	int wall, verdict;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		fields[i] = strsep(&rest, "\t");
		if (fields[i] == NULL)
			return fail(f, 0, "the probe printed a line that is none of its own");
		failure_sanitize(fields[i]);
	}
	wall = wall_find(fields[0]);
	verdict = verdict_find(fields[1]);
	if (wall < 0 || verdict < 0)
		return fail(f, 0, "the probe tried a wall '%.40s', which there is not", fields[0]);
	*ret = (struct selftest_row){ .wall = (enum wall)wall, .verdict = (enum verdict)verdict };
	snprintf(ret->answer, sizeof(ret->answer), "%s", fields[2]);
	snprintf(ret->outside, sizeof(ret->outside), "-");
	snprintf(ret->tried, sizeof(ret->tried), "%s", fields[3]);
	snprintf(ret->reason, sizeof(ret->reason), "%s", fields[4]);
	return 0;
}

static int rows_parse(
	char *text, struct selftest_row rows[SELFTEST_ROWS], size_t *ret_n, struct failure *f)
{
	size_t n = 0;

	for (char *line; (line = strsep(&text, "\n")) != NULL;) {
		if (strcmp(line, "end") == 0) {
			*ret_n = n;
			return 0;
		}
		if (n == SELFTEST_ROWS || row_parse(line, &rows[n], f) < 0)
			break;
		n++;
	}
	fail(f, 0, "the probe did not come to its end");
	return fail_remedy(f, "look whether the sandbox can start it: with --against it has to see "
			      "$COFFERDAM_PROBE and the C library");
}

/* The probe has one order everywhere. */
static void rows_join(struct selftest *selftest, const struct selftest_row *outside, size_t n)
{
	for (size_t i = 0; i < n && i < selftest->rows_n; i++) {
		struct selftest_row *row = &selftest->rows[i];

		if (strcmp(row->tried, outside[i].tried) != 0)
			continue;
		row->shown = outside[i].verdict == VERDICT_OPEN;
		memcpy(row->outside, outside[i].answer, sizeof(row->outside));
	}
}

/* What is tried of the host, and not outside, for there it would take what it reserves. */
static int tell_limits(const struct config *config, struct canary *canary, struct failure *f)
{
	const uint64_t more = UINT64_C(1) << 20, size = config->limits.app_size_bytes;

	if (config->against != NULL || size > INT64_MAX - more)
		return 0;
	return canary_tell(canary, f, "too-much=%llu", (unsigned long long)(size + more));
}

static int tell_config(const struct config *config, struct canary *canary, struct failure *f)
{
	static const char *const sockets[] = { "/run/docker.sock", "/var/run/docker.sock" };
	struct stat st;

	if (canary_tell(canary, f, "capabilities=%s", config->allow_chown ? "19" : "0") < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(sockets); i++)
		if (stat(sockets[i], &st) == 0)
			return canary_tell(canary, f, "docker=%s", sockets[i]);
	return 0;
}

static int ask_outside(struct probe_start *start, struct selftest *selftest, struct failure *f)
{
	own_mem struct selftest_row *rows = calloc(SELFTEST_ROWS, sizeof(*rows));
	own_mem char *text = NULL;
	const char *words[CANARY_FACTS + 2] = { "--bare" };
	size_t n = 0;

	if (rows == NULL)
		return fail(f, ENOMEM, "collect what the probe says");
	for (int i = 0, k = 1; i < start->canary->facts_n; i++)
		if (strncmp(start->canary->facts[i], "too-much=", 9) != 0)
			words[k++] = start->canary->facts[i];
	start->words = words;
	if (probe_outside(start, &text, f) < 0 || rows_parse(text, rows, &n, f) < 0)
		return -1;
	rows_join(selftest, rows, n);
	return 0;
}

static int ask_inside(struct probe_start *start, struct selftest *selftest, struct failure *f)
{
	own_mem char *text = NULL;
	const char *words[CANARY_FACTS + 2] = { "--walls" };
	struct sandbox_end end;

	memcpy(words + 1, start->canary->facts, sizeof(start->canary->facts));
	start->words = words;
	if (selftest->against != NULL) {
		if (probe_against(start, selftest->against, &text, f) < 0)
			return -1;
	} else {
		if (probe_inside(start, &text, &end, f) < 0)
			return -1;
		memcpy(selftest->walls, end.walls, sizeof(selftest->walls));
	}
	return rows_parse(text, selftest->rows, &selftest->rows_n, f);
}

static int ask_limits(struct probe_start *start, struct selftest *selftest, struct failure *f)
{
	for (size_t i = 0; selftest->against == NULL && i < limit_trials_n; i++)
		if (selftest->rows_n == SELFTEST_ROWS ||
			limit_trial_run(&limit_trials[i], start,
				&selftest->rows[selftest->rows_n++], f) < 0)
			return -1;
	return 0;
}

static int find_program(struct probe_start *start, char path[4096], struct failure *f)
{
	char link[40];
	ssize_t n;

	if (program_find_probe(&start->probe_fd, f) < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", start->probe_fd);
	n = readlink(link, path, 4095);
	if (n < 0)
		return fail(f, errno, "name cofferdam-probe");
	path[n] = '\0';
	start->probe_path = path;
	return 0;
}

static int ask(
	struct config *config, struct canary *canary, struct selftest *ret, struct failure *f)
{
	char path[4096];
	struct probe_start start = { .config = config, .canary = canary, .probe_fd = -1 };
	int result = -1;

	if (find_program(&start, path, f) == 0 && canary_make(canary, f) == 0 &&
		tell_config(config, canary, f) == 0 && tell_limits(config, canary, f) == 0 &&
		ask_inside(&start, ret, f) == 0 && ask_outside(&start, ret, f) == 0)
		result = ask_limits(&start, ret, f);
	own_fd_end(&start.probe_fd);
	return result;
}

int selftest_run(struct config *config, struct selftest *ret, struct failure *f)
{
	struct canary canary = CANARY_NONE;
	int result;

	*ret = (struct selftest){ .against = config->against, .ok = true };
	result = ask(config, &canary, ret, f);
	canary_release(&canary);
	for (size_t i = 0; i < ret->rows_n; i++)
		if (selftest_counts(ret, &ret->rows[i]) && ret->rows[i].verdict != VERDICT_HELD)
			ret->ok = false;
	return result;
}
