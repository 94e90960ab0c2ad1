/* sandbox/limits/cgroup_scope.c: whether to ask the user's systemd for a scope.
 *
 * cgroup v2 lets nobody but root start a process across from a login session into another
 * group of the same user, because the common ancestor is root's. So the launcher itself has
 * to move, as with `systemd-run --user --scope`, and from then on stands in a delegated
 * directory. A move has two dangers, and where one of them is real we do not ask: it could
 * lead out of limits that somebody set on us, and out of the hands of whoever is to stop us.
 */
#include "sandbox/limits/cgroup_scope.h"

#include "sandbox/base/own.h"
#include "sandbox/limits/cgroup_driver.h"
#include "sandbox/limits/cgroup_file.h"
#include "sandbox/limits/cgroup_v2.h"

#include <string.h>

/* "…/user-1000.slice": how many bytes of our own path that is; 0 if we are elsewhere. The
 * user's manager is below it too, so what is limited from there upwards stays limited. */
static size_t slice_length(const char *path)
{
	char name[32];
	const char *at;

	snprintf(name, sizeof(name), "/user-%u.slice/", geteuid());
	at = strstr(path, name);
	return at != NULL ? (size_t)(at - path) + strlen(name) - 1 : 0;
}

/* The service of the user's own manager that we are part of, with which a scope is to be
 * stopped; "" if none. The manager's own service is PID 1's, not one of its own. */
static void find_companion(const char *below_slice, char *ret, size_t size)
{
	static const char suffix[] = ".service";
	const char *manager = strstr(below_slice, "/user@");

	ret[0] = '\0';
	if (manager == NULL)
		return;
	for (const char *at = strchr(manager + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		size_t length = strcspn(at + 1, "/");
		const char *end = at + 1 + length;

		if (length >= sizeof(suffix) && length < size &&
			strncmp(end - strlen(suffix), suffix, strlen(suffix)) == 0)
			snprintf(ret, size, "%.*s", (int)length, at + 1);
	}
}

static bool has_controllers(const char *root, const char *mount)
{
	own_fd int fd = cgroup_host_open(root, mount);
	char names[512];

	return fd >= 0 && cgroup_file_read(fd, "cgroup.controllers", names, sizeof(names)) == 0 &&
	       (cgroup_controllers_parse(names) & CONTROLLERS_THAT_LIMIT) != 0;
}

/* Is there a reason not to ask? Else the unit to be stopped with, if there is one. */
static bool may_ask(const char *root, const struct cgroup_host *host, char *companion,
	size_t companion_size, char *why, size_t why_size)
{
	const struct cgroup_place *place = &host->v2;
	char mount[CGROUP_PATH_BYTES], text[96];
	struct limits limits;
	size_t slice = slice_length(place->path);

	snprintf(mount, sizeof(mount), "%.*s", (int)place->mount_length, place->path);
	if (getenv("SLURM_JOB_ID") != NULL)
		snprintf(why, why_size, "systemd: a scope would lead out of the batch step");
	else if (place->path[0] == '\0' || !has_controllers(root, mount))
		snprintf(why, why_size, "systemd: its scopes limit nothing, v2 has no controllers");
	else if (slice == 0)
		snprintf(why, why_size,
			"systemd: a scope would lead out of a group that is not user %u's login's",
			geteuid());
	else {
		cgroup_host_limits_below(root, place, slice, &limits);
		limits.pids = LIMIT_NONE; /* systemd's own default for every unit */
		cgroup_limits_text(&limits, text, sizeof(text));
		if (text[0] == '\0') {
			find_companion(place->path + slice, companion, companion_size);
			return true;
		}
		snprintf(why, why_size, "systemd: a scope would lead out of our limits (%s)", text);
	}
	return false;
}

static bool refuse(const struct failure *f, char *why, size_t why_size)
{
	snprintf(why, why_size, "systemd: %.150s%s%s", f->what, f->errnum != 0 ? ": " : "",
		f->errnum != 0 ? strerror(f->errnum) : "");
	return false;
}

/* What the manager could give: what it was given itself. */
static bool look(struct cgroup *cg, const char *root, const struct cgroup_place *place,
	const struct cgroup_manager *manager, char *why, size_t why_size)
{
	char group[256], path[CGROUP_PATH_BYTES], names[256] = "", version[64];
	struct failure f = { 0 };

	if (manager->look(manager->data, group, sizeof(group), version, &f) < 0)
		return refuse(&f, why, why_size);
	snprintf(path, sizeof(path), "%.*s%s", (int)place->mount_length, place->path, group);
	own_fd int fd = cgroup_host_open(root, path);
	if (fd >= 0)
		cgroup_file_read(fd, "cgroup.controllers", names, sizeof(names));
	names[strcspn(names, "\n")] = '\0';
	cg->at[0].controllers = cgroup_controllers_parse(names);
	if ((cg->at[0].controllers & CONTROLLERS_THAT_LIMIT) == 0) {
		snprintf(why, why_size, "systemd: the user's manager has no memory, cpu or pids");
		return false;
	}
	cg->driver = CGROUP_SYSTEMD;
	cgroup_detail(cg, "a scope from the user's systemd %s (%s)", version, names);
	return true;
}

bool cgroup_scope_choose(struct cgroup *cg, const char *root, const struct cgroup_host *host,
	const struct cgroup_manager *manager, char *why, size_t why_size)
{
	char companion[256], not_usable[200] = "its group is not readable";
	struct cgroup_host moved;
	struct failure f = { 0 };

	why[0] = '\0';
	if (manager == NULL)
		return false;
	if (!may_ask(root, host, companion, sizeof(companion), why, why_size))
		return false;
	if (manager->look != NULL)
		return look(cg, root, &host->v2, manager, why, why_size);
	if (manager->start_scope(manager->data, companion[0] != '\0' ? companion : NULL, &f) < 0)
		return refuse(&f, why, why_size);
	/* It says that it is done; /proc says whether that is so. */
	if (cgroup_host_read(root, &moved, &f) < 0 ||
		!cgroup_v2_choose(cg, root, &moved, not_usable, sizeof(not_usable))) {
		snprintf(why, why_size, "systemd: a scope was granted, and yet %.150s", not_usable);
		return false;
	}
	cg->driver = CGROUP_SYSTEMD;
	cg->detail[0] = '\0';
	cgroup_detail(cg, "a scope from the user's systemd");
	return true;
}
