/* The command line alone: no configuration file is in reach of these tests. */
#include "sandbox/config/options.h"

#include "sandbox/base/own.h"
#include "sandbox/config/arguments.h"
#include "sandbox/config/request.h"
#include "sandbox/docker/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 12

struct reading {
	enum verb verb, topic;
	struct config config;
	struct failure f;
};

/* words: argv without the program, NULL-terminated. */
static int read_words(struct reading *r, const char *const words[])
{
	char *argv[WORDS_MAX + 2] = { (char *)"cofferdam" };
	int argc = 1;

	while (words[argc - 1] != NULL) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	memset(&r->f, 0, sizeof(r->f));
	return config_read_below(
		"/nonexistent", argc, argv, &r->verb, &r->topic, &r->config, &r->f);
}

#define READ(r, ...) read_words(r, (const char *const[]){ __VA_ARGS__, NULL })

static int isolate(void **state)
{
	(void)state;
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	return 0;
}

static void assert_read(struct reading *r, int result)
{
	if (result < 0)
		fail_msg("%s (%s)", r->f.what, r->f.remedy);
}

static void assert_refused(struct reading *r, int result, const char *what, const char *remedy)
{
	if (result == 0)
		fail_msg("accepted, expected %s", what);
	if (strstr(r->f.what, what) == NULL || strstr(r->f.remedy, remedy) == NULL)
		fail_msg("expected '%s' '%s', got '%s' '%s'", what, remedy, r->f.what, r->f.remedy);
	assert_string_equal(r->f.step, "launcher: read the options");
	assert_null(r->config.source);
	assert_int_equal(r->config.env.n, 0);
}

static void has_the_designs_defaults(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r, READ(&r, "run", "none"));
	assert_int_equal(r.verb, VERB_RUN);
	assert_string_equal(r.config.source, "none");
	assert_int_equal(r.config.command.n, 0);
	assert_int_equal(r.config.depth, 1);
	assert_true(r.config.limits.memory_bytes == UINT64_C(2) << 30);
	assert_true(r.config.limits.swap_bytes == 0);
	assert_true(r.config.limits.cpus_milli == LIMIT_NONE);
	assert_int_equal(r.config.limits.pids, 4096);
	assert_true(r.config.limits.io_weight == LIMIT_NONE);
	assert_true(r.config.limits.app_size_bytes == UINT64_C(2) << 30);
	assert_true(r.config.limits.app_inodes == 1048576);
	assert_int_equal(r.config.limits.timeout_s, 3600);
	assert_true(r.config.limits.idle_timeout_s == LIMIT_NONE);
	assert_true(r.config.limits.output_limit_bytes == 64 << 20);
	assert_int_equal(r.config.color, COLOR_AUTO);
	assert_true(r.config.required == 0); /* defaults ask for no wall */
	assert_true(r.config.allow_degraded == 0);
	assert_false(r.config.submodules || r.config.root_inside || r.config.allow_32bit ||
		     r.config.allow_chown || r.config.allow_userns || r.config.strict ||
		     r.config.quiet);
	assert_null(r.config.run_as);
	config_release(&r.config);
}

static void every_row_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		assert_true(strlen(o->name) < ARGUMENT_NAME_SIZE - 2);
		assert_ptr_equal(option_find(o->name, strlen(o->name)), o);
		assert_non_null(o->help);
		assert_true(o->verbs != 0);
		if (o->letter != 0)
			assert_ptr_equal(option_find_letter(o->letter), o);
		if (o->type == OPTION_QUANTITY || o->type == OPTION_TALLY)
			assert_true(o->width == 4 || o->width == 8);
		if (o->type == OPTION_QUANTITY && o->width == 4)
			assert_true(o->range.max < UINT32_MAX);
		for (size_t k = 0; k < i; k++)
			assert_false(o->width > 0 && options[k].width > 0 &&
				     options[k].offset == o->offset);
	}
	assert_null(option_find("", 0));
	assert_null(option_find("mem", 3));
	assert_null(option_find("memoryx", 7));
	assert_null(option_find_letter('\0'));
}

static void a_repository_has_the_ranges_of_the_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < REQUEST_KEYS; i++) {
		const struct request_key *key = &request_keys[i];
		const struct option *o = option_find(key->name, strlen(key->name));

		assert_non_null(o);
		assert_true(option_is_tightenable(o));
		assert_int_equal(o->width, key->width);
		assert_int_equal(o->range.unit, key->range.unit);
		assert_true(o->range.min == key->range.min && o->range.max == key->range.max);
		assert_true(o->range.none == key->range.none &&
			    o->range.boundless == key->range.boundless);
	}
	assert_false(option_is_tightenable(option_find("io-weight", 9)));
	assert_false(option_is_tightenable(option_find("env", 3)));
}

static void takes_values_in_both_forms(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r,
		READ(&r, "run", "--memory", "1G", "x", "--pids=10", "--", "make", "--pids", "-v"));
	assert_true(r.config.limits.memory_bytes == 1 << 30);
	assert_int_equal(r.config.limits.pids, 10);
	assert_string_equal(r.config.source, "x");
	assert_int_equal(r.config.command.n, 3);
	assert_string_equal(r.config.command.v[1], "--pids");
	assert_string_equal(r.config.command.v[2], "-v");
	assert_null(r.config.command.v[3]);
	assert_true(r.config.required == (WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_DOCKER_LIMITS)));
	config_release(&r.config);

	assert_read(&r, READ(&r, "run", "--memory=1G", "--memory=3G", "x")); /* the last counts */
	assert_true(r.config.limits.memory_bytes == UINT64_C(3) << 30);
	config_release(&r.config);

	assert_read(&r, READ(&r, "run", "-qvv", "x", "-v", "--strict", "--submodules=false",
				"--steps=true"));
	assert_true(r.config.quiet && r.config.strict && r.config.steps && !r.config.submodules);
	assert_int_equal(r.config.verbose, 3);
	config_release(&r.config);
}

static void knows_the_verbs(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r, READ(&r, "doctor", "--json"));
	assert_int_equal(r.verb, VERB_DOCTOR);
	assert_true(r.config.json);
	config_release(&r.config);
	assert_read(&r, READ(&r, "gc", "--dry-run"));
	assert_int_equal(r.verb, VERB_GC);
	assert_true(r.config.dry_run);
	config_release(&r.config);
	assert_read(&r, READ(&r, "ps"));
	assert_int_equal(r.verb, VERB_PS);
	config_release(&r.config);
	assert_read(&r, READ(&r, "--version"));
	assert_int_equal(r.verb, VERB_VERSION);
	config_release(&r.config);
	assert_read(&r, READ(&r, "explain", "--json", "none"));
	assert_int_equal(r.verb, VERB_EXPLAIN);
	config_release(&r.config);

	assert_read(&r, READ(&r, "shell", "--pids", "7", "none"));
	assert_int_equal(r.verb, VERB_SHELL);
	assert_true(r.config.shell);
	assert_string_equal(r.config.command.v[0], "/bin/sh");
	config_release(&r.config);

	assert_refused(&r, read_words(&r, (const char *const[]){ NULL }), "no verb", "--help");
	assert_refused(&r, READ(&r, "rum"), "no verb 'rum'", "run");
	assert_refused(&r, READ(&r, "xyzzy"), "no verb 'xyzzy'", "doctor");
	assert_refused(&r, READ(&r, ""), "no verb ''", "");
	assert_refused(&r, READ(&r, "-q", "run"), "where the verb belongs", "follow the verb");
}

static void help_is_everywhere(void **state)
{
	struct reading r;

	(void)state;
	for (size_t i = 0; i < VERB_INFOS; i++) {
		assert_read(&r, READ(&r, verb_infos[i].name, "--help"));
		assert_int_equal(r.verb, VERB_HELP);
		assert_int_equal(r.topic, verb_infos[i].verb);
		config_release(&r.config);
		assert_read(&r, READ(&r, "help", verb_infos[i].name));
		assert_int_equal(r.topic, verb_infos[i].verb);
		config_release(&r.config);
	}
	assert_read(&r, READ(&r, "--help"));
	assert_int_equal(r.topic, VERB_HELP);
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "none", "-h", "word", "--", "make"));
	assert_int_equal(r.verb, VERB_HELP);
	assert_int_equal(r.topic, VERB_RUN);
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "none", "--", "make", "--help")); /* make's own */
	assert_int_equal(r.verb, VERB_RUN);
	config_release(&r.config);
	assert_refused(&r, READ(&r, "help", "nonsense"), "no verb", "");
}

static void refuses_bad_words(void **state)
{
	struct reading r;

	(void)state;
	assert_refused(&r, READ(&r, "run"), "no SOURCE", "none");
	assert_refused(&r, READ(&r, "run", "--", "make"), "no SOURCE", "");
	assert_refused(&r, READ(&r, "shell"), "no SOURCE", "none");
	assert_refused(&r, READ(&r, "shell", "none", "--", "make"), "takes no COMMAND", "run");
	assert_refused(&r, READ(&r, "run", ""), "SOURCE is empty", "");
	assert_refused(&r, READ(&r, "run", "a", "make"), "'make' stands behind SOURCE", "-- make");
	assert_refused(&r, READ(&r, "run", "a", "--"), "no COMMAND", "");
	assert_refused(&r, READ(&r, "run", "a", "--", ""), "empty word", "name a program");
	assert_refused(&r, READ(&r, "run", "--memry", "1G", "a"), "no option --memry", "--memory");
	assert_refused(&r, READ(&r, "run", "--pid=3", "a"), "no option --pid", "--pids");
	assert_refused(&r, READ(&r, "run", "--tiemout=3", "a"), "no option --tiemout", "--timeout");
	assert_refused(&r, READ(&r, "run", "--qqqqqqqqq", "a"), "no option --qqqqqqqqq", "--help");
	assert_refused(&r, READ(&r, "run", "--=x", "a"), "no option --", "");
	assert_refused(&r, READ(&r, "run", "-x", "a"), "no option -x", "-q, -v and -h");
	assert_refused(&r, READ(&r, "run", "-qx", "a"), "no option -x", "");
	assert_refused(&r, READ(&r, "doctor", "--memory", "1G"),
		"--memory is not an option of cofferdam doctor", "");
	assert_refused(
		&r, READ(&r, "run", "--json", "a"), "--json is not an option of cofferdam run", "");
	assert_refused(&r, READ(&r, "doctor", "x"), "takes no word 'x'", "");
	assert_refused(&r, READ(&r, "ps", "--", "x"), "takes no COMMAND", "");
	assert_refused(
		&r, READ(&r, "run", "a", "--memory"), "--memory needs a value", "--memory SIZE");
	assert_refused(
		&r, READ(&r, "run", "a", "--memory", "--", "x"), "--memory needs a value", "");
	assert_refused(&r, READ(&r, "run", "--report", "-q", "a"), "'-q' looks like an option",
		"--report=-q");
	assert_refused(&r, READ(&r, "run", "--help=x"), "takes no value", "");
	assert_refused(&r, READ(&r, "run", "--verbose=2", "a"), "takes no value", "");
	assert_refused(&r, READ(&r, "run", "--strict=yes", "a"), "neither true nor false", "");
	assert_refused(&r, READ(&r, "run", "--strict=", "a"), "neither true nor false", "");
}

static void refuses_bad_values(void **state)
{
	static const struct {
		const char *flag, *what, *remedy;
	} rows[] = {
		{ "--memory=", "--memory: '' is not a size", "512M" },
		{ "--memory=2X", "--memory: '2X'", "512M" },
		{ "--memory=0", "out of range", "1M to 1024T, or max" },
		{ "--memory=1025T", "out of range", "" },
		{ "--memory=18446744073709551616", "not a size", "" },
		{ "--swap=-1", "'-1'", "" },
		{ "--cpus=0.009", "out of range", "0.01 to 8192" },
		{ "--cpus=fast", "not a number of processors", "1.5" },
		{ "--pids=3", "--pids: '3'", "from 4 to 4194304" },
		{ "--pids=4294967295", "--pids: '4294967295'", "" },
		{ "--io-weight=0", "--io-weight: '0'", "from 1 to 10000" },
		{ "--io-weight=10001", "--io-weight", "" },
		{ "--app-size=0", "out of range", "64K" },
		{ "--app-size=max", "out of range", "64K" },
		{ "--app-inodes=max", "out of range", "" },
		{ "--timeout=1w", "--timeout: '1w'", "10m" },
		{ "--timeout=1h1", "--timeout: '1h1'", "" },
		{ "--timeout=366d", "out of range", "0 or max" },
		{ "--cpus=0", "out of range", "max" },
		{ "--report=-", "'-' is no file", "./-" },
		{ "--report=fd:1", "'fd:1' is no file", "./fd:1" },
		{ "--events=-", "'-' is no file", "fd:N" },
		{ "--timeout=4294967296", "--timeout", "" },
		{ "--depth=-1", "--depth: '-1'", "" },
		{ "--depth=2147483648", "--depth", "" },
		{ "--output-limit=0", "out of range", "max" },
		{ "--color=red", "'red' is not one of", "auto, always, never" },
		{ "--color=", "'' is not one of", "" },
		{ "--seccomp=", "--seccomp: it is empty", "" },
		{ "--report=", "it is empty", "" },
		{ "--config=", "--config: it is empty", "" },
		{ "--events=fd:", "--events: ''", "" },
		{ "--events=fd:x", "--events: 'x'", "" },
		{ "--events=fd:-1", "--events: '-1'", "" },
		{ "--git-credential=fd:99999999", "--git-credential", "" },
		{ "--run-as=", "it is empty", "" },
		{ "--run-as=root", "'root'", "not root" },
		{ "--run-as=0", "'0'", "" },
		{ "--run-as=1000", "'1000'", "UID:GID" },
		{ "--run-as=0:0", "'0:0'", "" },
		{ "--run-as=1000:0", "'1000:0'", "group 0" },
		{ "--run-as=4294967295:1", "'4294967295:1'", "" },
		{ "--run-as=2147483648000:1", "not someone", "" },
		{ "--run-as=1000:", "not someone", "" },
		{ "--run-as=:1000", "not someone", "" },
		{ "--run-as=1:2:3", "not someone", "" },
		{ "--run-as=-1:5", "not someone", "" },
		{ "--run-as=-u", "not someone", "" },
		{ "--run-as=a b", "not someone", "" },
		{ "--run-as=../x", "not someone", "" },
		{ "--apparmor=", "it is empty", "" },
		{ "--apparmor=a\nb", "not a name", "" },
		{ "--selinux-label=-x", "not a name", "" },
		{ "--ro-bind=/a", "not SRC:DST", "" },
		{ "--ro-bind=:/b", "not SRC:DST", "" },
		{ "--ro-bind=/a:", "not SRC:DST", "" },
		{ "--ro-bind=/a:b", "not SRC:DST", "" },
		{ "--ro-bind=/a:/", "not SRC:DST", "" },
		{ "--ro-bind=/a:/b/", "not SRC:DST", "" },
		{ "--ro-bind=/a://b", "not SRC:DST", "" },
		{ "--ro-bind=/a:/b/../c", "not SRC:DST", "" },
		{ "--ro-bind=/a:/..", "not SRC:DST", "" },
		{ "--ro-bind=/a:/b/./c", "not SRC:DST", "" },
		{ "--ro-bind=/a:/b:rw", "not SRC:DST", "" },
		{ "--ro-bind=/a:/b\nc", "control", "" },
		{ "--env=", "--env: not K=V", "" },
		{ "--env==v", "--env: not K=V", "" },
		{ "--env=1A=v", "--env: not K=V", "" },
		{ "--env=A-B=v", "--env: not K=V", "" },
		{ "--env=A B=v", "--env: not K=V", "" },
		{ "--env=\xc3\xa9=v", "--env: not K=V", "" },
		{ "--env=COFFERDAM_TEST_UNSET", "COFFERDAM_TEST_UNSET is not set here",
			"COFFERDAM_TEST_UNSET=VALUE" },
		{ "--allow-degraded=", "no wall ''", "ids, landlock, cgroup, lsm-label" },
		{ "--allow-degraded=cgroups", "no wall 'cgroups'", "landlock" },
		{ "--allow-degraded=cgroup,", "no wall ''", "" },
		{ "--allow-degraded=cgroup,seccomp", "the wall 'seccomp' stands on every host",
			"landlock" },
		{ "--net=allow:127.0.0.1", "loopback", "" },
		{ "--net=allow:a_b..c", "--net", "" },
		{ "--net=host", "'host' is neither none nor allow:HOST", "allow:npm" },
		{ "--net=fully", "'fully' is neither", "" },
		{ "--net=", "'' is neither", "" },
		{ "--docker=on", "'on' is not one of", "off, build, run, raw" },
		{ "--docker=", "'' is not one of", "off, build, run, raw" },
		{ "--docker=raw", "root on the host", "--i-know-raw-docker-is-root" },
		{ "--docker-host=tcp://127.0.0.1:2375", "not a Unix socket", "Unix sockets only" },
		{ "--docker-host=ssh://me@host", "not a Unix socket", "Unix sockets only" },
		{ "--docker-host=npipe:////./pipe/docker", "not a Unix socket",
			"Unix sockets only" },
		{ "--docker-host=docker.sock", "not a Unix socket", "unix:///PATH" },
		{ "--docker-host=unix://docker.sock", "not a Unix socket", "unix:///PATH" },
		{ "--docker-host=", "it is empty", "" },
		{ "--docker-build-net=host", "'host' is not the name of a network", "none" },
		{ "--docker-build-net=default", "not the name of a network", "none" },
		{ "--docker-build-net=container:abc", "not the name of a network", "none" },
		{ "--docker-build-net=ns:/proc/1/ns/net", "not the name of a network", "none" },
		{ "--docker-build-net=-x", "not the name of a network", "none" },
		{ "--docker-tag=*", "--docker-tag", "" },
		{ "--docker-base=*/*", "--docker-base", "" },
		{ "--docker-pull=", "--docker-pull", "" },
		{ "--docker-push=UPPER", "--docker-push", "" },
		{ "--docker-host=/x.sock", "--docker-host without --docker", "--docker build" },
		{ "--docker-tag=app", "--docker-tag without --docker", "--docker build" },
		{ "--docker-build-net=none", "--docker-build-net without --docker", "" },
		{ "--docker-auth=/a", "--docker-auth without --docker", "" },
		{ "--i-know-raw-docker-is-root", "without --docker", "" },
	};
	struct reading r;

	(void)state;
	unsetenv("COFFERDAM_TEST_UNSET");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_refused(
			&r, READ(&r, "run", rows[i].flag, "none"), rows[i].what, rows[i].remedy);
}

/* The level may be left out, and then the next word is what it would be without it. */
static void docker_takes_a_level_or_none(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r, READ(&r, "run", "--docker", "none"));
	assert_int_equal(r.config.docker, DOCKER_BUILD);
	assert_string_equal(r.config.source, "none");
	assert_string_equal(r.config.docker_build_net, "none");
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--docker", "run", "x"));
	assert_int_equal(r.config.docker, DOCKER_RUN);
	assert_string_equal(r.config.source, "x");
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--docker", "-q", "./build"));
	assert_int_equal(r.config.docker, DOCKER_BUILD);
	assert_string_equal(r.config.source, "./build");
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "x", "--docker", "--", "run"));
	assert_int_equal(r.config.docker, DOCKER_BUILD);
	assert_string_equal(r.config.command.v[0], "run");
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--docker=raw", "--i-know-raw-docker-is-root", "x"));
	assert_int_equal(r.config.docker, DOCKER_RAW);
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--docker=build", "--docker=off", "x"));
	assert_int_equal(r.config.docker, DOCKER_OFF);
	config_release(&r.config);
}

static void docker_grants_are_lists(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r,
		READ(&r, "run", "--docker", "--docker-host=unix:///a.sock", "--docker-base=alpine",
			"--docker-base=team/*:1", "--docker-build-net", "bridge", "x"));
	assert_string_equal(r.config.docker_host, "/a.sock");
	assert_int_equal(r.config.docker_base.n, 2);
	assert_string_equal(r.config.docker_base.v[1], "team/*:1");
	assert_int_equal(r.config.docker_tag.n, 0);
	assert_string_equal(r.config.docker_build_net, "bridge");
	config_release(&r.config);
}

static void the_last_word_for_the_network_counts(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r, READ(&r, "run", "--net=allow:a.example", "--net=full", "x"));
	assert_true(r.config.net_full);
	assert_int_equal(r.config.net.n, 0);
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--net=full", "--net=allow:a.example", "x"));
	assert_false(r.config.net_full);
	assert_int_equal(r.config.net.n, 1);
	config_release(&r.config);
	assert_read(&r, READ(&r, "run", "--net=full", "--net=none", "x"));
	assert_false(r.config.net_full);
	config_release(&r.config);
}

static void lists_grow(void **state)
{
	struct reading r;

	(void)state;
	setenv("COFFERDAM_TEST_SET", "from\nhere=1", 1);
	assert_read(&r,
		READ(&r, "run", "--env", "A=1", "--env=LD_PRELOAD=/x.so", "--env",
			"COFFERDAM_TEST_SET", "--env=A=2", "--env=AB=", "x", "--ro-bind=/a:b:/c"));
	assert_int_equal(r.config.env.n, 4);
	assert_string_equal(r.config.env.v[0], "LD_PRELOAD=/x.so");
	assert_string_equal(r.config.env.v[1], "COFFERDAM_TEST_SET=from\nhere=1");
	assert_string_equal(r.config.env.v[2], "A=2");
	assert_string_equal(r.config.env.v[3], "AB=");
	assert_null(r.config.env.v[4]);
	assert_int_equal(r.config.ro_bind.n, 1);
	config_release(&r.config);
	unsetenv("COFFERDAM_TEST_SET");

	assert_read(&r, READ(&r, "run", "--allow-degraded=cgroup,landlock", "x", "--allow-degraded",
				"ids"));
	assert_true(r.config.allow_degraded ==
		    (WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_LANDLOCK) | WALL_BIT(WALL_IDS)));
	config_release(&r.config);
}

static void what_is_asked_for_is_required(void **state)
{
	static const struct {
		const char *flag;
		uint64_t required;
	} rows[] = {
		{ "--memory=2G", WALL_BIT(WALL_CGROUP) }, /* also where it is the default */
		{ "--swap=0", WALL_BIT(WALL_CGROUP) }, { "--cpus=1", WALL_BIT(WALL_CGROUP) },
		{ "--pids=4096", WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_DOCKER_LIMITS) },
		{ "--io-weight=100", WALL_BIT(WALL_CGROUP) },
		{ "--apparmor=p", WALL_BIT(WALL_LSM_LABEL) },
		{ "--selinux-label=u:r:t:s0", WALL_BIT(WALL_LSM_LABEL) }, { "--memory=max", 0 },
		{ "--cpus=max", 0 }, { "--timeout=5", 0 }, { "--app-size=1G", 0 },
		{ "--strict", 0 }, /* its own word in the plan */
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_read(&r, READ(&r, "run", rows[i].flag, "none"));
		if (r.config.required != rows[i].required)
			fail_msg("%s requires %llx", rows[i].flag,
				(unsigned long long)r.config.required);
		config_release(&r.config);
	}
}

static void unlimited_has_its_values(void **state)
{
	struct reading r;

	(void)state;
	assert_read(&r, READ(&r, "run", "--memory=max", "--swap=max", "--pids=max", "--cpus=max",
				"--timeout=max", "--output-limit=max", "--depth=0", "x"));
	assert_true(r.config.limits.memory_bytes == LIMIT_NONE &&
		    r.config.limits.swap_bytes == LIMIT_NONE);
	assert_true(r.config.limits.output_limit_bytes == LIMIT_NONE);
	assert_true(r.config.limits.pids == LIMIT_NONE);
	assert_true(r.config.limits.cpus_milli == LIMIT_NONE);
	assert_true(r.config.limits.timeout_s == LIMIT_NONE);
	assert_int_equal(r.config.depth, 0);
	config_release(&r.config);
}

static void measures_distance(void **state)
{
	(void)state;
	assert_int_equal(option_distance("memory", 6, "memory"), 0);
	assert_int_equal(option_distance("memry", 5, "memory"), 1);
	assert_int_equal(option_distance("mmeory", 6, "memory"), 1);
	assert_int_equal(option_distance("memoryy", 7, "memory"), 1);
	assert_int_equal(option_distance("nemory", 6, "memory"), 1);
	assert_int_equal(option_distance("", 0, "memory"), 6);
	assert_int_equal(option_distance("kitten", 6, "sitting"), 3);
	assert_null(option_suggest("zzzzzz", 6, ~0u));
	assert_null(option_suggest("", 0, VERB_BIT(VERB_VERSION)));
	assert_string_equal(option_suggest("app_size", 8, ~0u), "app-size");
}

static void survives_junk(void **state)
{
	static const char *const pieces[] = { "run", "--", "-", "--memory", "1G", "--env", "A=1",
		"none", "--docker", "off", "-v", "--help", "--x", "", "--ro-bind=a:/b", "doctor",
		"--net", "\xff" };
	uint32_t seed = 3;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const char *words[WORDS_MAX] = { "run" };
		struct reading r;
		unsigned n = 1;

		for (; n < 8; n++) {
			seed = seed * 1664525u + 1013904223u;
			words[n] = pieces[(seed >> 8) % ARRAY_LEN(pieces)];
			if ((seed >> 24) % 5 == 0)
				break;
		}
		words[n < 8 ? n + 1 : 8] = NULL;
		if (read_words(&r, words) == 0) {
			assert_true(r.verb == VERB_HELP || r.config.source != NULL);
			accepted++;
			config_release(&r.config);
		} else {
			assert_true(r.f.what[0] != '\0');
		}
	}
	assert_true(accepted > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_designs_defaults),
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(a_repository_has_the_ranges_of_the_options),
		cmocka_unit_test(takes_values_in_both_forms),
		cmocka_unit_test(knows_the_verbs),
		cmocka_unit_test(help_is_everywhere),
		cmocka_unit_test(refuses_bad_words),
		cmocka_unit_test(refuses_bad_values),
		cmocka_unit_test(docker_takes_a_level_or_none),
		cmocka_unit_test(docker_grants_are_lists),
		cmocka_unit_test(the_last_word_for_the_network_counts),
		cmocka_unit_test(lists_grow),
		cmocka_unit_test(what_is_asked_for_is_required),
		cmocka_unit_test(unlimited_has_its_values),
		cmocka_unit_test(measures_distance),
		cmocka_unit_test(survives_junk),
	};

	return cmocka_run_group_tests(tests, isolate, NULL);
}
