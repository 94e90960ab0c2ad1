#include "namespaces/hostpath.h"

#include "namespaces/etc_public.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

int host_path_open(const char *what, const char *path, struct host_path *ret, struct failure *f)
{
	own_mem char *resolved = realpath(path, NULL);
	own_fd int fd = -1;
	struct stat st;

	if (resolved == NULL)
		return fail(f, errno, "%s %s", what, path);
	fd = open(resolved, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "%s %s", what, path);
	if (S_ISLNK(st.st_mode))
		return fail(f, 0, "%s %s changed while it was looked at", what, path);
	*ret = (struct host_path){
		.path = own_mem_give(resolved),
		.fd = own_fd_give(&fd),
		.device = st.st_dev,
		.inode = st.st_ino,
		.mode = st.st_mode,
	};
	return 0;
}

void host_path_release(struct host_path *p)
{
	if (p->path == NULL)
		return;
	own_mem_end(&p->path);
	own_fd_end(&p->fd);
}

int host_path_reopen(const struct host_path *p, struct failure *f)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	own_fd int fd = (int)syscall(SYS_openat2, AT_FDCWD, p->path, &how, sizeof(how));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open %s again in the sandbox", p->path);
	if (st.st_dev != p->device || st.st_ino != p->inode)
		return fail(f, 0, "%s is not what it was when the run was planned", p->path);
	return own_fd_give(&fd);
}

int host_path_open_system(const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Mount sources that are refused, and so is everything that contains one. */
static const struct {
	const char *path;
	bool beneath; /* what lies beneath it is refused as well */
	const char *reason;
} refused_sources[] = {
	{ "/home", false, "it holds every user's files" },
	{ "/Users", false, "it holds every user's files" },
	{ "/root", true, "it is root's" },
	{ "/etc", true, "it holds the host's configuration" },
	{ "/proc", true, "it shows and steers the host's processes" },
	{ "/sys", true, "it shows and steers the host's devices and cgroups" },
	{ "/dev", true, "it holds the host's devices" },
	{ "/run", true, "it holds the host's sockets" },
	{ "/var/run", true, "it holds the host's sockets" },
	{ "/boot", true, "it holds the host's kernel" },
	{ "/var/lib/docker", true, "it holds every container's files" },
	{ "/var/lib/containers", true, "it holds every container's files" },
};

/* Sockets that are the host to whoever may connect; read-only mounts do not stop
 * connect(2). */
static const char *const engine_sockets[] = {
	"docker.sock",
	"podman.sock",
	"podman/podman.sock",
	"containerd.sock",
	"containerd/containerd.sock",
	"crio/crio.sock",
	"buildkit/buildkitd.sock",
};

/* Is path equal to, or somewhere below, ancestor? Both without trailing '/'. */
static bool is_beneath(const char *path, const char *ancestor)
{
	size_t n = strlen(ancestor);

	if (strcmp(ancestor, "/") == 0)
		return true;
	return strncmp(path, ancestor, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static int refuse_source(const char *path, const char *why, struct failure *f)
{
	fail(f, 0, "%s may not be mounted: %s", path, why);
	return fail_remedy(f, "give a directory of its own, beneath none of the host's roots");
}

static int refuse_engine_sockets(const struct host_path *p, struct failure *f)
{
	struct stat st;

	if (S_ISSOCK(p->mode))
		return refuse_source(p->path, "it is a socket", f);
	if (!S_ISDIR(p->mode))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(engine_sockets); i++)
		if (fstatat(p->fd, engine_sockets[i], &st, 0) == 0 && S_ISSOCK(st.st_mode))
			return refuse_source(p->path, "it holds a container engine's socket", f);
	return 0;
}

#define TREE_DEPTH 64

/* Not every file system tells it with the name (readdir(3)). */
static mode_t entry_type(int directory, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return DTTOIF(entry->d_type);
	if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_mode & S_IFMT;
}

/* 1 and its path if there is a socket or a FIFO below directory (which is taken), 0 if not, -1 if
 * the tree is deeper than anybody's. Links are not followed; what we may not read the
 * builder, who has no more rights, cannot reach either. */
static int door_below(int directory, unsigned depth, char *path, size_t size)
{
	own_fd int fd = directory;
	own_dir DIR *dir = fdopendir(fd);
	size_t length = strlen(path);
	struct dirent *entry;
	int found = 0;

	if (dir == NULL)
		return 0;
	own_fd_give(&fd); /* the stream's now */
	while (found == 0 && (entry = readdir(dir)) != NULL) {
		mode_t type = entry_type(dirfd(dir), entry);

		if (type != S_IFSOCK && type != S_IFIFO && type != S_IFDIR)
			continue;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path + length, size - length, "/%s", entry->d_name);
		if (type != S_IFDIR)
			return 1;
		if (depth == 0)
			return -1;
		int below = openat(
			dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below >= 0)
			found = door_below(below, depth - 1, path, size);
		if (found == 0)
			path[length] = '\0';
	}
	return found;
}

int host_path_refuse_doors(const struct host_path *p, struct failure *f)
{
	char path[PATH_MAX];
	int directory, found;

	if (S_ISREG(p->mode))
		return 0;
	if (!S_ISDIR(p->mode))
		return refuse_source(p->path, "it is neither a file nor a directory", f);
	directory = openat(p->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return fail(f, errno, "read %s", p->path);
	snprintf(path, sizeof(path), "%s", p->path);
	found = door_below(directory, TREE_DEPTH, path, sizeof(path));
	if (found == 0)
		return 0;
	if (found < 0)
		return refuse_source(
			p->path, "it is too deep to be looked through for sockets and FIFOs", f);
	fail(f, 0,
		"%s may not be mounted: there is the socket or FIFO %s, and read-only stops "
		"nobody from using it",
		p->path, path);
	return fail_remedy(f, "take it out of there, or give a directory beside it");
}

/* Whoever's: /home/NAME, whatever $HOME says. */
static bool is_a_home(const char *path)
{
	static const char *const parents[] = { "/home/", "/Users/" };

	for (size_t i = 0; i < ARRAY_LEN(parents); i++) {
		size_t n = strlen(parents[i]);

		if (strncmp(path, parents[i], n) == 0 && strchr(path + n, '/') == NULL)
			return true;
	}
	return false;
}

/* Why neither anything of it may be shown to a build nor written by one; NULL: it may. */
static const char *root_reason(const struct host_path *p, const char *home)
{
	own_mem char *real_home = home != NULL ? realpath(home, NULL) : NULL;

	if (strcmp(p->path, "/") == 0)
		return "it is the host";
	for (size_t i = 0; i < ARRAY_LEN(refused_sources); i++) {
		/* Systems link some of these elsewhere (/var/run); the link's aim counts too. */
		own_mem char *real = realpath(refused_sources[i].path, NULL);
		const char *names[] = { refused_sources[i].path, real };

		for (size_t k = 0; k < ARRAY_LEN(names) && names[k] != NULL; k++)
			if (is_beneath(names[k], p->path) ||
				(refused_sources[i].beneath && is_beneath(p->path, names[k])))
				return refused_sources[i].reason;
	}
	if (is_a_home(p->path))
		return "it is a user's home directory";
	if (real_home != NULL && is_beneath(real_home, p->path))
		return "it is or contains your home directory";
	return NULL;
}

int host_path_allow_mount(const struct host_path *p, const char *home, struct failure *f)
{
	const char *reason;

	if (strncmp(p->path, "/etc/", 5) == 0)
		return etc_public_bind(p->path, f);
	reason = root_reason(p, home);
	return reason != NULL ? refuse_source(p->path, reason, f) : refuse_engine_sockets(p, f);
}

int host_path_allow_write(const struct host_path *p, const char *home, struct failure *f)
{
	const char *reason = root_reason(p, home);

	if (reason == NULL)
		return 0;
	fail(f, 0, "nothing of a build may be written to %s: %s", p->path, reason);
	return fail_remedy(f, "give a directory of its own, beneath none of the host's roots");
}
