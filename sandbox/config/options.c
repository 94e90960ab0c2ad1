#include "sandbox/config/options.h"

#include "sandbox/base/own.h"
#include "sandbox/config/request.h"
#include "sandbox/docker/policy.h"

#include <string.h>

#define RUN    (VERB_BIT(VERB_RUN) | VERB_BIT(VERB_SHELL))
#define CLONES (RUN | VERB_BIT(VERB_EXPLAIN))
#define BUILDS (RUN | VERB_BIT(VERB_SH) | VERB_BIT(VERB_GITLAB)) /* what really has a builder */
#define RUNS   (CLONES | VERB_BIT(VERB_SH) | VERB_BIT(VERB_GITLAB))
#define BARES  (RUNS | VERB_BIT(VERB_SELFTEST)) /* what also a sandbox without a source has */
#define ASKS                                                                                       \
	(VERB_BIT(VERB_DOCTOR) | VERB_BIT(VERB_GC) | VERB_BIT(VERB_PS) | VERB_BIT(VERB_DISK) |     \
		VERB_BIT(VERB_SELFTEST) | VERB_BIT(VERB_REPORT))
#define HOUSE (VERB_BIT(VERB_GC) | VERB_BIT(VERB_DISK))
#define EVERY (RUNS | ASKS | VERB_BIT(VERB_VERSION))

#define FIELD(member)                                                                              \
	.offset = offsetof(struct config, member), .width = sizeof(((struct config *)NULL)->member)

static const char *const color_words[] = { "auto", "always", "never", NULL };
_Static_assert(
	COLOR_AUTO == 0 && COLOR_ALWAYS == 1 && COLOR_NEVER == 2, "color_words is in this order");

static const char *const docker_words[] = { "off", "build", "run", "raw", NULL };
_Static_assert(DOCKER_OFF == 0 && DOCKER_BUILD == 1 && DOCKER_RUN == 2 && DOCKER_RAW == 3,
	"docker_words is in this order");

static const char *const source_words[] = { "auto", "off", NULL };
_Static_assert(CACHE_SOURCE_AUTO == 0 && CACHE_SOURCE_OFF == 1, "source_words is in this order");

static const char *const log_words[] = { "plain", "json", NULL };
_Static_assert(LOG_PLAIN == 0 && LOG_JSON == 1, "log_words is in this order");

static const char *const keep_words[] = { "success", "failure", "always", NULL };
_Static_assert(KEEP_ON_SUCCESS == 0 && KEEP_ON_FAILURE == 1 && KEEP_ALWAYS == 2,
	"keep_words is in this order");

static const char *const failure_words[] = { "end", "shell", NULL };
_Static_assert(ON_FAILURE_END == 0 && ON_FAILURE_SHELL == 1, "failure_words is in this order");

/* A word that ends with a colon is the beginning of one. */
static const char *const net_words[] = { "none", "allow:", "full", NULL };

const char *const option_group_titles[GROUP_COUNT] = {
	[GROUP_CLONE] = "The clone",
	[GROUP_LIMITS] = "Limits",
	[GROUP_BUILDER] = "What the builder gets",
	[GROUP_DOCKER] = "The Docker socket",
	[GROUP_RESULTS] = "What is kept of a run",
	[GROUP_WALLS] = "Who, and behind which walls",
	[GROUP_OUTPUT] = "Configuration and output",
	[GROUP_HOUSE] = "Disk space",
};

/* clang-format off */
const struct option options[] = {
	/* the clone */
	{ "depth", .argument = "N", .initial = "1", .group = GROUP_CLONE, .verbs = CLONES,
	  .type = OPTION_QUANTITY, FIELD(depth), .range = { UNIT_COUNT, 1, INT32_MAX, BOUNDLESS_OR_ZERO, 0 },
	  .help = "commits of history, 0 for all; a server sends all of it if libgit2 is older than 1.7" },
	{ "submodules", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_SWITCH, FIELD(submodules),
	  .help = "clone submodules too; off, for each is one more stranger" },
	{ "tags", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_SWITCH, FIELD(tags),
	  .help = "history as far back as git describe needs it; from a server, all of it" },
	{ "worktree", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_SWITCH, FIELD(worktree),
	  .help = "the files of a local source as they lie there: changed ones, and new ones not ignored" },
	{ "source-dir", .argument = "NAME", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_TEXT,
	  FIELD(source_dir), .form = FORM_PART,
	  .help = "put the clone into /app/NAME, for a build that writes beside its tree; it starts there" },
	{ "workdir", .argument = "DIR", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_TEXT,
	  FIELD(workdir), .form = FORM_ANY,
	  .help = "the command starts there: a directory of the clone, or any other inside" },
	{ "no-repo-config", .group = GROUP_CLONE, .verbs = RUNS, .type = OPTION_SWITCH,
	  FIELD(no_repo_config), .help = "do not read the .cofferdam.json of the source" },
	{ "borrow", .argument = "DIR", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_PATHS,
	  FIELD(borrow), .help = "where a local source's .git or objects lead to, if that is elsewhere" },
	{ "git-credential", .argument = "FILE|fd:N", .group = GROUP_CLONE, .verbs = CLONES,
	  .type = OPTION_TEXT, FIELD(git_credential), .form = FORM_STREAM,
	  .help = "user and password for the source; only the fetcher reads them" },
	{ "git-ca", .argument = "FILE", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_TEXT,
	  FIELD(git_ca), .form = FORM_FILE,
	  .help = "certificates (PEM) to trust for https instead of the host's" },
	{ "cache-source", .argument = "WHEN", .initial = "auto", .group = GROUP_CLONE, .verbs = RUNS,
	  .type = OPTION_CHOICE, FIELD(cache_source), .words = source_words,
	  .help = "auto keeps what was fetched of a server for the next run that asks as this one; or off" },
	{ "known-hosts", .argument = "FILE", .group = GROUP_CLONE, .verbs = CLONES, .type = OPTION_TEXT,
	  FIELD(known_hosts), .form = FORM_FILE,
	  .help = "ssh host keys to trust instead of ~/.ssh/known_hosts" },

	/* limits: those of the cgroup depend on the host, so asking for one requires that wall */
	{ "memory", .argument = "SIZE", .initial = "2G", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.memory_bytes), .range = RANGE_MEMORY,
	  .wall = WALL_BIT(WALL_CGROUP),
	  .help = "memory of the whole build, its tmpfs counted in; max for no limit" },
	{ "swap", .argument = "SIZE", .initial = "0", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.swap_bytes), .range = RANGE_SWAP,
	  .wall = WALL_BIT(WALL_CGROUP), .help = "swap on top of the memory" },
	{ "cpus", .argument = "N", .group = GROUP_LIMITS, .verbs = BARES, .type = OPTION_QUANTITY,
	  FIELD(limits.cpus_milli), .range = RANGE_CPUS, .wall = WALL_BIT(WALL_CGROUP),
	  .help = "processors, such as 1.5; unset or max: as many as the host has" },
	{ "pids", .argument = "N", .initial = "4096", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.pids), .range = RANGE_PIDS,
	  .wall = WALL_BIT(WALL_CGROUP) | WALL_BIT(WALL_DOCKER_LIMITS),
	  .help = "processes and threads, against fork bombs" },
	{ "io-weight", .argument = "N", .group = GROUP_LIMITS, .verbs = BARES, .type = OPTION_QUANTITY,
	  FIELD(limits.io_weight), .range = { UNIT_COUNT, 1, 10000, BOUNDED, LIMIT_NONE }, .wall = WALL_BIT(WALL_CGROUP),
	  .help = "share of the disks' time; others have 100" },
	{ "app-size", .argument = "SIZE", .initial = "2G", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.app_size_bytes), .range = RANGE_APP_SIZE,
	  .help = "bytes of all that the build can write, /app and /tmp together" },
	{ "app-inodes", .argument = "N", .initial = "1M", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.app_inodes), .range = RANGE_APP_INODES,
	  .help = "files and directories in it; each costs kernel memory" },
	{ "timeout", .argument = "TIME", .initial = "3600", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.timeout_s), .range = RANGE_TIMEOUT,
	  .help = "seconds, or such as 10m, 2h; then TERM, five seconds later KILL; 0 for none" },
	{ "idle-timeout", .argument = "TIME", .initial = "0", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.idle_timeout_s), .range = RANGE_TIMEOUT,
	  .help = "the same when nothing was written for so long; 0 for none" },
	{ "output-limit", .argument = "SIZE", .initial = "64M", .group = GROUP_LIMITS, .verbs = BARES,
	  .type = OPTION_QUANTITY, FIELD(limits.output_limit_bytes), .range = RANGE_OUTPUT_LIMIT,
	  .help = "bytes of stdout and stderr together; then cut, with a note" },

	/* what the builder gets */
	{ "ro-bind", .argument = "SRC:DST", .group = GROUP_BUILDER, .verbs = BARES, .type = OPTION_BIND,
	  FIELD(ro_bind), .help = "show a directory or file of the host at DST, read-only" },
	{ "rootfs", .argument = "ROOT", .group = GROUP_BUILDER, .verbs = BARES, .type = OPTION_TEXT,
	  FIELD(rootfs), .form = FORM_ROOTFS,
	  .help = "instead of the host's /usr: a directory or tar of a root, or oci:PATH[:TAG], an image" },
	{ "image-env", .group = GROUP_BUILDER, .verbs = BARES, .type = OPTION_SWITCH, FIELD(image_env),
	  .help = "the environment and the working directory that the image of --rootfs names" },
	{ "cache", .argument = "NAME:DST[:rw]", .group = GROUP_BUILDER, .verbs = RUNS, .type = OPTION_CACHE,
	  FIELD(cache), .help = "what earlier builds left there; rw: of a build that was well it is kept" },
	{ "cache-scope", .argument = "SCOPE", .group = GROUP_BUILDER, .verbs = RUNS, .type = OPTION_TEXT,
	  FIELD(cache_scope), .form = FORM_LABEL,
	  .help = "whose caches: builds of one scope trust each other; unset: SOURCE without its ref" },
	{ "untrusted", .group = GROUP_BUILDER, .verbs = RUNS, .type = OPTION_SWITCH, FIELD(untrusted),
	  .help = "a pull request: it reads caches, and nothing of it is kept in one, whatever says rw" },
	{ "cache-size", .argument = "SIZE", .initial = "2G", .group = GROUP_BUILDER, .verbs = RUNS,
	  .type = OPTION_QUANTITY, FIELD(cache_size_bytes), .range = { UNIT_SIZE, 1, PIB, BOUNDED, 0 },
	  .help = "a cache that has become larger is not kept, but stays as it was" },
	{ "env", .argument = "K[=V]", .group = GROUP_BUILDER, .verbs = BARES, .type = OPTION_ENV,
	  FIELD(env),
	  .help = "set a variable, or take K from our environment, of which nothing passes else" },

	{ "workspace", .argument = "DIR", .group = GROUP_BUILDER, .verbs = VERB_BIT(VERB_SH),
	  .type = OPTION_TEXT, FIELD(workspace), .form = FORM_FILE,
	  .help = "copy DIR instead of the current directory, and put artifacts there, over what is there" },
	{ "state", .argument = "DIR", .group = GROUP_BUILDER, .verbs = VERB_BIT(VERB_GITLAB),
	  .type = OPTION_TEXT, FIELD(state), .form = FORM_FILE,
	  .help = "where jobs keep what one stage leaves for the next; nobody else's" },
	{ "shell", .argument = "PROGRAM", .initial = "sh", .group = GROUP_BUILDER,
	  .verbs = VERB_BIT(VERB_SH), .type = OPTION_TEXT, FIELD(shell_program), .form = FORM_ANY,
	  .help = "the shell inside" },

	{ "secret", .argument = "NAME=FILE", .group = GROUP_BUILDER, .verbs = RUNS, .type = OPTION_SECRET,
	  FIELD(secret),
	  .help = "a file, fd:N or env:VAR as /run/secrets/NAME, for the builder alone to read" },
	{ "credential", .argument = "HOST=FILE", .group = GROUP_BUILDER, .verbs = RUNS,
	  .type = OPTION_CREDENTIAL, FIELD(credential),
	  .help = "log in to HOST for git, Docker and plain http; the builder never sees it" },
	{ "net", .argument = "none|allow:RULES|full", .initial = "none", .group = GROUP_BUILDER, .verbs = RUNS,
	  .type = OPTION_NET, FIELD(net), .words = net_words,
	  .help = "hosts that may be reached: allow:HOST[:PORT], *.DOMAIN, @FILE, a set such as npm; full: any" },

	/* Docker */
	{ "docker", .argument = "[LEVEL]", .initial = "off", .group = GROUP_DOCKER,
	  .verbs = RUNS | VERB_BIT(VERB_DOCTOR), .type = OPTION_LEVEL, FIELD(docker), .words = docker_words,
	  .help = "off, build, run or raw: what may be asked of /run/docker.sock; alone: build" },
	{ "docker-host", .argument = "SOCKET", .group = GROUP_DOCKER, .verbs = RUNS | HOUSE | VERB_BIT(VERB_DOCTOR), .type = OPTION_TEXT,
	  FIELD(docker_host), .form = FORM_SOCKET,
	  .help = "the engine's, unix:///PATH or /PATH; unset: found as the docker command does" },
	{ "docker-tag", .argument = "PATTERN", .group = GROUP_DOCKER, .verbs = RUNS,
	  .type = OPTION_PATTERN, FIELD(docker_tag),
	  .help = "names that images may get, and keep; others are gone with the run" },
	{ "docker-base", .argument = "PATTERN", .group = GROUP_DOCKER, .verbs = RUNS,
	  .type = OPTION_PATTERN, FIELD(docker_base), .help = "images of the engine that may be used" },
	{ "docker-pull", .argument = "PATTERN", .group = GROUP_DOCKER, .verbs = RUNS,
	  .type = OPTION_PATTERN, FIELD(docker_pull), .help = "images that may be pulled, and used" },
	{ "docker-push", .argument = "PATTERN", .group = GROUP_DOCKER, .verbs = RUNS,
	  .type = OPTION_PATTERN, FIELD(docker_push), .help = "images that may be pushed" },
	{ "docker-build-net", .argument = "none|NAME", .initial = "none", .group = GROUP_DOCKER,
	  .verbs = RUNS, .type = OPTION_TEXT, FIELD(docker_build_net), .form = FORM_NETWORK,
	  .help = "the network of RUN in image builds; NAME is one of the engine's" },
	{ "docker-auth", .argument = "FILE|fd:N", .group = GROUP_DOCKER, .verbs = RUNS,
	  .type = OPTION_TEXT, FIELD(docker_auth), .form = FORM_STREAM,
	  .help = "passwords of registries, as in docker's config.json; the builder never sees them" },
	{ "i-know-raw-docker-is-root", .group = GROUP_DOCKER, .verbs = RUNS, .type = OPTION_SWITCH,
	  FIELD(raw_docker_is_root), .help = "--docker raw, which is root on the host, needs it" },

	/* what is kept */
	{ "artifact", .argument = "PATH[:DEST]", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_ARTIFACT, FIELD(artifact),
	  .help = "copy it out when all is dead; PATH? may be missing, - is a tar on stdout" },
	{ "artifact-on", .argument = "WHEN", .initial = "success", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_CHOICE, FIELD(artifact_on), .words = keep_words,
	  .help = "success, failure or always: of which builds" },
	{ "artifact-limit", .argument = "SIZE", .initial = "1G", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_QUANTITY, FIELD(artifact_limit_bytes), .range = { UNIT_SIZE, 1, PIB, BOUNDED, 0 },
	  .help = "bytes of all of them together, holes counted in" },
	{ "artifact-count", .argument = "N", .initial = "10000", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_QUANTITY, FIELD(artifact_count), .range = { UNIT_COUNT, 1, 1000000, BOUNDED, 0 },
	  .help = "files and directories of all of them together" },
	{ "artifact-replace", .group = GROUP_RESULTS, .verbs = RUNS, .type = OPTION_SWITCH,
	  FIELD(artifact_replace), .help = "over a file that is there; else that is an error" },
	{ "artifact-any-name", .group = GROUP_RESULTS, .verbs = RUNS, .type = OPTION_SWITCH,
	  FIELD(artifact_any_name), .help = "also names with control characters or that are not UTF-8" },

	{ "on-failure", .argument = "WHAT", .initial = "end", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_CHOICE, FIELD(on_failure), .words = failure_words,
	  .help = "end, or shell: at this terminal, in the sandbox of a command that has failed" },
	{ "attachable", .group = GROUP_RESULTS, .verbs = RUNS, .type = OPTION_SWITCH, FIELD(attachable),
	  .help = "you may enter it while it runs: cofferdam shell --attach RUN" },
	{ "keep-on-failure", .argument = "TIME", .initial = "0", .group = GROUP_RESULTS, .verbs = RUNS,
	  .type = OPTION_QUANTITY, FIELD(keep_on_failure_s), .range = { UNIT_TIME, 0, 30 * 86400, BOUNDED, 0 },
	  .help = "when the command has failed its sandbox stays so long, to be looked into" },

	/* who, and behind which walls */
	{ "root-inside", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_SWITCH, FIELD(root_inside),
	  .help = "the builder is uid 0 inside, still without any capability" },
	{ "run-as", .argument = "USER|UID:GID", .group = GROUP_WALLS, .verbs = RUNS | ASKS,
	  .type = OPTION_TEXT, FIELD(run_as), .form = FORM_USER,
	  .help = "started by root: who to become; unset: $SUDO_UID, else nobody" },
	{ "allow-chown", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_SWITCH, FIELD(allow_chown),
	  .wall = WALL_BIT(WALL_IDS), .help = "the builder may give files to every id inside; needs a range in /etc/subuid" },
	{ "allow-32bit", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_SWITCH, FIELD(allow_32bit),
	  .help = "permit i386 programs: a second, older table of system calls" },
	{ "allow-userns", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_SWITCH,
	  FIELD(allow_userns), .help = "permit nested user namespaces and their mounts; Landlock is off then" },
	{ "seccomp", .argument = "FILE", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_TEXT,
	  FIELD(seccomp), .form = FORM_FILE,
	  .help = "a profile (OCI or Docker JSON) instead of the built-in list of calls" },
	{ "apparmor", .argument = "PROFILE", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_TEXT,
	  FIELD(apparmor), .form = FORM_LABEL, .wall = WALL_BIT(WALL_LSM_LABEL),
	  .help = "the builder's AppArmor profile, which has to be loaded" },
	{ "selinux-label", .argument = "LABEL", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_TEXT,
	  FIELD(selinux_label), .form = FORM_LABEL, .wall = WALL_BIT(WALL_LSM_LABEL),
	  .help = "the builder's SELinux label" },
	{ "strict", .group = GROUP_WALLS, .verbs = BARES, .type = OPTION_SWITCH, FIELD(strict),
	  .help = "every wall is required, also those that depend on the host" },
	{ "allow-degraded", .argument = "WALL[,...]", .group = GROUP_WALLS, .verbs = BARES,
	  .type = OPTION_WALLS, FIELD(allow_degraded),
	  .help = "go on without these, knowingly; the report says so" },

	{ "attach", .argument = "RUN", .group = GROUP_RESULTS, .verbs = VERB_BIT(VERB_SHELL),
	  .type = OPTION_TEXT, FIELD(attach), .form = FORM_RUN,
	  .help = "instead of a new sandbox enter that of a run, by its id or the beginning of it" },
	{ "against", .argument = "COMMAND", .group = GROUP_WALLS, .verbs = VERB_BIT(VERB_SELFTEST),
	  .type = OPTION_TEXT, FIELD(against), .form = FORM_ANY,
	  .help = "try another sandbox: a shell's words, behind which the probe's are put" },

	/* configuration and output */
	{ "config", .argument = "FILE", .group = GROUP_OUTPUT, .verbs = RUNS | ASKS,
	  .type = OPTION_CONFIG, .form = FORM_FILE,
	  .help = "one more configuration file, stronger than the two that are always read" },
	{ "report", .argument = "FILE", .group = GROUP_OUTPUT, .verbs = BUILDS,
	  .type = OPTION_TEXT, FIELD(report), .form = FORM_FILE,
	  .help = "write the report (JSON) there at the end, also of a run that failed" },
	{ "events", .argument = "FILE|fd:N", .group = GROUP_OUTPUT, .verbs = BUILDS,
	  .type = OPTION_TEXT, FIELD(events), .form = FORM_STREAM,
	  .help = "write what happens as it happens, one JSON object a line" },
	{ "log", .argument = "FILE", .group = GROUP_OUTPUT, .verbs = BUILDS,
	  .type = OPTION_TEXT, FIELD(log), .form = FORM_FILE,
	  .help = "the builder's output there as well, each line with its time and stream" },
	{ "log-format", .argument = "FORM", .initial = "plain", .group = GROUP_OUTPUT,
	  .verbs = BUILDS, .type = OPTION_CHOICE, FIELD(log_format), .words = log_words,
	  .help = "plain, or json: one object a line" },
	{ "log-size", .argument = "SIZE", .initial = "64M", .group = GROUP_OUTPUT,
	  .verbs = BUILDS, .type = OPTION_QUANTITY, FIELD(log_size_bytes),
	  .range = { UNIT_SIZE, 4 * KIB, PIB, BOUNDED, 0 },
	  .help = "beyond it FILE becomes FILE.1, and that FILE.2, up to FILE.3" },
	{ "provenance", .argument = "FILE", .group = GROUP_OUTPUT, .verbs = BUILDS,
	  .type = OPTION_TEXT, FIELD(provenance), .form = FORM_FILE,
	  .help = "write there what the artifacts were built from, and how (in-toto, SLSA v1)" },
	{ "steps", .group = GROUP_OUTPUT, .verbs = CLONES | VERB_BIT(VERB_SH), .type = OPTION_SWITCH, FIELD(steps),
	  .help = "print the steps of each process in their order" },
	{ "timings", .group = GROUP_OUTPUT, .verbs = BUILDS, .type = OPTION_SWITCH, FIELD(timings),
	  .help = "say at the end how long each step of each process took; also in the report" },
	{ "json", .group = GROUP_OUTPUT, .verbs = ASKS | VERB_BIT(VERB_EXPLAIN), .type = OPTION_SWITCH,
	  FIELD(json), .help = "JSON on stdout, for programs" },
	{ "full", .group = GROUP_OUTPUT, .verbs = CLONES | VERB_BIT(VERB_SH), .type = OPTION_SWITCH, FIELD(full),
	  .help = "of explain, and with --dry-run: every row with its reason, some 750 lines" },
	{ "junit", .group = GROUP_OUTPUT, .verbs = VERB_BIT(VERB_REPORT), .type = OPTION_SWITCH,
	  FIELD(junit), .help = "print JUnit's XML" },
	{ "dry-run", .group = GROUP_OUTPUT, .verbs = CLONES | VERB_BIT(VERB_SH) | VERB_BIT(VERB_GC), .type = OPTION_SWITCH,
	  FIELD(dry_run), .help = "say what would be done, and do nothing; run: as explain does" },
	{ "quiet", 'q', .group = GROUP_OUTPUT, .verbs = RUNS | ASKS, .type = OPTION_SWITCH, FIELD(quiet),
	  .help = "no words of cofferdam's own but errors" },
	{ "verbose", 'v', .group = GROUP_OUTPUT, .verbs = RUNS | ASKS, .type = OPTION_TALLY,
	  FIELD(verbose), .range = { UNIT_COUNT, 0, 9, BOUNDED, 0 }, .help = "more of them; -vv still more" },
	{ "color", .argument = "WHEN", .initial = "auto", .group = GROUP_OUTPUT,
	  .verbs = (RUNS | ASKS) & ~VERB_BIT(VERB_SELFTEST),
	  .type = OPTION_CHOICE, FIELD(color), .words = color_words,
	  .help = "auto, always or never; auto honours NO_COLOR" },
	{ "help", 'h', .group = GROUP_OUTPUT, .verbs = EVERY, .type = OPTION_HELP, .help = "this text" },

	/* disk space, for the verbs that keep house */
	{ "warn", .argument = "SIZE|N%", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_DISK),
	  .type = OPTION_TEXT, FIELD(warn), .form = FORM_ANY,
	  .help = "exit 1 from so much on, or from such a share of the engine's file system" },
	{ "crit", .argument = "SIZE|N%", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_DISK),
	  .type = OPTION_TEXT, FIELD(crit), .form = FORM_ANY, .help = "the same, with exit 2" },
	{ "metrics", .argument = "FILE", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_DISK),
	  .type = OPTION_TEXT, FIELD(metrics), .form = FORM_FILE,
	  .help = "write it for Prometheus, and count runs from now on" },
	{ "store-size", .argument = "SIZE", .initial = "8G", .group = GROUP_HOUSE,
	  .verbs = BARES | VERB_BIT(VERB_GC), .type = OPTION_QUANTITY, FIELD(store_size_bytes),
	  .range = { UNIT_SIZE, 0, PIB, BOUNDED, 0 },
	  .help = "unpacked images of so much stay for the next run that wants them, 0: none; and caches of as much" },
	{ "images", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_GC), .type = OPTION_SWITCH,
	  FIELD(images), .help = "images that runs have left under a name, by the next three" },
	{ "keep-last", .argument = "N", .initial = "max", .group = GROUP_HOUSE,
	  .verbs = VERB_BIT(VERB_GC), .type = OPTION_QUANTITY, FIELD(keep_last),
	  .range = { UNIT_COUNT, 1, 1000000, BOUNDLESS, UINT32_MAX },
	  .help = "the newest N of each name stay" },
	{ "older-than", .argument = "AGE", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_GC),
	  .type = OPTION_TEXT, FIELD(older_than), .form = FORM_ANY,
	  .help = "what is older goes: 12h, 30d, 4w" },
	{ "max-size", .argument = "SIZE", .initial = "max", .group = GROUP_HOUSE,
	  .verbs = VERB_BIT(VERB_GC), .type = OPTION_QUANTITY, FIELD(max_size_bytes),
	  .range = { UNIT_SIZE, 0, UINT64_MAX / 2, BOUNDLESS, UINT64_MAX },
	  .help = "the oldest go until all together are less" },
	{ "build-cache", .group = GROUP_HOUSE, .verbs = VERB_BIT(VERB_GC), .type = OPTION_SWITCH,
	  FIELD(build_cache),
	  .help = "the engine's build cache too, which is everybody's, by the same age and size" },
};
/* clang-format on */

const size_t option_count = ARRAY_LEN(options);

const struct option *option_find(const char *name, size_t length)
{
	for (size_t i = 0; i < option_count; i++)
		if (strlen(options[i].name) == length &&
			strncmp(options[i].name, name, length) == 0)
			return &options[i];
	return NULL;
}

const struct option *option_find_letter(char letter)
{
	for (size_t i = 0; i < option_count; i++)
		if (letter != '\0' && options[i].letter == letter)
			return &options[i];
	return NULL;
}

bool option_is_list(const struct option *option)
{
	return option->type == OPTION_PATHS || option->type == OPTION_BIND ||
	       option->type == OPTION_ENV || option->type == OPTION_WALLS ||
	       option->type == OPTION_PATTERN || option->type == OPTION_NET ||
	       option->type == OPTION_ARTIFACT || option->type == OPTION_SECRET ||
	       option->type == OPTION_CREDENTIAL || option->type == OPTION_CACHE;
}

bool option_needs_value(const struct option *option)
{
	return option->argument != NULL && option->type != OPTION_LEVEL;
}

bool option_is_tightenable(const struct option *option)
{
	if (option->type == OPTION_NET)
		return true;
	for (size_t i = 0; i < REQUEST_KEYS; i++)
		if (strcmp(request_keys[i].name, option->name) == 0)
			return true;
	return false;
}

/* Damerau's distance, with the restriction that nothing is edited twice. */
#define DISTANCE_WORD_MAX 40

unsigned option_distance(const char *a, size_t a_length, const char *b)
{
	unsigned rows[3][DISTANCE_WORD_MAX +
			 1]; /* this letter of a, the one before, the one before that */
	unsigned *now = rows[0], *last = rows[1], *older = rows[2];
	size_t b_length = strlen(b);

	if (a_length > DISTANCE_WORD_MAX || b_length > DISTANCE_WORD_MAX)
		return DISTANCE_WORD_MAX;
	for (unsigned j = 0; j <= b_length; j++)
		now[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		unsigned *freed = older;

		older = last;
		last = now;
		now = freed;
		now[0] = (unsigned)i;
		for (size_t j = 1; j <= b_length; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
				older[j - 2] + 1 < best)
				best = older[j - 2] + 1;
			now[j] = best;
		}
	}
	return now[b_length];
}

const char *option_suggest(const char *word, size_t length, unsigned verbs)
{
	unsigned nearest = length < 4 ? 2 : (unsigned)length / 3 + 1; /* farther is another word */
	const char *name = NULL;

	for (size_t i = 0; i < option_count; i++) {
		unsigned distance;

		if ((options[i].verbs & verbs) == 0)
			continue;
		distance = option_distance(word, length, options[i].name);
		if (distance < nearest) {
			nearest = distance;
			name = options[i].name;
		}
	}
	return name;
}
