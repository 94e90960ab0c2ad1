/* Every row of the table of causes against a faked host, and the examination itself. */
#include "sandbox/verbs/doctor.h"

#include "sandbox/base/own.h"
#include "sandbox/host/facts.h"
#include "sandbox/keeper/keeper.h"
#include "sandbox/launcher/step_cause.h"
#include "tests/lib/emulated.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* ---- a host of files in a directory ---- */

struct file {
	const char *path, *text; /* path NULL: the end */
};

static char root[] = "/tmp/cofferdam-test-XXXXXX";

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
	strcpy(root + strlen(root) - 6, "XXXXXX");
	return mkdtemp(root) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_file(const struct file *file)
{
	char path[512];
	own_file FILE *out = NULL;

	assert_true(facts_path(root, file->path, path, sizeof(path)));
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	out = fopen(path, "we");
	assert_non_null(out);
	assert_int_not_equal(fputs(file->text, out), EOF);
}

static void empty_root(void)
{
	teardown(NULL);
	assert_int_equal(mkdir(root, 0755), 0);
}

/* ---- the causes ---- */

/* clang-format off */
#define MOUNTS_PLAIN                                                                               \
	{                                                                                          \
		"/proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n"                   \
					"22 27 0:21 / /proc rw - proc proc rw\n"                   \
					"23 22 0:22 / /proc/sys/fs/binfmt_misc rw - binfmt_misc b rw\n" \
	}
#define FILTERED                                                                                   \
	{                                                                                          \
		"/proc/self/status", "Name:\tx\nUid:\t1000\t1000\t1000\t1000\nSeccomp:\t2\n"       \
	}
#define PLAIN                                                                                      \
	{                                                                                          \
		"/proc/self/status",                                                               \
			"Name:\tx\nUid:\t1000\t1000\t1000\t1000\nNoNewPrivs:\t0\nSeccomp:\t0\n"     \
	}
#define PASSWD                                                                                     \
	{                                                                                          \
		"/etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n" \
	}
#define MOUNTS_V2                                                                                  \
	{                                                                                          \
		"/proc/self/mountinfo",                                                            \
			"30 27 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n"              \
	}
#define NEWIDMAP { "/usr/bin/newuidmap", "" }, { "/usr/bin/newgidmap", "" }
#define NS_USER	 { "/proc/self/ns/user", "" }
/* clang-format on */

/* clang-format off */
static const struct cause_case {
	const char *name; /* of the row that must answer; NULL: none may */
	enum wall wall;
	int errnum;
	const char *in_text, *in_remedy;
	struct file files[8];
} cause_cases[] = {
	{ "max-user-namespaces", WALL_USER, ENOSPC, "is 0", "sysctl -w user.max_user_namespaces",
		{ PLAIN, { "/proc/sys/user/max_user_namespaces", "0\n" } } },
	{ "unprivileged-userns-clone", WALL_USER, EPERM, "unprivileged_userns_clone is 0",
		"sysctl -w kernel.unprivileged_userns_clone=1",
		{ PLAIN, { "/proc/sys/kernel/unprivileged_userns_clone", "0\n" } } },
	{ "kernel-too-old", WALL_MOUNT, ENOSYS, "the kernel is 5.10", "newer kernel",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "5.10.0-28-amd64\n" } } },
	{ "no-user-namespaces", WALL_USER, EINVAL, "without user namespaces", "CONFIG_USER_NS",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "6.1.0\n" } } },
	{ "container-filter", WALL_USER, EPERM, "container", "seccomp=unconfined",
		{ FILTERED, NS_USER, { "/.dockerenv", "" } } },
	{ "container-filter", WALL_USER, ENOSYS, "container", "seccomp=unconfined",
		{ FILTERED, NS_USER, { "/run/.containerenv", "" } } },
	{ "inherited-filter", WALL_MOUNT, EPERM, "system call filter", "RestrictNamespaces",
		{ FILTERED } },
	{ "chroot", WALL_USER, EPERM, "chroot", "outside of the chroot",
		{ PLAIN, NS_USER,
			{ "/proc/self/mountinfo", "22 27 0:21 / /proc rw - proc proc rw\n" } } },
	{ "chroot", WALL_USER, EPERM, "chroot", "outside of the chroot",
		{ PLAIN, NS_USER, MOUNTS_PLAIN, { "/proc/1/root/etc/hostname", "another root\n" } } },
	{ "apparmor-restricts-userns", WALL_USER, EPERM, "apparmor_restrict", "apparmor_parser",
		{ PLAIN, NS_USER, MOUNTS_PLAIN,
			{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n" } } },
	{ "apparmor-restricts-userns", WALL_MOUNT, EACCES, "apparmor_restrict", "apparmor_parser",
		{ PLAIN, { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n" } } },
	{ "proc-masked", WALL_PROC_MASK, EPERM, "/proc/kcore", "systempaths=unconfined",
		{ PLAIN, { "/proc/self/mountinfo",
				 "27 1 0:50 / / rw - overlay overlay rw\n"
				 "22 27 0:21 / /proc rw - proc proc rw\n"
				 "23 22 0:22 / /proc/kcore rw - tmpfs tmpfs rw\n" } } },
	{ "apparmor-confines", WALL_MOUNT, EACCES, "docker-default (enforce)",
		"apparmor=unconfined",
		{ PLAIN, { "/proc/self/attr/apparmor/current", "docker-default (enforce)\n" } } },
	{ "selinux", WALL_USER, EACCES, "user_t", "ausearch",
		{ PLAIN, { "/sys/fs/selinux/enforce", "1" },
			{ "/proc/self/attr/current", "user_u:user_r:user_t:s0\n" } } },
	{ "other-namespace-none", WALL_NETWORK, ENOSPC, "user.max_net_namespaces is 0",
		"sysctl -w user.max_net_namespaces=10000",
		{ PLAIN, { "/proc/sys/user/max_user_namespaces", "5000\n" },
			{ "/proc/sys/user/max_net_namespaces", "0\n" } } },
	{ "userns-used-up", WALL_USER, ENOSPC, "all 5000 of", "raise user.max_user_namespaces",
		{ PLAIN, { "/proc/sys/user/max_user_namespaces", "5000\n" } } },
	{ "no-subuid", WALL_IDS, 0, "for this user",
		"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 alice",
		{ PLAIN, PASSWD, { "/etc/subuid", "bob:1000:65536\n" } } },
	{ "no-subuid", WALL_IDS, 0, "for this user",
		"usermod --add-subuids 362144-427679 --add-subgids 362144-427679 alice",
		{ PLAIN, PASSWD, { "/etc/subuid", "eve:231072:65536\nbob:100000:65536\n" },
			{ "/etc/subgid", "bob:165536:65536\nodd\neve:296608:65536:9\n" } } },
	{ "no-subuid", WALL_IDS, 0, "for this user", "--add-subuids 100501-166036",
		{ { "/proc/self/status", "Uid:\t100500\t100500\n" }, PASSWD } },
	{ "no-subuid", WALL_IDS, 0, "of 65535 ids", "usermod",
		{ PLAIN, PASSWD, { "/etc/subuid", "alice:100000:1000\n" } } },
	{ "no-subgid", WALL_IDS, 0, "/etc/subgid", "usermod --add-subgids 165536-231071 alice",
		{ PLAIN, PASSWD, { "/etc/subuid", "1000:100000:65536\n" }, { "/etc/subgid", "\n" } } },
	{ "no-newuidmap", WALL_IDS, 0, "/usr/bin/newuidmap", "uidmap",
		{ PLAIN, PASSWD, { "/etc/subuid", "alice:100000:65536\n" },
			{ "/etc/subgid", "alice:100000:65536\n" } } },
	{ "newuidmap-powerless", WALL_IDS, 0, "no_new_privs", "NoNewPrivileges=no",
		{ { "/proc/self/status", "Uid:\t1000\t1000\nNoNewPrivs:\t1\n" }, PASSWD,
			{ "/etc/subuid", "alice:100000:65536\n" },
			{ "/etc/subgid", "alice:100000:65536\n" }, NEWIDMAP } },
	{ "newuidmap-refuses", WALL_IDS, 0, "refused", "unshare",
		{ PLAIN, PASSWD, { "/etc/subuid", "alice:100000:65536\n" },
			{ "/etc/subgid", "alice:100000:65536\n" }, NEWIDMAP } },
	{ "landlock-kernel", WALL_LANDLOCK, ENOSYS, "5.10", "newer kernel",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "5.10.0\n" } } },
	{ "landlock-not-listed", WALL_LANDLOCK, EOPNOTSUPP, "capability,yama",
		"lsm=landlock,capability,yama",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "6.1.0\n" },
			{ "/sys/kernel/security/lsm", "capability,yama" } } },
	{ "landlock-off", WALL_LANDLOCK, EOPNOTSUPP, "not started", "lsm=",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "6.1.0\n" } } },
	{ "landlock-not-built", WALL_LANDLOCK, ENOSYS, "without Landlock",
		"CONFIG_SECURITY_LANDLOCK",
		{ PLAIN, { "/proc/sys/kernel/osrelease", "6.1.0\n" } } },
	{ "cgroup-not-mounted", WALL_CGROUP, 0, "no cgroup hierarchy", "mount -t cgroup2",
		{ PLAIN, MOUNTS_PLAIN } },
	{ "cgroup-read-only", WALL_CGROUP, 0, "read-only", "--cgroupns=private",
		{ PLAIN, { "/proc/self/mountinfo",
				 "30 27 0:30 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n" } } },
	{ "cgroup-v1-not-ours", WALL_CGROUP, 0, "cgroup v1", "sudo cofferdam",
		{ PLAIN, { "/proc/self/mountinfo",
				 "30 27 0:30 / /sys/fs/cgroup/memory rw shared:9 - cgroup c rw\n" } } },
	{ "cgroup-in-service", WALL_CGROUP, 0, "part of runner.service",
		"systemctl edit runner.service",
		{ PLAIN, { "/run/systemd/system/x", "" }, MOUNTS_V2,
			{ "/proc/self/cgroup", "0::/system.slice/runner.service/sub\n" } } },
	{ "no-user-bus", WALL_CGROUP, 0, "no bus", "enable-linger",
		{ PLAIN, { "/run/systemd/system/x", "" }, MOUNTS_V2,
			{ "/proc/self/cgroup", "0::/user.slice/user-1000.slice/session-1.scope\n" } } },
	{ "cgroup-not-delegated", WALL_CGROUP, 0, "not delegated", "systemd-run --user --scope",
		{ PLAIN, { "/run/systemd/system/x", "" }, MOUNTS_V2,
			{ "/run/user/1000/bus", "" } } },
	{ "cgroup-not-ours", WALL_CGROUP, 0, "does not belong", "sudo cofferdam",
		{ PLAIN, { "/proc/self/mountinfo",
				 "30 27 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw\n" } } },
	{ "no-devpts", WALL_TTY, ENODEV, "devpts", "CONFIG_UNIX98_PTYS",
		{ PLAIN, { "/proc/filesystems", "nodev\ttmpfs\n\text4\n" } } },

	/* And what must not be blamed. */
	{ NULL, WALL_USER, EPERM, NULL, NULL, { PLAIN, NS_USER, MOUNTS_PLAIN } },
	{ NULL, WALL_USER, ENOSPC, NULL, NULL, { PLAIN } },
	{ NULL, WALL_PROC_MASK, EPERM, NULL, NULL, { PLAIN, MOUNTS_PLAIN } },
	{ NULL, WALL_MOUNT, EACCES, NULL, NULL,
		{ PLAIN, { "/proc/self/attr/current", "unconfined\n" } } },
	{ NULL, WALL_TTY, ENODEV, NULL, NULL, { PLAIN, { "/proc/filesystems", "nodev\tdevpts\n" } } },
	{ NULL, WALL_DISK, EIO, NULL, NULL, { FILTERED } },
	{ NULL, WALL_USER, EPERM, NULL, NULL, { { NULL, NULL } } },
};
/* clang-format on */

static void test_causes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cause_cases); i++) {
		const struct cause_case *c = &cause_cases[i];
		struct cause_found found;
		bool answered;

		empty_root();
		for (const struct file *file = c->files; file->path != NULL; file++)
			put_file(file);
		answered = cause_find(c->wall, c->errnum, root, &found);
		if (c->name == NULL) {
			if (answered)
				fail_msg("case %zu: nothing is known here, got %s", i, found.name);
			continue;
		}
		if (!answered)
			fail_msg("case %zu: expected %s, got nothing", i, c->name);
		assert_string_equal(found.name, c->name);
		if (strstr(found.text, c->in_text) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", c->name, found.text, c->in_text);
		if (strstr(found.remedy, c->in_remedy) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", c->name, found.remedy, c->in_remedy);
		assert_null(strstr(found.text, "{}"));
		assert_null(strstr(found.remedy, "{}"));
	}
}

static void test_a_batch_step(void **state)
{
	struct cause_found found;

	(void)state;
	empty_root();
	put_file(&(struct file)MOUNTS_V2);
	assert_int_equal(setenv("SLURM_JOB_ID", "4711", 1), 0);
	assert_true(cause_find(WALL_CGROUP, 0, root, &found));
	unsetenv("SLURM_JOB_ID");
	assert_string_equal(found.name, "cgroup-batch-step");
	assert_non_null(strstr(found.text, "Slurm job 4711"));
	assert_non_null(strstr(found.remedy, "sbatch --mem"));
}

/* A run explains the failure of a step by its name: a step that is renamed loses its cause. */
static void test_explained_steps_exist(void **state)
{
	const char *name;

	(void)state;
	assert_non_null(step_cause_step(0));
	for (size_t i = 0; (name = step_cause_step(i)) != NULL; i++) {
		bool found = false;

		assert_int_equal(strncmp(name, "keeper: ", 8), 0);
		for (size_t k = 0; k < keeper_steps.n; k++)
			found |= strcmp(keeper_steps.rows[k].name, name + 8) == 0;
		if (!found)
			fail_msg("no step is called \"%s\"", name);
	}
}

static void test_every_row_has_a_case(void **state)
{
	const char *name;

	(void)state;
	for (size_t i = 0; (name = cause_row(i)) != NULL; i++) {
		bool seen = strcmp(name, "cgroup-batch-step") == 0; /* test_a_batch_step() */

		for (size_t k = 0; k < ARRAY_LEN(cause_cases); k++)
			seen |= cause_cases[k].name != NULL &&
				strcmp(cause_cases[k].name, name) == 0;
		if (!seen)
			fail_msg("no case makes the row %s answer", name);
	}
}

/* A file larger than the reader's buffer, a line longer than it, and no last newline. */
static void test_facts_lines(void **state)
{
	char path[512], value[32];
	own_file FILE *out = NULL;

	(void)state;
	assert_true(facts_path(root, "/long", path, sizeof(path)));
	out = fopen(path, "we");
	assert_non_null(out);
	for (int i = 0; i < 2000; i++)
		fprintf(out, "key%d: %d\n", i, i);
	for (int i = 0; i < 10000; i++)
		fputc('x', out);
	fputs("key9: hidden in a long line\nlast: 1", out);
	assert_int_equal(fflush(out), 0);
	assert_true(facts_field(root, "/long", "key1999:", value, sizeof(value)));
	assert_string_equal(value, "1999");
	assert_true(facts_field(root, "/long", "last:", value, sizeof(value)));
	assert_string_equal(value, "1");
	assert_false(facts_field(root, "/long", "absent:", value, sizeof(value)));
	assert_false(facts_field(root, "/long", "key9: hidden", value, sizeof(value)));
	assert_false(facts_field(root, "/no/such", "key", value, sizeof(value)));
}

static void test_facts_values(void **state)
{
	static const struct file files[] = {
		{ "/n", "42\n" },
		{ "/word", "42x\n" },
		{ "/minus", "-1\n" },
		{ "/huge", "99999999999999999999999\n" },
		{ "/proc/sys/kernel/osrelease", "6.18.44-fc-v595\n" },
	};
	uint64_t number = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		put_file(&files[i]);
	assert_true(facts_number(root, "/n", &number));
	assert_int_equal(number, 42);
	assert_false(facts_number(root, "/word", &number));
	assert_false(facts_number(root, "/minus", &number));
	assert_false(facts_number(root, "/huge", &number));
	assert_false(facts_number(root, "/absent", &number));
	assert_int_equal(number, 42);
	assert_int_equal(facts_kernel(root), 618);
	assert_true(facts_listed("capability,landlock,yama", "landlock"));
	assert_true(facts_listed("landlock", "landlock"));
	assert_false(facts_listed("capability,landlocked", "landlock"));
	assert_false(facts_listed("", "landlock"));
}

/* ---- the examination ---- */

static int count_open(void)
{
	own_dir DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	return n;
}

/* Of this host, whatever it is: every wall has an answer, nothing is left open, and the
 * verdict follows from the rows. */
static void test_examine(void **state)
{
	const struct config config = { .color = COLOR_NEVER };
	struct doctor doctor;
	int before = count_open();
	bool ok = true;

	(void)state;
	if (emulated())
		skip(); /* what forks asserts that it has one thread */
	doctor_examine(&config, &doctor);
	assert_int_equal(count_open(), before);
	assert_true(doctor.extras_n > 0 && doctor.extras_n < DOCTOR_EXTRAS);
	for (int i = 0; i < WALL_COUNT; i++) {
		const struct doctor_row *row = &doctor.walls[i];

		assert_string_equal(row->name, wall_infos[i].name);
		assert_true(row->detail[0] != '\0');
		assert_int_equal(row->required, row->asked && !wall_infos[i].host_dependent);
		ok &= !row->required || row->state == WALL_ENFORCED;
	}
	for (size_t i = 0; i < doctor.extras_n; i++)
		ok &= !doctor.extras[i].required || doctor.extras[i].state == WALL_ENFORCED;
	assert_int_equal(doctor.ok, ok);
}

static void test_strict_requires_more(void **state)
{
	const struct config strict = { .strict = true, .allow_degraded = WALL_BIT(WALL_IDS) };
	struct doctor doctor;

	(void)state;
	if (emulated())
		skip(); /* as above */
	doctor_examine(&strict, &doctor);
	assert_true(doctor.walls[WALL_LANDLOCK].required);
	assert_true(doctor.walls[WALL_CGROUP].required);
	assert_false(doctor.walls[WALL_IDS].required);
	assert_false(doctor.walls[WALL_DOCKER].required);
}

static char *printed(const struct doctor *doctor, const struct config *config)
{
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	struct failure f;

	assert_non_null(out);
	assert_int_equal(doctor_print(doctor, NULL, config, out, &f), 0);
	fclose(out);
	return text;
}

/* A host that nobody has, printed both ways. */
static struct doctor invented(void)
{
	struct doctor doctor = { .ok = false };

	for (int i = 0; i < WALL_COUNT; i++)
		doctor.walls[i] = (struct doctor_row){ .name = wall_infos[i].name,
			.state = WALL_ENFORCED,
			.asked = true,
			.detail = "stands" };
	doctor.walls[WALL_USER].state = WALL_ABSENT;
	doctor.walls[WALL_USER].required = true;
	strcpy(doctor.walls[WALL_USER].cause.text, "a cause");
	strcpy(doctor.walls[WALL_USER].cause.remedy, "a remedy");
	return doctor;
}

static void test_print_text(void **state)
{
	struct doctor doctor = invented();
	const struct config plain = { .color = COLOR_NEVER }, colored = { .color = COLOR_ALWAYS };
	own_mem char *text = printed(&doctor, &plain);
	own_mem char *paint = printed(&doctor, &colored);

	(void)state;
	assert_non_null(strstr(text, "✗  user               absent    stands\n"));
	assert_non_null(strstr(text, " a cause\n"));
	assert_non_null(strstr(text, "→ a remedy\n"));
	assert_non_null(strstr(text, "does not work here"));
	assert_null(strchr(text, '\033'));
	assert_non_null(strstr(paint, "\033[31m✗\033[0m  user"));
	doctor.ok = true;
	free(text);
	text = printed(&doctor, &plain);
	assert_non_null(strstr(text, "cofferdam run works here."));
}

static void test_print_json(void **state)
{
	const struct doctor doctor = invented();
	const struct config config = { .json = true };
	own_mem char *text = printed(&doctor, &config);
	cJSON *o = cJSON_Parse(text), *user;

	(void)state;
	assert_non_null(o);
	user = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "walls"), WALL_USER);
	assert_string_equal(cJSON_GetObjectItem(o, "schema")->valuestring, "cofferdam.doctor/1");
	assert_true(cJSON_IsFalse(cJSON_GetObjectItem(o, "ok")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "walls")), WALL_COUNT);
	assert_string_equal(cJSON_GetObjectItem(user, "name")->valuestring, "user");
	assert_string_equal(cJSON_GetObjectItem(user, "state")->valuestring, "absent");
	assert_string_equal(cJSON_GetObjectItem(user, "cause")->valuestring, "a cause");
	user = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "walls"), WALL_PID);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(user, "remedy")));
	cJSON_Delete(o);
}

static void test_print_fails(void **state)
{
	const struct doctor doctor = invented();
	const struct config config = { .json = true };
	own_file FILE *full = fopen("/dev/full", "we");
	struct failure f = { 0 };

	(void)state;
	assert_non_null(full);
	assert_int_equal(doctor_print(&doctor, NULL, &config, full, &f), -1);
	assert_string_equal(f.what, "write the findings");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_causes, setup, teardown),
		cmocka_unit_test(test_a_batch_step),
		cmocka_unit_test(test_explained_steps_exist),
		cmocka_unit_test(test_every_row_has_a_case),
		cmocka_unit_test_setup_teardown(test_facts_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_facts_values, setup, teardown),
		cmocka_unit_test(test_examine),
		cmocka_unit_test(test_strict_requires_more),
		cmocka_unit_test(test_print_text),
		cmocka_unit_test(test_print_json),
		cmocka_unit_test(test_print_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
