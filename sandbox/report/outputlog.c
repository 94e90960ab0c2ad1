#include "sandbox/report/outputlog.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <sys/stat.h>

#define OLDER 3 /* FILE.1 to FILE.3 */

static const struct {
	const char *plain, *json;
} stream_names[OUTPUTLOG_STREAMS] = {
	[OUTPUTLOG_OUT] = { "out", "stdout" },
	[OUTPUTLOG_ERR] = { "err", "stderr" },
	[OUTPUTLOG_TERMINAL] = { "tty", "terminal" },
};

/* ---- the file ---- */

static void older_name(const struct outputlog *log, unsigned age, char ret[300])
{
	if (age == 0)
		snprintf(ret, 300, "%.255s", log->name);
	else
		snprintf(ret, 300, "%.255s.%u", log->name, age);
}

/* What stands there is rotated away or appended to: no device, no link, nobody's FIFO. */
static int check_older(const struct outputlog *log, struct failure *f)
{
	char name[300];
	struct stat st;

	for (unsigned age = 0; age <= OLDER; age++) {
		older_name(log, age, name);
		if (fstatat(log->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno != ENOENT)
				return fail(f, errno, "look at the log %s", name);
		} else if (!S_ISREG(st.st_mode)) {
			fail(f, 0, "the log %s exists and is not a regular file", name);
			return fail_remedy(f, "name a new file, or one that an earlier log is in");
		}
	}
	return 0;
}

static int file_open(struct outputlog *log, struct failure *f)
{
	struct stat st;

	log->fd = openat(log->dir_fd, log->name,
		O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		0600);
	if (log->fd < 0 || fstat(log->fd, &st) < 0)
		return fail(f, errno, "open the log %s", log->name);
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "the log %s is not a regular file", log->name);
	log->bytes = (uint64_t)st.st_size;
	return 0;
}

int outputlog_open(struct outputlog *ret, const char *path, enum log_format format, uint64_t limit,
	struct failure *f)
{
	const char *slash = strrchr(path, '/');
	own_mem char *directory = slash == NULL   ? strdup(".")
				  : slash == path ? strdup("/")
						  : strndup(path, (size_t)(slash - path));

	ret->name = slash != NULL ? slash + 1 : path;
	ret->format = format;
	ret->limit = limit;
	ret->lines = calloc(OUTPUTLOG_STREAMS, sizeof(*ret->lines));
	if (directory == NULL || ret->lines == NULL)
		return fail(f, ENOMEM, "open the log %s", path);
	ret->dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ret->dir_fd < 0)
		return fail(f, errno, "open the directory of the log %s", path);
	if (check_older(ret, f) < 0 || file_open(ret, f) < 0) {
		own_fd_end(&ret->fd);
		return -1;
	}
	return 0;
}

static int rotate(struct outputlog *log, struct failure *f)
{
	char from[300], to[300];

	own_fd_end(&log->fd);
	for (unsigned age = OLDER; age > 0; age--) {
		older_name(log, age - 1, from);
		older_name(log, age, to);
		if (renameat(log->dir_fd, from, log->dir_fd, to) < 0 && errno != ENOENT)
			return fail(f, errno, "rotate the log %s", log->name);
	}
	return file_open(log, f);
}

/* ---- a line ---- */

static char *plain_line(const struct outputlog_line *line, enum outputlog_stream stream)
{
	char time[VALUE_TIME_SIZE], *text = NULL, *copy = strndup(line->text, line->n), *tab;

	if (copy == NULL)
		return NULL;
	/* A tab is the one control character that moves nobody's cursor elsewhere. */
	for (char *at = copy; at != NULL; at = tab != NULL ? tab + 1 : NULL) {
		tab = strchr(at, '\t');
		if (tab != NULL)
			*tab = '\0';
		failure_sanitize(at);
		if (tab != NULL)
			*tab = '\t';
	}
	value_format_time(line->began, time);
	if (asprintf(&text, "%s %s %s\n", time, stream_names[stream].plain, copy) < 0)
		text = NULL;
	free(copy);
	return text;
}

static char *json_line(const struct outputlog_line *line, enum outputlog_stream stream, bool cut)
{
	own_json cJSON *o = cJSON_CreateObject();
	own_mem char *json = NULL;
	char *text = NULL;

	if (o == NULL || !value_time(o, "time", line->began) ||
		!value_text(o, "stream", stream_names[stream].json) ||
		!value_text(o, "text", line->text) || (cut && !value_bool(o, "cut", true)))
		return NULL;
	json = cJSON_PrintUnformatted(o);
	if (json == NULL || asprintf(&text, "%s\n", json) < 0)
		return NULL;
	return text;
}

static int line_write(
	struct outputlog *log, enum outputlog_stream stream, bool cut, struct failure *f)
{
	struct outputlog_line *line = &log->lines[stream];
	own_mem char *text = NULL;
	size_t n;

	/* A NUL would end the text for who writes it below. */
	for (char *nul; (nul = memchr(line->text, '\0', line->n)) != NULL;)
		*nul = '\x01';
	line->text[line->n] = '\0';
	text = log->format == LOG_JSON ? json_line(line, stream, cut) : plain_line(line, stream);
	if (text == NULL)
		return fail(f, ENOMEM, "write the log %s", log->name);
	n = strlen(text);
	if (log->bytes > 0 && log->bytes + n > log->limit && rotate(log, f) < 0)
		return -1;
	if (whole_write(log->fd, text, n) < 0)
		return fail(f, errno, "write the log %s", log->name);
	log->bytes += n;
	line->n = 0;
	return 0;
}

static void line_end(struct outputlog *log, enum outputlog_stream stream, bool cut)
{
	if (log->failed || line_write(log, stream, cut, &log->failure) == 0)
		return;
	log->failed = true;
	own_fd_end(&log->fd);
}

void outputlog_take(
	struct outputlog *log, enum outputlog_stream stream, const char *bytes, size_t n)
{
	struct outputlog_line *line;

	if (log->fd < 0)
		return;
	line = &log->lines[stream];
	while (n > 0 && !log->failed) {
		const char *newline = memchr(bytes, '\n', n);
		size_t part = newline != NULL ? (size_t)(newline - bytes) : n;
		size_t room = OUTPUTLOG_LINE - line->n;
		bool ends = newline != NULL && part <= room;

		if (line->n == 0)
			clock_gettime(CLOCK_REALTIME, &line->began);
		part = part < room ? part : room;
		memcpy(line->text + line->n, bytes, part);
		line->n += part;
		bytes += part + (ends ? 1 : 0);
		n -= part + (ends ? 1 : 0);
		if (ends || line->n == OUTPUTLOG_LINE)
			line_end(log, stream, !ends);
	}
}

int outputlog_end(struct outputlog *log, struct failure *f)
{
	for (int i = 0; log->fd >= 0 && i < OUTPUTLOG_STREAMS; i++)
		if (log->lines[i].n > 0)
			line_end(log, (enum outputlog_stream)i, true);
	if (log->fd >= 0 && fsync(log->fd) < 0 && !log->failed) {
		log->failed = true;
		fail(&log->failure, errno, "write the log %s", log->name);
	}
	if (!log->failed)
		return 0;
	*f = log->failure;
	return -1;
}

void outputlog_release(struct outputlog *log)
{
	own_fd_end(&log->fd);
	own_fd_end(&log->dir_fd);
	own_mem_end(&log->lines);
}
