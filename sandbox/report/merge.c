#include "sandbox/report/merge.h"

#include "sandbox/base/json.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/base/value.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct jsontext_limits limits = { MERGE_BYTES, 16, 8192 };

static const struct retry_row {
	enum cause cause;
	bool retry;
	const char *reason;
} retry_rows[] = {
	{ CAUSE_EXITED, false, "the build's own answer" },
	{ CAUSE_SIGNALLED, false, "the build's own end" },
	{ CAUSE_TIMEOUT, false, "as long again: --timeout is what would change it" },
	{ CAUSE_IDLE_TIMEOUT, false, "as long again: --idle-timeout is what would change it" },
	{ CAUSE_OOM, false, "as much again: --memory is what would change it" },
	{ CAUSE_DISK_FULL, false, "as much again: --app-size is what would change it" },
	{ CAUSE_OUTPUT_LIMIT, false, "as much again: --output-limit is what would change it" },
	{ CAUSE_OUTPUT_LOST, true, "who kept the output went away" },
	{ CAUSE_FETCH_FAILED, true, "the server, or the way to it" },
	{ CAUSE_SETUP_FAILED, true, "this host has not what was asked; another may" },
	{ CAUSE_INTERRUPTED, true, "somebody stopped it" },
	{ CAUSE_ARTIFACT_MISSING, false, "the build made none" },
	{ CAUSE_ARTIFACT_REFUSED, false, "the build made what may not leave" },
	{ CAUSE_ARTIFACT_FAILED, true, "the place for results" },
};

bool merge_is_retry(enum cause cause)
{
	for (size_t i = 0; i < ARRAY_LEN(retry_rows); i++)
		if (retry_rows[i].cause == cause)
			return retry_rows[i].retry;
	return false;
}

/* ---- one report ---- */

static bool find_cause(const char *name, enum cause *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(retry_rows); i++)
		if (strcmp(cause_name(retry_rows[i].cause), name) == 0) {
			*ret = retry_rows[i].cause;
			return true;
		}
	return false;
}

static double seconds_of(const cJSON *report)
{
	double ms = 0;

	for (int i = 0; i < PHASE_COUNT; i++)
		ms += json_number(json_member(report, "phases"), phase_name(i), 0);
	return ms / 1e3;
}

static char *degraded_of(const cJSON *report)
{
	const cJSON *wall;
	char *names = strdup("");

	cJSON_ArrayForEach(wall, json_member(report, "walls"))
	{
		char *more = NULL;

		if (names == NULL || strcmp(json_text(wall, "state"), "degraded") != 0)
			continue;
		if (asprintf(&more, "%s%s%s", names, names[0] != '\0' ? ", " : "", wall->string) <
			0)
			more = NULL;
		free(names);
		names = more;
	}
	return names;
}

static char *source_of(const cJSON *report)
{
	const cJSON *source = json_member(report, "source");
	const char *ref = json_text(source, "ref");
	char *text = NULL;

	if (asprintf(&text, "%s%s%s", json_text_or(source, "url", "?"), ref[0] != '\0' ? "#" : "",
		    ref) < 0)
		return NULL;
	return text;
}

static int fill(const cJSON *report, const char *file, struct merge_row *row, struct failure *f)
{
	const cJSON *result = json_member(report, "result");

	if (strcmp(json_text(report, "schema"), "cofferdam.report/1") != 0)
		return fail(f, 0, "it is not a report of cofferdam run");
	if (!find_cause(json_text(result, "cause"), &row->cause))
		return fail(f, 0, "no cause is called '%.40s'", json_text(result, "cause"));
	if (!cJSON_IsNumber(json_member(result, "exit_code")) ||
		json_integer(result, "exit_code") > 255)
		return fail(f, 0, "it has no exit code");
	row->exit_code = (int)json_integer(result, "exit_code");
	row->seconds = seconds_of(report);
	row->memory_peak = json_integer(json_member(report, "usage"), "memory_peak_bytes");
	row->file = strdup(file);
	row->source = source_of(report);
	row->commit = strdup(json_text(json_member(report, "source"), "commit"));
	row->degraded = degraded_of(report);
	if (row->file == NULL || row->source == NULL || row->commit == NULL ||
		row->degraded == NULL)
		return fail(f, ENOMEM, "keep a report");
	return 0;
}

static void end_row(struct merge_row *row)
{
	free(row->file);
	free(row->source);
	free(row->commit);
	free(row->degraded);
}

static int add_row(struct merge *merge, const cJSON *report, const char *file, struct failure *f)
{
	struct merge_row row = { 0 };

	if (merge->n == merge->room) {
		size_t room = merge->room > 0 ? 2 * merge->room : 64;
		struct merge_row *rows = reallocarray(merge->rows, room, sizeof(*rows));

		if (rows == NULL)
			return fail(f, ENOMEM, "keep a report");
		merge->rows = rows;
		merge->room = room;
	}
	if (fill(report, file, &row, f) < 0) {
		end_row(&row);
		return -1;
	}
	merge->rows[merge->n++] = row;
	return 0;
}

int merge_add(struct merge *merge, const char *file, const char *text, size_t n, struct failure *f)
{
	struct jsontext_error error;
	own_json cJSON *report = NULL;

	if (n > MERGE_BYTES)
		return fail(f, 0, "it has more than %d bytes", MERGE_BYTES);
	if (jsontext_check(text, n, &limits, &error) < 0)
		return fail(f, 0, "line %u, column %u: %s", error.line, error.column, error.what);
	report = cJSON_ParseWithLength(text, n);
	if (report == NULL)
		return fail(f, ENOMEM, "read a report");
	return add_row(merge, report, file, f);
}

void merge_release(struct merge *merge)
{
	for (size_t i = 0; i < merge->n; i++)
		end_row(&merge->rows[i]);
	free(merge->rows);
	*merge = (struct merge){ 0 };
}

static bool is_passed(const struct merge_row *row)
{
	return row->exit_code == 0 && !merge_is_retry(row->cause);
}

/* ---- a table ---- */

static void print_text(FILE *out, const char *text)
{
	own_mem char *clean = strdup(text);

	if (clean == NULL)
		return;
	failure_sanitize(clean);
	fputs(clean, out);
}

static void print_row(const struct merge_row *row, FILE *out)
{
	char peak[NUMBER_BYTES_SIZE] = "-";

	if (row->memory_peak > 0)
		number_format_bytes(row->memory_peak, peak);
	fprintf(out, "%4d %-16s %5s %9.1f %9s  ", row->exit_code, cause_name(row->cause),
		merge_is_retry(row->cause) ? "retry" : "", row->seconds, peak);
	print_text(out, row->source);
	if (row->commit[0] != '\0') {
		char commit[13];

		snprintf(commit, sizeof(commit), "%s", row->commit);
		fputc(' ', out);
		print_text(out, commit);
	}
	fputs("  ", out);
	print_text(out, row->file);
	if (row->degraded[0] != '\0') {
		fputs("  degraded: ", out);
		print_text(out, row->degraded);
	}
	fputc('\n', out);
}

struct sums {
	size_t passed, failed, retry, degraded;
};

static struct sums sum_up(const struct merge *merge)
{
	struct sums s = { 0 };

	for (size_t i = 0; i < merge->n; i++) {
		const struct merge_row *row = &merge->rows[i];

		if (merge_is_retry(row->cause))
			s.retry++;
		else if (is_passed(row))
			s.passed++;
		else
			s.failed++;
		s.degraded += row->degraded[0] != '\0';
	}
	return s;
}

void merge_print(const struct merge *merge, size_t unread, FILE *out)
{
	struct sums s = sum_up(merge);

	if (merge->n > 0)
		fprintf(out, "%4s %-16s %5s %9s %9s  %s\n", "CODE", "CAUSE", "", "SECONDS",
			"MEMORY", "SOURCE COMMIT  REPORT");
	for (size_t i = 0; i < merge->n; i++)
		print_row(&merge->rows[i], out);
	fprintf(out,
		"%zu passed, %zu failed, %zu worth a retry, %zu with a degraded wall, %zu not read\n",
		s.passed, s.failed, s.retry, s.degraded, unread);
}

/* ---- JSON ---- */

static bool push_row(cJSON *rows, const struct merge_row *row)
{
	cJSON *o = cJSON_CreateObject();

	return value_push(rows, o) && value_text(o, "file", row->file) &&
	       value_text(o, "source", row->source) &&
	       value_text(o, "commit", row->commit[0] != '\0' ? row->commit : NULL) &&
	       value_text(o, "cause", cause_name(row->cause)) &&
	       value_integer(o, "exit_code", (uint64_t)row->exit_code) &&
	       value_bool(o, "retry", merge_is_retry(row->cause)) &&
	       value_ms(o, "seconds", row->seconds) &&
	       value_integer(o, "memory_peak_bytes",
		       row->memory_peak > 0 ? row->memory_peak : UINT64_MAX) &&
	       value_text(o, "degraded", row->degraded);
}

int merge_print_json(const struct merge *merge, size_t unread, FILE *out, struct failure *f)
{
	struct sums s = sum_up(merge);
	own_json cJSON *top = cJSON_CreateObject();
	cJSON *rows = cJSON_CreateArray(), *sums = cJSON_CreateObject();
	own_mem char *text = NULL;
	bool ok = value_text(top, "schema", "cofferdam.merge/1");

	for (size_t i = 0; ok && i < merge->n; i++)
		ok = push_row(rows, &merge->rows[i]);
	ok = value_integer(sums, "passed", s.passed) && ok;
	ok = value_integer(sums, "failed", s.failed) && ok;
	ok = value_integer(sums, "retry", s.retry) && ok;
	ok = value_integer(sums, "degraded", s.degraded) && ok;
	ok = value_integer(sums, "not_read", unread) && ok;
	ok = value_item(top, "reports", rows) && ok;
	ok = value_item(top, "sums", sums) && ok;
	text = ok ? cJSON_Print(top) : NULL;
	if (text == NULL)
		return fail(f, ENOMEM, "print the reports");
	fprintf(out, "%s\n", text);
	return 0;
}

/* ---- JUnit ---- */

/* XML 1.0 has no control characters and neither U+FFFE nor U+FFFF, not even escaped. */
static const struct xml_row {
	const char *text, *instead;
} xml_rows[] = {
	{ "&", "&amp;" },
	{ "<", "&lt;" },
	{ ">", "&gt;" },
	{ "\"", "&quot;" },
	{ "\xef\xbf\xbe", "?" },
	{ "\xef\xbf\xbf", "?" },
};

static void print_xml(FILE *out, const char *text)
{
	own_mem char *clean = strdup(text);

	if (clean == NULL)
		return;
	failure_sanitize(clean);
	for (const char *p = clean; *p != '\0';) {
		const struct xml_row *row = NULL;

		for (size_t i = 0; i < ARRAY_LEN(xml_rows) && row == NULL; i++)
			if (strncmp(p, xml_rows[i].text, strlen(xml_rows[i].text)) == 0)
				row = &xml_rows[i];
		if (row != NULL)
			fputs(row->instead, out);
		else
			fputc(*p, out);
		p += row != NULL ? strlen(row->text) : 1;
	}
}

static void print_case(const struct merge_row *row, FILE *out)
{
	const char *kind = merge_is_retry(row->cause) ? "error" : "failure";

	fputs("  <testcase classname=\"", out);
	print_xml(out, row->source);
	fputs("\" name=\"", out);
	print_xml(out, row->file);
	fprintf(out, "\" time=\"%.3f\"", row->seconds);
	if (is_passed(row)) {
		fputs("/>\n", out);
		return;
	}
	fprintf(out, ">\n    <%s type=\"%s\" message=\"%s, exit code %d\"/>\n  </testcase>\n", kind,
		cause_name(row->cause), cause_name(row->cause), row->exit_code);
}

void merge_print_junit(const struct merge *merge, FILE *out)
{
	struct sums s = sum_up(merge);
	double seconds = 0;

	for (size_t i = 0; i < merge->n; i++)
		seconds += merge->rows[i].seconds;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out,
		"<testsuite name=\"cofferdam\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"time=\"%.3f\">\n",
		merge->n, s.failed, s.retry, seconds);
	for (size_t i = 0; i < merge->n; i++)
		print_case(&merge->rows[i], out);
	fputs("</testsuite>\n", out);
}
