#include "sandbox/report/summary.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/report/refusal_list.h"

#include <inttypes.h>
#include <stdarg.h>

#define LINE 900

/* Append to a line of LINE bytes; what does not fit is cut. */
static void append(char line[LINE], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void append(char line[LINE], const char *fmt, ...)
{
	size_t used = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line + used, LINE - used, fmt, ap);
	va_end(ap);
}

static void how_it_ended(const struct outcome *o, char line[LINE])
{
	append(line, "%s, exit code %d, after %.1f s", cause_name(o->cause), o->exit_code,
		(double)o->wall_ms / 1e3);
	for (int i = 0; i < PHASE_COUNT; i++)
		if (o->phase_ms[i] >= 0)
			append(line, "%s %s %.1f", i == 0 ? ":" : ",", phase_name(i),
				o->phase_ms[i] / 1e3);
}

static void append_used(char line[LINE], const char *what, uint64_t used, uint64_t limit)
{
	char a[NUMBER_BYTES_SIZE], b[NUMBER_BYTES_SIZE];

	if (used == 0 || used == UINT64_MAX)
		return; /* not measured */
	append(line, "%s%s %s", line[0] != '\0' ? ", " : "", what, number_format_bytes(used, a));
	if (limit != LIMIT_NONE)
		append(line, " of %s", number_format_bytes(limit, b));
}

static void append_refused(char line[LINE], const struct outcome *o)
{
	own_mem struct refusal_list *list = calloc(1, sizeof(*list));
	const struct refusal_row *most = NULL;

	if (list == NULL)
		return;
	refusal_list_make(o, list);
	for (size_t i = 0; i < list->n; i++)
		if (most == NULL || list->rows[i].times > most->times)
			most = &list->rows[i];
	if (most == NULL && o->cause == CAUSE_EXITED && o->exit_code != 0)
		append(line,
			"%sno wall is known to have refused anything; not known is what is read-only, "
			"hidden or wants a capability, what is answered as by an older kernel, and a "
			"disk that was full for a moment",
			line[0] != '\0' ? "; " : "");
	if (most == NULL)
		return;
	append(line, "%srefused most by the wall %s: %s%s%s (%" PRIu64 ")",
		line[0] != '\0' ? "; " : "", wall_infos[most->wall].name, most->what,
		most->program[0] != '\0' ? ", by " : "", most->program, most->times);
	if (most->option != NULL)
		append(line, "; %s would permit it: %s", most->option, most->price);
}

static void where_it_is(const struct outcome *o, const struct config *config, char line[LINE])
{
	char bytes[NUMBER_BYTES_SIZE];
	uint64_t sum = 0;

	for (size_t i = 0; i < o->artifacts.n; i++)
		sum += o->artifacts.rows[i].bytes;
	if (o->artifacts.n > 0)
		append(line, "%zu artifact%s, %s", o->artifacts.n, o->artifacts.n == 1 ? "" : "s",
			number_format_bytes(sum, bytes));
	if (o->artifacts.n > 0 && o->artifacts.rows[0].destination != NULL)
		append(line, ", %s%s", o->artifacts.rows[0].destination,
			o->artifacts.n > 1 ? " and on" : "");
	if (config->report != NULL)
		append(line, "%sreport %s", line[0] != '\0' ? "; " : "", config->report);
	if (config->log != NULL)
		append(line, "%slog %s", line[0] != '\0' ? "; " : "", config->log);
}

static void say(struct progress *progress, char line[LINE])
{
	failure_sanitize(line); /* names of a stranger's are in it */
	if (line[0] != '\0')
		progress_note(progress, "%s", line);
	line[0] = '\0';
}

static void print_timings(struct progress *progress, const struct outcome *o)
{
	for (size_t i = 0; i < o->timings_n; i++) {
		const struct step_time *row = &o->timings[i];

		if (row->took_us == STEP_CLOCK_NEVER)
			progress_note(progress, "%9.2f ms        (not ended)  %s: %s",
				row->at_us / 1e3, row->role, row->name);
		else
			progress_note(progress, "%9.2f ms  %9.2f ms long  %s: %s", row->at_us / 1e3,
				row->took_us / 1e3, row->role, row->name);
	}
}

void summary_print(struct progress *progress, const struct outcome *o, const struct config *config)
{
	char line[LINE] = "";

	print_timings(progress, o);
	if (!progress->terminal || progress->quiet)
		return;
	how_it_ended(o, line);
	say(progress, line);
	append_used(line, "memory", o->usage.memory_peak_bytes, o->applied.memory_bytes);
	append_used(line, "work space", o->app_peak_bytes, o->requested.app_size_bytes);
	append_refused(line, o);
	say(progress, line);
	where_it_is(o, config, line);
	say(progress, line);
}
