/* Files, layers, the repository's request and the usage text. */
#include "sandbox/config/config.h"

#include "sandbox/base/own.h"
#include "sandbox/config/arguments.h"
#include "sandbox/config/options.h"
#include "sandbox/config/request.h"
#include "sandbox/config/usage.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

/* A root of our own: DIR/etc/cofferdam, DIR/xdg/cofferdam, DIR/named.json. */
static char dir[64];

static const char *path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *const places[] = { "etc/cofferdam/config.json", "xdg/cofferdam/config.json",
	"named.json", "etc/cofferdam/cofferdam-sh.json", "etc/cofferdam/ci-sh.json" };
enum place { SYSTEM, USER, NAMED, SHELL, NAMED_SHELL };

static void put_bytes(enum place place, const char *text, size_t length)
{
	FILE *file = fopen(path_of(places[place]), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path_of(places[place]), 0644), 0);
}

static void put(enum place place, const char *text)
{
	put_bytes(place, text, strlen(text));
}

static int clear_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		unlink(path_of(places[i]));
	return 0;
}

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");
	static const char *const parts[] = { "etc", "etc/cofferdam", "xdg", "xdg/cofferdam" };

	(void)state;
	snprintf(dir, sizeof(dir), "%.40s/cofferdam-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) < 0) /* root reads --config as nobody */
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (mkdir(path_of(parts[i]), 0755) < 0)
			return -1;
	return setenv("XDG_CONFIG_HOME", path_of("xdg"), 1);
}

static int remove_dir(void **state)
{
	static const char *const parts[] = { "etc/cofferdam", "etc", "xdg/cofferdam", "xdg", "" };
	int result = clear_files(state);

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		result |= rmdir(path_of(parts[i]));
	return result;
}

struct reading {
	enum verb verb, topic;
	struct config config;
	struct failure f;
};

static int read_words(struct reading *r, const char *const words[])
{
	char *argv[12] = { (char *)"cofferdam" };
	int argc = 1;

	while (words[argc - 1] != NULL) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	memset(&r->f, 0, sizeof(r->f));
	return config_read_below(dir, argc, argv, &r->verb, &r->topic, &r->config, &r->f);
}

#define READ(r, ...)  read_words(r, (const char *const[]){ "run", "none", __VA_ARGS__, NULL })
#define READ_PLAIN(r) read_words(r, (const char *const[]){ "run", "none", NULL })

static void assert_read(struct reading *r, int result)
{
	if (result < 0)
		fail_msg("%s (%s)", r->f.what, r->f.remedy);
}

static const char *named(void)
{
	static char flag[200];

	snprintf(flag, sizeof(flag), "--config=%s", path_of(places[NAMED]));
	return flag;
}

static void later_layers_win(void **state)
{
	struct reading r;

	(void)state;
	put(SYSTEM, "{\"memory\":\"1G\",\"pids\":100,\"timeout\":10,\"output-limit\":\"1M\"}");
	put(USER, "{\"pids\":200,\"timeout\":20,\"output-limit\":\"2M\"}");
	put(NAMED, "{\"timeout\":30,\"output-limit\":\"3M\"}");
	assert_read(&r, READ(&r, named(), "--output-limit=4M"));
	assert_true(r.config.limits.memory_bytes == 1 << 30);
	assert_int_equal(r.config.limits.pids, 200);
	assert_int_equal(r.config.limits.timeout_s, 30);
	assert_true(r.config.limits.output_limit_bytes == 4 << 20);
	assert_true(r.config.required == (WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_DOCKER_LIMITS)));
	config_release(&r.config);
}

static void a_file_makes_walls_required(void **state)
{
	struct reading r;

	(void)state;
	put(USER, "{\"timeout\":5}");
	assert_read(&r, READ_PLAIN(&r));
	assert_true(r.config.required == 0);
	config_release(&r.config);
	put(USER, "{\"apparmor\":\"p\"}");
	assert_read(&r, READ_PLAIN(&r));
	assert_true(r.config.required == WALL_BIT(WALL_LSM_LABEL));
	config_release(&r.config);
}

static void lists_of_files_replace_and_flags_add(void **state)
{
	struct reading r;

	(void)state;
	put(SYSTEM,
		"{\"env\":[\"A=1\",\"B=1\"],\"allow-degraded\":[\"cgroup\",\"landlock\"],\"ro-bind\":[\"/a:/b\"]}");
	assert_read(&r, READ(&r, "--env=A=9", "--env=C=1", "--allow-degraded=ids"));
	assert_int_equal(r.config.env.n, 3);
	assert_string_equal(r.config.env.v[0], "B=1");
	assert_string_equal(r.config.env.v[1], "A=9");
	assert_true(r.config.allow_degraded ==
		    (WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_LANDLOCK) | WALL_BIT(WALL_IDS)));
	config_release(&r.config);

	put(USER, "{\"env\":[\"D=1\"],\"allow-degraded\":[],\"ro-bind\":[]}");
	assert_read(&r, READ_PLAIN(&r));
	assert_int_equal(r.config.env.n, 1);
	assert_string_equal(r.config.env.v[0], "D=1");
	assert_true(r.config.allow_degraded == 0); /* [] is none, not all and not "as before" */
	assert_int_equal(r.config.ro_bind.n, 0);
	config_release(&r.config);
}

static void takes_a_command(void **state)
{
	struct reading r;

	(void)state;
	put(SYSTEM, "{\"command\":[\"true\"]}");
	put(USER, "{\"command\":[\"make\",\"a b\",\"\"]}");
	assert_read(&r, READ_PLAIN(&r));
	assert_int_equal(r.config.command.n, 3);
	assert_string_equal(r.config.command.v[1], "a b");
	config_release(&r.config);
	assert_read(&r, READ(&r, "--", "sh"));
	assert_int_equal(r.config.command.n, 1);
	config_release(&r.config);
}

static void read_shell(struct reading *r, const char *const words[])
{
	char *argv[12];
	int argc = 0;

	for (; words[argc] != NULL; argc++)
		argv[argc] = (char *)words[argc];
	argv[argc] = NULL;
	memset(&r->f, 0, sizeof(r->f));
	assert_read(r, config_read_below(dir, argc, argv, &r->verb, &r->topic, &r->config, &r->f));
	assert_int_equal(r->verb, VERB_SH);
}

#define READ_SHELL(r, ...) read_shell(r, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_words(const struct strings *got, const char *want)
{
	char text[200] = "";

	for (size_t i = 0; i < got->n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s|", got->v[i]);
	assert_string_equal(text, want);
}

static void a_shell_has_a_shells_words(void **state)
{
	static const struct {
		const char *words[9], *flags, *rest;
		bool string;
	} rows[] = {
		{ { "x", "sh", "build.sh", "--memory", "-x" }, "", "build.sh|--memory|-x|", false },
		{ { "x", "sh", "-ec", "make" }, "-ec|", "make|", true },
		{ { "/bin/a-sh", "-c", "make" }, "-c|", "make|", true },
		{ { "-sh" }, "", "", false },
		{ { "a-sh", "-e", "-o", "pipefail", "/f" }, "-e|-o|pipefail|", "/f|", false },
		{ { "a-sh", "-eo", "pipefail", "+x", "-c", "--", "-y" }, "-eo|pipefail|+x|-c|",
			"-y|", true },
		{ { "x", "sh", "--memory", "1G", "-", "-e" }, "", "-e|", false },
		{ { "x", "sh", "+c", "f" }, "+c|", "f|", false },
	};
	struct reading r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		read_shell(&r, rows[i].words);
		assert_words(&r.config.flags, rows[i].flags);
		assert_words(&r.config.words, rows[i].rest);
		assert_int_equal(r.config.string, rows[i].string);
		config_release(&r.config);
	}
	assert_int_equal(read_words(&r, (const char *const[]){ "sh", "-c", NULL }), -1);
	assert_int_equal(read_words(&r, (const char *const[]){ "sh", "-eo", NULL }), -1);
	assert_int_equal(
		read_words(&r, (const char *const[]){ "sh", "--nonsense", "f", NULL }), -1);
}

/* Who calls it has no place for options. */
static void a_shells_name_is_a_files(void **state)
{
	struct reading r;

	(void)state;
	put(SYSTEM, "{\"pids\":10,\"timeout\":1}");
	put(SHELL, "{\"pids\":20}");
	put(NAMED_SHELL, "{\"pids\":30}");
	READ_SHELL(&r, "x", "sh", "f");
	assert_int_equal(r.config.limits.pids, 20);
	assert_int_equal(r.config.limits.timeout_s, 1);
	config_release(&r.config);
	READ_SHELL(&r, "/usr/bin/ci-sh", "-c", "f");
	assert_int_equal(r.config.limits.pids, 30);
	config_release(&r.config);
	READ_SHELL(&r, "../../etc/-sh", "-c", "f");
	assert_int_equal(r.config.limits.pids, 20);
	config_release(&r.config);
	assert_read(&r, READ_PLAIN(&r));
	assert_int_equal(r.config.limits.pids, 10);
	config_release(&r.config);
}

/* One sample a row: what a flag says and what a file says are the same. */
static const struct sample {
	const char *name, *flag, *json;
} samples[] = {
	{ "depth", "7", "7" },
	{ "submodules", "true", "true" },
	{ "tags", "true", "true" },
	{ "worktree", "true", "true" },
	{ "source-dir", "thing-1.0", "\"thing-1.0\"" },
	{ "workdir", "sub/dir", "\"sub/dir\"" },
	{ "no-repo-config", "true", "true" },
	{ "borrow", "/b", "[\"/b\"]" },
	{ "git-credential", "/c", "\"/c\"" },
	{ "git-ca", "/ca.pem", "\"/ca.pem\"" },
	{ "known-hosts", "/k", "\"\\/k\"" },
	{ "memory", "3G", "\"3G\"" },
	{ "memory", "3145728", "3145728" },
	{ "memory", "max", "\"max\"" },
	{ "swap", "1125899906842624", "1125899906842624" },
	{ "swap", "0", "0" },
	{ "cpus", "1.25", "1.25" },
	{ "cpus", "0.1", "1e-1" },
	{ "cpus", "2", "2.0" },
	{ "cpus", "max", "\"max\"" },
	{ "pids", "77", "77" },
	{ "pids", "max", "\"max\"" },
	{ "io-weight", "33", "33" },
	{ "app-size", "5M", "5242880" },
	{ "app-inodes", "2K", "\"2K\"" },
	{ "app-inodes", "2048", "2048" },
	{ "timeout", "0", "0" },
	{ "timeout", "61", "6.1e1" },
	{ "idle-timeout", "62", "62" },
	{ "output-limit", "9K", "\"9K\"" },
	{ "ro-bind", "/a:/b", "[\"/a:/b\"]" },
	{ "rootfs", "/r", "\"/r\"" },
	{ "image-env", "true", "true" },
	{ "cache", "npm:/home/builder/.npm:rw", "[\"npm:/home/builder/.npm:rw\"]" },
	{ "cache-scope", "release", "\"release\"" },
	{ "cache-size", "3M", "\"3M\"" },
	{ "untrusted", "true", "true" },
	{ "store-size", "3M", "\"3M\"" },
	{ "env", "A=\xc3\xa9", "[\"A=\\u00e9\"]" },
	{ "env", "PATH", "[\"PATH\"]" },
	{ "root-inside", "true", "true" },
	{ "root-inside", "false", "false" },
	{ "run-as", "builder", "\"builder\"" },
	{ "run-as", "1000:1001", "\"1000:1001\"" },
	{ "allow-chown", "true", "true" },
	{ "allow-32bit", "true", "true" },
	{ "allow-userns", "true", "true" },
	{ "seccomp", "/s.json", "\"/s.json\"" },
	{ "apparmor", "p//q", "\"p//q\"" },
	{ "selinux-label", "a:b:c:s0", "\"a:b:c:s0\"" },
	{ "strict", "true", "true" },
	{ "allow-degraded", "cgroup,ids", "[\"cgroup\",\"ids\"]" },
	{ "report", "/r.json", "\"/r.json\"" },
	{ "events", "/e", "\"/e\"" },
	{ "steps", "true", "true" },
	{ "timings", "true", "true" },
	{ "json", "true", "true" },
	{ "full", "true", "true" },
	{ "dry-run", "true", "true" },
	{ "against", "bwrap", "\"bwrap\"" },
	{ "warn", "80%", "\"80%\"" },
	{ "crit", "20G", "\"20G\"" },
	{ "metrics", "/m.prom", "\"/m.prom\"" },
	{ "images", "true", "true" },
	{ "junit", "true", "true" },
	{ "keep-last", "3", "3" },
	{ "older-than", "30d", "\"30d\"" },
	{ "max-size", "1K", "1024" },
	{ "build-cache", "true", "true" },
	{ "quiet", "true", "true" },
	{ "verbose", NULL, "1" },
	{ "color", "never", "\"never\"" },
	{ "cache-source", "off", "\"off\"" },
	{ "net", "allow:a.example", "[\"allow:a.example\"]" },
	{ "docker", "run", "\"run\"" },
	{ "docker-host", "/d.sock", "\"/d.sock\"" },
	{ "docker-tag", "app:1", "[\"app:1\"]" },
	{ "docker-base", "alpine", "[\"alpine\"]" },
	{ "docker-pull", "team/*", "[\"team/*\"]" },
	{ "docker-push", "registry.example/x", "[\"registry.example/x\"]" },
	{ "docker-build-net", "bridge", "\"bridge\"" },
	{ "docker-auth", "/auth.json", "\"/auth.json\"" },
	{ "i-know-raw-docker-is-root", "true", "true" },
	{ "secret", "token=/run/x", "[\"token=/run/x\"]" },
	{ "credential", "git.example:8443=/run/x", "[\"git.example:8443=/run/x\"]" },
	{ "provenance", "/statement", "\"/statement\"" },
	{ "log", "/log", "\"/log\"" },
	{ "log-format", "json", "\"json\"" },
	{ "log-size", "8K", "\"8K\"" },
	{ "artifact", "dist/**:/out", "[\"dist/**:/out\"]" },
	{ "artifact-on", "always", "\"always\"" },
	{ "artifact-limit", "2M", "\"2M\"" },
	{ "artifact-count", "7", "7" },
	{ "artifact-replace", "true", "true" },
	{ "artifact-any-name", "true", "true" },
	{ "keep-on-failure", "10m", "600" },
	{ "workspace", "/w", "\"/w\"" },
	{ "shell", "bash", "\"bash\"" },
	{ "attachable", "true", "true" },
	{ "state", "/s", "\"/s\"" },
	{ "on-failure", "shell", "\"shell\"" },
};

/* Only a sample that is the default leaves its field as it was. */
static bool changes_something(const struct sample *s)
{
	static const char *const defaults[][2] = { { "swap", "0" }, { "cpus", "max" },
		{ "root-inside", "false" } };

	for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
		if (strcmp(s->name, defaults[i][0]) == 0 && strcmp(s->flag, defaults[i][1]) == 0)
			return false;
	return true;
}

static void assert_same_strings(const struct strings *a, const struct strings *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		assert_string_equal(a->v[i], b->v[i]);
}

static void assert_same(const struct config *a, const struct config *b)
{
	for (size_t i = 0; i < option_count; i++) {
		const void *x = (const char *)a + options[i].offset,
			   *y = (const char *)b + options[i].offset;

		if (options[i].type == OPTION_TEXT) {
			const char *s = *(char *const *)x, *t = *(char *const *)y;

			assert_true((s == NULL) == (t == NULL));
			if (s != NULL)
				assert_string_equal(s, t);
		} else if (options[i].type == OPTION_PATHS || options[i].type == OPTION_BIND ||
			   options[i].type == OPTION_ENV || options[i].type == OPTION_PATTERN ||
			   options[i].type == OPTION_NET || options[i].type == OPTION_ARTIFACT ||
			   options[i].type == OPTION_SECRET ||
			   options[i].type == OPTION_CREDENTIAL ||
			   options[i].type == OPTION_CACHE) {
			assert_same_strings(x, y);
		} else if (options[i].width > 0) {
			assert_memory_equal(x, y, options[i].width);
		}
	}
	assert_true(a->required == b->required);
}

static const char *verb_of(const struct option *o)
{
	return (o->verbs & VERB_BIT(VERB_RUN)) != 0       ? "run"
	       : (o->verbs & VERB_BIT(VERB_EXPLAIN)) != 0 ? "explain"
	       : (o->verbs & VERB_BIT(VERB_GC)) != 0      ? "gc"
	       : o->verbs == VERB_BIT(VERB_SELFTEST)      ? "selftest"
	       : o->verbs == VERB_BIT(VERB_REPORT)        ? "report"
	       : o->verbs == VERB_BIT(VERB_SH)            ? "sh"
	       : o->verbs == VERB_BIT(VERB_GITLAB)        ? "gitlab-executor"
							  : "disk";
}

static void every_row_says_the_same_in_both_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		const struct option *o = option_find(s->name, strlen(s->name));
		struct reading by_flag, by_file, by_default;
		char flag[100], json[100];

		assert_non_null(o);
		bool builds = (o->verbs & (VERB_BIT(VERB_RUN) | VERB_BIT(VERB_EXPLAIN))) != 0;
		const char *source = builds ? "none" : NULL;
		/* The others of these mean nothing alone. */
		const char *with = o->group == GROUP_DOCKER && o->type != OPTION_LEVEL
					   ? "--docker=run"
				   : strcmp(verb_of(o), "gc") == 0 ? "--images"
								   : NULL;
		const char *first = source != NULL ? source : with;
		const char *second = source != NULL ? with : NULL;
		snprintf(flag, sizeof(flag), "--%s%s%s", s->name, s->flag != NULL ? "=" : "",
			s->flag != NULL ? s->flag : "");
		snprintf(json, sizeof(json), "{\"%s\":%s}", s->name, s->json);
		clear_files(NULL);
		assert_read(&by_flag, read_words(&by_flag, (const char *const[]){ verb_of(o), flag,
								   first, second, NULL }));
		assert_read(&by_default, READ_PLAIN(&by_default));
		put(USER, json);
		assert_read(&by_file, read_words(&by_file, (const char *const[]){ verb_of(o), first,
								   second, NULL }));
		assert_same(&by_flag.config, &by_file.config);
		if (changes_something(s) && o->width > 0)
			assert_memory_not_equal((char *)&by_flag.config + o->offset,
				(char *)&by_default.config + o->offset, o->width);
		config_release(&by_flag.config);
		config_release(&by_file.config);
		config_release(&by_default.config);
	}
}

static void every_row_has_a_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		bool found = options[i].type == OPTION_CONFIG || options[i].type == OPTION_HELP ||
			     options[i].form == FORM_RUN;

		for (size_t k = 0; k < ARRAY_LEN(samples); k++)
			found |= strcmp(samples[k].name, options[i].name) == 0;
		if (!found)
			fail_msg("no sample for %s", options[i].name);
	}
}

static void refuses_with_file_line_and_column(void **state)
{
	static const struct {
		const char *text, *what, *remedy;
	} rows[] = {
		{ "", ":1:1: the text ends", "" },
		{ "[]", ":1:1: not a JSON object", "" },
		{ "{\"pids\":1,}", ":1:11: expected a key", "" },
		{ "{}\n\n{}", ":3:1: something follows", "" },
		{ "{\n \"mem\xc3\xb6ry\":\"1G\"}", ":2:2: mem\xc3\xb6ry: there is no such key",
			"\"memory\"" },
		{ "{\"Memory\":\"1G\"}", "Memory: there is no such key", "\"memory\"" },
		{ "{\"source\":\"none\"}", "source: there is no such key", "command line" },
		{ "{\"qqqqqqqqqq\":1}", "there is no such key", "--help" },
		{ "{\"pids\":5,\n\"Pids\":6}", ":2:1: duplicate key", "" },
		{ "{\"pids\":5,\"pids\":5}", "duplicate key", "" },
		{ "{\"config\":\"/x\"}", "config: this cannot stand in a file", "command line" },
		{ "{\"help\":true}", "help: this cannot stand in a file", "" },
		{ "{\"memory\":null}", "memory: a value of the wrong type", "512M" },
		{ "{\"memory\":true}", "memory: a value of the wrong type", "" },
		{ "{\"memory\":[\"1G\"]}", "memory: a value of the wrong type", "" },
		{ "{\"memory\":1048576.5}", "memory: '1048576.5' is not a size", "" },
		{ "{\"memory\":1e19}", "memory: '1e+19'", "" },
		{ "{\"memory\":-1}", "memory: '-1'", "" },
		{ "{\"pids\":\"77\"}", "pids: a value of the wrong type", "\"max\"" },
		{ "{\"pids\":null}", "pids: a value of the wrong type", "" },
		{ "{\"depth\":1.5}", "depth: '1.5'", "" },
		{ "{\"cpus\":0.0001}", "cpus: '0.0001'", "" },
		{ "{\"cpus\":1e-9}", "cpus: '1e-09'", "" },
		{ "{\"strict\":\"true\"}", "strict: a value of the wrong type", "true or false" },
		{ "{\"strict\":1}", "strict: a value of the wrong type", "" },
		{ "{\"strict\":null}", "strict: a value of the wrong type", "" },
		{ "{\"verbose\":10}", "verbose: '10'", "" },
		{ "{\"verbose\":true}", "verbose: a value of the wrong type", "" },
		{ "{\"color\":\"red\"}", "color: 'red' is not one of", "auto" },
		{ "{\"color\":null}", "color: a value of the wrong type", "" },
		{ "{\"env\":null}", "env: a value of the wrong type", "[] for none" },
		{ "{\"env\":\"A=1\"}", "env: a value of the wrong type", "" },
		{ "{\"env\":[\"A=1\",null]}", "env[1]: a value of the wrong type", "" },
		{ "{\"env\":[\"A=1\",\"2=x\"]}", "env[1]: not K=V", "" },
		{ "{\"env\":{\"A\":\"1\"}}", "env: a value of the wrong type", "" },
		{ "{\"allow-degraded\":null}", "allow-degraded: a value of the wrong type", "" },
		{ "{\"allow-degraded\":\"cgroup\"}", "allow-degraded: a value of the wrong type",
			"" },
		{ "{\"allow-degraded\":[\"pid\"]}", "'pid' stands on every host", "" },
		{ "{\"ro-bind\":null}", "ro-bind: a value of the wrong type", "" },
		{ "{\"ro-bind\":[\"a:/b\"]}", "ro-bind[0]: 'a:/b' is not an absolute path", "" },
		{ "{\"report\":\"r.json\"}", "report: 'r.json' is not an absolute path",
			"any directory" },
		{ "{\"seccomp\":\"\"}", "seccomp: it is empty", "" },
		{ "{\"events\":\"fd:3\"}", "events: a file cannot name a descriptor", "" },
		{ "{\"git-credential\":\"fd:3\"}",
			"git-credential: a file cannot name a descriptor", "" },
		{ "{\"run-as\":\"0:0\"}", "run-as: '0:0'", "" },
		{ "{\"run-as\":1000}", "run-as: a value of the wrong type", "" },
		{ "{\"command\":\"make\"}", "command: not an array", "no shell" },
		{ "{\"command\":[]}", "command: not an array", "" },
		{ "{\"command\":null}", "command: not an array", "" },
		{ "{\"command\":[\"a\",1]}", "command: not an array", "" },
		{ "{\"docker\":\"on\"}", "docker: 'on' is not one of", "off, build, run, raw" },
		{ "{\"docker\":true}", "docker: a value of the wrong type", "" },
		{ "{\"docker-tag\":[\"*\"]}", "docker-tag[0]", "" },
		{ "{\"docker-host\":\"tcp://x:1\"}", "not a Unix socket", "" },
		{ "{\"docker-auth\":\"fd:3\"}", "docker-auth: a file cannot name a descriptor",
			"" },
		{ "{\"net\":\"fully\"}", "net: 'fully' is neither", "full" },
		{ "{\"net\":[\"host\"]}", "net[0]: 'host' is neither none nor allow:HOST", "none" },
		{ "{\"net\":\"allow:@rules\"}", "'rules' is not an absolute path", "" },
		{ "{\"net\":true}", "net: a value of the wrong type", "" },
		{ "{\"rootfs\":\"r\"}", "rootfs: 'r' is not an absolute path", "" },
		{ "{\"cache\":[\"npm\"]}", "cache[0]: 'npm' is not NAME:DST[:ro|:rw]",
			"npm:/home/builder/.npm:rw" },
		{ "{\"cache\":[\"../npm:/opt/x\"]}", "cache[0]: '../npm:/opt/x' is not", "" },
		{ "{\"cache\":[1]}", "cache[0]", "" },
		{ "{\"artifact\":null}", "artifact: a value of the wrong type", "" },
		{ "{\"artifact\":[\"dist\"]}", "artifact[0]: './' is not an absolute path", "" },
		{ "{\"artifact\":[\"dist:out\"]}", "artifact[0]: 'out' is not an absolute path",
			"" },
		{ "{\"artifact\":[\"../x:/o\"]}", "'..' cannot be a part", "" },
		{ "{\"secret\":[\"a=fd:3\"]}", "secret[0]: a is not of an absolute path", "" },
		{ "{\"secret\":[\"a=b\"]}", "secret[0]: a is not of an absolute path", "" },
		{ "{\"env\":[\"A=\\u0000\"]}", "NUL", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reading r;

		put(USER, rows[i].text);
		if (READ_PLAIN(&r) == 0)
			fail_msg("accepted %s", rows[i].text);
		if (strstr(r.f.what, rows[i].what) == NULL ||
			strstr(r.f.remedy, rows[i].remedy) == NULL)
			fail_msg("%s: expected '%s' '%s', got '%s' '%s'", rows[i].text,
				rows[i].what, rows[i].remedy, r.f.what, r.f.remedy);
		assert_non_null(strstr(r.f.what, path_of(places[USER])));
		assert_null(r.config.env.v);
	}
}

static void refuses_files_that_others_may_write(void **state)
{
	static const mode_t modes[] = { 0664, 0646, 0666, 0620, 0602 };
	struct reading r;

	(void)state;
	put(USER, "{}");
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod(path_of(places[USER]), modes[i]), 0);
		assert_int_equal(READ_PLAIN(&r), -1);
		assert_non_null(strstr(r.f.what, "may write it"));
		assert_non_null(strstr(r.f.remedy, "chmod go-w"));
	}
	assert_int_equal(chmod(path_of(places[USER]), 0600), 0);
	assert_read(&r, READ_PLAIN(&r));
	config_release(&r.config);
}

/* As root we can make such a file. An ordinary user becomes the root of a user
 * namespace in which the host's root is someone else. */
static void refuses_files_that_root_gave_away(void)
{
	struct reading r;

	for (size_t i = 0; i < NAMED_SHELL; i++) {
		const char *const shell[] = { "sh", "f", NULL };

		clear_files(NULL);
		put((enum place)i, "{}");
		assert_int_equal(chown(path_of(places[i]), 12345, 12345), 0);
		assert_int_equal(
			i == SHELL ? read_words(&r, shell) : READ(&r, i == NAMED ? named() : "-q"),
			-1);
		assert_non_null(strstr(r.f.what, "belongs to uid 12345"));
	}
}

static int read_as_another_root(void)
{
	int fd = -1;
	char map[32];
	struct reading r;
	int length = snprintf(map, sizeof(map), "0 %u 1", geteuid());

	if (unshare(CLONE_NEWUSER) == 0)
		fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, (size_t)length) != length)
		return 77;
	close(fd);
	return READ(&r, "--config=/etc/passwd") < 0 && strstr(r.f.what, "belongs to uid") != NULL
		       ? 0
		       : 1;
}

static void refuses_files_of_someone_else(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (geteuid() == 0) {
		refuses_files_that_root_gave_away();
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(read_as_another_root());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) /* no user namespace here */
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void refuses_what_is_no_file(void **state)
{
	struct reading r;

	(void)state;
	assert_int_equal(mkfifo(path_of(places[USER]), 0600), 0);
	assert_int_equal(READ_PLAIN(&r), -1); /* and did not wait for a writer */
	assert_non_null(strstr(r.f.what, "not a regular file"));
	unlink(path_of(places[USER]));
	assert_int_equal(mkdir(path_of(places[USER]), 0700), 0);
	assert_int_equal(READ_PLAIN(&r), -1);
	assert_non_null(strstr(r.f.what, "not a regular file"));
	rmdir(path_of(places[USER]));
	assert_int_equal(READ(&r, "--config=/dev/null"), -1);
	assert_int_equal(READ(&r, named()), -1);
	assert_int_equal(r.f.errnum, ENOENT);
}

static void follows_links_to_files_that_are_trusted(void **state)
{
	struct reading r;
	char target[160];

	(void)state;
	put(NAMED, "{\"pids\":55}");
	snprintf(target, sizeof(target), "%s", path_of(places[NAMED]));
	assert_int_equal(symlink(target, path_of(places[USER])), 0);
	assert_read(&r, READ_PLAIN(&r));
	assert_int_equal(r.config.limits.pids, 55);
	config_release(&r.config);
	assert_int_equal(chmod(target, 0666), 0);
	assert_int_equal(READ_PLAIN(&r), -1);
}

static void refuses_large_files(void **state)
{
	size_t length = 1024 * 1024 + 1;
	own_mem char *text = malloc(length);
	struct reading r;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', length);
	memcpy(text, "{}", 2);
	put_bytes(USER, text, length - 1);
	assert_read(&r, READ_PLAIN(&r));
	config_release(&r.config);
	put_bytes(USER, text, length);
	assert_int_equal(READ_PLAIN(&r), -1);
	assert_non_null(strstr(r.f.what, "1 MiB"));
}

static void help_survives_a_broken_file(void **state)
{
	struct reading r;

	(void)state;
	put(USER, "{");
	assert_read(&r, read_words(&r, (const char *const[]){ "run", "--help", NULL }));
	config_release(&r.config);
	assert_read(&r, read_words(&r, (const char *const[]){ "version", NULL }));
	config_release(&r.config);
	assert_int_equal(read_words(&r, (const char *const[]){ "ps", NULL }), -1);
}

static void ignores_relative_xdg_directories(void **state)
{
	struct reading r;

	(void)state;
	put(USER, "{");
	setenv("XDG_CONFIG_HOME", "xdg", 1);
	setenv("HOME", "/nonexistent", 1);
	assert_read(&r, READ_PLAIN(&r));
	config_release(&r.config);
	setenv("XDG_CONFIG_HOME", path_of("xdg"), 1);
	assert_int_equal(READ_PLAIN(&r), -1);
}

/* The request of a fetcher that is not to be believed. */
static struct config limited(void)
{
	return (struct config){ .limits.memory_bytes = UINT64_C(2) << 30,
		.limits.swap_bytes = 0,
		.limits.pids = 100,
		.limits.app_size_bytes = 1 << 30,
		.limits.app_inodes = 4096,
		.limits.timeout_s = 60,
		.limits.idle_timeout_s = LIMIT_NONE,
		.limits.output_limit_bytes = LIMIT_NONE,
		.limits.cpus_milli = LIMIT_NONE,
		.limits.io_weight = LIMIT_NONE };
}

static void tightens(void **state)
{
	struct config config = limited();
	struct repo_request r = { .present = REPO_MEMORY | REPO_CPUS | REPO_PIDS | REPO_TIMEOUT |
					     REPO_IDLE_TIMEOUT | REPO_OUTPUT_LIMIT | REPO_SWAP,
		.limits.memory_bytes = 1 << 30,
		.limits.cpus_milli = 500,
		.limits.pids = 100,
		.limits.timeout_s = 59,
		.limits.idle_timeout_s = 5,
		.limits.output_limit_bytes = 1 << 20,
		.limits.swap_bytes = 0 };
	struct failure f;

	(void)state;
	assert_int_equal(config_tighten(&config, &r, &f), 0);
	assert_true(config.limits.memory_bytes == 1 << 30);
	assert_int_equal(config.limits.cpus_milli, 500);
	assert_int_equal(config.limits.pids, 100);
	assert_int_equal(config.limits.timeout_s, 59);
	assert_int_equal(config.limits.idle_timeout_s, 5);
	assert_true(config.limits.output_limit_bytes == 1 << 20);
	assert_true(config.limits.app_size_bytes == 1 << 30);
	assert_true(config.required == 0); /* a stranger cannot make our run fail by asking */
}

static void never_widens(void **state)
{
	static const struct {
		struct repo_request r;
		const char *what;
	} rows[] = {
		{ { .present = REPO_MEMORY, .limits.memory_bytes = UINT64_C(4) << 30 },
			"memory: it asks for 4G, and 2G" },
		{ { .present = REPO_MEMORY, .limits.memory_bytes = LIMIT_NONE },
			"memory: it asks for max, and 2G" },
		{ { .present = REPO_SWAP, .limits.swap_bytes = 1 }, "swap: it asks for 1, and 0" },
		{ { .present = REPO_PIDS, .limits.pids = 101 }, "pids: it asks for 101, and 100" },
		{ { .present = REPO_PIDS, .limits.pids = LIMIT_NONE },
			"pids: it asks for max, and 100" },
		{ { .present = REPO_TIMEOUT, .limits.timeout_s = LIMIT_NONE },
			"timeout: it asks for max, and 60" },
		{ { .present = REPO_TIMEOUT, .limits.timeout_s = 61 },
			"timeout: it asks for 61, and 60" },
		{ { .present = REPO_APP_SIZE, .limits.app_size_bytes = (1 << 30) + 1 },
			"app-size: it asks for" },
		{ { .present = REPO_APP_INODES, .limits.app_inodes = 8192 },
			"app-inodes: it asks for 8K, and 4K" },
		{ { .present = REPO_MEMORY | REPO_PIDS,
			  .limits.memory_bytes = 1 << 30,
			  .limits.pids = 101 },
			"pids" },
	};
	struct failure f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config config = limited(), before = config;

		if (config_tighten(&config, &rows[i].r, &f) == 0)
			fail_msg("widened: %s", rows[i].what);
		if (strstr(f.what, rows[i].what) == NULL)
			fail_msg("expected '%s', got '%s'", rows[i].what, f.what);
		assert_string_equal(f.step, "launcher: tighten the limits");
		assert_memory_equal(&config, &before, sizeof(config)); /* all or nothing */
	}
}

static void tightens_cpus_once_they_are_set(void **state)
{
	struct config config = limited();
	struct repo_request r = { .present = REPO_CPUS, .limits.cpus_milli = 2000 };
	struct failure f;

	(void)state;
	config.limits.cpus_milli = 1500;
	assert_int_equal(config_tighten(&config, &r, &f), -1);
	assert_non_null(strstr(f.what, "cpus: it asks for 2, and 1.5"));
	r.limits.cpus_milli = LIMIT_NONE;
	assert_int_equal(config_tighten(&config, &r, &f), -1);
	r.limits.cpus_milli = 1500;
	assert_int_equal(config_tighten(&config, &r, &f), 0);
}

static void the_repositorys_command_counts_if_there_is_none(void **state)
{
	struct config config = limited();
	struct repo_request r = { .present = REPO_COMMAND, .words = 3, .command_length = 9 };
	struct failure f;

	(void)state;
	memcpy(r.command, "make\0\0-k", 9);
	assert_int_equal(config_tighten(&config, &r, &f), 0);
	assert_int_equal(config.command.n, 3);
	assert_string_equal(config.command.v[0], "make");
	assert_string_equal(config.command.v[1], "");
	assert_string_equal(config.command.v[2], "-k");
	assert_null(config.command.v[3]);
	memcpy(r.command, "evil\0\0-k", 9);
	assert_int_equal(config_tighten(&config, &r, &f), 0);
	assert_string_equal(config.command.v[0], "make");
	config_release(&config);
}

static void assert_not_believed(const struct repo_request *r)
{
	struct config config = limited(), before = config;
	struct failure f;

	assert_int_equal(config_tighten(&config, r, &f), -1);
	assert_non_null(strstr(f.what, "the fetcher sent"));
	assert_memory_equal(&config, &before, sizeof(config));
}

static void believes_no_fetcher(void **state)
{
	(void)state;
	assert_not_believed(&(struct repo_request){ .present = 1 << 12 });
	assert_not_believed(&(struct repo_request){ .present = UINT32_MAX });
	assert_not_believed(&(struct repo_request){ .offers_length = 1, .offers = "a" });
	assert_not_believed(&(struct repo_request){ .offers_length = REPO_OFFERS_BYTES + 1 });
	assert_not_believed(&(struct repo_request){ .net_length = 1 });
	assert_not_believed(&(struct repo_request){ .present = REPO_NET });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_NET, .net_length = REPO_NET_BYTES + 1 });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_NET, .net_length = 2, .net = "ab" });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_NET, .net_length = 4, .net = "a\0b" });
	assert_not_believed(&(struct repo_request){ .present = REPO_PIDS, .limits.pids = 0 });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_MEMORY, .limits.memory_bytes = 0 });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_APP_SIZE, .limits.app_size_bytes = 0 });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_APP_INODES, .limits.app_inodes = 1 });
	assert_not_believed(&(struct repo_request){ .present = REPO_CPUS, .limits.cpus_milli = 1 });
	assert_not_believed(&(struct repo_request){
		.present = REPO_OUTPUT_LIMIT, .limits.output_limit_bytes = 0 });
	assert_not_believed(&(struct repo_request){ .present = REPO_COMMAND });
	assert_not_believed(
		&(struct repo_request){ .present = REPO_COMMAND, .words = 1, .command_length = 1 });
	assert_not_believed(&(struct repo_request){
		.present = REPO_COMMAND, .words = 1, .command_length = 3, .command = "abc" });
	assert_not_believed(&(struct repo_request){ .present = REPO_COMMAND,
		.words = 1,
		.command_length = REPO_COMMAND_BYTES + 1,
		.command = "a" });
	assert_not_believed(&(struct repo_request){ .present = REPO_COMMAND,
		.words = 1,
		.command_length = UINT32_MAX,
		.command = "a" });
	assert_not_believed(&(struct repo_request){
		.present = REPO_COMMAND, .words = 2, .command_length = 2, .command = "a" });
	assert_not_believed(&(struct repo_request){
		.present = REPO_COMMAND, .words = 1, .command_length = 4, .command = "a\0b" });
	assert_not_believed(&(struct repo_request){
		.present = REPO_COMMAND, .words = 2, .command_length = 3, .command = "\0a" });
	assert_not_believed(&(struct repo_request){
		.present = REPO_COMMAND, .words = 129, .command_length = 130, .command = "a" });
}

static void usage_names_every_option(void **state)
{
	(void)state;
	for (size_t v = 0; v < VERB_INFOS; v++) {
		char text[16384] = "", flag[64];
		FILE *out = fmemopen(text, sizeof(text), "w");

		assert_non_null(out);
		config_usage(verb_infos[v].verb, out);
		fclose(out);
		assert_non_null(strstr(text, verb_infos[v].name));
		for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
			if (strcspn(line, "\n") > 100)
				fail_msg("more than 100 columns: %s", line);
		assert_null(strstr(text, " \n")); /* nothing trails */
		for (size_t i = 0; i < option_count; i++) {
			snprintf(flag, sizeof(flag), "--%s", options[i].name);
			if (verb_infos[v].verb != VERB_HELP &&
				(options[i].verbs & VERB_BIT(verb_infos[v].verb)) != 0 &&
				strstr(text, flag) == NULL)
				fail_msg("%s --help does not name %s", verb_infos[v].name, flag);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(later_layers_win, clear_files),
		cmocka_unit_test_setup(a_file_makes_walls_required, clear_files),
		cmocka_unit_test_setup(lists_of_files_replace_and_flags_add, clear_files),
		cmocka_unit_test_setup(takes_a_command, clear_files),
		cmocka_unit_test_setup(a_shell_has_a_shells_words, clear_files),
		cmocka_unit_test_setup(a_shells_name_is_a_files, clear_files),
		cmocka_unit_test_setup(every_row_says_the_same_in_both_forms, clear_files),
		cmocka_unit_test_setup(every_row_has_a_sample, clear_files),
		cmocka_unit_test_setup(refuses_with_file_line_and_column, clear_files),
		cmocka_unit_test_setup(refuses_files_that_others_may_write, clear_files),
		cmocka_unit_test_setup(refuses_files_of_someone_else, clear_files),
		cmocka_unit_test_setup(refuses_what_is_no_file, clear_files),
		cmocka_unit_test_setup(follows_links_to_files_that_are_trusted, clear_files),
		cmocka_unit_test_setup(refuses_large_files, clear_files),
		cmocka_unit_test_setup(help_survives_a_broken_file, clear_files),
		cmocka_unit_test_setup(ignores_relative_xdg_directories, clear_files),
		cmocka_unit_test(tightens),
		cmocka_unit_test(never_widens),
		cmocka_unit_test(tightens_cpus_once_they_are_set),
		cmocka_unit_test(the_repositorys_command_counts_if_there_is_none),
		cmocka_unit_test(believes_no_fetcher),
		cmocka_unit_test(usage_names_every_option),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
