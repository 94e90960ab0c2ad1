#include "sandbox/verbs/disk_metrics.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Of a label's value: backslash, quote and line break. */
static void print_label(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_kinds(FILE *out, const struct usage *d)
{
	head(out, "cofferdam_disk_bytes", "gauge",
		"Bytes that a container engine and cofferdam use.");
	for (int kind = 0; kind < USAGE_KINDS; kind++)
		fprintf(out, "cofferdam_disk_bytes{kind=\"%s\"} %" PRIu64 "\n",
			usage_kind_name((enum usage_kind)kind), d->bytes[kind]);
	head(out, "cofferdam_disk_labelled_bytes", "gauge",
		"Of these, what runs of cofferdam have made.");
	for (int kind = 0; kind < USAGE_CACHE; kind++)
		fprintf(out, "cofferdam_disk_labelled_bytes{kind=\"%s\"} %" PRIu64 "\n",
			usage_kind_name((enum usage_kind)kind), d->ours[kind]);
	head(out, "cofferdam_disk_objects", "gauge", "How many there are.");
	for (int kind = 0; kind < USAGE_KINDS; kind++)
		if (kind != USAGE_CACHE)
			fprintf(out, "cofferdam_disk_objects{kind=\"%s\"} %" PRIu64 "\n",
				usage_kind_name((enum usage_kind)kind), d->count[kind]);
	if (d->total_bytes == 0)
		return;
	head(out, "cofferdam_file_system_bytes", "gauge", "Size of the engine's file system.");
	fprintf(out, "cofferdam_file_system_bytes %" PRIu64 "\n", d->total_bytes);
	head(out, "cofferdam_file_system_free_bytes", "gauge", "What is free of it.");
	fprintf(out, "cofferdam_file_system_free_bytes %" PRIu64 "\n", d->free_bytes);
}

static void print_counters(FILE *out, const cJSON *counters)
{
	static const struct {
		const char *key, *name, *help;
	} rows[] = {
		{ "seconds", "cofferdam_run_seconds_total", "Seconds that runs took." },
		{ "refused", "cofferdam_docker_refused_total",
			"Requests to Docker that were refused." },
		{ "bytes", "cofferdam_docker_bytes_total", "Bytes that passed the Docker socket." },
	};
	const cJSON *build;

	head(out, "cofferdam_runs_total", "counter", "Runs by what ended them.");
	cJSON_ArrayForEach(build, cJSON_GetObjectItemCaseSensitive(counters, "builds"))
	{
		if (!cJSON_IsNumber(build))
			continue;
		fputs("cofferdam_runs_total{cause=\"", out);
		print_label(out, build->string);
		fprintf(out, "\"} %.0f\n", build->valuedouble);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(counters, rows[i].key);

		head(out, rows[i].name, "counter", rows[i].help);
		fprintf(out, "%s %.3f\n", rows[i].name,
			cJSON_IsNumber(item) ? item->valuedouble : 0.0);
	}
}

void metrics_print(FILE *out, const struct usage *d, const cJSON *counters)
{
	print_kinds(out, d);
	print_counters(out, counters);
}

int metrics_write(const char *path, const struct usage *d, const cJSON *counters, struct failure *f)
{
	own_mem char *fresh = NULL;
	own_file FILE *out = NULL;
	int fd, bad;

	if (asprintf(&fresh, "%s.XXXXXX", path) < 0) {
		fresh = NULL;
		return fail(f, ENOMEM, "write %s", path);
	}
	fd = mkostemp(fresh, O_CLOEXEC);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out == NULL) {
		own_fd_end(&fd);
		return fail(f, errno, "create a file beside %s", path);
	}
	metrics_print(out, d, counters);
	bad = fflush(out) != 0 || ferror(out) || fchmod(fileno(out), 0644) < 0 ||
	      fsync(fileno(out)) < 0 || rename(fresh, path) < 0;
	if (!bad)
		return 0;
	fail(f, errno, "write %s", path);
	unlink(fresh);
	return -1;
}
