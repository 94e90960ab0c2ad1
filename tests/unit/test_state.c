/* State files, and what ps and gc make of them. */
#include "sandbox/launcher/leftovers.h"
#include "sandbox/state/state.h"
#include "sandbox/verbs/ps.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define ID_A "00000000000000000000000000000aaa"
#define ID_B "00000000000000000000000000000bbb"

static char top[64]; /* XDG_RUNTIME_DIR of each test, and the root of its fake tree */

static const char *below(const char *name)
{
	static char path[4][256];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", top, name);
	return path[turn];
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/cofferdam-test-XXXXXX");
	if (mkdtemp(top) == NULL)
		return -1;
	return setenv("XDG_RUNTIME_DIR", top, 1);
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("TMPDIR");
	snprintf(command, sizeof(command), "rm -rf -- '%s'", top);
	return system(command);
}

static void create(struct state *state, const char *id)
{
	const char *const command[] = { "make", "-j\033[31m", NULL };
	const struct state_facts facts = {
		.id = id,
		.started = time(NULL) - 61,
		.source_url = "https://example.org/a.git",
		.command = command,
	};
	struct failure f;

	if (state_create(state, &facts, &f) < 0)
		fail_msg("%s (%d)", f.what, f.errnum);
}

/* A launcher that has been killed: its file is there, its lock is not. */
static void create_dead(const char *id)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct state state;

		create(&state, id);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static int open_dir(void)
{
	char path[256];
	struct failure f;
	int fd;

	assert_int_equal(state_dir_open(&fd, path, sizeof(path), &f), 0);
	assert_string_equal(path, below("cofferdam"));
	return fd;
}

/* What another process sees. */
static enum state_life life_elsewhere(const char *id)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit((int)state_life(open_dir(), id));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum state_life)WEXITSTATUS(status);
}

static void a_living_run_is_seen_and_goes(void **unused)
{
	struct state state;
	struct stat st;

	(void)unused;
	create(&state, ID_A);
	assert_int_equal(stat(below("cofferdam"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(below("cofferdam/" ID_A ".json"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(life_elsewhere(ID_A), STATE_ALIVE);
	assert_int_equal(life_elsewhere(ID_B), STATE_UNKNOWN);
	assert_true(state_remove(&state));
	assert_int_equal(life_elsewhere(ID_A), STATE_UNKNOWN);
}

/* The keeper is a fork of the launcher and never executes anything, so it still has
 * the descriptor: the launcher's death must be seen all the same. */
static void a_forked_child_does_not_keep_it_alive(void **unused)
{
	int ready[2], status;
	pid_t keeper;

	(void)unused;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t launcher = fork();
	if (launcher == 0) {
		struct state state;

		create(&state, ID_A);
		keeper = fork();
		if (keeper == 0)
			keeper = getpid();
		else
			pause();
		if (write(ready[1], &keeper, sizeof(keeper)) != sizeof(keeper))
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &keeper, sizeof(keeper)), sizeof(keeper));
	assert_int_equal(life_elsewhere(ID_A), STATE_ALIVE);
	kill(launcher, SIGKILL);
	assert_int_equal(waitpid(launcher, &status, 0), launcher);
	enum state_life life = life_elsewhere(ID_A);
	bool keeper_lived = kill(keeper, 0) == 0;
	kill(keeper, SIGKILL);
	close(ready[0]);
	close(ready[1]);
	assert_true(keeper_lived);
	assert_int_equal(life, STATE_DEAD);
}

static void updates_are_read_back(void **unused)
{
	const char *const groups[] = { "/sys/fs/cgroup/x/cofferdam-" ID_A, NULL };
	struct state state;
	struct failure f;
	char text[4096] = "";

	(void)unused;
	create(&state, ID_A);
	assert_int_equal(state_set_cgroups(&state, groups, &f), 0);
	assert_int_equal(state_update(&state, 4711, "teardown", &f), 0);
	assert_int_equal(state_update(&state, 4711, "build", &f), 0); /* shorter */
	assert_true(pread(state_fd(&state), text, sizeof(text) - 1, 0) > 0);
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	assert_string_equal(cJSON_GetObjectItem(json, "phase")->valuestring, "build");
	assert_int_equal(cJSON_GetObjectItem(json, "keeper")->valueint, 4711);
	assert_int_equal(cJSON_GetObjectItem(json, "launcher")->valueint, getpid());
	assert_string_equal(cJSON_GetObjectItem(json, "cgroups")->child->valuestring, groups[0]);
	assert_null(strchr(text, '\033'));
	cJSON_Delete(json);
	state_remove(&state);
}

static void refused_dir(const char *expected)
{
	char path[256];
	struct failure f = { 0 };
	int fd = -1;

	assert_int_equal(state_dir_open(&fd, path, sizeof(path), &f), -1);
	assert_int_equal(fd, -1);
	assert_non_null(strstr(f.what, expected));
	assert_non_null(strstr(f.what, "/cofferdam"));
}

static void a_directory_of_others_is_refused(void **unused)
{
	(void)unused;
	assert_int_equal(mkdir(below("cofferdam"), 0700), 0);
	assert_int_equal(chmod(below("cofferdam"), 0755), 0);
	refused_dir("mode 0755");
	if (geteuid() == 0) {
		assert_int_equal(chown(below("cofferdam"), 65534, 65534), 0);
		refused_dir("belongs to uid 65534");
	}
	assert_int_equal(rmdir(below("cofferdam")), 0);
	assert_int_equal(mkdir(below("elsewhere"), 0700), 0);
	assert_int_equal(symlink("elsewhere", below("cofferdam")), 0);
	refused_dir("open runtime directory");
}

static void a_runtime_directory_that_is_not_private_is_passed_over(void **unused)
{
	char path[256], expected[300], run_user[64];
	struct failure f;
	struct stat st;
	int fd;

	(void)unused;
	snprintf(run_user, sizeof(run_user), "/run/user/%u", geteuid());
	if (stat(run_user, &st) == 0) {
		print_message("SKIP: %s exists and comes before TMPDIR\n", run_user);
		skip();
	}
	assert_int_equal(chmod(top, 0711), 0);
	assert_int_equal(mkdir(below("tmp"), 0777), 0);
	setenv("TMPDIR", below("tmp"), 1);
	assert_int_equal(state_dir_open(&fd, path, sizeof(path), &f), 0);
	snprintf(expected, sizeof(expected), "%s/tmp/cofferdam-%u", top, geteuid());
	assert_string_equal(path, expected);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	close(fd);

	/* What another user made there before us, as an attack would. */
	assert_int_equal(chmod(expected, 0777), 0);
	refused_dir("mode 0777");
	if (geteuid() == 0) {
		assert_int_equal(chown(expected, 65534, 65534), 0);
		refused_dir("belongs to uid 65534");
	}
}

static void ps_text(bool json, char *text, size_t size)
{
	const struct config config = { .json = json };
	struct failure f;
	FILE *out = fmemopen(text, size, "w");

	assert_non_null(out);
	assert_int_equal(ps_print(&config, out, &f), 0);
	fclose(out);
}

/* ps runs in a process of its own: see "Beware" in state.h. */
static void ps_elsewhere(bool json, char *text, size_t size)
{
	int channel[2], status;

	assert_int_equal(pipe2(channel, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		ps_text(json, text, size);
		_exit(write(channel[1], text, strlen(text)) < 0);
	}
	close(channel[1]);
	memset(text, 0, size);
	assert_true(read(channel[0], text, size - 1) > 0);
	close(channel[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void ps_lists_the_living(void **unused)
{
	struct state state;
	char text[4096] = "";

	(void)unused;
	ps_text(false, text, sizeof(text));
	assert_non_null(strstr(text, "no sandbox is running"));
	create_dead(ID_B);
	create(&state, ID_A);
	ps_elsewhere(false, text, sizeof(text));
	assert_non_null(strstr(text, ID_A));
	assert_non_null(strstr(text, "1m0"));
	assert_non_null(strstr(text, "https://example.org/a.git -- make -j?[31m"));
	assert_null(strstr(text, ID_B));

	ps_elsewhere(true, text, sizeof(text));
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	cJSON *runs = cJSON_GetObjectItem(json, "runs");
	assert_int_equal(cJSON_GetArraySize(runs), 1);
	assert_string_equal(cJSON_GetObjectItem(runs->child, "id")->valuestring, ID_A);
	assert_true(cJSON_GetObjectItem(runs->child, "age_s")->valueint >= 61);
	cJSON_Delete(json);
	state_remove(&state);
}

/* A fake /proc for gc, in which there are no control groups at all. */
static void fake_proc(void)
{
	assert_int_equal(mkdir(below("proc"), 0755), 0);
	assert_int_equal(mkdir(below("proc/self"), 0755), 0);
	for (int i = 0; i < 2; i++) {
		FILE *file = fopen(below(i ? "proc/self/cgroup" : "proc/self/mountinfo"), "w");

		assert_non_null(file);
		fclose(file);
	}
}

static void gc(bool dry_run, bool json, char *text, size_t size)
{
	const struct config config = { .dry_run = dry_run, .json = json };
	struct failure f;
	FILE *out = fmemopen(text, size, "w");

	assert_non_null(out);
	assert_int_equal(leftovers_remove_below(top, &config, out, &f), 0);
	fclose(out);
}

static bool exists(const char *name)
{
	struct stat st;

	return lstat(below(name), &st) == 0;
}

static void gc_removes_the_dead_and_only_them(void **unused)
{
	int ready[2], status;
	char byte, text[4096] = "";

	(void)unused;
	fake_proc();
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t living = fork();
	if (living == 0) {
		struct state state;

		create(&state, ID_A);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	create_dead(ID_B);
	assert_int_equal(mkdir(below("cofferdam/" ID_B ".tmp"), 0700), 0);
	assert_int_equal(mkdir(below("cofferdam/" ID_B ".tmp/d"), 0700), 0);
	assert_int_equal(symlink(top, below("cofferdam/" ID_B ".tmp/d/out")), 0);
	assert_int_equal(mkdir(below("cofferdam/" ID_A ".tmp"), 0700), 0);
	assert_int_equal(mkdir(below("cofferdam/mine"), 0700), 0);

	gc(true, false, text, sizeof(text));
	assert_non_null(strstr(text, "would remove state file " ID_B));
	assert_true(exists("cofferdam/" ID_B ".json") && exists("cofferdam/" ID_B ".tmp"));

	gc(false, true, text, sizeof(text));
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	assert_int_equal(cJSON_GetObjectItem(json, "removed")->valueint, 2);
	assert_int_equal(cJSON_GetObjectItem(json, "failed")->valueint, 0);
	cJSON_Delete(json);
	assert_false(exists("cofferdam/" ID_B ".json") || exists("cofferdam/" ID_B ".tmp"));
	assert_true(exists("cofferdam/" ID_A ".json") && exists("cofferdam/" ID_A ".tmp"));
	assert_true(exists("cofferdam/mine") && exists("proc/self/cgroup"));

	memset(text, 0, sizeof(text));
	gc(false, false, text, sizeof(text));
	assert_string_equal(text, "nothing to remove\n");
	kill(living, SIGKILL);
	assert_int_equal(waitpid(living, &status, 0), living);
}

/* A state file is not believed when it names a directory that is not a control group, or
 * not the run's own. */
static void gc_removes_no_directory_because_a_file_says_so(void **unused)
{
	char text[4096] = "", facts[512];

	(void)unused;
	fake_proc();
	assert_int_equal(mkdir(below("cofferdam-" ID_B), 0700), 0);
	create_dead(ID_B);
	snprintf(facts, sizeof(facts),
		"{\"id\":\"" ID_B "\",\"launcher\":%d,\"keeper\":%d,"
		"\"cgroups\":[\"%s/cofferdam-" ID_B "\",\"/\",\"\",\"x\",\"/sys/fs/cgroup\"]}",
		getpid(), getpid(), top);
	FILE *file = fopen(below("cofferdam/" ID_B ".json"), "w");
	assert_non_null(file);
	fputs(facts, file);
	fclose(file);
	gc(false, false, text, sizeof(text));
	assert_true(exists("cofferdam-" ID_B));
	assert_false(exists("cofferdam/" ID_B ".json"));
}

static void gc_removes_a_file_that_is_no_json(void **unused)
{
	char text[4096] = "";

	(void)unused;
	fake_proc();
	create_dead(ID_A);
	assert_int_equal(truncate(below("cofferdam/" ID_A ".json"), 3), 0);
	create_dead(ID_B);
	assert_int_equal(truncate(below("cofferdam/" ID_B ".json"), 0), 0);
	gc(false, false, text, sizeof(text));
	assert_false(exists("cofferdam/" ID_A ".json") || exists("cofferdam/" ID_B ".json"));
}

static void put_journal(const char *text)
{
	FILE *file = fopen(below("cofferdam/" ID_A ".docker"), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* The state file names no engine, so nothing can be asked for; then everything stays. */
static void gc_keeps_what_it_cannot_find_in_an_engine(void **unused)
{
	char text[4096] = "";

	(void)unused;
	fake_proc();
	create_dead(ID_A);
	put_journal("run " ID_A " " ID_B
		    " 17\nmade container c1 web\nmade volume v1\ngone volume v1\n");
	gc(true, false, text, sizeof(text));
	assert_non_null(strstr(text, "would remove docker container c1\n"));
	assert_null(strstr(text, "v1"));
	const struct config config = { .dry_run = false };
	struct failure f;
	FILE *out = fmemopen(text, sizeof(text), "w");
	assert_int_equal(leftovers_remove_below(top, &config, out, &f), -1);
	fclose(out);
	assert_non_null(strstr(text, "could not remove docker objects of run " ID_A));
	assert_true(exists("cofferdam/" ID_A ".docker") && exists("cofferdam/" ID_A ".json"));
	int fd = open_dir();
	assert_int_equal(leftovers_remove_quietly(fd, false), 0);
	close(fd);
	assert_true(exists("cofferdam/" ID_A ".docker") && exists("cofferdam/" ID_A ".json"));
}

static void gc_removes_a_journal_that_never_began(void **unused)
{
	char text[4096] = "";

	(void)unused;
	fake_proc();
	create_dead(ID_A);
	put_journal("");
	gc(false, false, text, sizeof(text));
	assert_false(exists("cofferdam/" ID_A ".docker") || exists("cofferdam/" ID_A ".json"));
}

static void the_quiet_gc_looks_before_it_works(void **unused)
{
	(void)unused;
	int fd = open_dir();
	assert_int_equal(leftovers_remove_quietly(fd, false), 0);
	create_dead(ID_A);
	assert_int_equal(leftovers_remove_quietly(fd, false), 1);
	assert_false(exists("cofferdam/" ID_A ".json"));
	close(fd);
}

static void a_run_id_is_32_hex_digits(void **unused)
{
	const struct state_facts facts = { .id = "../../etc/passwd" };
	struct state state;
	struct failure f;

	(void)unused;
	assert_int_equal(state_create(&state, &facts, &f), -1);
	assert_true(state_name_has_id(ID_A ".x"));
	assert_false(state_name_has_id(ID_A));
	assert_false(state_name_has_id("0" ID_A ".x"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_living_run_is_seen_and_goes),
		TEST(a_forked_child_does_not_keep_it_alive),
		TEST(updates_are_read_back),
		TEST(a_directory_of_others_is_refused),
		TEST(a_runtime_directory_that_is_not_private_is_passed_over),
		TEST(ps_lists_the_living),
		TEST(gc_removes_the_dead_and_only_them),
		TEST(gc_removes_no_directory_because_a_file_says_so),
		TEST(gc_removes_a_file_that_is_no_json),
		TEST(gc_keeps_what_it_cannot_find_in_an_engine),
		TEST(gc_removes_a_journal_that_never_began),
		TEST(the_quiet_gc_looks_before_it_works),
		TEST(a_run_id_is_32_hex_digits),
	};
	umask(022);
	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
