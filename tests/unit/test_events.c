#include "sandbox/report/events.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char id[] = "0123456789abcdef0123456789abcdef";

static char path[] = "/tmp/cofferdam-test-XXXXXX";

static int setup(void **state)
{
	int fd;

	(void)state;
	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static cJSON *warning(const char *message)
{
	cJSON *facts = cJSON_CreateObject();

	assert_true(value_text(facts, "message", message));
	return facts;
}

static struct events opened_fd(int fd)
{
	struct events events;
	struct failure f = { 0 };
	char target[16];

	snprintf(target, sizeof(target), "fd:%d", fd);
	if (events_open(&events, target, id, &f) < 0)
		fail_msg("%s: %s", target, f.what);
	return events;
}

static cJSON *next_line(FILE *in)
{
	static char line[8192];
	cJSON *o;

	assert_non_null(fgets(line, sizeof(line), in));
	assert_int_equal(line[strlen(line) - 1], '\n');
	o = cJSON_Parse(line);
	if (o == NULL)
		fail_msg("no JSON: %s", line);
	return o;
}

static void test_nobody_asked(void **state)
{
	struct events events;
	struct failure f;

	(void)state;
	assert_int_equal(events_open(&events, NULL, id, &f), 0);
	assert_int_equal(events.fd, -1);
	events_emit(&events, "warning", warning("freed all the same"));
	events_release(&events);
}

static void test_file(void **state)
{
	struct events events;
	struct failure f = { 0 };
	own_file FILE *in = NULL;
	cJSON *o;

	(void)state;
	for (int i = 0; i < 2; i++) { /* the second run appends */
		assert_int_equal(events_open(&events, path, id, &f), 0);
		assert_int_equal(fcntl(events.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
		events_emit(&events, "warning", warning("new\nline \xff"));
		events_release(&events);
		assert_int_equal(events.fd, -1);
	}
	in = fopen(path, "re");
	assert_non_null(in);
	for (int i = 0; i < 2; i++) {
		o = next_line(in);
		assert_string_equal(o->child->string, "time");
		assert_int_equal(strlen(o->child->valuestring), strlen("2023-11-14T22:13:20.999Z"));
		assert_string_equal(o->child->next->string, "id");
		assert_string_equal(o->child->next->valuestring, id);
		assert_string_equal(o->child->next->next->string, "type");
		assert_string_equal(o->child->next->next->valuestring, "warning");
		assert_string_equal(
			cJSON_GetObjectItem(o, "message")->valuestring, "new\nline \xef\xbf\xbd");
		assert_null(cJSON_GetObjectItem(o, "dropped"));
		cJSON_Delete(o);
	}
	assert_int_equal(fgetc(in), EOF);
}

/* Facts that cJSON's own makers hold, as callers give them. */
static void test_facts_are_mended(void **state)
{
	struct events events;
	struct failure f = { 0 };
	own_file FILE *in = NULL;
	char line[512];
	cJSON *facts = cJSON_CreateObject();

	(void)state;
	cJSON_AddStringToObject(facts, "ref", "a\xff");
	cJSON_AddNumberToObject(facts, "done", 1234567890123456.0);
	cJSON_AddNumberToObject(facts, "total", 18446744073709551615.0);
	cJSON_AddNumberToObject(facts, "ms", 1.5);
	assert_int_equal(events_open(&events, path, id, &f), 0);
	events_emit(&events, "progress", facts);
	events_release(&events);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	assert_non_null(strstr(line, "\"ref\":\"a\xef\xbf\xbd\",\"done\":1234567890123456,"
				     "\"total\":null,\"ms\":1.5}\n"));
}

static void test_new_file_is_private(void **state)
{
	struct events events;
	struct failure f = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(events_open(&events, path, id, &f), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	events_release(&events);
}

/* The reader sleeps: lines are dropped whole, nothing blocks, and the next line that
 * fits says how many. */
static void sleeping_reader(int reader, int writer)
{
	struct events events = opened_fd(writer);
	char text[256];
	unsigned long dropped;
	own_file FILE *in = fdopen(reader, "r");
	cJSON *o = NULL;
	int lines = 0;

	assert_non_null(in);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 20000 && events.dropped < 10; i++)
		events_emit(&events, "warning", warning(text));
	dropped = events.dropped;
	assert_int_equal(dropped, 10);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	for (int c; (c = fgetc(in)) != EOF; lines += c == '\n')
		;
	assert_true(lines > 0);
	clearerr(in);
	events_emit(&events, "end", NULL);
	assert_int_equal(events.dropped, 0);
	o = next_line(in);
	assert_string_equal(cJSON_GetObjectItem(o, "type")->valuestring, "end");
	assert_int_equal(cJSON_GetObjectItem(o, "dropped")->valueint, dropped);
	cJSON_Delete(o);
	events_release(&events);
}

static void test_sleeping_pipe(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	sleeping_reader(ends[0], ends[1]);
	/* O_NONBLOCK belongs to the open file, which its owner may share with others. */
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	close(ends[1]);
}

static void test_sleeping_socket(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	sleeping_reader(ends[0], ends[1]);
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	close(ends[1]);
}

/* SIGPIPE keeps its default action here: it would end this test. */
static void gone_reader(int ends[2])
{
	struct events events = opened_fd(ends[1]);

	close(ends[0]);
	events_emit(&events, "warning", warning("to nobody"));
	events_emit(&events, "warning", warning("to nobody"));
	assert_int_equal(events.fd, -1);
	close(ends[1]);
}

static void test_gone_reader(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	gone_reader(ends);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	gone_reader(ends);
}

static void test_full_disk(void **state)
{
	struct events events;
	struct failure f = { 0 };

	(void)state;
	assert_int_equal(events_open(&events, "/dev/full", id, &f), 0);
	events_emit(&events, "warning", warning("does not fit"));
	assert_int_equal(events.dropped, 1);
	events_release(&events);
}

/* A line longer than a pipe takes whole is dropped, never cut. */
static void test_long_line(void **state)
{
	int ends[2];
	struct events events;
	char text[PIPE_BUF + 1], byte;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	events = opened_fd(ends[1]);
	events_emit(&events, "warning", warning(text));
	assert_int_equal(events.dropped, 1);
	assert_int_equal(read(ends[0], &byte, 1), -1);
	events_release(&events);
	close(ends[0]);
	close(ends[1]);
}

static void test_targets_refused(void **state)
{
	static const char *const targets[] = { "fd:", "fd:x", "fd:-1", "fd:99999", "fd:1 ",
		"fd:18446744073709551616", "/no/such/directory/file", "/tmp" };
	struct events events = { .fd = 77 };
	own_fd int read_only = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char target[16];
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		f.what[0] = '\0';
		if (events_open(&events, targets[i], id, &f) == 0)
			fail_msg("%s was taken", targets[i]);
		assert_true(f.what[0] != '\0');
	}
	snprintf(target, sizeof(target), "fd:%d", read_only);
	assert_int_equal(events_open(&events, target, id, &f), -1);
	assert_non_null(strstr(f.what, "not open for writing"));
	assert_int_equal(events.fd, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_asked),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_facts_are_mended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_new_file_is_private, setup, teardown),
		cmocka_unit_test(test_sleeping_pipe),
		cmocka_unit_test(test_sleeping_socket),
		cmocka_unit_test(test_gone_reader),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_targets_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
