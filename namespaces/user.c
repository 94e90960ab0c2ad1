#include "namespaces/user.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Installed by Debian's and Fedora's packages; never searched in a PATH that the
 * caller chose, because they run with privilege. */
#define NEWUIDMAP "/usr/bin/newuidmap"
#define NEWGIDMAP "/usr/bin/newgidmap"

/* The name of uid in etc/passwd, or "". No NSS: loading its modules costs more
 * than the whole sandbox, and subuid(5) may also name the number. */
static void user_name(const char *etc, uid_t uid, char *name, size_t size)
{
	char path[256], line[1024], number[16];
	own_file FILE *file = NULL;

	name[0] = '\0';
	snprintf(number, sizeof(number), "%u", uid);
	snprintf(path, sizeof(path), "%s/passwd", etc);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		char *rest = line, *entry = strsep(&rest, ":"), *id;

		strsep(&rest, ":"); /* the password */
		id = strsep(&rest, ":");
		if (id != NULL && rest != NULL && strcmp(id, number) == 0 && strlen(entry) < size) {
			memcpy(name, entry, strlen(entry) + 1);
			return;
		}
	}
}

/* Does a line "owner:first:count" belong to the user? */
static bool range_line(char *line, const char *name, uid_t uid, struct user_range *ret)
{
	char *owner = strsep(&line, ":"), *first = strsep(&line, ":"), *count = line, *end;
	unsigned long long a, n;
	char number[16];

	snprintf(number, sizeof(number), "%u", uid);
	if (count == NULL || owner[0] == '\0')
		return false;
	if (strcmp(owner, number) != 0 && strcmp(owner, name) != 0)
		return false;
	errno = 0;
	a = strtoull(first, &end, 10);
	if (errno != 0 || end == first || *end != '\0')
		return false;
	n = strtoull(count, &end, 10);
	if (errno != 0 || end == count || (*end != '\0' && *end != '\n'))
		return false;
	/* Id 0 and the unmappable -1 are nobody's to give; neither is our own id. */
	if (a == 0 || n == 0 || a > UINT32_MAX - 1 || n > UINT32_MAX - 1 - a)
		return false;
	*ret = (struct user_range){ .first = (uint32_t)a, .count = (uint32_t)n };
	return true;
}

/* The first range of at least USER_RANGE_LENGTH ids. */
static bool range_find(const char *etc, const char *file, uid_t uid, struct user_range *ret)
{
	char path[256], line[512], name[256] = "";
	own_file FILE *in = NULL;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", etc, file);
	in = fopen(path, "re");
	if (in == NULL || fstat(fileno(in), &st) < 0 || st.st_size == 0)
		return false;
	user_name(etc, uid, name, sizeof(name));
	while (fgets(line, sizeof(line), in) != NULL)
		if (range_line(line, name, uid, ret) && ret->count >= USER_RANGE_LENGTH &&
			(uid < ret->first || uid - ret->first >= ret->count))
			return true;
	return false;
}

void user_plan(const char *etc, uid_t uid, gid_t gid, bool root_inside, struct user_plan *ret)
{
	*ret = (struct user_plan){ .host_uid = uid, .host_gid = gid, .root_inside = root_inside };
	if (!range_find(etc, "subuid", uid, &ret->uids))
		snprintf(ret->detail, sizeof(ret->detail),
			"%s/subuid grants uid %u no range of %d ids", etc, uid, USER_RANGE_LENGTH);
	else if (!range_find(etc, "subgid", uid, &ret->gids))
		snprintf(ret->detail, sizeof(ret->detail),
			"%s/subgid grants uid %u no range of %d ids", etc, uid, USER_RANGE_LENGTH);
	else if (access(NEWUIDMAP, X_OK) < 0 || access(NEWGIDMAP, X_OK) < 0)
		snprintf(ret->detail, sizeof(ret->detail),
			"newuidmap and newgidmap are not installed (package uidmap)");
	else
		ret->range = true;
}

/* With a range the keeper keeps our own host id at an end of the inside ids that
 * the builder is not: 0, or the last one when the builder is to be 0. */
struct user_ids user_ids(const struct user_plan *plan, bool range)
{
	uid_t builder = plan->root_inside ? 0 : USER_INSIDE;
	uid_t keeper = !range ? builder : plan->root_inside ? USER_RANGE_LENGTH : 0;

	return (struct user_ids){
		.range = range,
		.keeper_uid = keeper,
		.keeper_gid = keeper,
		.builder_uid = builder,
		.builder_gid = builder,
	};
}

/* Start newuidmap or newgidmap: our id at keeper's place, the range beside it. */
static int range_map_start(const char *program, pid_t pid, uint32_t own, uint32_t inside,
	struct user_range range, pid_t *ret)
{
	char word[7][16];
	char *argv[9] = { (char *)program };
	char *envp[] = { NULL };
	uint32_t numbers[7] = { (uint32_t)pid, inside, own, 1, inside == 0 ? 1 : 0, range.first,
		USER_RANGE_LENGTH };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		snprintf(word[i], sizeof(word[i]), "%u", numbers[i]);
		argv[i + 1] = word[i];
	}
	return posix_spawn(ret, program, NULL, NULL, argv, envp);
}

static bool exited_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Both programs run side by side: each takes as long as an exec. */
static void range_map(pid_t keeper, const struct user_plan *plan, bool *ret_uids, bool *ret_gids)
{
	struct user_ids ids = user_ids(plan, true);
	pid_t uids, gids;
	bool uids_run, gids_run;

	uids_run = range_map_start(NEWUIDMAP, keeper, plan->host_uid, ids.keeper_uid, plan->uids,
			   &uids) == 0;
	gids_run = range_map_start(NEWGIDMAP, keeper, plan->host_gid, ids.keeper_gid, plan->gids,
			   &gids) == 0;
	*ret_uids = uids_run && exited_well(uids);
	*ret_gids = gids_run && exited_well(gids);
}

/* process: a number, or "self". */
static int proc_write(const char *process, const char *name, const char *text, struct failure *f)
{
	char path[64];
	own_fd int fd = -1;
	ssize_t n = (ssize_t)strlen(text);

	snprintf(path, sizeof(path), "/proc/%s/%s", process, name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(f, errno, "open the keeper's %s", name);
	if (write(fd, text, (size_t)n) != n)
		return fail(f, errno, "write \"%s\" to the keeper's %s", text, name);
	return 0;
}

static int single_map(const char *process, const struct user_plan *plan, struct failure *f)
{
	struct user_ids ids = user_ids(plan, false);
	char line[48];

	snprintf(line, sizeof(line), "%u %u 1", ids.builder_uid, plan->host_uid);
	if (proc_write(process, "uid_map", line, f) < 0)
		return -1;
	/* user_namespaces(7): without CAP_SETGID outside, groups must stay as they are. */
	if (proc_write(process, "setgroups", "deny", f) < 0)
		return -1;
	snprintf(line, sizeof(line), "%u %u 1", ids.builder_gid, plan->host_gid);
	return proc_write(process, "gid_map", line, f);
}

bool user_is_hidden(void)
{
	return prctl(PR_GET_DUMPABLE) != 1;
}

int user_show(struct failure *f)
{
	return prctl(PR_SET_DUMPABLE, 1) < 0 ? fail(f, errno, "own our /proc entries") : 0;
}

int user_hide(struct failure *f)
{
	return prctl(PR_SET_DUMPABLE, 0) < 0 ? fail(f, errno, "forbid being looked into") : 0;
}

int user_map_self(const struct user_plan *plan, struct user_ids *ret, struct failure *f)
{
	bool hidden = user_is_hidden();

	*ret = user_ids(plan, false);
	if (hidden && user_show(f) < 0)
		return -1;
	if (single_map("self", plan, f) < 0)
		return -1;
	return hidden ? user_hide(f) : 0;
}

int user_map_write(pid_t child, const char *uids, const char *gids, struct failure *f)
{
	char process[16];

	snprintf(process, sizeof(process), "%d", child);
	if (proc_write(process, "uid_map", uids, f) < 0)
		return -1;
	return proc_write(process, "gid_map", gids, f);
}

int user_map(pid_t keeper, const struct user_plan *plan, struct user_ids *ret, char *detail,
	size_t detail_size, struct failure *f)
{
	bool uids = false, gids = false;
	char process[16];

	if (plan->range)
		range_map(keeper, plan, &uids, &gids);
	if (uids != gids) {
		fail(f, 0, "map the ids: %s was refused for the range of uid %u",
			uids ? "newgidmap" : "newuidmap", plan->host_uid);
		return fail_remedy(f,
			"make the lines of uid %u in /etc/subuid and /etc/subgid agree, or remove both",
			plan->host_uid);
	}
	snprintf(process, sizeof(process), "%d", keeper);
	if (!uids && single_map(process, plan, f) < 0)
		return -1;
	*ret = user_ids(plan, uids);
	snprintf(detail, detail_size, "%s",
		uids          ? "keeper and builder have different host ids"
		: plan->range ? "newuidmap and newgidmap were refused"
			      : plan->detail);
	return 0;
}
