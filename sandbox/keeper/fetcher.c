/* The fetcher's first half: from a clone of the keeper to cofferdam-fetch.
 *
 * It has a mount namespace of its own, so that what it needs of the host (the
 * repository, keys to verify with, the agent) never exists in the builder's. The
 * second half, its own Landlock and seccomp, is cofferdam-fetch's first act. */
#include "sandbox/keeper/fetcher.h"

#include "namespaces/mount.h"
#include "namespaces/root_cache.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"
#include "sandbox/keeper/child.h"
#include "sandbox/keeper/servant.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RECORD_FD     3 /* as cofferdam-fetch is told with --record-fd */
#define CREDENTIAL_FD 4 /* --credential-fd */
#define RUN_BYTES     (1024 * 1024)
#define MIRROR        "/run/fetch/mirror" /* as it is told with --mirror */

/* Where each input of the host appears, in this namespace alone. */
static const struct {
	const char *path;
	bool exists; /* on the root; else it is made in the new /run */
} input_rows[FETCH_INPUTS] = {
	[FETCH_SOURCE] = { "/run/fetch/source", false },
	[FETCH_CA] = { "/run/fetch/ca.pem", false },
	[FETCH_KNOWN_HOSTS] = { "/run/fetch/home/.ssh/known_hosts", false },
	[FETCH_AGENT] = { "/run/fetch/agent", false },
	[FETCH_RESOLV_CONF] = { "/etc/resolv.conf", true },
	[FETCH_HOSTS] = { "/etc/hosts", true },
	[FETCH_KEPT] = { "/run/fetch/kept", false },
	[FETCH_BORROWED] = { "/run/fetch/borrowed/0", false },
	[FETCH_BORROWED + 1] = { "/run/fetch/borrowed/1", false },
	[FETCH_BORROWED + 2] = { "/run/fetch/borrowed/2", false },
	[FETCH_BORROWED + 3] = { "/run/fetch/borrowed/3", false },
	[FETCH_BORROWED + 4] = { "/run/fetch/borrowed/4", false },
	[FETCH_BORROWED + 5] = { "/run/fetch/borrowed/5", false },
	[FETCH_BORROWED + 6] = { "/run/fetch/borrowed/6", false },
	[FETCH_BORROWED + 7] = { "/run/fetch/borrowed/7", false },
};

static int input_make(const struct host_path *input, const char *path, struct failure *f)
{
	own_fd int fd = -1;

	if (S_ISDIR(input->mode))
		return mkdir(path, 0755) < 0 ? fail(f, errno, "make %s", path) : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? fail(f, errno, "make %s", path) : 0;
}

static int inputs(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	static const char *const directories[] = { "/run/fetch", "/run/fetch/home",
		"/run/fetch/home/.ssh", "/run/fetch/borrowed" };

	if (root_work_narrow(f) < 0 || root_cache_shut(&k->plan->root, f) < 0 ||
		mount_tmpfs_at("/run", RUN_BYTES, f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdir(directories[i], 0755) < 0)
			return fail(f, errno, "make %s", directories[i]);
	for (size_t i = 0; i < FETCH_INPUTS; i++) {
		const char *path = input_rows[i].path;

		if (k->fetch_fds[i] < 0)
			continue;
		if (!input_rows[i].exists && input_make(&k->plan->fetch.inputs[i], path, f) < 0)
			return -1;
		if (mount_attach(k->fetch_fds[i], AT_FDCWD, path) < 0)
			return fail(f, errno, "bind %s for the fetcher", path);
	}
	if (k->mirror_fd >= 0 &&
		(mkdir(MIRROR, 0755) < 0 || mount_attach(k->mirror_fd, AT_FDCWD, MIRROR) < 0))
		return fail(f, errno, "attach %s for the fetcher", MIRROR);
	return 0;
}

/* Our own files and our agent answer only to our own host id, which is the keeper's.
 * For everything else the fetcher is what the builder will be. */
static int become_fetcher(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;

	if (k->plan->fetch.as_user)
		return 0;
	return child_become_builder(k, f);
}

static int drop_capabilities(void *keeper, struct failure *f)
{
	(void)keeper;
	return servant_drop_capabilities(CAPS_NONE, f);
}

static int descriptors(void *keeper, struct failure *f)
{
	struct keeper *k = keeper;
	const int given[] = {
		[RECORD_FD - 3] = k->ends.records,
		[CREDENTIAL_FD - 3] = k->credential_fd,
	};

	return servant_descriptors(k, given, ARRAY_LEN(given), &k->exe_fd, f);
}

static const struct step steps[] = {
	{ "inputs", inputs, "needs CAP_SYS_ADMIN; in a namespace of its own" },
	{ "stdio", servant_stdio, "/dev/null: what libraries print is nobody's" },
	{ "limits", servant_limits, "before the ids: raising a soft limit is still possible" },
	{ "become the fetcher", become_fetcher, "needs CAP_SETUID and CAP_SETGID" },
	{ "drop capabilities", drop_capabilities, "after the last step that needs one" },
	{ "no new privileges", servant_no_new_privileges,
		"its own Landlock and seccomp demand it" },
	{ "descriptors", descriptors, "the record socket and the credential, nothing else" },
	{ "default signals", servant_default_signals, "the keeper's mask is not the fetcher's" },
};

const struct steps fetcher_steps = { .role = "fetcher", .rows = steps, .n = ARRAY_LEN(steps) };

void fetcher_main(struct keeper *k)
{
	const char *const environment[] = {
		"HOME=/run/fetch/home",
		"PATH=/usr/bin:/bin",
		"LANG=C.UTF-8",
		k->fetch_fds[FETCH_AGENT] >= 0 ? "SSH_AUTH_SOCK=/run/fetch/agent" : NULL,
		NULL,
	};
	struct failure f = { 0 };

	if (steps_run(&fetcher_steps, k, &f) < 0)
		child_give_up(k, 125, &f);
	syscall(SYS_execveat, k->exe_fd, "", k->plan->fetch.argv, environment, AT_EMPTY_PATH);
	fail(&f, errno, "execute cofferdam-fetch");
	fail_step(&f, "fetcher: execute");
	fail_remedy(&f, "install cofferdam-fetch and its libraries (libgit2) below /usr");
	child_give_up(k, 125, &f);
}
