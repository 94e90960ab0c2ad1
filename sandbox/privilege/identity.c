#include "sandbox/privilege/identity.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534
#define MAX_ID (UINT32_MAX - 1) /* -1 means "no change" to setresuid(2) */

int identity_check(struct failure *f)
{
	uid_t uids[3];
	gid_t gids[3];

	if (getresuid(&uids[0], &uids[1], &uids[2]) < 0 ||
		getresgid(&gids[0], &gids[1], &gids[2]) < 0)
		return fail(f, errno, "read our own ids");
	if (uids[0] != uids[1] || uids[1] != uids[2] || gids[0] != gids[1] || gids[1] != gids[2]) {
		fail(f, 0, "cofferdam was started with set-id privilege");
		return fail_remedy(f, "take the set-id bit away: chmod ug-s; none is needed");
	}
	return 0;
}

/* "UID:GID", or "UID", whose group is then the user's own, or the same number. */
static int numeric_find(const char *word, struct identity *ret, struct failure *f)
{
	char uid[16];
	const char *colon = strchr(word, ':');
	size_t n = colon != NULL ? (size_t)(colon - word) : strlen(word);
	uint64_t value;
	struct passwd *user;

	if (n >= sizeof(uid))
		return fail(f, 0, "--run-as %s: the number is too large", word);
	memcpy(uid, word, n);
	uid[n] = '\0';
	if (number_parse("--run-as", uid, 0, MAX_ID, &value, f) < 0)
		return -1;
	ret->uid = (uid_t)value;
	user = getpwuid(ret->uid);
	if (user != NULL)
		snprintf(ret->home, sizeof(ret->home), "%s", user->pw_dir);
	if (colon == NULL) {
		ret->gid = user != NULL ? user->pw_gid : ret->uid;
		return 0;
	}
	if (number_parse("--run-as", colon + 1, 0, MAX_ID, &value, f) < 0)
		return -1;
	ret->gid = (gid_t)value;
	return 0;
}

static int named_find(const char *name, struct identity *ret, struct failure *f)
{
	struct passwd *user;

	if (name[0] >= '0' && name[0] <= '9')
		return numeric_find(name, ret, f);
	user = getpwnam(name);
	if (user == NULL) {
		fail(f, 0, "--run-as %s: there is no such user", name);
		return fail_remedy(f, "name an ordinary user, or give UID:GID");
	}
	ret->uid = user->pw_uid;
	ret->gid = user->pw_gid;
	snprintf(ret->home, sizeof(ret->home), "%s", user->pw_dir);
	return 0;
}

static int root_find(const char *run_as, struct identity *ret, struct failure *f)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	char word[32];

	if (run_as != NULL)
		return named_find(run_as, ret, f);
	if (uid != NULL && gid != NULL && strcmp(uid, "0") != 0) {
		if ((size_t)snprintf(word, sizeof(word), "%s:%s", uid, gid) >= sizeof(word))
			return fail(f, 0, "SUDO_UID and SUDO_GID are not ids");
		return numeric_find(word, ret, f);
	}
	ret->uid = ret->gid = NOBODY;
	return 0;
}

int identity_find(const char *run_as, struct identity *ret, struct failure *f)
{
	const char *home = getenv("HOME");

	*ret = (struct identity){ .uid = getuid(), .gid = getgid() };
	if (ret->uid == 0) {
		ret->was_root = true;
		if (root_find(run_as, ret, f) < 0)
			return -1;
		if (ret->uid == 0 || ret->gid == 0) {
			fail(f, 0, "--run-as: the sandbox never runs as root");
			return fail_remedy(f, "name an ordinary user and group");
		}
		return 0;
	}
	if (run_as != NULL) {
		fail(f, 0, "--run-as %s: only root can become another user", run_as);
		return fail_remedy(f, "leave --run-as away; the sandbox runs as you");
	}
	if (home == NULL) {
		struct passwd *user = getpwuid(ret->uid);

		home = user != NULL ? user->pw_dir : NULL;
	}
	if (home != NULL)
		snprintf(ret->home, sizeof(ret->home), "%s", home);
	ret->groups_kept = (size_t)getgroups(0, NULL);
	return 0;
}

/* What of root's environment goes on into a process that is not root's. */
static const struct kept_variable {
	const char *name;
	const char *reason;
} kept_variables[] = {
	{ "PATH", "where the command is looked for" },
	{ "TERM", "what a terminal understands" },
	{ "NO_COLOR", "how the user wants to be spoken to" },
	{ "LANG", "the same" },
	{ "LC_ALL", "the same" },
	{ "LC_MESSAGES", "the same" },
	{ "TZ", "the same" },
	{ "HOME", "read with root's configuration, then replaced" },
	{ "XDG_CONFIG_HOME", "the same" },
	{ "TMPDIR", "a place, not a secret; what is found there has to be that user's own" },
	{ "SUDO_UID", "whom the sandbox runs as" },
	{ "SUDO_GID", "the same" },
	{ "SLURM_JOB_ID", "in a batch step no scope of a user manager is taken" },
	{ "DOCKER_HOST", "which engine: a path" },
	{ "DOCKER_CONTEXT", "the name of one" },
};

static bool is_kept(const char *variable, size_t length)
{
	for (size_t i = 0; i < ARRAY_LEN(kept_variables); i++)
		if (strlen(kept_variables[i].name) == length &&
			strncmp(kept_variables[i].name, variable, length) == 0)
			return true;
	return false;
}

/* Blanked where it stands, which is what /proc/PID/environ shows and a copy of this process
 * takes along; unsetenv(3) would only forget it. */
static void environment_blank(void)
{
	char **to = environ;

	for (char **from = environ; *from != NULL; from++) {
		if (is_kept(*from, strcspn(*from, "=")))
			*to++ = *from;
		else
			explicit_bzero(*from, strlen(*from));
	}
	*to = NULL;
}

/* Root's directories are not that user's: what looks for its own must not find them. */
static void environment_give_up(const struct identity *identity)
{
	environment_blank();
	unsetenv("XDG_CONFIG_HOME");
	if (identity->home[0] != '\0')
		setenv("HOME", identity->home, 1);
	else
		unsetenv("HOME");
}

/* A drop is proved by failing to come back (POS36-C; passt c22ebcc). */
static int prove(const struct identity *identity, struct failure *f)
{
	uid_t r, e, s;
	cap_t caps, empty;
	bool same;

	if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0 || seteuid(0) == 0)
		return fail(f, 0, "root was given up, and could be had back");
	if (getresuid(&r, &e, &s) < 0 || r != identity->uid || e != r || s != r)
		return fail(f, 0, "root was given up, and an id is not %u", identity->uid);
	if (getgroups(0, NULL) != 0)
		return fail(f, 0, "root was given up, and supplementary groups are left");
	caps = cap_get_proc();
	empty = cap_init();
	same = caps != NULL && empty != NULL && cap_compare(caps, empty) == 0;
	cap_free(caps);
	cap_free(empty);
	return same ? 0 : fail(f, 0, "root was given up, and capabilities are left");
}

/* Inheritable and ambient capabilities survive setresuid(2). */
static int capabilities_give_up(struct failure *f)
{
	cap_t empty = cap_init();
	int result = empty == NULL ? -1 : cap_set_proc(empty);

	if (result < 0)
		fail(f, errno, "give up capabilities");
	cap_free(empty);
	return result;
}

/* A process whose ids have changed may be looked into as fs.suid_dumpable says; 1 lets every
 * process of the new user do so, until the line after. */
static int check_host(struct failure *f)
{
	char value = '0';
	own_fd int fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, &value, 1) == 1 && value == '1') {
		fail(f, 0, "fs.suid_dumpable is 1: whoever gives root up may be traced");
		return fail_remedy(f, "sysctl fs.suid_dumpable=0 (or 2)");
	}
	return 0;
}

/* What the change of ids has undone: nobody but root looks in, and we end with our parent. */
static int hide(pid_t parent, struct failure *f)
{
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return fail(f, errno, "forbid being looked into");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return fail(f, errno, "ask for the parent-death signal");
	if (getppid() != parent)
		return fail(f, 0, "who started us has ended");
	return 0;
}

int identity_give_up(struct identity *identity, struct failure *f)
{
	pid_t parent = getppid();

	if (!identity->was_root)
		return 0;
	/* Before the ids: afterwards it would be another user's to read. */
	environment_give_up(identity);
	if (check_host(f) < 0)
		return -1;
	if (setgroups(0, NULL) < 0 || setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
		setresuid(identity->uid, identity->uid, identity->uid) < 0) {
		fail(f, errno, "become uid %u, gid %u", identity->uid, identity->gid);
		return fail_remedy(f,
			"start it as that user, or leave root CAP_SETUID and CAP_SETGID "
			"(a container: --user %u)",
			identity->uid);
	}
	if (hide(parent, f) < 0 || capabilities_give_up(f) < 0)
		return -1;
	return prove(identity, f);
}

/* Root's file system ids and groups for one open(2). The effective uid stays root's, so that
 * no process of that user may look in meanwhile. */
int identity_open(const struct identity *identity, const char *path, int flags)
{
	gid_t groups[NGROUPS_MAX];
	int n = getgroups(ARRAY_LEN(groups), groups);
	int fd = -1, errnum = EPERM;

	if (!identity->was_root)
		return open(path, flags);
	if (n < 0 || setgroups(0, NULL) < 0)
		return -1;
	setfsgid(identity->gid);
	setfsuid(identity->uid);
	if ((uid_t)setfsuid((uid_t)-1) == identity->uid && /* the only way to read it back */
		(gid_t)setfsgid((gid_t)-1) == identity->gid) {
		fd = open(path, flags);
		errnum = errno;
	}
	setfsuid(0);
	setfsgid(0);
	if (setgroups((size_t)n, groups) < 0) {
		errnum = errno;
		own_fd_end(&fd);
	}
	errno = errnum;
	return fd;
}
