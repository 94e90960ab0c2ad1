/* Which driver is chosen, on fake trees; what is written and read, on fake files; and
 * the whole life of a group on this machine's v1 hierarchies, where root can make one. */
#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_gc.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/limits/cgroup_v1.h"
#include "sandbox/limits/cgroup_v2.h"

#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ID_A     "0000000000000000000000000000aaaa"
#define ID_B     "0000000000000000000000000000bbbb"
#define ID_C     "0000000000000000000000000000cccc"
#define TEST_UID 64123 /* nobody's, so that no other run shares its directories */

static char top[64];

static void put(const char *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Write a file below top, with the directories that lead to it. */
static void put(const char *text, const char *fmt, ...)
{
	char name[256], path[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	for (char *slash = strchr(path + strlen(top) + 1, '/'); slash != NULL;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/cofferdam-test-XXXXXX");
	unsetenv("SLURM_JOB_ID");
	return mkdtemp(top) == NULL || chmod(top, 0755) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[160];

	(void)state;
	unsetenv("SLURM_JOB_ID");
	snprintf(command, sizeof(command), "chmod -R u+w '%s'; rm -rf -- '%s'", top, top);
	return system(command);
}

static const char v2_mount[] =
	"30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
static const char v1_mounts[] =
	"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
	"36 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	"39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
	"40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n"
	"41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
static const char v1_own[] =
	"4:memory:/job\n3:pids:/job\n2:cpu,cpuacct:/job\n1:name=systemd:/\n0::/\n";

/* A v2 group as the kernel shows it; procs: what cgroup.procs says. */
static void put_v2_group(const char *path, const char *controllers, const char *procs)
{
	put("domain\n", "%s/cgroup.type", path);
	put(controllers, "%s/cgroup.controllers", path);
	put(procs, "%s/cgroup.procs", path);
	put("", "%s/cgroup.subtree_control", path);
	put("", "%s/cgroup.threads", path);
}

static void put_v2_host(const char *own)
{
	char line[128];

	snprintf(line, sizeof(line), "0::%s\n", own);
	put(line, "proc/self/cgroup");
	put(v2_mount, "proc/self/mountinfo");
}

static void put_v1_host(const char *controllers_of_v2)
{
	static const char *const hierarchies[] = { "cpu,cpuacct", "memory", "pids" };

	put(v1_own, "proc/self/cgroup");
	put(v1_mounts, "proc/self/mountinfo");
	for (size_t i = 0; i < ARRAY_LEN(hierarchies); i++)
		put("", "sys/fs/cgroup/%s/job/cgroup.procs", hierarchies[i]);
	put(controllers_of_v2, "sys/fs/cgroup/unified/cgroup.controllers");
}

static void choose(struct cgroup *cg)
{
	struct failure f;

	assert_int_equal(cgroup_choose(cg, top, NULL, &f), 0);
	cgroup_inherit(cg, top);
}

/* As somebody who may not write: root would be let in everywhere. */
static void choose_without_permission(struct cgroup *cg)
{
	char command[160];

	if (geteuid() == 0) {
		assert_int_equal(seteuid(65534), 0);
		choose(cg);
		assert_int_equal(seteuid(0), 0);
		return;
	}
	snprintf(command, sizeof(command), "chmod -R a-w '%s'", top);
	assert_int_equal(system(command), 0);
	choose(cg);
}

static void expect(const struct cgroup *cg, enum cgroup_driver driver, const char *detail)
{
	if (cg->driver != driver || strstr(cg->detail, detail) == NULL)
		fail_msg("driver %s, detail \"%s\"; expected %s, \"%s\"",
			cgroup_driver_name(cg->driver), cg->detail, cgroup_driver_name(driver),
			detail);
}

static void v2_delegated_and_we_stand_in_it(void **state)
{
	struct cgroup cg;
	char self[24];

	(void)state;
	snprintf(self, sizeof(self), "%d\n", getpid());
	put_v2_host("/user.slice/run.scope");
	put_v2_group("sys/fs/cgroup/user.slice/run.scope", "cpu memory pids\n", self);
	choose(&cg);
	expect(&cg, CGROUP_V2, "delegated v2 directory /sys/fs/cgroup/user.slice/run.scope");
	assert_true(cg.launcher_in_parent);
	assert_int_equal(
		cg.at[0].controllers, CONTROLLER_CPU | CONTROLLER_MEMORY | CONTROLLER_PIDS);
	cgroup_release(&cg);
}

static void v2_handed_over_by_root(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v2_host("/cofferdam-uid-7/cofferdam-launchers");
	put_v2_group("sys/fs/cgroup/cofferdam-uid-7", "io memory\n", "");
	put_v2_group("sys/fs/cgroup/cofferdam-uid-7/cofferdam-launchers", "", "1\n2\n");
	choose(&cg);
	expect(&cg, CGROUP_V2, "");
	assert_string_equal(cg.at[0].path, "/sys/fs/cgroup/cofferdam-uid-7");
	assert_false(cg.launcher_in_parent);
	cgroup_release(&cg);
}

/* A task of Slurm's stays where Slurm signals it, and its sandboxes go into the group beside. */
static void v2_beside_a_task(void **state)
{
	static const char step[] = "sys/fs/cgroup/job_1/step_0/user";
	char path[128];
	struct cgroup cg;

	(void)state;
	put_v2_host("/job_1/step_0/user/task_0");
	put_v2_group(step, "memory pids\n", "");
	snprintf(path, sizeof(path), "%s/task_0", step);
	put_v2_group(path, "memory pids\n", "1\n2\n");
	snprintf(path, sizeof(path), "%s/task_0.cofferdam", step);
	put_v2_group(path, "memory pids\n", "");
	choose(&cg);
	expect(&cg, CGROUP_V2, "delegated v2 directory");
	assert_string_equal(cg.at[0].path, "/sys/fs/cgroup/job_1/step_0/user/task_0.cofferdam");
	assert_false(cg.launcher_in_parent);
	cgroup_release(&cg);
}

/* The group is theirs, and the one above it, in which both are, is not. */
static void v2_beside_a_task_that_may_not_go_there(void **state)
{
	char command[200];
	struct cgroup cg;

	v2_beside_a_task(state);
	snprintf(command, sizeof(command),
		"chown -R 65534 '%s'/sys/fs/cgroup/job_1/*/*/*.cofferdam", top);
	if (geteuid() == 0)
		assert_int_equal(system(command), 0);
	choose_without_permission(&cg);
	expect(&cg, CGROUP_NONE, "task_0 is not delegated to uid");
	cgroup_release(&cg);
}

static void v2_with_somebody_else_in_it(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v2_host("/s.scope");
	put_v2_group("sys/fs/cgroup/s.scope", "memory pids\n", "1\n2\n");
	choose(&cg);
	expect(&cg, CGROUP_NONE, "other processes are in /sys/fs/cgroup/s.scope");
	cgroup_release(&cg);
}

static void v2_not_delegated(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v2_host("/s.scope");
	put_v2_group("sys/fs/cgroup/s.scope", "memory pids\n", "");
	choose_without_permission(&cg);
	expect(&cg, CGROUP_NONE, "/sys/fs/cgroup/s.scope is not delegated");
	cgroup_release(&cg);
}

static void v2_without_controllers(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v2_host("/s.scope");
	put_v2_group("sys/fs/cgroup/s.scope", "hugetlb misc\n", "");
	choose(&cg);
	expect(&cg, CGROUP_NONE, "no memory, cpu or pids controller (only: hugetlb misc)");
	cgroup_release(&cg);
}

static void hybrid_takes_v1(void **state)
{
	struct cgroup cg;
	unsigned controllers = 0;

	(void)state;
	put_v1_host("hugetlb\n");
	choose(&cg);
	expect(&cg, CGROUP_V1, "v1 hierarchies: memory cpu cpuacct pids");
	expect(&cg, CGROUP_V1, "(only: hugetlb)");
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		controllers |= cg.at[i].controllers;
	assert_int_equal(controllers,
		CONTROLLER_MEMORY | CONTROLLER_CPU | CONTROLLER_CPUACCT | CONTROLLER_PIDS);
	assert_int_equal(cg.at[3].parent_fd, -1); /* cpu and cpuacct are one hierarchy here */
	cgroup_release(&cg);
}

static void v1_prefers_what_root_handed_over(void **state)
{
	struct cgroup cg;
	char path[128];

	(void)state;
	put_v1_host("");
	put("", "sys/fs/cgroup/memory/job/cofferdam-uid-%u/x", geteuid());
	choose(&cg);
	snprintf(path, sizeof(path), "/sys/fs/cgroup/memory/job/cofferdam-uid-%u", geteuid());
	expect(&cg, CGROUP_V1, "");
	assert_string_equal(cg.at[0].path, path);
	assert_string_equal(cg.at[1].path, "/sys/fs/cgroup/pids/job");
	cgroup_release(&cg);
}

static void v1_not_writable(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v1_host("");
	choose_without_permission(&cg);
	expect(&cg, CGROUP_NONE, "/sys/fs/cgroup/memory/job is not writable");
	cgroup_release(&cg);
}

/* A manager that writes down what it is asked, and moves us as a real one would. */
struct fake_manager {
	bool asked, lies;
	const char *error; /* NULL: it grants */
	char companion[64];
};

static int fake_start(void *data, const char *companion, struct failure *f)
{
	struct fake_manager *fake = data;

	fake->asked = true;
	snprintf(fake->companion, sizeof(fake->companion), "%s", companion ? companion : "");
	if (fake->error != NULL)
		return (fail)(f, ECONNREFUSED, "%s", fake->error);
	if (!fake->lies)
		put_v2_host("/user.slice/new.scope");
	return 0;
}

static int fake_look(void *data, char *ret_group, size_t size, char version[64], struct failure *f)
{
	struct fake_manager *fake = data;

	fake->asked = true;
	if (fake->error != NULL)
		return (fail)(f, 0, "%s", fake->error);
	snprintf(ret_group, size, "/user.slice/manager");
	snprintf(version, 64, "257");
	return 0;
}

static char slice[64]; /* "/user.slice/user-<ours>.slice" */

/* We stand in own, with another process; a scope would be all ours. */
static void put_login(const char *own)
{
	char path[160], self[24];

	snprintf(slice, sizeof(slice), "/user.slice/user-%u.slice", geteuid());
	snprintf(path, sizeof(path), "%s%s", slice, own);
	put_v2_host(path);
	put("cpu memory pids\n", "sys/fs/cgroup/cgroup.controllers");
	snprintf(path, sizeof(path), "sys/fs/cgroup%s%s", slice, own);
	put_v2_group(path, "cpu memory pids\n", "1\n2\n");
	snprintf(self, sizeof(self), "%d\n", getpid());
	put_v2_group("sys/fs/cgroup/user.slice/new.scope", "cpu memory pids\n", self);
}

static void ask(struct cgroup *cg, struct fake_manager *fake, bool looks)
{
	const struct cgroup_manager manager = {
		.start_scope = fake_start, .look = looks ? fake_look : NULL, .data = fake
	};
	struct failure f;

	assert_int_equal(cgroup_choose(cg, top, &manager, &f), 0);
}

static void a_scope_from_a_login(void **state)
{
	struct fake_manager fake = { 0 };
	struct cgroup cg;

	(void)state;
	put_login("/session-1.scope");
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_SYSTEMD, "a scope from the user's systemd; v2: other processes are in");
	assert_string_equal(cg.at[0].path, "/sys/fs/cgroup/user.slice/new.scope");
	assert_string_equal(fake.companion, "");
	assert_true(cg.launcher_in_parent);
	cgroup_release(&cg);
}

static void a_delegated_group_needs_no_scope(void **state)
{
	struct fake_manager fake = { 0 };
	struct cgroup cg;
	char path[128];

	(void)state;
	put_login("/session-1.scope");
	snprintf(path, sizeof(path), "%s/session-1.scope/cofferdam-launchers", slice);
	put_v2_host(path);
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_V2, "delegated v2 directory");
	assert_false(fake.asked);
	cgroup_release(&cg);
}

static void a_scope_is_bound_to_the_users_service(void **state)
{
	static const char *const cases[][2] = {
		{ "/user@7.service/app.slice/ci.service", "ci.service" },
		{ "/user@7.service/app.slice/a.service/sub/b", "a.service" },
		{ "/user@7.service/app.slice/x.scope", "" },
		{ "/user@7.service/init.scope", "" },
		{ "/user@7.service/app.slice/.service", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fake_manager fake = { .companion = "not asked" };
		struct cgroup cg;

		put_login(cases[i][0]);
		ask(&cg, &fake, false);
		assert_string_equal(fake.companion, cases[i][1]);
		cgroup_release(&cg);
	}
}

static void no_scope_where_it_would_lead_out(void **state)
{
	struct fake_manager fake = { 0 };
	struct cgroup cg;

	(void)state;
	put_login("/session-1.scope");
	setenv("SLURM_JOB_ID", "7", 1);
	ask(&cg, &fake, false);
	unsetenv("SLURM_JOB_ID");
	expect(&cg, CGROUP_NONE, "systemd: a scope would lead out of the batch step");

	put("1000000\n", "sys/fs/cgroup%s/session-1.scope/memory.max", slice);
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_NONE, "lead out of our limits (memory bytes 1000000)");
	put("max\n", "sys/fs/cgroup%s/session-1.scope/memory.max", slice);

	put("", "sys/fs/cgroup/cgroup.controllers");
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_NONE, "systemd: its scopes limit nothing");

	put_v2_host("/system.slice/runner.service");
	put("memory\n", "sys/fs/cgroup/cgroup.controllers");
	put_v2_group("sys/fs/cgroup/system.slice/runner.service", "memory\n", "1\n2\n");
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_NONE, "lead out of a group that is not user");
	assert_false(fake.asked);
}

/* The slice is above the scope too, and a pids limit is systemd's own. */
static void limits_that_stay_forbid_no_scope(void **state)
{
	struct fake_manager fake = { 0 };
	struct cgroup cg;

	(void)state;
	put_login("/session-1.scope");
	put("1000000\n", "sys/fs/cgroup%s/memory.max", slice);
	put("9000\n", "sys/fs/cgroup%s/session-1.scope/pids.max", slice);
	ask(&cg, &fake, false);
	expect(&cg, CGROUP_SYSTEMD, "");
	cgroup_release(&cg);
}

static void a_manager_that_fails_or_lies(void **state)
{
	struct fake_manager refuses = { .error = "the session bus is shut" },
			    lies = { .lies = true };
	struct cgroup cg;

	(void)state;
	put_login("/session-1.scope");
	ask(&cg, &refuses, false);
	expect(&cg, CGROUP_NONE, "systemd: the session bus is shut: Connection refused; v1: ");
	ask(&cg, &lies, false);
	expect(&cg, CGROUP_NONE,
		"systemd: a scope was granted, and yet v2: other processes are in");
	assert_true(lies.asked);
	assert_int_equal(cg.at[0].parent_fd, -1);
}

static void a_look_promises_what_the_manager_has(void **state)
{
	struct fake_manager fake = { 0 };
	struct cgroup cg;

	(void)state;
	put_login("/session-1.scope");
	put("memory\n", "sys/fs/cgroup/user.slice/manager/cgroup.controllers");
	ask(&cg, &fake, true);
	expect(&cg, CGROUP_SYSTEMD, "a scope from the user's systemd 257 (memory)");
	assert_int_equal(cg.at[0].controllers, CONTROLLER_MEMORY);
	assert_int_equal(cg.at[0].parent_fd, -1);
	put("hugetlb\n", "sys/fs/cgroup/user.slice/manager/cgroup.controllers");
	ask(&cg, &fake, true);
	expect(&cg, CGROUP_NONE, "the user's manager has no memory, cpu or pids");
}

static void a_container_that_limits_us(void **state)
{
	struct cgroup cg;

	(void)state;
	put("0::/docker/abc\n", "proc/self/cgroup");
	put("30 23 0:27 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
		"proc/self/mountinfo");
	put_v2_group("sys/fs/cgroup", "cpu memory pids\n", "1\n");
	put("2147483648\n", "sys/fs/cgroup/memory.max");
	put("100\n", "sys/fs/cgroup/pids.max");
	put("150000 100000\n", "sys/fs/cgroup/cpu.max");
	choose_without_permission(&cg);
	expect(&cg, CGROUP_INHERITED, "memory bytes 2147483648, cpu milli 1500, pids 100");
	cgroup_release(&cg);
}

/* systemd sets pids.max for every user; that alone is nobody's limit on this job. */
static void a_pids_limit_alone_is_not_inherited(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v2_host("/user-1.slice/s.scope");
	put_v2_group("sys/fs/cgroup/user-1.slice/s.scope", "memory pids\n", "1\n");
	put("max\n", "sys/fs/cgroup/user-1.slice/s.scope/memory.max");
	put("9000\n", "sys/fs/cgroup/user-1.slice/pids.max");
	choose(&cg);
	expect(&cg, CGROUP_NONE, "limits above us: pids 9000");
	cgroup_release(&cg);
}

static void a_container_with_masked_cgroups(void **state)
{
	struct cgroup cg;

	(void)state;
	put("0::/\n", "proc/self/cgroup");
	put("30 23 0:27 / / rw - overlay overlay rw\n", "proc/self/mountinfo");
	choose(&cg);
	expect(&cg, CGROUP_NONE, "v2: not mounted; v1: none mounted");
	cgroup_release(&cg);
	put("0::/../../x\n", "proc/self/cgroup");
	put(v2_mount, "proc/self/mountinfo");
	choose(&cg);
	expect(&cg, CGROUP_NONE, "our own group is not visible");
	cgroup_release(&cg);
}

static void no_proc_at_all(void **state)
{
	struct cgroup cg;

	(void)state;
	choose(&cg);
	expect(&cg, CGROUP_NONE, "proc/self/cgroup: No such file");
	cgroup_release(&cg);
}

static void a_slurm_step(void **state)
{
	struct cgroup cg;

	(void)state;
	put_v1_host("");
	put("1073741824\n", "sys/fs/cgroup/memory/memory.limit_in_bytes");
	put("9223372036854771712\n", "sys/fs/cgroup/memory/job/memory.limit_in_bytes");
	setenv("SLURM_JOB_ID", "4711", 1);
	choose_without_permission(&cg);
	expect(&cg, CGROUP_INHERITED, "Slurm job 4711; limits above us: memory bytes 1073741824");
	cgroup_release(&cg);
}

static void a_mount_point_with_a_space(void **state)
{
	struct cgroup_host host;
	struct failure f;

	(void)state;
	put("0::/a\n", "proc/self/cgroup");
	put("1 1 0:1 / /c\\040g rw shared:1 master:2 - cgroup2 none rw\n", "proc/self/mountinfo");
	assert_int_equal(cgroup_host_read(top, &host, &f), 0);
	assert_string_equal(host.v2.path, "/c g/a");
}

static void junk_in_proc_is_passed_over(void **state)
{
	struct cgroup_host host;
	struct failure f;

	(void)state;
	put("\n:\n::\nx\n9:memory\n0::/ok\n", "proc/self/cgroup");
	put("\n-\n - \n1 2 3\n1 1 0:1 / /m rw - cgroup2\n1 1 0:1 / /g rw - cgroup2 n rw\n",
		"proc/self/mountinfo");
	assert_int_equal(cgroup_host_read(top, &host, &f), 0);
	assert_string_equal(host.v2.path, "/g/ok");
	assert_int_equal(host.v1_n, 0);
}

/* A group of plain files instead of the kernel's. */
static void fake_group(struct cgroup *cg, enum cgroup_driver driver, unsigned controllers)
{
	char path[128];

	memset(cg, 0, sizeof(*cg));
	cg->driver = driver;
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		cg->at[i].fd = cg->at[i].parent_fd = -1;
	snprintf(path, sizeof(path), "%s/g", top);
	mkdir(path, 0755);
	cg->at[0].fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cg->at[0].controllers = controllers;
	assert_true(cg->at[0].fd >= 0);
}

static const struct limits all_limits = {
	.memory_bytes = 256 << 20,
	.swap_bytes = 0,
	.cpus_milli = 1500,
	.pids = 64,
	.io_weight = 50,
};

static void assert_file(const char *name, const char *expected)
{
	char path[160], text[64] = "";

	snprintf(path, sizeof(path), "%s/g/%s", top, name);
	own_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof(text) - 1) >= 0);
	assert_string_equal(text, expected);
}

static void v2_limits_are_written_and_read_back(void **state)
{
	struct limits applied;
	struct cgroup cg;
	struct failure f;

	(void)state;
	fake_group(&cg, CGROUP_V2, CONTROLLER_MEMORY | CONTROLLER_CPU | CONTROLLER_PIDS);
	put("", "g/memory.max");
	put("", "g/memory.oom.group");
	put("", "g/memory.swap.max");
	put("", "g/cpu.max");
	snprintf(cg.detail, sizeof(cg.detail), "chosen for a reason");
	put("", "g/pids.max");
	assert_int_equal(cgroup_limit(&cg, &all_limits, &applied, &f), 0);
	assert_file("memory.max", "268435456");
	assert_file("memory.swap.max", "0");
	assert_file("memory.oom.group", "1");
	assert_file("cpu.max", "150000 100000");
	assert_file("pids.max", "64");
	assert_int_equal(applied.memory_bytes, 256 << 20);
	assert_int_equal(applied.swap_bytes, 0);
	assert_int_equal(applied.cpus_milli, 1500);
	assert_int_equal(applied.pids, 64);
	assert_true(applied.io_weight == LIMIT_NONE);
	/* Ahead of what was said before: who has little room is told this. */
	assert_string_equal(cg.detail, "io weight: no controller; chosen for a reason");
	cgroup_release(&cg);
}

static void without_swap_accounting_swap_is_not_claimed(void **state)
{
	const struct limits limits = {
		.memory_bytes = 1 << 20,
		.swap_bytes = 0,
		.cpus_milli = LIMIT_NONE,
		.pids = LIMIT_NONE,
		.io_weight = LIMIT_NONE,
	};
	struct limits applied;
	struct cgroup cg;
	struct failure f;

	(void)state;
	fake_group(&cg, CGROUP_V2, CONTROLLER_MEMORY);
	put("", "g/memory.max");
	put("", "g/memory.oom.group");
	assert_int_equal(cgroup_limit(&cg, &limits, &applied, &f), 0);
	assert_true(applied.swap_bytes == UINT64_MAX);
	assert_non_null(strstr(cg.detail, "swap: not limited"));
	cgroup_release(&cg);

	fake_group(&cg, CGROUP_V1, CONTROLLER_MEMORY);
	put("", "g/memory.limit_in_bytes");
	assert_int_equal(cgroup_limit(&cg, &limits, &applied, &f), 0);
	assert_true(applied.swap_bytes == UINT64_MAX);
	assert_non_null(strstr(cg.detail, "swap: not limited"));
	cgroup_release(&cg);
}

static void a_weight_counts_where_a_disk_heeds_it(void **state)
{
	char sys[160];

	(void)state;
	snprintf(sys, sizeof(sys), "%s/sys", top);
	assert_false(cgroup_weight_heeded(sys));
	put("[none] mq-deadline bfq \n", "sys/block/vda/queue/scheduler");
	put("254:0 enable=0 ctrl=auto\n", "sys/fs/cgroup/io.cost.qos");
	assert_false(cgroup_weight_heeded(sys));
	put("254:0 enable=0 ctrl=auto\n254:16 enable=1 ctrl=user\n", "sys/fs/cgroup/io.cost.qos");
	assert_true(cgroup_weight_heeded(sys));
	put("", "sys/fs/cgroup/io.cost.qos");
	put("none mq-deadline [bfq] \n", "sys/block/vdb/queue/scheduler");
	assert_true(cgroup_weight_heeded(sys));
}

/* What is longer than the text that we write stays behind it in a plain file: a kernel
 * that keeps another value than ours must be noticed just so. */
static void a_limit_that_does_not_take_is_a_failure(void **state)
{
	static const struct {
		const char *file, *text;
		unsigned controller;
		enum cgroup_driver driver;
	} rows[] = {
		{ "memory.max", "0000000000000000", CONTROLLER_MEMORY, CGROUP_V2 },
		{ "cpu.max", "000000000000000000000000", CONTROLLER_CPU, CGROUP_V2 },
		{ "pids.max", "1111", CONTROLLER_PIDS, CGROUP_V2 },
		{ "io.weight", "", CONTROLLER_IO, CGROUP_V2 },
		{ "memory.limit_in_bytes", "0000000000000000", CONTROLLER_MEMORY, CGROUP_V1 },
		{ "pids.max", "1111", CONTROLLER_PIDS, CGROUP_V1 },
		{ "blkio.bfq.weight", "1111", CONTROLLER_IO, CGROUP_V1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct limits applied = { .pids = 12345 };
		struct cgroup cg;
		struct failure f = { 0 };

		put(rows[i].text, "g/%s", rows[i].file);
		fake_group(&cg, rows[i].driver, rows[i].controller);
		if (cgroup_limit(&cg, &all_limits, &applied, &f) == 0)
			fail_msg("%s was believed", rows[i].file);
		assert_non_null(strstr(f.what, rows[i].file));
		assert_int_equal(applied.pids, 12345); /* untouched on failure */
		cgroup_release(&cg);
	}
}

static void v2_counters_are_read(void **state)
{
	struct cgroup_usage usage;
	struct cgroup cg;

	(void)state;
	fake_group(&cg, CGROUP_V2, CONTROLLER_MEMORY);
	put("usage_usec 9\nuser_usec 5000\nsystem_usec 7999\n", "g/cpu.stat");
	put("4096\n", "g/memory.peak");
	put("low 0\noom 2\noom_kill 3\noom_group_kill 1\n", "g/memory.events");
	put("8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2 rios=1\n", "g/io.stat");
	cgroup_usage(&cg, &usage);
	assert_int_equal(usage.cpu_user_ms, 5);
	assert_int_equal(usage.cpu_system_ms, 7);
	assert_int_equal(usage.memory_peak_bytes, 4096);
	assert_int_equal(usage.oom_kills, 3);
	assert_int_equal(usage.io_read_bytes, 11);
	assert_int_equal(usage.io_write_bytes, 22);
	assert_true(usage.pids_peak == UINT64_MAX); /* no such file: not known, not zero */
	cgroup_release(&cg);
}

static enum cgroup_fate fate(void *data, const char *id)
{
	(void)data;
	if (strcmp(id, ID_A) == 0)
		return CGROUP_KEEP;
	return strcmp(id, ID_B) == 0 ? CGROUP_DEAD : CGROUP_UNKNOWN;
}

static void count_removed(void *data, const char *path, bool removed, const char *detail)
{
	(void)path;
	(void)detail;
	*(unsigned *)data += removed ? 1 : 0;
}

static bool exists(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return lstat(path, &st) == 0;
}

static void gc_removes_dead_groups_only(void **state)
{
	static const char *const names[] = { ID_A, ID_B, ID_C, "x" };
	unsigned removed = 0;

	(void)state;
	put_v2_host("/");
	put(v2_mount, "proc/self/mountinfo");
	put("", "sys/fs/cgroup/cgroup.procs");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/sys/fs/cgroup/cofferdam-%s", top, names[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	cgroup_gc(top, true, false, fate, count_removed, &removed);
	assert_int_equal(removed, 0);
	assert_true(exists("sys/fs/cgroup/cofferdam-" ID_B));
	cgroup_gc(top, false, false, fate, count_removed, &removed);
	assert_int_equal(removed, 1);
	assert_true(exists("sys/fs/cgroup/cofferdam-" ID_A));
	assert_false(exists("sys/fs/cgroup/cofferdam-" ID_B));
	assert_true(exists("sys/fs/cgroup/cofferdam-" ID_C)); /* unknown and young */
	assert_true(exists("sys/fs/cgroup/cofferdam-x"));
}

/* Between the look for a parent and the run's own directory in it, whoever runs a gc. */
static void gc_leaves_what_a_starting_run_holds(void **state)
{
	unsigned removed = 0;
	char path[256];
	struct cgroup cg;

	(void)state;
	if (geteuid() != 0)
		skip(); /* nobody else removes these */
	put_v1_host("");
	snprintf(path, sizeof(path), "%s/sys/fs/cgroup/memory/job/cofferdam-uid-0", top);
	assert_int_equal(mkdir(path, 0755), 0);
	choose(&cg);
	cgroup_gc(top, false, false, fate, count_removed, &removed);
	assert_int_equal(mkdirat(cg.at[0].parent_fd, "cofferdam-" ID_A, 0755), 0);
	assert_int_equal(unlinkat(cg.at[0].parent_fd, "cofferdam-" ID_A, AT_REMOVEDIR), 0);
	assert_int_equal(removed, 0);
	cgroup_release(&cg);
	cgroup_gc(top, false, false, fate, count_removed, &removed);
	assert_int_equal(removed, 1);
	assert_false(exists("sys/fs/cgroup/memory/job/cofferdam-uid-0"));
}

/* Anybody may take the lock of what anybody may read. */
static void a_lock_of_another_keeps_nobody_from_a_run(void **state)
{
	char path[256];
	struct cgroup cg;

	(void)state;
	put_v1_host("");
	put("", "sys/fs/cgroup/memory/job/cofferdam-uid-%u/x", geteuid());
	snprintf(
		path, sizeof(path), "%s/sys/fs/cgroup/memory/job/cofferdam-uid-%u", top, geteuid());
	own_fd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	choose(&cg);
	assert_string_equal(cg.at[0].path, path + strlen(top));
	cgroup_release(&cg);
}

static void gc_by_path_wants_a_cgroup_file_system(void **state)
{
	char path[256];
	unsigned removed = 0;

	(void)state;
	put("", "cofferdam-" ID_B "/file");
	snprintf(path, sizeof(path), "%s/cofferdam-" ID_B, top);
	cgroup_gc_path(path, ID_B, false, count_removed, &removed);
	assert_int_equal(removed, 0);
	assert_true(exists("cofferdam-" ID_B));
}

static void names_of_groups_are_exact(void **state)
{
	(void)state;
	assert_string_equal(cgroup_run_id("cofferdam-" ID_A), ID_A);
	assert_null(cgroup_run_id("cofferdam-" ID_A "0"));
	assert_null(cgroup_run_id("cofferdam-launchers"));
	assert_null(cgroup_run_id("cofferdam-uid-65534"));
	assert_null(cgroup_run_id("cofferdam-0000000000000000000000000000AAAA"));
	assert_null(cgroup_run_id(ID_A));
}

/* The kernel's own v1. */

static struct cgroup_host real_host;

static void need_real_v1(void)
{
	struct failure f;
	unsigned found = 0;

	if (geteuid() != 0) {
		print_message("SKIP: only root can hand over v1 hierarchies\n");
		skip();
	}
	if (cgroup_host_read("", &real_host, &f) == 0)
		for (size_t i = 0; i < real_host.v1_n; i++) {
			own_fd int fd = cgroup_host_open("", real_host.v1[i].path);

			if (fd >= 0 && faccessat(fd, ".", W_OK, AT_EACCESS) == 0)
				found |= real_host.v1[i].controllers;
		}
	if ((found & (CONTROLLER_MEMORY | CONTROLLER_PIDS)) !=
		(CONTROLLER_MEMORY | CONTROLLER_PIDS)) {
		print_message("SKIP: no writable v1 hierarchies for memory and pids\n");
		skip();
	}
	if ((real_host.v2.controllers & CONTROLLERS_THAT_LIMIT) != 0) {
		print_message("SKIP: v2 has the controllers here\n");
		skip();
	}
}

static unsigned remove_handed_over(void)
{
	unsigned left = 0;

	for (size_t i = 0; i < real_host.v1_n; i++) {
		char path[CGROUP_PATH_BYTES + 32];

		snprintf(path, sizeof(path), "%s/cofferdam-uid-%d", real_host.v1[i].path, TEST_UID);
		if (rmdir(path) < 0 && access(path, F_OK) == 0)
			left++;
	}
	return left;
}

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, f.what);        \
			return 1;                                                                  \
		}                                                                                  \
	} while (0)

/* A process in the group runs body; how it ended. */
static int in_group(const struct cgroup *cg, int (*body)(void))
{
	struct failure f;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(cgroup_enter_self(cg, &f) < 0 ? 99 : body());
	waitpid(pid, &status, 0);
	return status;
}

static int eat_memory(void)
{
	size_t size = 128 << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < size; i += 4096)
		p[i] = 1;
	return 0;
}

/* How many forks the pids limit lets through. Raw clones: no sanitizer in between. */
static int bomb(void)
{
	for (int i = 0; i < 50; i++) {
		long pid = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid == 0)
			for (;;)
				pause();
		if (pid < 0)
			return i;
	}
	return 98;
}

static int life_as_user(void)
{
	const struct limits limits = {
		.memory_bytes = 32 << 20,
		.swap_bytes = 0,
		.cpus_milli = 500,
		.pids = 8,
		.io_weight = 50,
	};
	const struct limits tighter = {
		.memory_bytes = 16 << 20,
		.swap_bytes = 0,
		.cpus_milli = 250,
		.pids = 4,
		.io_weight = LIMIT_NONE,
	};
	struct limits applied;
	struct cgroup_usage usage;
	struct failure f = { 0 };
	unsigned removed = 0;
	struct cgroup cg;

	MUST(setgroups(0, NULL) == 0 && setresgid(TEST_UID, TEST_UID, TEST_UID) == 0 &&
		setresuid(TEST_UID, TEST_UID, TEST_UID) == 0);
	MUST(cgroup_choose(&cg, "/", NULL, &f) == 0 && cg.driver == CGROUP_V1);
	MUST(cgroup_create(&cg, ID_A, &limits, &applied, &f) == 0);
	MUST(applied.memory_bytes == limits.memory_bytes && applied.pids == 8);
	MUST(cgroup_clone_fd(&cg) == -1);
	int status = in_group(&cg, eat_memory);
	MUST(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	status = in_group(&cg, bomb);
	MUST(WIFEXITED(status) && WEXITSTATUS(status) == 7); /* and the bomber is the eighth */
	cgroup_usage(&cg, &usage);
	MUST(usage.oom_kills >= 1 && usage.oom_kills != UINT64_MAX);
	MUST(usage.memory_peak_bytes > 16 << 20 && usage.memory_peak_bytes <= 32 << 20);

	/* What a killed launcher leaves, seven orphans: gc finds it by its name, kills and removes. */
	cgroup_gc_path(cg.at[0].path, ID_B, false, count_removed, &removed);
	MUST(removed == 0);
	cgroup_gc("/", false, false, fate, count_removed, &removed);
	MUST(removed == 0); /* fate() says that ID_A lives */
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		cgroup_gc_path(cg.at[i].path, ID_A, false, count_removed, &removed);
	MUST(removed >= 2 && access(cg.at[0].path, F_OK) < 0);
	cgroup_release(&cg);

	MUST(cgroup_choose(&cg, "/", NULL, &f) == 0);
	MUST(cgroup_create(&cg, ID_C, &limits, &applied, &f) == 0);
	MUST(cgroup_limit(&cg, &tighter, &applied, &f) == 0);
	MUST(applied.memory_bytes == 16 << 20 && applied.swap_bytes == 0 && applied.pids == 4);
	pid_t pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	MUST(cgroup_enter(&cg, pid, &f) == 0);
	removed = 0;
	cgroup_remove(&cg, 1000, count_removed, &removed);
	MUST(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	MUST(removed >= 2 && access(cg.at[0].path, F_OK) < 0);
	cgroup_release(&cg);
	return 0;
}

static void the_life_of_a_real_v1_group(void **state)
{
	struct failure f = { 0 };
	int status;

	(void)state;
	need_real_v1();
	if (cgroup_prepare("/", TEST_UID, TEST_UID, 0, &f) < 0)
		fail_msg("%s", f.what);
	pid_t pid = fork();
	if (pid == 0)
		_exit(life_as_user());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(remove_handed_over(), 0);
	assert_int_equal(status, 0);
}

static void a_handed_over_name_of_another_user_is_refused(void **state)
{
	struct failure f = { 0 };

	(void)state;
	need_real_v1();
	for (size_t i = 0; i < real_host.v1_n; i++) {
		char path[CGROUP_PATH_BYTES + 32];

		snprintf(path, sizeof(path), "%s/cofferdam-uid-%d", real_host.v1[i].path, TEST_UID);
		mkdir(path, 0755);
		assert_int_equal(chown(path, TEST_UID + 1, 0), 0);
	}
	int result = cgroup_prepare("/", TEST_UID, TEST_UID, 0, &f);
	assert_int_equal(remove_handed_over(), 0);
	assert_int_equal(result, -1);
	assert_non_null(strstr(f.what, "belongs to uid 64124"));
}

/* Without controllers, a v2 group can still be born into, killed and removed. */
static int sleep_in_v2(int cgroup_fd)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
			set_tid, set_tid_size, cgroup;
	} args = { .flags = UINT64_C(0x200000000),
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup_fd };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		for (;;)
			pause();
	return (int)pid;
}

static void real_v2_group(struct cgroup *cg, const char *path)
{
	memset(cg, 0, sizeof(*cg));
	for (size_t i = 0; i < CGROUP_HIERARCHIES; i++)
		cg->at[i].fd = cg->at[i].parent_fd = -1;
	cg->driver = CGROUP_V2;
	strcpy(cg->at[0].path, path);
	cg->at[0].parent_fd = cgroup_host_open("", path);
}

static void the_life_of_a_real_v2_group(void **state)
{
	struct limits applied;
	struct cgroup_usage usage;
	struct failure f = { 0 };
	struct cgroup_host host;
	unsigned removed = 0;
	struct cgroup cg;
	int status;

	(void)state;
	if (cgroup_host_read("", &host, &f) < 0 || host.v2.path[0] == '\0' ||
		access(host.v2.path, W_OK) < 0) {
		print_message("SKIP: no writable v2 hierarchy\n");
		skip();
	}
	real_v2_group(&cg, host.v2.path);
	if (cgroup_create(&cg, ID_B, &limits_none, &applied, &f) < 0)
		fail_msg("%s", f.what);
	int pid = sleep_in_v2(cgroup_clone_fd(&cg));
	assert_true(pid > 0);
	cgroup_usage(&cg, &usage);
	cgroup_kill(&cg);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	cgroup_remove(&cg, 1000, count_removed, &removed);
	assert_int_equal(removed, 1);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_true(usage.cpu_system_ms != UINT64_MAX);
	assert_true(access(cg.at[0].path, F_OK) < 0);
	cgroup_release(&cg);
}

static bool stand_in(const char *path)
{
	char line[CGROUP_PATH_BYTES], expected[CGROUP_PATH_BYTES + 8];
	own_file FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = false;

	snprintf(expected, sizeof(expected), "0::%s\n", path);
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		found |= strcmp(line, expected) == 0;
	return found;
}

static bool real_v2_run(struct cgroup *cg, const char *id, struct failure *f)
{
	struct limits applied;
	int status = 0;

	if (cgroup_create(cg, id, &limits_none, &applied, f) < 0)
		return false;
	int pid = sleep_in_v2(cgroup_clone_fd(cg));
	if (pid > 0) {
		cgroup_kill(cg);
		waitpid(pid, &status, 0);
	} else {
		snprintf(f->what, sizeof(f->what), "clone3: %s", strerror(errno));
	}
	return pid > 0 && WIFSIGNALED(status);
}

/* Root hands a subtree over and steps into it: then, and only then, the user that it
 * becomes may start processes in groups of that subtree. */
static int v2_as_user(const struct cgroup_host *host)
{
	char parent[CGROUP_PATH_BYTES + 32], leaf[128];
	struct failure f = { 0 };
	unsigned removed = 0;
	struct cgroup cg;

	snprintf(parent, sizeof(parent), "%s/cofferdam-uid-%d", host->v2.path, TEST_UID);
	snprintf(leaf, sizeof(leaf), "/cofferdam-uid-%d/cofferdam-launchers", TEST_UID);
	MUST(cgroup_v2_prepare("", host, TEST_UID, TEST_UID, 0, &f) == 0);
	MUST(stand_in(leaf));
	MUST(setgroups(0, NULL) == 0 && setresgid(TEST_UID, TEST_UID, TEST_UID) == 0 &&
		setresuid(TEST_UID, TEST_UID, TEST_UID) == 0);
	real_v2_group(&cg, parent);
	MUST(real_v2_run(&cg, ID_B, &f));
	cgroup_remove(&cg, 1000, count_removed, &removed);
	MUST(removed == 1 && stand_in(leaf));
	cgroup_release(&cg);
	return 0;
}

/* A launcher that stands in its delegated group steps aside and comes back. */
static int v2_step_aside(const struct cgroup_host *host)
{
	char parent[CGROUP_PATH_BYTES + 64], path[64];
	struct failure f = { 0 };
	struct cgroup cg;

	snprintf(path, sizeof(path), "/cofferdam-uid-%d", TEST_UID);
	snprintf(parent, sizeof(parent), "%s%s", host->v2.path, path);
	mkdir(parent, 0755);
	real_v2_group(&cg, parent);
	own_fd int own = openat(cg.at[0].parent_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	MUST(own >= 0 && write(own, "0", 1) == 1 && stand_in(path));
	cg.launcher_in_parent = true;
	MUST(real_v2_run(&cg, ID_B, &f));
	MUST(!stand_in(path));
	cgroup_remove(&cg, 1000, NULL, NULL);
	MUST(stand_in(path) && !cg.launcher_moved);
	cgroup_release(&cg);
	return 0;
}

static void v2_child(int (*body)(const struct cgroup_host *))
{
	char path[CGROUP_PATH_BYTES + 64];
	struct cgroup_host host;
	struct failure f;
	int status;

	if (geteuid() != 0 || cgroup_host_read("", &host, &f) < 0 ||
		strlen(host.v2.path) != host.v2.mount_length || access(host.v2.path, W_OK) < 0) {
		print_message("SKIP: not root at the root of a v2 hierarchy\n");
		skip();
	}
	host.v2.controllers |=
		CONTROLLER_MEMORY; /* it need not be there to hand over a directory */
	pid_t pid = fork();
	if (pid == 0)
		_exit(body(&host));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	snprintf(path, sizeof(path), "%s/cofferdam-uid-%d/cofferdam-launchers", host.v2.path,
		TEST_UID);
	rmdir(path);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(status, 0);
}

static void a_real_v2_subtree_is_handed_over(void **state)
{
	(void)state;
	v2_child(v2_as_user);
}

static void a_real_v2_launcher_steps_aside(void **state)
{
	(void)state;
	v2_child(v2_step_aside);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(v2_delegated_and_we_stand_in_it),
		TEST(v2_handed_over_by_root),
		TEST(v2_beside_a_task),
		TEST(v2_beside_a_task_that_may_not_go_there),
		TEST(v2_with_somebody_else_in_it),
		TEST(v2_not_delegated),
		TEST(v2_without_controllers),
		TEST(a_scope_from_a_login),
		TEST(a_delegated_group_needs_no_scope),
		TEST(a_scope_is_bound_to_the_users_service),
		TEST(no_scope_where_it_would_lead_out),
		TEST(limits_that_stay_forbid_no_scope),
		TEST(a_manager_that_fails_or_lies),
		TEST(a_look_promises_what_the_manager_has),
		TEST(hybrid_takes_v1),
		TEST(v1_prefers_what_root_handed_over),
		TEST(v1_not_writable),
		TEST(a_container_that_limits_us),
		TEST(a_pids_limit_alone_is_not_inherited),
		TEST(a_container_with_masked_cgroups),
		TEST(no_proc_at_all),
		TEST(a_slurm_step),
		TEST(a_mount_point_with_a_space),
		TEST(junk_in_proc_is_passed_over),
		TEST(v2_limits_are_written_and_read_back),
		TEST(a_weight_counts_where_a_disk_heeds_it),
		TEST(without_swap_accounting_swap_is_not_claimed),
		TEST(a_limit_that_does_not_take_is_a_failure),
		TEST(v2_counters_are_read),
		TEST(gc_removes_dead_groups_only),
		TEST(gc_leaves_what_a_starting_run_holds),
		TEST(a_lock_of_another_keeps_nobody_from_a_run),
		TEST(gc_by_path_wants_a_cgroup_file_system),
		TEST(names_of_groups_are_exact),
		TEST(the_life_of_a_real_v1_group),
		TEST(a_handed_over_name_of_another_user_is_refused),
		TEST(the_life_of_a_real_v2_group),
		TEST(a_real_v2_subtree_is_handed_over),
		TEST(a_real_v2_launcher_steps_aside),
	};
	umask(022);
	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
