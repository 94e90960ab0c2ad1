#include "sandbox/doctor/requirement.h"

#include "sandbox/base/own.h"
#include "sandbox/base/user_directory.h"
#include "sandbox/doctor/wall_probe.h"
#include "sandbox/host/facts.h"
#include "sandbox/plan/program.h"
#include "sandbox/store/cache_store.h"
#include "sandbox/store/root_store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

__attribute__((format(printf, 3, 4))) static void answer(
	struct host_answer *ret, enum wall_state state, const char *fmt, ...)
{
	va_list ap;

	*ret = (struct host_answer){ .state = state };
	va_start(ap, fmt);
	vsnprintf(ret->detail, sizeof(ret->detail), fmt, ap);
	va_end(ap);
	failure_sanitize(ret->detail);
}

static void because(struct host_answer *ret, const char *name, const char *text, const char *remedy)
{
	ret->cause.name = name;
	snprintf(ret->cause.text, sizeof(ret->cause.text), "%s", text);
	snprintf(ret->cause.remedy, sizeof(ret->cause.remedy), "%s", remedy);
}

/* The number decides nothing but the words: the probes have tried what it stands for. */
static void look_kernel(struct host_answer *ret)
{
	struct utsname name;
	unsigned kernel = facts_kernel("/");

	uname(&name);
	answer(ret, kernel == 0 || kernel >= 514 ? WALL_ENFORCED : WALL_ABSENT, "%s %s %s",
		name.sysname, name.release, name.machine);
	if (ret->state == WALL_ABSENT)
		because(ret, "kernel-too-old", "5.14 is the oldest kernel that can build the root",
			"boot a newer kernel (Debian 11: apt-get install -t bullseye-backports linux-image-amd64)");
}

static void look_clone(struct host_answer *ret)
{
	struct probe_answer probe;

	probe_clone(&probe);
	answer(ret, probe.state, "%s", probe.detail);
	if (probe.state != WALL_ENFORCED)
		cause_find(WALL_USER, probe.errnum, "/", &ret->cause);
}

static void look_filter(struct host_answer *ret)
{
	char mode[8] = "", filters[16] = "";

	facts_field("/", "/proc/self/status", "Seccomp:", mode, sizeof(mode));
	if (strcmp(mode, "2") != 0) {
		answer(ret, WALL_ENFORCED, "none: this process is under no system call filter");
		return;
	}
	facts_field("/", "/proc/self/status", "Seccomp_filters:", filters, sizeof(filters));
	answer(ret, WALL_DEGRADED, "%s inherited filters; the rows above say what they refuse",
		filters[0] != '\0' ? filters : "some");
	because(ret, "inherited-filter",
		"an outer container or service manager filters system calls",
		"nothing, if every wall stands; else start cofferdam outside of it");
}

static void look_security_modules(struct host_answer *ret)
{
	char list[128] = "", flag[8] = "";
	uint64_t number = 0;
	bool apparmor =
		facts_text("/", "/sys/module/apparmor/parameters/enabled", flag, sizeof(flag)) &&
		flag[0] == 'Y';
	bool selinux = facts_exist("/", "/sys/fs/selinux/enforce");
	bool restricts = facts_number("/", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
				 &number) &&
			 number == 1;

	facts_text("/", "/sys/kernel/security/lsm", list, sizeof(list));
	number = 0;
	if (selinux)
		facts_number("/", "/sys/fs/selinux/enforce", &number);
	answer(ret, WALL_ENFORCED, "AppArmor %s%s, SELinux %s%s%s", apparmor ? "on" : "off",
		restricts ? " (restricts user namespaces)" : "",
		!selinux      ? "off"
		: number == 1 ? "enforcing"
			      : "permissive",
		list[0] != '\0' ? "; started: " : "", list);
}

/* Its first line. false: it neither wrote nor ended for five seconds. */
static bool read_version(int fd, char *ret, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t held = 0;
	ssize_t n = 1;

	while (held + 1 < size && n > 0) {
		if (poll(&ready, 1, 5000) != 1)
			return false;
		n = read(fd, ret + held, size - 1 - held);
		held += n > 0 ? (size_t)n : 0;
	}
	ret[held] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return true;
}

static void __attribute__((noreturn)) run_version(int exe_fd, int out)
{
	char *const argv[] = { (char *)"cofferdam-fetch", (char *)"--version", NULL };
	char *const envp[] = { NULL };

	if (dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	fexecve(exe_fd, argv, envp);
	_exit(127);
}

/* Did it start at all? 126 and 127: exec failed, or the dynamic linker missed a library. */
static bool fetcher_version(int exe_fd, char *ret, size_t size)
{
	own_fd int ours = -1, theirs = -1;
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return false;
	if (pid == 0)
		run_version(exe_fd, theirs);
	own_fd_end(&theirs);
	if (!read_version(ours, ret, size))
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127;
}

static void look_fetcher(struct host_answer *ret)
{
	struct failure f = { 0 };
	own_fd int fd = -1;
	char version[128] = "";

	if (program_find_fetch(&fd, &f) < 0) {
		answer(ret, WALL_ABSENT, "%.150s", f.what);
		because(ret, "no-fetcher", "cofferdam-fetch is not where cofferdam looks for it",
			f.remedy[0] != '\0' ? f.remedy : "make install");
	} else if (!fetcher_version(fd, version, sizeof(version))) {
		answer(ret, WALL_ABSENT, "cofferdam-fetch does not start");
		because(ret, "fetcher-broken",
			"cofferdam-fetch or a library of it cannot be loaded",
			"apt-get install libgit2-1.5 (Debian 13: libgit2-1.9), or build cofferdam here");
	} else {
		answer(ret, WALL_ENFORCED, "%s",
			version[0] != '\0' ? version : "starts, and tells no version");
	}
}

static void look_certificates(struct host_answer *ret)
{
	static const char *const files[] = { "/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (access(files[i], R_OK) == 0) {
			answer(ret, WALL_ENFORCED, "%s", files[i]);
			return;
		}
	answer(ret, WALL_DEGRADED, "no file of trusted certificates: https sources will fail");
	because(ret, "no-certificates", "the host's trusted certificates are not installed",
		"apt-get install ca-certificates, or give --git-ca FILE");
}

/* A directory of ours that nobody else may enter; what is not there is unknown. */
static bool is_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == getuid() &&
	       (st.st_mode & 077) == 0 && access(path, W_OK | X_OK) == 0;
}

static void look_runtime_directory(struct host_answer *ret)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");

	if (runtime != NULL && runtime[0] == '/' && is_private(runtime)) {
		answer(ret, WALL_ENFORCED, "%.150s", runtime);
		return;
	}
	if (tmp == NULL || tmp[0] != '/')
		tmp = "/tmp";
	if (access(tmp, W_OK | X_OK) == 0) {
		answer(ret, WALL_ENFORCED, "XDG_RUNTIME_DIR is %s: a private directory in %.100s",
			runtime == NULL || runtime[0] == '\0' ? "not set" : "not usable", tmp);
		return;
	}
	answer(ret, WALL_ABSENT, "neither XDG_RUNTIME_DIR nor %.100s can be written", tmp);
	because(ret, "no-runtime-directory", "runs have nowhere to leave their state",
		"export TMPDIR=DIR, a directory that you may write to (a container with a read-only root: --tmpfs /tmp)");
}

/* Each is made when something is first kept in it. */
static bool can_keep(const struct store_kind *kind, uint64_t *ret_count, struct failure *f)
{
	own_fd int fd = kind->open(false, f);

	*ret_count = 0;
	if (fd < 0)
		return f->errnum == ENOENT && user_directory_can_be_made("XDG_CACHE_HOME");
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		fail(f, errno, "write to the store of %ss", kind->what);
		return false;
	}
	store_clear_usage(kind, ret_count);
	return true;
}

static void look_stores(struct host_answer *ret)
{
	static const struct store_kind *const kinds[] = { &root_store_kind, &cache_store_kind,
		&source_store_kind };
	uint64_t counts[ARRAY_LEN(kinds)];
	char text[FAILURE_TEXT];
	struct failure f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!can_keep(kinds[i], &counts[i], &f)) {
			answer(ret, WALL_DEGRADED, "nothing is kept for the next run: %.140s",
				failure_text(&f, text));
			because(ret, "no-store",
				"images, caches and what is fetched are to be kept in a directory of your own",
				"export XDG_CACHE_HOME=DIR, one that you, and nobody else, may write to");
			return;
		}
	answer(ret, WALL_ENFORCED,
		"kept for the next run: images %" PRIu64 ", caches %" PRIu64 ", sources %" PRIu64,
		counts[0], counts[1], counts[2]);
}

const struct host_row *host_row(size_t i)
{
	static const struct host_row rows[] = {
		{ "kernel", true, look_kernel },
		{ "clone3", true, look_clone },
		{ "outer-filter", false, look_filter },
		{ "security-modules", false, look_security_modules },
		{ "fetcher", true, look_fetcher },
		{ "certificates", false, look_certificates },
		{ "runtime-directory", true, look_runtime_directory },
		{ "stores", false, look_stores },
	};

	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}
