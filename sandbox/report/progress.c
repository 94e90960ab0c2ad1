#include "sandbox/report/progress.h"

#include "sandbox/base/failure.h"
#include "sandbox/base/hurry.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#define FRAME_MS 100

static const char prefix[] = "cofferdam: ";

void progress_open(struct progress *ret, const struct config *config, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	bool dumb = term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0;
	bool terminal = isatty(fd) && !dumb;

	*ret = (struct progress){
		.fd = fd,
		.terminal = terminal,
		.quiet = config->quiet,
		.verbose = config->verbose,
	};
	/* no-color.org: set and not empty, whatever its value; an option outweighs it. */
	switch (config->color) {
	case COLOR_ALWAYS:
		ret->color = true;
		break;
	case COLOR_NEVER:
		ret->color = false;
		break;
	case COLOR_AUTO:
		ret->color = terminal && (no_color == NULL || no_color[0] == '\0');
		break;
	}
}

/* Words to a terminal that is gone, or a full pipe, are not worth an error. */
static void put(const struct progress *p, const char *text, size_t n)
{
	/* What nobody takes is lost, not waited for: the clock of the run is ours to keep. */
	(void)hurry_write_whole(p->fd, text, n, 1);
}

void progress_clear(struct progress *p)
{
	if (p->bar_open)
		put(p, "\n", 1);
	p->bar_open = false;
}

/* A terminal that is raw for the builder's sake ends no lines. */
static const char *line_end(const struct progress *p)
{
	struct termios modes;

	return p->terminal && tcgetattr(p->fd, &modes) == 0 && (modes.c_oflag & OPOST) == 0 ? "\r\n"
											    : "\n";
}

/* One line in one write, so that it is not mixed with the builder's. sgr colours only
 * the mark: words are read on any background. */
__attribute__((format(printf, 4, 0))) static void say(
	struct progress *p, const char *mark, const char *sgr, const char *fmt, va_list ap)
{
	char words[4608], line[sizeof(words) + 64];
	int n;

	vsnprintf(words, sizeof(words), fmt, ap);
	failure_sanitize(words);
	progress_clear(p);
	if (p->color && sgr[0] != '\0')
		n = snprintf(line, sizeof(line), "%s\033[%sm%s\033[0m%s%s", prefix, sgr, mark,
			words, line_end(p));
	else
		n = snprintf(line, sizeof(line), "%s%s%s%s", prefix, mark, words, line_end(p));
	put(p, line, (size_t)n);
}

void progress_note(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	say(p, "", "", fmt, ap);
	va_end(ap);
}

void progress_warn(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	say(p, "warning: ", "33", fmt, ap);
	va_end(ap);
}

void progress_error(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(p, "", "", fmt, ap);
	va_end(ap);
}

void progress_detail(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet || p->verbose == 0)
		return;
	va_start(ap, fmt);
	say(p, "", "", fmt, ap);
	va_end(ap);
}

static unsigned width_of(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/* "[=====>     ]", cells wide within the brackets. */
static void draw_cells(char *ret, unsigned cells, unsigned percent)
{
	unsigned full = cells * percent / 100;

	*ret++ = '[';
	for (unsigned i = 0; i < cells; i++)
		*ret++ = i < full ? '=' : i == full ? '>' : ' ';
	*ret++ = ']';
	*ret = '\0';
}

#define CELLS_MAX 40 /* and two brackets */

/* The words first: a narrow terminal loses the bar, a very narrow one is cut. */
static void format_frame(const struct fetch_record *record, unsigned width, char *ret, size_t size)
{
	static const char *const names[] = {
		[FETCH_STAGE_OBJECTS] = "objects",
		[FETCH_STAGE_DELTAS] = "deltas",
		[FETCH_STAGE_CHECKOUT] = "checkout",
	};
	uint64_t done = record->done;
	char words[128], bytes[2 + NUMBER_BYTES_SIZE] = "", cells[CELLS_MAX + 3] = "";
	unsigned percent = 0;
	size_t taken;

	if (record->total > 0 && done > record->total)
		done = record->total;
	if (record->bytes > 0) {
		snprintf(bytes, sizeof(bytes), ", ");
		number_format_bytes(record->bytes, bytes + 2);
	}
	if (record->total > 0) {
		percent = (unsigned)((double)done / (double)record->total * 100);
		snprintf(words, sizeof(words), "%3u%% %" PRIu64 "/%" PRIu64 "%s", percent, done,
			record->total, bytes);
	} else {
		snprintf(words, sizeof(words), "%" PRIu64 "%s", done, bytes);
	}
	/* prefix, "checkout ", "[", "]", " ", and the last column, which would wrap */
	taken = strlen(prefix) + strlen("checkout ") + strlen(words) + 4;
	if (record->total > 0 && width >= taken + 10) {
		unsigned free_cells = width - (unsigned)taken;

		draw_cells(cells, free_cells < CELLS_MAX ? free_cells : CELLS_MAX, percent);
	}
	snprintf(ret, width < size ? width : size, "%s%-8s %s%s%s", prefix, names[record->stage],
		cells, cells[0] != '\0' ? " " : "", words);
}

void progress_fetch(struct progress *p, const struct fetch_record *record, uint64_t now_ms)
{
	bool complete = record->total > 0 && record->done >= record->total;
	char frame[256], line[sizeof(frame) + 16];
	int n;

	if (!p->terminal || p->quiet || record->type != FETCH_PROGRESS ||
		record->stage > FETCH_STAGE_CHECKOUT)
		return;
	if (p->bar_open && p->bar_stage != record->stage)
		progress_clear(p);
	if (p->bar_open && !complete && now_ms - p->last_drawn_ms < FRAME_MS)
		return;
	format_frame(record, width_of(p->fd), frame, sizeof(frame));
	n = snprintf(line, sizeof(line), "\r%s\033[K", frame);
	put(p, line, (size_t)n);
	p->bar_open = true;
	p->bar_stage = record->stage;
	p->last_drawn_ms = now_ms;
}
