/* sandbox/report/outputlog.c: lines of two streams, cut, rotated, and of a stranger. */
#include "sandbox/base/own.h"
#include "sandbox/report/outputlog.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[] = "/tmp/test-outputlog.XXXXXX";
static char file[64];

static int begin(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/log", dir);
	return 0;
}

static int end(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void open_log(struct outputlog *log, enum log_format format, uint64_t limit)
{
	struct failure f;

	*log = (struct outputlog)OUTPUTLOG_NONE;
	if (outputlog_open(log, file, format, limit, &f) < 0)
		fail_msg("%s", f.what);
}

static void say(struct outputlog *log, enum outputlog_stream stream, const char *text)
{
	outputlog_take(log, stream, text, strlen(text));
}

static void close_log(struct outputlog *log)
{
	struct failure f;

	assert_int_equal(outputlog_end(log, &f), 0);
	outputlog_release(log);
}

static char *contents(const char *name)
{
	static char text[65536];
	own_file FILE *in = fopen(name, "r");
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	return text;
}

/* Without the times, which have one form. */
static const char *without_times(char *text)
{
	char *out = text;

	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		assert_true(strlen(line) > 25);
		assert_int_equal(line[10], 'T');
		assert_int_equal(line[23], 'Z');
		out += sprintf(out, "%s\n", line + 25);
	}
	return text;
}

static void lines_of_two_streams(void **state)
{
	struct outputlog log;

	(void)state;
	open_log(&log, LOG_PLAIN, 1 << 20);
	say(&log, OUTPUTLOG_OUT, "one\ntw");
	say(&log, OUTPUTLOG_ERR, "oops\n\n");
	say(&log, OUTPUTLOG_OUT, "o\nno end");
	outputlog_take(&log, OUTPUTLOG_ERR, "a\tb\033[2J\xff\0c\n", 11);
	close_log(&log);
	assert_string_equal(without_times(contents(file)),
		"out one\nerr oops\nerr \nout two\nerr a\tb?[2J??c\nout no end\n");
	open_log(&log, LOG_PLAIN, 1 << 20);
	say(&log, OUTPUTLOG_OUT, "again\n");
	close_log(&log);
	assert_non_null(strstr(contents(file), "out no end\n")); /* appended to */
	assert_non_null(strstr(contents(file), "out again\n"));
}

static void objects(void **state)
{
	struct outputlog log;
	char *text;

	(void)state;
	open_log(&log, LOG_JSON, 1 << 20);
	say(&log, OUTPUTLOG_TERMINAL, "a\"\033\n");
	say(&log, OUTPUTLOG_OUT, "rest");
	close_log(&log);
	text = contents(file);
	assert_non_null(strstr(text, "\"stream\":\"terminal\",\"text\":\"a\\\"\\u001b\"}\n"));
	assert_non_null(strstr(text, "\"stream\":\"stdout\",\"text\":\"rest\",\"cut\":true}\n"));
}

static void a_long_line_is_cut(void **state)
{
	own_mem char *text = malloc(2 * OUTPUTLOG_LINE + 2);
	struct outputlog log;
	unsigned lines = 0, letters = 0;

	(void)state;
	memset(text, 'x', 2 * OUTPUTLOG_LINE);
	strcpy(text + 2 * OUTPUTLOG_LINE, "\n");
	open_log(&log, LOG_PLAIN, 1 << 20);
	say(&log, OUTPUTLOG_OUT, text);
	close_log(&log);
	for (const char *c = contents(file); *c != '\0'; c++) {
		lines += *c == '\n';
		letters += *c == 'x';
	}
	assert_int_equal(letters, 2 * OUTPUTLOG_LINE);
	assert_int_equal(lines, 2);
}

static void rotates(void **state)
{
	struct outputlog log;
	char name[80];
	struct stat st;

	(void)state;
	open_log(&log, LOG_PLAIN, 4096);
	for (int i = 0; i < 2000; i++)
		say(&log, OUTPUTLOG_OUT, "a line of some length\n");
	close_log(&log);
	for (int i = 0; i <= 4; i++) {
		snprintf(name, sizeof(name), i == 0 ? "%s" : "%s.%d", file, i);
		assert_int_equal(stat(name, &st), i <= 3 ? 0 : -1);
		assert_true(i > 3 || (st.st_size <= 4096 && (st.st_mode & 0777) == 0600));
	}
}

static void only_regular_files(void **state)
{
	struct outputlog log = OUTPUTLOG_NONE;
	char name[80];
	struct failure f;

	(void)state;
	snprintf(name, sizeof(name), "%s.2", file);
	assert_int_equal(symlink("/etc/passwd", name), 0);
	assert_int_equal(outputlog_open(&log, file, LOG_PLAIN, 4096, &f), -1);
	assert_non_null(strstr(f.what, "not a regular file"));
	outputlog_release(&log);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_int_equal(outputlog_open(&log, file, LOG_PLAIN, 4096, &f), -1);
	outputlog_release(&log);
}

static void a_full_disk_is_told_once(void **state)
{
	struct outputlog log;
	struct failure f;

	(void)state;
	open_log(&log, LOG_PLAIN, 4096);
	own_fd_end(&log.fd);
	log.fd = open("/dev/full", O_WRONLY);
	say(&log, OUTPUTLOG_OUT, "one\ntwo\n");
	assert_int_equal(log.fd, -1);
	say(&log, OUTPUTLOG_OUT, "three\n");
	assert_int_equal(outputlog_end(&log, &f), -1);
	assert_int_equal(f.errnum, ENOSPC);
	outputlog_release(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_of_two_streams, begin, end),
		cmocka_unit_test_setup_teardown(objects, begin, end),
		cmocka_unit_test_setup_teardown(a_long_line_is_cut, begin, end),
		cmocka_unit_test_setup_teardown(rotates, begin, end),
		cmocka_unit_test_setup_teardown(only_regular_files, begin, end),
		cmocka_unit_test_setup_teardown(a_full_disk_is_told_once, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
