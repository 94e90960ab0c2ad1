/* The report: its text for a run that went well and one that did not, and its file. The
 * texts are validated against the schema too, where python3-jsonschema is installed.
 */
#include "sandbox/report/report.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/docker/route.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char dir[] = "/tmp/cofferdam-test-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *const command[] = { (char *)"make", (char *)"bad\xff\xc3(byte", (char *)"\xc3\xa9",
	(char *)"a\n\"b\\\x1b", NULL };

/* clang-format 14 dies of these initializers while it aligns arrays. */
/* clang-format off */
static struct outcome good_outcome(void)
{
	struct outcome o = {
		.id = "0123456789abcdef0123456789abcdef",
		.source_url = "https://example.org/a.git",
		.source_ref = "main",
		.commit = "89abcdef0123456789abcdef0123456789abcdef",
		.command = command,
		.started = { .tv_sec = 1700000000, .tv_nsec = 999999999 },
		.finished = { .tv_sec = 1700000001, .tv_nsec = 5000000 },
		.phase_ms = { 1.5, 20.25, 300, -1, 0.125 },
		.exit_code = 137,
		.signal = SIGKILL,
		.cause = CAUSE_OOM,
		.driver = CGROUP_V2,
		.requested = { .memory_bytes = UINT64_C(9007199254740991),
			.swap_bytes = 0,
			.cpus_milli = LIMIT_NONE,
			.pids = 4096,
			.io_weight = LIMIT_NONE,
			.app_size_bytes = UINT64_C(2) << 30,
			.app_inodes = 1 << 20,
			.timeout_s = 3600,
			.idle_timeout_s = LIMIT_NONE,
			.output_limit_bytes = LIMIT_NONE },
		.wall_ms = 320,
		.usage = { .cpu_user_ms = 10,
			.memory_peak_bytes = UINT64_C(1234567890123456),
			.pids_peak = UINT64_MAX,
			.io_read_bytes = UINT64_MAX,
			.io_write_bytes = (UINT64_C(1) << 53) + 1,
			.oom_kills = 1 },
	};

	o.applied = o.requested;
	for (int i = 0; i < WALL_COUNT; i++)
		wall_set(o.walls, (enum wall)i, WALL_ENFORCED, "stands");
	strcpy(o.teardown[0].what, "cgroup /sys/fs/cgroup/x");
	o.teardown[0].removed = true;
	strcpy(o.teardown[1].what, "state file");
	strcpy(o.teardown[1].detail, "busy");
	o.teardown_n = 2;
	return o;
}

/* A run that failed before anything was known. */
static struct outcome bad_outcome(void)
{
	struct outcome o = {
		.id = "ffffffffffffffffffffffffffffffff",
		.phase_ms = { 1, -1, -1, -1, -1 },
		.exit_code = 125,
		.cause = CAUSE_SETUP_FAILED,
		.failed = true,
		.error = { .errnum = ENOENT, .step = "launcher: plan", .what = "open x" },
	};

	return o;
}
/* clang-format on */

static cJSON *parsed(const struct outcome *outcome)
{
	own_mem char *text = report_text(outcome);
	cJSON *o;

	assert_non_null(text);
	o = cJSON_Parse(text);
	assert_non_null(o);
	return o;
}

/* The member at a path of names, from an object. */
static const cJSON *at(const cJSON *o, const char *path)
{
	char names[128], *rest = names, *name;

	snprintf(names, sizeof(names), "%s", path);
	while ((name = strsep(&rest, "/")) != NULL) {
		o = cJSON_GetObjectItemCaseSensitive(o, name);
		if (o == NULL)
			fail_msg("%s: there is no %s", path, name);
	}
	return o;
}

static void test_keys(void **state)
{
	static const char *const keys[] = { "schema", "id", "version", "source", "image",
		"image_store", "source_cache", "caches", "command", "started", "finished", "phases",
		"timings", "result", "walls", "limits", "usage", "docker", "egress", "refusals",
		"refused_calls_known", "artifacts", "artifacts_offered", "teardown", "error" };
	const struct outcome good = good_outcome();
	cJSON *o = parsed(&good);
	const cJSON *member = o->child;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++, member = member->next) {
		assert_non_null(member);
		assert_string_equal(member->string, keys[i]);
	}
	assert_null(member);
	assert_int_equal(cJSON_GetArraySize(at(o, "walls")), WALL_COUNT);
	cJSON_Delete(o);
}

static void test_values(void **state)
{
	const struct outcome good = good_outcome();
	cJSON *o = parsed(&good);

	(void)state;
	assert_string_equal(at(o, "started")->valuestring, "2023-11-14T22:13:20.999Z");
	assert_string_equal(at(o, "finished")->valuestring, "2023-11-14T22:13:21.005Z");
	assert_true(at(o, "phases/fetch")->valuedouble == 20.25);
	assert_int_equal(at(o, "result/exit_code")->valueint, 137);
	assert_int_equal(at(o, "result/signal")->valueint, SIGKILL);
	assert_string_equal(at(o, "result/cause")->valuestring, "oom");
	assert_string_equal(at(o, "walls/cgroup-ns/state")->valuestring, "enforced");
	assert_string_equal(at(o, "walls/cgroup-ns/detail")->valuestring, "stands");
	assert_string_equal(at(o, "limits/driver")->valuestring, "v2");
	assert_true(cJSON_IsNull(at(o, "limits/applied/io_weight")));
	assert_true(cJSON_IsNull(at(o, "limits/applied/output_limit_bytes")));
	assert_true(cJSON_IsNull(at(o, "limits/applied/idle_timeout_s")));
	assert_int_equal(at(o, "limits/applied/pids")->valueint, 4096);
	assert_int_equal(at(o, "limits/applied/swap_bytes")->valueint, 0);
	assert_true(cJSON_IsNull(at(o, "usage/pids_peak")));
	assert_true(cJSON_IsNull(at(o, "error")));
	assert_string_equal(at(o, "docker/level")->valuestring, "off");
	assert_true(cJSON_IsFalse(
		cJSON_GetObjectItem(cJSON_GetArrayItem(at(o, "teardown"), 1), "removed")));
	cJSON_Delete(o);
}

/* Read as text: a parser's double would hide what printing lost. */
static void test_integers_keep_every_digit(void **state)
{
	const struct outcome good = good_outcome();
	own_mem char *text = report_text(&good);

	(void)state;
	assert_non_null(strstr(text, "\"memory_bytes\":\t9007199254740991"));
	assert_non_null(strstr(text, "\"memory_peak_bytes\":\t1234567890123456"));
	assert_non_null(strstr(text, "\"io_write_bytes\":\tnull"));
}

static const struct control *message(uint32_t type, const char *id, const char *note)
{
	static struct control control;

	control = (struct control){ .type = type, .kind = OBJECT_CONTAINER };
	snprintf(control.object.id, sizeof(control.object.id), "%s", id);
	snprintf(control.object.note, sizeof(control.object.note), "%s", note);
	return &control;
}

static void test_docker(void **state)
{
	struct control refused = { .type = CONTROL_REFUSED, .count = 403 };
	struct outcome outcome = good_outcome();
	size_t ping = 0;
	cJSON *o;

	(void)state;
	while (strcmp(routes[ping].path, "/_ping") != 0 || routes[ping].method != HTTP_GET)
		ping++;
	outcome.docker = (struct dockerlog){ .level = DOCKER_RUN, .engine = "Engine 1" };
	outcome.docker.counters.requests[ping] = 3;
	outcome.docker.counters.from_builder_bytes = 1000;
	strcpy(refused.refused.method, "POST");
	strcpy(refused.refused.path, "/x\xff");
	strcpy(refused.refused.reason, "why");
	for (int i = 0; i < DOCKERLOG_REFUSED + 7; i++)
		dockerlog_take(&outcome.docker, &refused);
	dockerlog_take(&outcome.docker, message(CONTROL_MADE, "abc", "web"));
	dockerlog_take(&outcome.docker, message(CONTROL_GONE, "abc", ""));
	dockerlog_take(&outcome.docker, message(CONTROL_LEFT, "def", "busy"));
	for (int i = 0; i < DOCKERLOG_OBJECTS; i++)
		dockerlog_take(&outcome.docker, message(CONTROL_MADE, "many", ""));
	o = parsed(&outcome);
	assert_string_equal(at(o, "docker/level")->valuestring, "run");
	assert_string_equal(at(o, "docker/engine")->valuestring, "Engine 1");
	assert_int_equal(cJSON_GetArraySize(at(o, "docker/requests")), 1);
	assert_int_equal(cJSON_GetObjectItem(at(o, "docker/requests"), "GET /_ping")->valueint, 3);
	assert_int_equal(cJSON_GetArraySize(at(o, "docker/refused")), DOCKERLOG_REFUSED);
	assert_int_equal(at(o, "docker/refused_total")->valueint, DOCKERLOG_REFUSED + 7);
	assert_int_equal(
		at(cJSON_GetArrayItem(at(o, "docker/refused"), 0), "status")->valueint, 403);
	assert_int_equal(cJSON_GetArraySize(at(o, "docker/created")), DOCKERLOG_OBJECTS);
	assert_int_equal(at(o, "docker/created_total")->valueint, DOCKERLOG_OBJECTS + 1);
	assert_string_equal(
		at(cJSON_GetArrayItem(at(o, "docker/created"), 0), "name")->valuestring, "web");
	assert_true(cJSON_IsNull(at(cJSON_GetArrayItem(at(o, "docker/removed"), 0), "name")));
	assert_string_equal(
		at(cJSON_GetArrayItem(at(o, "docker/left"), 0), "detail")->valuestring, "busy");
	assert_int_equal(at(o, "docker/from_builder_bytes")->valueint, 1000);
	cJSON_Delete(o);
	dockerlog_release(&outcome.docker);
}

static void test_command_is_valid_utf8(void **state)
{
	const struct outcome good = good_outcome();
	cJSON *o = parsed(&good);
	const cJSON *words = at(o, "command");

	(void)state;
	assert_int_equal(cJSON_GetArraySize(words), 4);
	assert_string_equal(
		cJSON_GetArrayItem(words, 1)->valuestring, "bad\xef\xbf\xbd\xef\xbf\xbd(byte");
	assert_string_equal(cJSON_GetArrayItem(words, 2)->valuestring, "\xc3\xa9");
	assert_string_equal(cJSON_GetArrayItem(words, 3)->valuestring, "a\n\"b\\\x1b");
	cJSON_Delete(o);
}

static void test_failed_run(void **state)
{
	const struct outcome bad = bad_outcome();
	cJSON *o = parsed(&bad);

	(void)state;
	assert_true(cJSON_IsNull(at(o, "source/url")));
	assert_true(cJSON_IsNull(at(o, "source/commit")));
	assert_true(cJSON_IsNull(at(o, "command")));
	assert_true(cJSON_IsNull(at(o, "started")));
	assert_true(cJSON_IsNull(at(o, "phases/build")));
	assert_true(cJSON_IsNull(at(o, "result/signal")));
	assert_true(cJSON_IsNull(at(o, "limits/applied/swap_bytes")));
	assert_string_equal(at(o, "walls/user/state")->valuestring, "absent");
	assert_string_equal(at(o, "error/step")->valuestring, "launcher: plan");
	assert_string_equal(
		at(o, "error/message")->valuestring, "open x: No such file or directory");
	assert_true(cJSON_IsNull(at(o, "error/remedy")));
	cJSON_Delete(o);
}

/* What was asked for and did not come to stand must not be called applied. */
static void test_applied_follows_the_walls(void **state)
{
	struct outcome o = good_outcome();
	cJSON *report;

	(void)state;
	wall_set(o.walls, WALL_CGROUP, WALL_ABSENT, "never reached");
	wall_set(o.walls, WALL_DISK, WALL_ABSENT, "never reached");
	wall_set(o.walls, WALL_TIME_LIMIT, WALL_ABSENT, "never reached");
	report = parsed(&o);
	assert_int_equal(at(report, "limits/requested/pids")->valueint, 4096);
	assert_true(cJSON_IsNull(at(report, "limits/applied/pids")));
	assert_true(cJSON_IsNull(at(report, "limits/applied/app_size_bytes")));
	assert_true(cJSON_IsNull(at(report, "limits/applied/timeout_s")));
	cJSON_Delete(report);
}

static void test_every_cause_has_a_name(void **state)
{
	(void)state;
	for (int i = CAUSE_EXITED; i <= CAUSE_ARTIFACT_FAILED; i++) {
		assert_non_null(cause_name((enum cause)i));
		for (int k = CAUSE_EXITED; k < i; k++)
			assert_string_not_equal(
				cause_name((enum cause)i), cause_name((enum cause)k));
	}
}

static char *path_in(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int entries(void)
{
	own_dir DIR *d = opendir(dir);
	int n = -2; /* "." and ".." */

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	return n;
}

static int write_report(const char *path, const struct outcome *outcome, struct failure *f)
{
	own_fd int dir_fd = -1;

	if (report_open(path, &dir_fd, f) < 0)
		return -1;
	return report_write(dir_fd, path, outcome, f);
}

static void test_file(void **state)
{
	const struct outcome good = good_outcome(), bad = bad_outcome();
	const char *path = path_in("report.json");
	own_mem char *expected = report_text(&bad);
	char text[16384] = "";
	struct failure f = { 0 };
	struct stat st;
	own_file FILE *in = NULL;

	(void)state;
	assert_int_equal(write_report(path, &good, &f), 0);
	assert_int_equal(write_report(path, &bad, &f), 0); /* replaces the first */
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(entries(), 1);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_true(fread(text, 1, sizeof(text) - 1, in) > 0);
	assert_int_equal(strlen(text), strlen(expected) + 1);
	assert_memory_equal(text, expected, strlen(expected));
	assert_int_equal(text[strlen(expected)], '\n');
}

static void test_longest_name(void **state)
{
	const struct outcome good = good_outcome();
	char name[256];
	struct failure f = { 0 };

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	assert_int_equal(write_report(path_in(name), &good, &f), 0);
	assert_int_equal(entries(), 1);
}

static void expect_refused(const char *path, const char *in_what)
{
	const struct outcome good = good_outcome();
	struct failure f = { 0 };

	assert_int_equal(write_report(path, &good, &f), -1);
	if (strstr(f.what, in_what) == NULL)
		fail_msg("%s: \"%s\" lacks \"%s\"", path, f.what, in_what);
}

static void test_places_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_in("d"), 0700), 0);
	expect_refused(path_in("d"), "not a regular file");
	expect_refused(path_in("d/"), "names no file");
	expect_refused(path_in("d/.."), "names no file");
	assert_int_equal(symlink("/dev/null", path_in("link")), 0);
	expect_refused(path_in("link"), "not a regular file");
	assert_int_equal(mkfifo(path_in("fifo"), 0600), 0);
	expect_refused(path_in("fifo"), "not a regular file");
	expect_refused(path_in("absent/report"), "open the directory");
	expect_refused("/proc/report", "beside the report");
	expect_refused("", "names no file");
	assert_int_equal(entries(), 3);
}

/* The directory is held open: another one under its name gets nothing. */
static void test_directory_is_kept(void **state)
{
	const struct outcome good = good_outcome();
	own_fd int dir_fd = -1;
	struct failure f = { 0 };
	char path[512], moved[512];

	(void)state;
	assert_int_equal(mkdir(path_in("a"), 0700), 0);
	snprintf(path, sizeof(path), "%s/a/r", dir);
	snprintf(moved, sizeof(moved), "%s/b", dir);
	assert_int_equal(report_open(path, &dir_fd, &f), 0);
	assert_int_equal(rename(path_in("a"), moved), 0);
	assert_int_equal(mkdir(path_in("a"), 0700), 0);
	assert_int_equal(report_write(dir_fd, path, &good, &f), 0);
	assert_int_equal(access(path, F_OK), -1);
	strcat(moved, "/r");
	assert_int_equal(access(moved, F_OK), 0);
}

/* Somebody put a link where the temporary file goes: it is not followed. */
static void test_temporary_is_exclusive(void **state)
{
	const struct outcome good = good_outcome();
	own_fd int dir_fd = -1;
	char name[128];
	struct failure f = { 0 };

	(void)state;
	assert_int_equal(report_open(path_in("r"), &dir_fd, &f), 0);
	snprintf(name, sizeof(name), "r.%s.tmp", good.id);
	assert_int_equal(symlinkat(path_in("victim"), dir_fd, name), 0);
	assert_int_equal(report_write(dir_fd, path_in("r"), &good, &f), -1);
	assert_int_equal(f.errnum, EEXIST);
	assert_int_equal(access(path_in("victim"), F_OK), -1);
}

static void test_schema(void **state)
{
	const struct outcome good = good_outcome(), bad = bad_outcome();
	char words[1200];
	struct failure f = { 0 };

	(void)state;
	if (access("tests/lib/validate-report", X_OK) < 0 ||
		system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") != 0) {
		print_message("# skipped: no tests/lib/validate-report here, or no jsonschema\n");
		skip();
	}
	assert_int_equal(write_report(path_in("good"), &good, &f), 0);
	assert_int_equal(write_report(path_in("bad"), &bad, &f), 0);
	snprintf(words, sizeof(words), "tests/lib/validate-report --is report %s/good %s/bad", dir,
		dir);
	assert_int_equal(system(words), 0);
	/* And it can fail: a key more is one too many. */
	snprintf(words, sizeof(words),
		"sed -i 's/\"result\":/\"more\": 1, \"result\":/' %s/good && "
		"! tests/lib/validate-report --is report %s/good >/dev/null",
		dir, dir);
	assert_int_equal(system(words), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_docker),
		cmocka_unit_test(test_integers_keep_every_digit),
		cmocka_unit_test(test_command_is_valid_utf8),
		cmocka_unit_test(test_failed_run),
		cmocka_unit_test(test_applied_follows_the_walls),
		cmocka_unit_test(test_every_cause_has_a_name),
		cmocka_unit_test_setup_teardown(test_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_is_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_temporary_is_exclusive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_schema, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
