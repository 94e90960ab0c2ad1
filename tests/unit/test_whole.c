#include "sandbox/base/whole.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cmocka.h>

#define MANY (1 << 20) /* more than a pipe holds */

static unsigned char byte_at(size_t i)
{
	return (unsigned char)(i * 31 >> 3);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Signals that interrupt: without SA_RESTART, a hundred a second. */
static void interrupt_often(bool often)
{
	const struct sigaction action = { .sa_handler = often ? on_alarm : SIG_IGN };
	const struct timeval each = { .tv_usec = often ? 10000 : 0 };
	const struct itimerval timer = { each, each };

	if (!often)
		setitimer(ITIMER_REAL, &timer, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (often)
		setitimer(ITIMER_REAL, &timer, NULL);
}

static void fill(unsigned char *bytes)
{
	for (size_t i = 0; i < MANY; i++)
		bytes[i] = byte_at(i);
}

/* Through a pipe that is full or empty half of the time, while signals come. */
static void carries_all_of_it(void **state)
{
	own_mem unsigned char *bytes = malloc(MANY + 1), *got = malloc(MANY + 1);
	int ends[2], status;
	pid_t pid;

	(void)state;
	fill(bytes);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		interrupt_often(true);
		_exit(whole_write(ends[1], bytes, MANY) == 0 ? 0 : 1);
	}
	close(ends[1]);
	interrupt_often(true);
	for (size_t at = 0; at < MANY; at += MANY / 4) {
		usleep(30000); /* the writer has to wait, and is interrupted */
		assert_int_equal(whole_read(ends[0], got + at, MANY / 4), MANY / 4);
	}
	interrupt_often(false);
	assert_int_equal(whole_read(ends[0], got, 1), 0);
	assert_memory_equal(got, bytes, MANY);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_int_equal(status, 0);
	close(ends[0]);
}

static void ends_with_the_input_or_the_room(void **state)
{
	char got[8] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(whole_write(ends[1], "abcdef", 6), 0);
	assert_int_equal(whole_write(ends[1], "", 0), 0);
	close(ends[1]);
	assert_int_equal(whole_read(ends[0], got, 0), 0);
	assert_int_equal(whole_read(ends[0], got, 4), 4);
	assert_int_equal(whole_read(ends[0], got + 4, 4), 2);
	assert_string_equal(got, "abcdef");
	assert_int_equal(whole_read(ends[0], got, 4), 0);
	close(ends[0]);
}

static void says_what_went_wrong(void **state)
{
	own_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	own_fd int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char byte;

	(void)state;
	assert_int_equal(whole_write(full, "a", 1), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(whole_read(directory, &byte, 1), -1);
	assert_int_equal(errno, EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_all_of_it),
		cmocka_unit_test(ends_with_the_input_or_the_room),
		cmocka_unit_test(says_what_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
