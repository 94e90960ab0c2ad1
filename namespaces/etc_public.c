#include "namespaces/etc_public.h"

#include "sandbox/base/own.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define WALK_DEPTH   8
#define WALK_ENTRIES 4096

#ifdef __aarch64__
#define LIBRARIES "usr/lib/aarch64-linux-gnu"
#else
#define LIBRARIES "usr/lib/x86_64-linux-gnu"
#endif

/* Where a tool is that has settings. */
static const char *const tools[] = { "usr/share", "usr/bin", "usr/lib", LIBRARIES, "usr/lib64",
	"usr/libexec" };

/* Where a service is, before and after its name. */
static const struct service_row {
	const char *before, *after;
} services[] = {
	{ "etc/init.d/", "" },
	{ "etc/default/", "" },
	{ "usr/sbin/", "" },
	{ "usr/lib/systemd/system/", ".service" },
	{ "usr/lib/systemd/system/", "d.service" },
};

static const struct known_row {
	const char *pattern, *reason;
} known_rows[] = {
	{ "java-*", "links of the JDK lead into it" },
	{ "fpc*.cfg", "where Free Pascal finds its units" },
	{ "mime.types", "a public table" },
	{ "magic", "what file(1) adds to its own" },
	{ "magic.mime", "what file(1) adds to its own" },
	{ "manpath.config", "where man(1) looks" },
	{ "papersize", "what documents are printed on" },
	{ "locale.alias", "a public table" },
	{ "inputrc", "keys of readline" },
	{ "shells", "a public table" },
	{ "networks", "a public table" },
	{ "rpc", "a public table" },
	{ "ethertypes", "a public table" },
	{ "netconfig", "a public table of transports" },
	{ "host.conf", "order of look-ups" },
	{ "gai.conf", "order of addresses" },
	{ "mke2fs.conf", "what mke2fs(8) makes" },
	{ "xattr.conf", "which attributes cp(1) leaves" },
	{ "gprofng.rc", "settings of a profiler" },
	{ "lsb-release", "what the toolchain is" },
	{ "fedora-release", "what the toolchain is" },
	{ "redhat-release", "what the toolchain is" },
	{ "debian_version", "what the toolchain is" },
};

static const struct refused_row {
	const char *pattern;
	bool named; /* also if the user names it */
	const char *reason;
} refused_rows[] = {
	{ "*shadow*", true, "password hashes" },
	{ "passwd*", true, "names of the host's users" },
	{ "group*", true, "names of the host's users" },
	{ "subuid*", true, "names of the host's users" },
	{ "subgid*", true, "names of the host's users" },
	{ "sudoers*", true, "who may become root" },
	{ "ssh", true, "keys of the host" },
	{ "machine-id", true, "the host's own number" },
	{ "cofferdam", true, "what a sandbox is allowed" },
	{ "ssl", false, "keys lie beside the certificates, which have a row" },
	{ "pki", false, "keys lie beside the certificates, which have a row" },
	{ "alternatives", false, "it has a row" },
	{ "pam.d", false, "who may log in" },
	{ "security", false, "who may log in" },
	{ "polkit*", false, "who may do what" },
	{ "dbus-1", false, "who may do what" },
	{ "apparmor*", false, "what the host confines" },
	{ "selinux", false, "what the host confines" },
	{ "audit*", false, "what the host watches" },
	{ "ldap", false, "accounts of a network" },
	{ "sss*", false, "accounts of a network" },
	{ "krb5*", false, "accounts of a network" },
	{ "samba", false, "accounts of a network" },
	{ "apt", false, "sources with passwords in them" },
	{ "*repos*", false, "sources with passwords in them" },
	{ "yum*", false, "sources with passwords in them" },
	{ "dnf*", false, "sources with passwords in them" },
	{ "zypp*", false, "sources with passwords in them" },
	{ "pip*", false, "an index with a password in it" },
	{ "npm*", false, "a registry with a password in it" },
	{ "cargo*", false, "a registry with a password in it" },
	{ "conda*", false, "a channel with a password in it" },
	{ "git*", false, "addresses with a password in them" },
	{ "docker*", false, "a container engine's" },
	{ "container*", false, "a container engine's" },
	{ "cni", false, "a container engine's" },
	{ "kube*", false, "a cluster's" },
	{ "rancher", false, "a cluster's" },
	{ "cloud*", false, "whose machine it is" },
	{ "google*", false, "whose machine it is" },
	{ "aws*", false, "whose machine it is" },
	{ "azure*", false, "whose machine it is" },
	{ "*agent*", false, "a service with a key" },
	{ "*vault*", false, "a service with a key" },
	{ "consul*", false, "a service with a key" },
	{ "nomad*", false, "a service with a key" },
	{ "letsencrypt", false, "keys" },
	{ "mysql", false, "a database with passwords" },
	{ "postgresql*", false, "a database with passwords" },
	{ "maria*", false, "a database with passwords" },
	{ "network*", false, "the host's network" },
	{ "Network*", false, "the host's network" },
	{ "netplan", false, "the host's network" },
	{ "wpa*", false, "the host's network" },
	{ "ppp", false, "the host's network" },
	{ "wireguard", false, "the host's network" },
	{ "ipsec*", false, "the host's network" },
	{ "openvpn*", false, "the host's network" },
	{ "iproute2", false, "the host's network" },
	{ "dhcp*", false, "the host's network" },
	{ "systemd", false, "how the host runs" },
	{ "udev", false, "how the host runs" },
	{ "init*", false, "how the host runs" },
	{ "kernel*", false, "how the host runs" },
	{ "cron*", false, "how the host runs" },
	{ "*.d", false, "parts of how the host runs" },
	{ "default", false, "how the host runs" },
	{ "opt", false, "whatever was put there" },
	{ "skel", false, "new homes of the host" },
};

struct walk {
	uid_t owner;
	unsigned entries;
};

/* fnmatch(3) takes a hundred times as long as to see that most names begin otherwise, and
 * every start asks thousands of times. */
static bool matches(const char *pattern, const char *name)
{
	return (pattern[0] == name[0] || pattern[0] == '*') && fnmatch(pattern, name, 0) == 0;
}

static const char *refused(const char *name, bool named)
{
	for (size_t i = 0; i < ARRAY_LEN(refused_rows); i++)
		if ((!named || refused_rows[i].named) && matches(refused_rows[i].pattern, name))
			return refused_rows[i].reason;
	return NULL;
}

static bool known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(known_rows); i++)
		if (matches(known_rows[i].pattern, name))
			return true;
	return false;
}

static bool is_tool(int root, const char *name)
{
	char path[320];
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(tools) && !found; i++) {
		snprintf(path, sizeof(path), "%s/%s", tools[i], name);
		found = faccessat(root, path, F_OK, 0) == 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(services) && found; i++) {
		snprintf(path, sizeof(path), "%s%s%s", services[i].before, name, services[i].after);
		found = faccessat(root, path, F_OK, 0) < 0;
	}
	return found;
}

/* A directory that is read by getdents64(2) itself. opendir(3) asks four times more of each,
 * and takes 32 KiB; a start reads dozens, and most have three names. */
struct listing {
	int fd;
	long have, at; /* bytes */
	char buffer[2048] __attribute__((aligned(__alignof__(struct dirent64))));
};

/* The next but "." and ".."; NULL at the end, and if the kernel refuses to go on. */
static const struct dirent64 *listing_next(struct listing *listing, bool *ret_whole)
{
	const struct dirent64 *entry;

	do {
		if (listing->at >= listing->have) {
			listing->have = syscall(SYS_getdents64, listing->fd, listing->buffer,
				sizeof(listing->buffer));
			listing->at = 0;
			*ret_whole = listing->have == 0;
			if (listing->have <= 0)
				return NULL;
		}
		entry = (const struct dirent64 *)(listing->buffer + listing->at);
		listing->at += entry->d_reclen;
	} while (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0);
	return entry;
}

static bool is_public(
	int directory, const char *name, unsigned char type, unsigned depth, struct walk *walk);

static bool all_public(int directory, unsigned depth, struct walk *walk)
{
	own_fd int fd = directory;
	struct listing listing;
	const struct dirent64 *entry;
	bool whole = false;

	if (fd < 0)
		return false;
	listing.fd = fd;
	listing.at = listing.have = 0;
	while ((entry = listing_next(&listing, &whole)) != NULL)
		if (!is_public(fd, entry->d_name, entry->d_type, depth + 1, walk))
			return false;
	return whole;
}

/* Of the owner of /etc and to be read by everybody; so is all that is in it. A link is what it
 * says, and leads where the builder can go anyway. type: as readdir(3) has it. */
static bool is_public(
	int directory, const char *name, unsigned char type, unsigned depth, struct walk *walk)
{
	struct stat st;

	if (depth > WALK_DEPTH || ++walk->entries > WALK_ENTRIES)
		return false;
	if (type == DT_LNK)
		return true;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (S_ISLNK(st.st_mode))
		return true;
	if (st.st_uid != walk->owner || (st.st_mode & S_IROTH) == 0)
		return false;
	if (S_ISREG(st.st_mode))
		return true;
	return S_ISDIR(st.st_mode) && (st.st_mode & S_IXOTH) != 0 &&
	       all_public(openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
		       depth, walk);
}

static int add(struct etc_public *public, const char *name, bool directory, struct failure *f)
{
	struct etc_entry *entry = &public->entries[public->n];

	if (strlen(name) >= sizeof(entry->name))
		return 0; /* no package calls its settings so */
	if (public->n == ETC_PUBLIC_MAX)
		return fail(f, 0, "more than %d entries of /etc are public", ETC_PUBLIC_MAX);
	strcpy(entry->name, name);
	entry->directory = directory;
	public->n++;
	return 0;
}

static int look_at(int root, int etc, uid_t owner, const struct dirent64 *entry,
	struct etc_public *public, struct failure *f)
{
	const char *name = entry->d_name;
	struct walk walk = { .owner = owner };

	if (name[0] == '.')
		return 0;
	if (!known(name)) {
		if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN)
			return 0;
		if (refused(name, false) != NULL || !is_tool(root, name))
			return 0;
	}
	return is_public(etc, name, entry->d_type, 0, &walk)
		       ? add(public, name, entry->d_type == DT_DIR, f)
		       : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct etc_entry *)a)->name, ((const struct etc_entry *)b)->name);
}

int etc_public_find(const char *root, struct etc_public *ret, struct failure *f)
{
	own_fd int top = open(root[0] == '\0' ? "/" : root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own_fd int etc = openat(top, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct listing listing;
	const struct dirent64 *entry;
	bool whole = false;
	struct stat st;

	ret->n = 0;
	if (etc < 0)
		return 0;
	if (fstat(etc, &st) < 0)
		return fail(f, errno, "look at the host's /etc");
	listing.fd = etc;
	listing.at = listing.have = 0;
	while ((entry = listing_next(&listing, &whole)) != NULL)
		if (look_at(top, etc, st.st_uid, entry, ret, f) < 0)
			return -1;
	if (!whole)
		return fail(f, errno, "read the host's /etc");
	qsort(ret->entries, ret->n, sizeof(ret->entries[0]), by_name);
	return 0;
}

static int refuse(const char *path, const char *why, struct failure *f)
{
	fail(f, 0, "%s may not be mounted: %s", path, why);
	return fail_remedy(f, "copy what the build needs of it elsewhere, and give that");
}

/* Everybody may reach it: what lies in a directory that is shut is not public. */
static bool is_reached(const char *path, size_t from)
{
	own_mem char *above = strdup(path);
	struct stat st;

	for (char *slash = above == NULL ? NULL : strchr(above + from, '/'); slash != NULL;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (stat(above, &st) < 0 || (st.st_mode & S_IXOTH) == 0)
			return false;
		*slash = '/';
	}
	return above != NULL;
}

int etc_public_bind(const char *path, struct failure *f)
{
	const char *name = path + strlen("/etc/");
	own_mem char *first = strndup(name, strcspn(name, "/"));
	struct walk walk = { 0 };
	struct stat st;
	const char *reason;

	if (first == NULL || stat("/etc", &st) < 0)
		return fail(f, errno, "look at the host's /etc");
	reason = refused(first, true);
	if (reason != NULL)
		return refuse(path, reason, f);
	walk.owner = st.st_uid;
	return is_reached(path, strlen("/etc/")) && is_public(AT_FDCWD, path, DT_UNKNOWN, 0, &walk)
		       ? 0
		       : refuse(path, "not everybody may read all of it on this host", f);
}
