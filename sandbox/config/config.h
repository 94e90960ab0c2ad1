/* sandbox/config/config.h: what the user asked for, as plain values.
 *
 * Runs in  the launcher only, before anything is opened or cloned.
 * Filled   from the rows of options.c: defaults, then /etc/cofferdam/config.json, then
 *          $XDG_CONFIG_HOME/cofferdam/config.json (or ~/.config), then --config, then
 *          the command line; later wins, also between two equal flags. For `sh` there
 *          is NAME.json beside each config.json, read behind it, where NAME is what it was
 *          called by, or cofferdam-sh: who calls a shell has no place for options. For a
 *          stage of `gitlab-executor` it is that of its kind (stage_file()). A list in a
 *          file takes the place of the list of the files before it ([] is none);
 *          flags add to what the files gave.
 * Trusts   a file only if root or the invoking user owns it and nobody else may
 *          write it. Paths in it are absolute, for it does not know where it is used.
 * Owns     every string and array in it; config_release() frees them.
 */
#ifndef SANDBOX_CONFIG_CONFIG_H
#define SANDBOX_CONFIG_CONFIG_H

#include "sandbox/base/failure.h"
#include "sandbox/base/limits.h"
#include "sandbox/base/walls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Of which builds something is kept. */
enum keep { KEEP_ON_SUCCESS, KEEP_ON_FAILURE, KEEP_ALWAYS };
enum on_failure { ON_FAILURE_END, ON_FAILURE_SHELL };
enum log_format { LOG_PLAIN, LOG_JSON };
enum cache_source { CACHE_SOURCE_AUTO, CACHE_SOURCE_OFF };
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* A growing array of strings, always NULL-terminated once non-empty. */
struct strings {
	char **v;
	size_t n;
};

struct config {
	/* words */
	char *source;           /* SOURCE as given, NULL if none */
	char *attach;           /* shell: of a run that is there, its id; or NULL */
	struct strings command; /* COMMAND and its arguments, n == 0 if none */
	bool shell;             /* COMMAND is a shell for a person at a terminal */
	struct strings words;   /* of a verb that takes others */
	struct strings flags;   /* sh: the shell's own, before them */
	bool string;            /* sh: the first of words is no file but what is to be run */

	/* the clone */
	uint32_t depth; /* commits of history, 0 for all of it */
	bool submodules;
	bool tags;             /* as deep as git describe needs */
	bool worktree;         /* the source's files instead of its commit's */
	bool copy;             /* sh: the source is a directory, and all of it is copied */
	char *source_dir;      /* the clone is in /app/NAME; NULL: in /app */
	char *workdir;         /* the command starts there, from the clone on; NULL: in the clone */
	bool no_repo_config;   /* the source's .cofferdam.json is not read */
	struct strings borrow; /* directories that the fetcher may read beside the source */
	char *git_credential;  /* "FILE" or "fd:N" or NULL */
	char *git_ca;          /* a PEM file to trust instead of the host's, or NULL */
	enum cache_source cache_source;
	char *known_hosts; /* instead of ~/.ssh/known_hosts, or NULL */

	struct limits limits;

	/* what the builder gets */
	struct strings ro_bind;    /* "SRC:DST", checked for form; the last colon is the one */
	struct strings secret;     /* "NAME=FILE", "NAME=fd:N", "NAME=env:VAR" (secret_word.h) */
	struct strings credential; /* "HOST[:PORT]=FILE", or "=fd:N" (credential_word.h) */
	char *rootfs;              /* a tree or an image of its own (rootfs_word.h), or NULL */
	uint64_t store_size_bytes; /* of images that are kept; caches have as much again */
	bool image_env;            /* that image's environment and directory are used */
	struct strings cache;      /* "NAME:DST[:ro|:rw]", checked for form (cache_word.h) */
	char *cache_scope;         /* whose they are, or NULL: the source's */
	uint64_t cache_size_bytes; /* the most that one is kept with */
	bool untrusted;            /* nothing of this run is kept in one */
	struct strings env;        /* "K=V"; "K" was resolved from our environment */
	char *script;              /* sh: a file that becomes /run/script, or NULL; borrowed */
	char *shell_program;       /* sh: the one inside */
	char *state;               /* gitlab-executor: where its jobs' directories are, or NULL */
	char *workspace;           /* sh: the directory, or NULL: the current one */

	struct strings net; /* what follows "allow:", one after the other */
	bool net_full;      /* instead of them: whatever the host reaches */

	/* Docker */
	uint32_t docker;   /* enum docker_level (sandbox/docker/policy.h) */
	char *docker_host; /* an absolute path, "unix://" cut off; NULL: find it */
	struct strings docker_tag, docker_base, docker_pull, docker_push; /* checked patterns */
	char *docker_build_net;  /* "none", or a network's name */
	char *docker_auth;       /* "FILE" or "fd:N" or NULL */
	bool raw_docker_is_root; /* the user knows */

	/* what is kept */
	struct strings artifact; /* "PATH[?][:DEST]" or "-", checked for form (artifact_word.h) */
	enum keep artifact_on;
	uint64_t artifact_limit_bytes;
	uint32_t artifact_count;
	bool artifact_replace;
	bool artifact_any_name;
	enum on_failure on_failure;
	bool attachable;            /* its user may enter it */
	uint64_t keep_on_failure_s; /* a build that failed stays so long; 0: not at all */

	/* who and behind which walls */
	bool root_inside;
	char *run_as; /* "USER" or "UID:GID", NULL: not given */
	bool allow_chown;
	bool allow_32bit;
	bool allow_userns;
	char *seccomp; /* profile, OCI JSON, or NULL */
	char *apparmor;
	char *selinux_label;
	bool strict;
	uint64_t allow_degraded; /* WALL_BIT()s */
	uint64_t required;       /* WALL_BIT()s that a given option asks for, see options.c */

	struct strings artifacts_offered; /* by the repository: told, never copied */

	/* words to the user */
	char *report;     /* file, or NULL */
	char *provenance; /* file, or NULL */
	char *events;     /* "FILE" or "fd:N", or NULL */
	char *log;        /* file, or NULL */
	enum log_format log_format;
	uint64_t log_size_bytes;
	bool steps;
	bool timings;
	bool quiet;
	uint32_t verbose; /* how often -v stood there */
	enum color color;

	/* other verbs */
	bool json;
	bool junit;    /* report */
	char *against; /* selftest: another sandbox's command, or NULL */
	bool dry_run;
	bool full;               /* explain: all rows */
	char *warn, *crit;       /* disk: a size or a share, "80%"; NULL: not given */
	char *metrics;           /* disk: a file, or NULL */
	bool images;             /* gc: also names that runs have left, by these: */
	uint32_t keep_last;      /* UINT32_MAX: not given */
	char *older_than;        /* an age, or NULL */
	uint64_t max_size_bytes; /* UINT64_MAX: not given */
	bool build_cache;        /* gc --images: the engine's too */
};

/* The verb that the first word names. */
enum verb {
	VERB_RUN,
	VERB_SHELL,
	VERB_SH,
	VERB_GITLAB,
	VERB_DOCTOR,
	VERB_SELFTEST,
	VERB_EXPLAIN,
	VERB_GC,
	VERB_PS,
	VERB_DISK,
	VERB_REPORT,
	VERB_VERSION,
	VERB_HELP, /* --help, or `cofferdam help [VERB]` */
};

/* Read argv (and the configuration files it leads to) into *ret. On failure *ret
 * is released, f names the option or "file:line:column", and f->remedy what is
 * allowed. For VERB_HELP *ret_topic is the verb that help was asked for. */
int config_read(int argc, char *const argv[], enum verb *ret_verb, enum verb *ret_topic,
	struct config *ret, struct failure *f);
/* The same with root put before "/etc/cofferdam/config.json": for tests. Not an
 * environment variable, for that could point a caller's run at another file. */
int config_read_below(const char *root, int argc, char *const argv[], enum verb *ret_verb,
	enum verb *ret_topic, struct config *ret, struct failure *f);
void config_release(struct config *config);

/* Blank the userinfo of http(s) URLs in argv, which everybody on the host may read as long
 * as we run. After config_read(), which has copied what it needs. */
void config_hide_secrets(int argc, char *argv[]);

/* The file that `run … --report`, or `shell …`, names in an argv that config_read() refused: also such
 * a run has a report. NULL if there is none, or its name was what is refused. A pointer into argv. */
const char *config_report_path(int argc, char *const argv[]);

/* What a repository's .cofferdam.json asked for, as the fetcher sent it: numbers
 * and strings of fixed bounds, already parsed behind the fetcher's walls. Fields
 * not named there are absent. */
#define REPO_COMMAND_BYTES 8192
#define REPO_COMMAND_WORDS 128
#define REPO_OFFERS_BYTES  2048
#define REPO_OFFERS        32
#define REPO_NET_BYTES     4096
struct repo_request {
	uint32_t present;                 /* bits of enum repo_field */
	uint32_t words;                   /* of the command */
	uint32_t command_length;          /* bytes used in command, NULs included */
	uint32_t offers_length;           /* the same of offers */
	uint32_t net_length;              /* the same of net */
	uint32_t reserved;                /* 0 */
	struct limits limits;             /* a field that is not present says nothing */
	char command[REPO_COMMAND_BYTES]; /* NUL-separated words */
	char offers[REPO_OFFERS_BYTES];   /* "artifacts", NUL-separated: told, never copied */
	char net[REPO_NET_BYTES];         /* rules with commas, as behind allow:; "": none */
};
enum repo_field {
	REPO_COMMAND = 1 << 0,
	REPO_MEMORY = 1 << 1,
	REPO_SWAP = 1 << 2,
	REPO_CPUS = 1 << 3,
	REPO_PIDS = 1 << 4,
	REPO_APP_SIZE = 1 << 5,
	REPO_APP_INODES = 1 << 6,
	REPO_TIMEOUT = 1 << 7,
	REPO_IDLE_TIMEOUT = 1 << 8,
	REPO_OUTPUT_LIMIT = 1 << 9,
	REPO_ARTIFACTS = 1 << 10,
	REPO_NET = 1 << 11,
};

/* Check a request that crossed from the fetcher (which is not trusted) for form,
 * then merge it: limits may only shrink, the command counts only if none was
 * given. A value that would widen is refused by name, with both values. What it says of the
 * network is checked for its form alone: the rules are the gateway's (launcher/egress.h). */
int config_tighten(struct config *config, const struct repo_request *request, struct failure *f);

#endif
