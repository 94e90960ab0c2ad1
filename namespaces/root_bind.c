#include "namespaces/root_bind.h"

#include "namespaces/mount.h"
#include "namespaces/root_etc.h"
#include "namespaces/root_tree.h"
#include "sandbox/base/own.h"

#include <string.h>
#include <sys/stat.h>

static bool is_own_etc(const char *name)
{
	char first[256];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(name, "/"), name);
	return root_etc_is_own(first);
}

int root_bind_allow(const char *option, const char *destination, struct failure *f)
{
	static const struct {
		const char *path;
		const char *reason;
	} taken[] = {
		{ "/app", "the clone goes there" },
		{ "/usr", "the toolchain is there" },
		{ "/proc", "it is the sandbox's own" },
		{ "/dev", "it is the sandbox's own" },
		{ "/run", "cofferdam's sockets go there" },
		{ "/bin", "the toolchain is there" },
		{ "/sbin", "the toolchain is there" },
		{ "/lib", "the toolchain is there" },
		{ "/lib32", "the toolchain is there" },
		{ "/lib64", "the toolchain is there" },
		{ "/libx32", "the toolchain is there" },
		{ "/var/run", "cofferdam's sockets go there" },
		{ "/sys", "it is the sandbox's own" },
	};
	static const char *const whole[] = { "/", "/etc", "/var/lib", "/tmp", "/var", "/var/tmp",
		"/home", "/home/builder" };

	for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
		size_t n = strlen(taken[i].path);

		if (strncmp(destination, taken[i].path, n) == 0 &&
			(destination[n] == '\0' || destination[n] == '/')) {
			fail(f, 0, "%s to %s: %s", option, destination, taken[i].reason);
			return fail_remedy(f, "choose another place, such as /opt/NAME");
		}
	}
	if (strncmp(destination, "/etc/", 5) == 0 && is_own_etc(destination + 5)) {
		fail(f, 0, "%s to %s: cofferdam writes it anew", option, destination);
		return fail_remedy(f, "choose another place, such as /opt/NAME");
	}
	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (strcmp(destination, whole[i]) == 0) {
			fail(f, 0, "%s to %s would hide all of it", option, destination);
			return fail_remedy(f, "choose a place beneath it, or /opt/NAME");
		}
	return 0;
}

/* Make what the destination needs: directories, at the end a directory or a file.
 * The tree holds nothing of a stranger yet. */
static int destination_make(int root_fd, const char *destination, bool directory)
{
	own_mem char *path = strdup(destination);

	if (path == NULL)
		return -1;
	for (char *slash = path; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		if (mkdirat(root_fd, path, 0755) < 0 && errno != EEXIST)
			return -1;
	}
	if (!directory)
		return mount_target_make(root_fd, path) < 0 && errno != EEXIST ? -1 : 0;
	return mkdirat(root_fd, path, 0755) < 0 && errno != EEXIST ? -1 : 0;
}

bool root_bind_is_in_work(const char *destination)
{
	static const char *const work[] = { "tmp/", "var/tmp/", "home/builder/" };

	for (size_t i = 0; i < ARRAY_LEN(work); i++)
		if (strncmp(destination, work[i], strlen(work[i])) == 0)
			return true;
	return false;
}

int root_bind_places(int directory_fd, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < plan->binds_n; i++) {
		const struct root_bind *bind = &plan->binds[i];

		if (destination_make(directory_fd, bind->destination, S_ISDIR(bind->source.mode)) <
			0)
			return fail(
				f, errno, "make /%s for %s", bind->destination, bind->source.path);
	}
	return 0;
}

int root_bind_mount(struct root *root, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < plan->binds_n; i++) {
		const struct root_bind *bind = &plan->binds[i];
		own_fd int source = host_path_reopen(&bind->source, f);

		if (source < 0)
			return -1;
		if (destination_make(root->root_fd, bind->destination, S_ISDIR(bind->source.mode)) <
			0)
			return fail(
				f, errno, "make /%s for %s", bind->destination, bind->source.path);
		if (root_tree_attach(root, source, bind->destination, f) < 0)
			return -1;
	}
	return 0;
}

void root_bind_each(const struct root_plan *plan, root_row_fn row, void *data)
{
	for (size_t i = 0; i < plan->binds_n; i++)
		root_row_say(row, data, "/", plan->binds[i].destination, plan->binds[i].source.path,
			"read-only (--ro-bind)");
}
