#include "sandbox/verbs/gitlab_job.h"

#include "sandbox/base/own.h"
#include "sandbox/base/random.h"

#include <ftw.h>
#include <string.h>
#include <sys/stat.h>

static int job_path(const char *state, char ret[GITLAB_JOB_PATH], struct failure *f)
{
	const char *name = getenv(GITLAB_JOB_VARIABLE);
	int n;

	if (state == NULL) {
		fail(f, 0, "no directory for jobs is named");
		return fail_remedy(f, "cofferdam gitlab-executor --state DIR, in each of *_args");
	}
	if (name == NULL || strlen(name) != RANDOM_HEX ||
		name[strspn(name, "0123456789abcdef")] != '\0') {
		fail(f, 0, "%s is not what config has made up", GITLAB_JOB_VARIABLE);
		return fail_remedy(f, "set config_exec in [runners.custom]: the job has its name "
				      "from there");
	}
	n = snprintf(ret, GITLAB_JOB_PATH, "%s/%s", state, name);
	return n < GITLAB_JOB_PATH ? 0 : fail(f, ENAMETOOLONG, "--state %.200s", state);
}

/* In a directory of somebody else's, or one that others may write to, names are not ours. */
static int check_state(const char *state, struct failure *f)
{
	struct stat st;

	if (stat(state, &st) < 0)
		return fail(f, errno, "--state %.200s", state);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return 0;
	fail(f, 0, "--state %.200s is no directory that belongs to uid %u alone", state, geteuid());
	return fail_remedy(f, "make one: install -d -m 700 DIR");
}

int gitlab_job_make(const char *state, struct failure *f)
{
	char path[GITLAB_JOB_PATH];

	if (job_path(state, path, f) < 0 || check_state(state, f) < 0)
		return -1;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail(f, errno, "make %s", path);
	return 0;
}

int gitlab_job_find(const char *state, char ret[GITLAB_JOB_PATH], struct failure *f)
{
	struct stat st;

	if (job_path(state, ret, f) < 0)
		return -1;
	if (lstat(ret, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	fail(f, ENOENT, "%s", ret);
	return fail_remedy(f, "prepare makes it, and cleanup takes it away: this stage is out of "
			      "order");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int gitlab_job_remove(const char *state, struct failure *f)
{
	char path[GITLAB_JOB_PATH];

	if (job_path(state, path, f) < 0)
		return -1;
	if (nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return 0;
	return fail(f, errno, "remove %s", path);
}
