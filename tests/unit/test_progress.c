/* What a person sees, on a real pseudo-terminal and elsewhere. */
#include "sandbox/report/progress.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <cmocka.h>

/* A terminal of a width, which ends lines, and not by another character: what is written is what
 * is read. */
struct screen {
	int master, terminal;
};

static int setup(void **state)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct termios raw;

	if (screen == NULL || openpty(&screen->master, &screen->terminal, NULL, NULL, &size) < 0)
		return -1;
	if (tcgetattr(screen->terminal, &raw) < 0)
		return -1;
	cfmakeraw(&raw);
	raw.c_oflag = OPOST;
	tcsetattr(screen->terminal, TCSANOW, &raw);
	fcntl(screen->master, F_SETFL, O_NONBLOCK);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	*state = screen;
	return 0;
}

static int teardown(void **state)
{
	struct screen *screen = *state;

	close(screen->master);
	close(screen->terminal);
	free(screen);
	return 0;
}

static const char *shown(const struct screen *screen)
{
	static char text[8192];
	size_t held = 0;
	ssize_t n;

	while ((n = read(screen->master, text + held, sizeof(text) - 1 - held)) > 0)
		held += (size_t)n;
	text[held] = '\0';
	return text;
}

static struct progress on(const struct screen *screen, enum color color)
{
	const struct config config = { .color = color };
	struct progress p;

	progress_open(&p, &config, screen->terminal);
	return p;
}

static struct fetch_record counts(
	enum fetch_stage stage, uint64_t done, uint64_t total, uint64_t bytes)
{
	return (struct fetch_record){
		.type = FETCH_PROGRESS,
		.stage = stage,
		.done = done,
		.total = total,
		.bytes = bytes,
	};
}

static void test_words(void **state)
{
	struct progress p = on(*state, COLOR_NEVER);

	progress_note(&p, "one %d", 1);
	assert_string_equal(shown(*state), "cofferdam: one 1\n");
	progress_warn(&p, "two");
	assert_string_equal(shown(*state), "cofferdam: warning: two\n");
	progress_detail(&p, "only with -v");
	assert_string_equal(shown(*state), "");
	p.verbose = 1;
	progress_detail(&p, "only with -v");
	assert_string_equal(shown(*state), "cofferdam: only with -v\n");
}

/* As it is while a builder has the keys. */
static void test_raw(void **state)
{
	const struct screen *screen = *state;
	struct progress p = on(screen, COLOR_NEVER);
	struct termios raw;

	assert_int_equal(tcgetattr(screen->terminal, &raw), 0);
	raw.c_oflag = 0;
	assert_int_equal(tcsetattr(screen->terminal, TCSANOW, &raw), 0);
	progress_note(&p, "one");
	assert_string_equal(shown(screen), "cofferdam: one\r\n");
}

static void test_quiet(void **state)
{
	const struct fetch_record record = counts(FETCH_STAGE_OBJECTS, 1, 2, 3);
	struct progress p = on(*state, COLOR_AUTO);

	p.quiet = true;
	p.verbose = 2;
	progress_note(&p, "x");
	progress_warn(&p, "x");
	progress_detail(&p, "x");
	progress_fetch(&p, &record, 1000);
	progress_clear(&p);
	assert_string_equal(shown(*state), "");
}

/* A stranger's ref name must not move the cursor or end the line. */
static void test_sanitized(void **state)
{
	struct progress p = on(*state, COLOR_NEVER);

	progress_note(&p, "ref %s", "a\033[2J\n\r\xff\xc2\x9b");
	assert_string_equal(shown(*state), "cofferdam: ref a?[2J?????\n");
}

static void test_color(void **state)
{
	struct progress p = on(*state, COLOR_AUTO);

	progress_warn(&p, "w");
	assert_string_equal(shown(*state), "cofferdam: \033[33mwarning: \033[0mw\n");
	setenv("NO_COLOR", "1", 1);
	assert_false(on(*state, COLOR_AUTO).color);
	assert_true(on(*state, COLOR_ALWAYS).color);
	setenv("NO_COLOR", "", 1);
	assert_true(on(*state, COLOR_AUTO).color);
	setenv("TERM", "dumb", 1);
	assert_false(on(*state, COLOR_AUTO).color);
	assert_false(on(*state, COLOR_AUTO).terminal);
	assert_false(on(*state, COLOR_NEVER).color);
}

static void test_bar(void **state)
{
	struct progress p = on(*state, COLOR_NEVER);
	struct fetch_record record = counts(FETCH_STAGE_OBJECTS, 50, 100, 1536);
	const char *text;

	progress_fetch(&p, &record, 1000);
	text = shown(*state);
	assert_int_equal(text[0], '\r');
	assert_non_null(strstr(text, "cofferdam: objects  [==="));
	assert_non_null(strstr(text, " 50% 50/100, 1.5 KiB\033[K"));
	assert_null(strchr(text, '\n'));
	assert_true(strlen(text) - strlen("\r\033[K") < 80);
	/* Ten frames a second, but the last one always. */
	progress_fetch(&p, &record, 1050);
	assert_string_equal(shown(*state), "");
	record.done = 100;
	progress_fetch(&p, &record, 1060);
	assert_non_null(strstr(shown(*state), "100% 100/100"));
	/* Each stage has a line; words end it. */
	record = counts(FETCH_STAGE_CHECKOUT, 1, 3, 0);
	progress_fetch(&p, &record, 1061);
	assert_int_equal(strncmp(shown(*state), "\n\rcofferdam: checkout [", 23), 0);
	progress_note(&p, "x");
	assert_string_equal(shown(*state), "\ncofferdam: x\n");
	progress_clear(&p);
	assert_string_equal(shown(*state), "");
}

static void test_unknown_total(void **state)
{
	struct progress p = on(*state, COLOR_NEVER);
	const struct fetch_record record = counts(FETCH_STAGE_DELTAS, 7, 0, 5);

	progress_fetch(&p, &record, 0);
	assert_string_equal(shown(*state), "\rcofferdam: deltas   7, 5 B\033[K");
}

/* Never as wide as the terminal, which would wrap; the bar goes before the words. */
static void test_widths(void **state)
{
	struct screen *screen = *state;
	const struct fetch_record record =
		counts(FETCH_STAGE_CHECKOUT, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX);

	for (unsigned short width = 1; width < 400; width++) {
		struct winsize size = { .ws_row = 24, .ws_col = width };
		struct progress p = on(screen, COLOR_NEVER);
		size_t n;

		assert_int_equal(ioctl(screen->master, TIOCSWINSZ, &size), 0);
		progress_fetch(&p, &record, 0);
		n = strlen(shown(screen));
		assert_true(n >= strlen("\r\033[K") && n - strlen("\r\033[K") < width);
	}
}

/* The fetcher is not trusted: numbers that cannot be, kinds that are none. */
static void test_hostile_records(void **state)
{
	struct progress p = on(*state, COLOR_NEVER);
	struct fetch_record record = counts(FETCH_STAGE_OBJECTS, UINT64_MAX, 1, UINT64_MAX);

	progress_fetch(&p, &record, 0);
	assert_non_null(strstr(shown(*state), "100% 1/1, 16.0 EiB"));
	record.stage = FETCH_STAGE_CHECKOUT + 1;
	progress_fetch(&p, &record, 1000);
	record = counts(FETCH_STAGE_OBJECTS, 1, 2, 3);
	record.type = FETCH_FAILED;
	progress_fetch(&p, &record, 2000);
	assert_string_equal(shown(*state), "");
}

static void test_no_terminal(void **state)
{
	const struct fetch_record record = counts(FETCH_STAGE_OBJECTS, 1, 2, 3);
	const struct config config = { .color = COLOR_AUTO };
	struct progress p;
	char text[128];
	int ends[2];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	progress_open(&p, &config, ends[1]);
	assert_false(p.terminal);
	assert_false(p.color);
	progress_fetch(&p, &record, 0);
	progress_warn(&p, "plain");
	n = read(ends[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "cofferdam: warning: plain\n");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_raw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sanitized, setup, teardown),
		cmocka_unit_test_setup_teardown(test_color, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bar, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unknown_total, setup, teardown),
		cmocka_unit_test_setup_teardown(test_widths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_records, setup, teardown),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
