/* disk and gc --images: thresholds, retention, what is counted, and what is remembered. */
#include "sandbox/state/ledger.h"
#include "sandbox/verbs/disk_metrics.h"
#include "sandbox/verbs/disk_threshold.h"
#include "sandbox/verbs/disk_usage.h"
#include "sandbox/verbs/images_retain.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void thresholds(void **state)
{
	struct threshold warn, crit;
	struct failure f;

	(void)state;
	assert_int_equal(threshold_parse("--warn", NULL, &warn, &f), 0);
	assert_true(threshold_bytes(&warn, 1000) == UINT64_MAX);
	assert_int_equal(threshold_parse("--warn", "80%", &warn, &f), 0);
	assert_true(threshold_bytes(&warn, 1000) == 800);
	assert_true(threshold_bytes(&warn, 0) == UINT64_MAX);
	assert_int_equal(threshold_parse("--crit", "1K", &crit, &f), 0);
	assert_true(threshold_bytes(&crit, 5) == 1024);
	assert_int_equal(threshold_check(&warn, &crit, &f), -1); /* of two kinds */
	assert_int_equal(threshold_parse("--crit", "81%", &crit, &f), 0);
	assert_int_equal(threshold_check(&warn, &crit, &f), 0);
	assert_int_equal(threshold_parse("--crit", "1K", &crit, &f), 0);
	for (const char *const *bad =
			(const char *const[]){ "", "0%", "101%", "-1", "x%", "1.5%", "5P", NULL };
		*bad != NULL; bad++)
		assert_int_equal(threshold_parse("--warn", *bad, &warn, &f), -1);
	assert_int_equal(threshold_parse("--warn", "1K", &warn, &f), 0);
	assert_int_equal(threshold_check(&warn, &crit, &f), -1); /* not below */
	assert_int_equal(threshold_judge(9, 10, 20), THRESHOLD_OK);
	assert_int_equal(threshold_judge(10, 10, 20), THRESHOLD_WARNING);
	assert_int_equal(threshold_judge(20, 10, 20), THRESHOLD_CRITICAL);
}

static void ages(void **state)
{
	static const struct {
		const char *word;
		uint64_t seconds;
	} rows[] = { { "90", 90 }, { "1s", 1 }, { "30m", 1800 }, { "12h", 43200 }, { "7d", 604800 },
		{ "2w", 1209600 } };
	struct failure f;
	uint64_t seconds;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(retain_age("--older-than", rows[i].word, &seconds, &f), 0);
		assert_true(seconds == rows[i].seconds);
	}
	for (const char *const *bad =
			(const char *const[]){ "", "d", "0d", "1y", "1dd", "-1d", "1 d", NULL };
		*bad != NULL; bad++)
		assert_int_equal(retain_age("--older-than", *bad, &seconds, &f), -1);
}

/* Which of five images go? One letter each, '-' stays. */
static void decides(const struct retain_rule *rule, bool used, const char *expected)
{
	struct retain_image images[] = {
		{ .tag = "docker.io/a/x:1", .image = "1", .time = 100, .bytes = 10 },
		{ .tag = "docker.io/a/y:1",
			.image = "2",
			.time = 200,
			.bytes = 10,
			.protected = used },
		{ .tag = "docker.io/a/x:2", .image = "3", .time = 300, .bytes = 10 },
		{ .tag = "localhost:5000/x", .image = "4", .time = 400, .bytes = 10 },
		{ .tag = "docker.io/a/x:3", .image = "5", .time = 500, .bytes = 10 },
	};
	char got[ARRAY_LEN(images) + 1] = { 0 };

	retain_decide(rule, images, ARRAY_LEN(images), 600);
	for (size_t i = 0; i < ARRAY_LEN(images); i++) {
		got[i] = images[i].gone ? 'g' : '-';
		assert_int_equal(images[i].gone, images[i].why != NULL);
	}
	assert_string_equal(got, expected);
}

static void retention(void **state)
{
	const uint64_t any = UINT64_MAX;

	(void)state;
	decides(&(struct retain_rule){ .keeps_last = true, .keep_last = 1, .max_bytes = any },
		false, "g-g--");
	decides(&(struct retain_rule){ .keeps_last = true, .keep_last = 2, .max_bytes = any },
		false, "g----");
	decides(&(struct retain_rule){ .older_s = 300, .max_bytes = any }, false, "ggg--");
	decides(&(struct retain_rule){ .older_s = 300, .max_bytes = any }, true, "g-g--");
	decides(
		&(struct retain_rule){
			.older_s = 1, .keeps_last = true, .keep_last = 1, .max_bytes = any },
		false, "g-g--");
	decides(&(struct retain_rule){ .max_bytes = 25 }, false, "ggg--");
	decides(&(struct retain_rule){ .max_bytes = 25 }, true, "g-gg-");
	decides(&(struct retain_rule){ .max_bytes = 0, .keeps_last = true, .keep_last = 1 }, false,
		"g-g--");
	decides(&(struct retain_rule){ .max_bytes = any }, false, "-----");
}

static void two_names_of_one_image_have_its_bytes_once(void **state)
{
	struct retain_image images[] = {
		{ .tag = "a/old:1", .image = "1", .time = 100, .bytes = 10 },
		{ .tag = "a/new:1", .image = "2", .time = 200, .bytes = 10 },
		{ .tag = "a/new:latest", .image = "2", .time = 300, .bytes = 10 },
	};

	(void)state;
	retain_decide(&(struct retain_rule){ .max_bytes = 20 }, images, 3, 600);
	assert_false(images[0].gone || images[1].gone || images[2].gone);
	retain_decide(&(struct retain_rule){ .max_bytes = 19 }, images, 3, 600);
	assert_true(images[0].gone && !images[1].gone && !images[2].gone);
	retain_decide(&(struct retain_rule){ .max_bytes = 9 }, images, 3, 600);
	assert_true(images[0].gone && images[1].gone && images[2].gone);
}

static void usage_is_counted(void **state)
{
	cJSON *found = cJSON_Parse(
		"{\"info\":{\"root\":\"/nowhere\"},\"images\":[{\"bytes\":100,\"run\":\"\"},"
		"{\"bytes\":50,\"run\":\"r1\"}],\"containers\":[{\"bytes\":7,\"run\":\"r1\"}],"
		"\"volumes\":[{\"bytes\":3,\"run\":\"r2\"}],\"cache_bytes\":11,\"layer_bytes\":120}");
	own_mem struct usage *u = calloc(1, sizeof(*u));

	(void)state;
	usage_count(found, u);
	assert_true(u->bytes[USAGE_IMAGES] == 120); /* layers are shared */
	assert_true(u->ours[USAGE_IMAGES] == 50 && u->count[USAGE_IMAGES] == 2);
	assert_true(u->bytes[USAGE_CACHE] == 11);
	assert_true(usage_sum(u) == 120 + 7 + 3 + 11);
	assert_int_equal(u->runs_n, 2);
	assert_string_equal(u->runs[0].run, "r1");
	assert_true(u->runs[0].bytes == 57 && u->runs[0].objects == 2);
	assert_string_equal(u->root, "/nowhere");
	cJSON_Delete(found);
}

static void metrics_are_escaped(void **state)
{
	cJSON *counters = cJSON_Parse("{\"builds\":{\"a\\\"b\\\\c\\nd\":2},\"seconds\":1.5}");
	own_mem struct usage *u = calloc(1, sizeof(*u));
	own_mem char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	metrics_print(out, u, counters);
	fclose(out);
	assert_non_null(strstr(text, "cofferdam_runs_total{cause=\"a\\\"b\\\\c\\nd\"} 2\n"));
	assert_non_null(strstr(text, "\ncofferdam_run_seconds_total 1.500\n"));
	assert_non_null(strstr(text, "# TYPE cofferdam_disk_bytes gauge\n"));
	cJSON_Delete(counters);
}

/* ---- the ledger ---- */

static char home[] = "/tmp/cofferdam-ledger.XXXXXX";

static int make_home(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(home));
	setenv("HOME", home, 1);
	unsetenv("XDG_STATE_HOME");
	return 0;
}

static int remove_home(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return system(command) == 0 ? 0 : -1;
}

static void ledger_has_a_place(void **state)
{
	struct failure f;
	own_fd int none = ledger_open(false, &f), fd = -1;
	char path[128];

	(void)state;
	assert_int_equal(none, -1);
	fd = ledger_open(true, &f);
	assert_true(fd >= 0);
	snprintf(path, sizeof(path), "%s/.local/state/cofferdam", home);
	assert_int_equal(chmod(path, 0777), 0);
	own_fd int open_to_all = ledger_open(false, &f);
	assert_int_equal(open_to_all, -1);
	assert_int_equal(f.errnum, EPERM);
	chmod(path, 0700);
}

static void counts_only_when_asked(void **state)
{
	struct outcome outcome = { .cause = CAUSE_OOM, .phase_ms = { 1000, -1, 500, -1, 0 } };
	struct failure f;
	own_fd int fd = ledger_open(true, &f);
	cJSON *counters = NULL;

	(void)state;
	assert_int_equal(ledger_count(fd, &outcome, &f), 0);
	assert_int_equal(faccessat(fd, "counters", F_OK, 0), -1);
	assert_int_equal(ledger_count_from_now(fd, &f), 0);
	assert_int_equal(ledger_count(fd, &outcome, &f), 0);
	assert_int_equal(ledger_count(fd, &outcome, &f), 0);
	assert_int_equal(ledger_counters(fd, &counters, &f), 0);
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(
				 cJSON_GetObjectItemCaseSensitive(counters, "builds"), "oom")
				 ->valueint,
		2);
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(counters, "seconds")->valueint, 3);
	cJSON_Delete(counters);
}

static void a_broken_file_is_put_aside(void **state)
{
	struct failure f;
	own_fd int fd = ledger_open(true, &f);
	own_fd int file = openat(fd, "counters", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	cJSON *counters = NULL;

	(void)state;
	assert_int_equal(write(file, "{\"builds\":", 10), 10);
	assert_int_equal(ledger_counters(fd, &counters, &f), 0);
	assert_int_equal(
		cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(counters, "builds")), 0);
	assert_int_equal(faccessat(fd, "counters.bad", F_OK, 0), 0);
	cJSON_Delete(counters);
}

static bool is_first(void *data, size_t i)
{
	(void)data;
	return i == 0;
}

static void remembers_images(void **state)
{
	struct kept_image one = { 1, "0123456789abcdef0123456789abcdef", "sha256:1",
		"docker.io/a/x:1", "/run/docker.sock" };
	struct kept_image two = { 2, "0123456789abcdef0123456789abcdee", "sha256:2",
		"docker.io/a/x:2", "/run/docker.sock" };
	struct kept_image bad = { 3, "0123", "sha256:3", "a b", "/run/docker.sock" };
	struct failure f;
	own_fd int fd = ledger_open(true, &f);
	own_fd int file = -1;
	own_mem struct kept_image *kept = NULL;
	own_mem struct kept_image *left = NULL;
	size_t n;

	(void)state;
	assert_int_equal(ledger_keep(fd, &one, &f), 0);
	file = openat(fd, "images", O_WRONLY | O_APPEND);
	assert_int_equal(write(file, "no line of ours\n1 2\n", 20), 20);
	assert_int_equal(ledger_keep(fd, &two, &f), 0);
	assert_int_equal(ledger_keep(fd, &bad, &f), -1);
	assert_int_equal(ledger_kept(fd, &kept, &n, &f), 0);
	assert_int_equal(n, 2);
	assert_string_equal(kept[1].tag, "docker.io/a/x:2");
	assert_string_equal(kept[0].socket, "/run/docker.sock");
	assert_int_equal(ledger_forget(fd, is_first, NULL, &f), 0);
	assert_int_equal(ledger_kept(fd, &left, &n, &f), 0);
	assert_int_equal(n, 1);
	assert_string_equal(left[0].image, "sha256:2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thresholds),
		cmocka_unit_test(ages),
		cmocka_unit_test(retention),
		cmocka_unit_test(two_names_of_one_image_have_its_bytes_once),
		cmocka_unit_test(usage_is_counted),
		cmocka_unit_test(metrics_are_escaped),
		cmocka_unit_test(ledger_has_a_place),
		cmocka_unit_test(counts_only_when_asked),
		cmocka_unit_test(a_broken_file_is_put_aside),
		cmocka_unit_test(remembers_images),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
