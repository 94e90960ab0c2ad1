#include "namespaces/root_etc.h"

#include "namespaces/hostpath.h"
#include "namespaces/mount.h"
#include "namespaces/root_tree.h"
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum etc_kind { ETC_HOST, ETC_TEXT };
static const struct etc_row {
	const char *name;
	enum etc_kind kind;
	const char *text, *text_other; /* ETC_TEXT; the second with --root-inside or --net */
	const char *reason;
} etc_rows[] = {
	{ "ld.so.cache", ETC_HOST, NULL, NULL, "the dynamic linker's index of /usr" },
	{ "ld.so.conf", ETC_HOST, NULL, NULL, "the linker's search path" },
	{ "ld.so.conf.d", ETC_HOST, NULL, NULL, "the linker's search path" },
	{ "alternatives", ETC_HOST, NULL, NULL, "links in /usr/bin lead through it" },
	{ "ssl/certs", ETC_HOST, NULL, NULL, "public certificates" },
	{ "ssl/openssl.cnf", ETC_HOST, NULL, NULL, "OpenSSL refuses to start without it" },
	{ "pki", ETC_HOST, NULL, NULL, "public certificates on Fedora" },
	{ "crypto-policies", ETC_HOST, NULL, NULL, "Fedora's TLS libraries read it" },
	{ "protocols", ETC_HOST, NULL, NULL, "a public table" },
	{ "services", ETC_HOST, NULL, NULL, "a public table" },
	{ "passwd", ETC_TEXT,
		"root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
		"builder:x:1000:1000:builder:/home/builder:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"root:x:0:0:builder:/home/builder:/bin/sh\n"
		"nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
		"the ids inside; none of the host's names" },
	{ "group", ETC_TEXT, "root:x:0:\nbuilder:x:1000:\nnogroup:x:65534:\n",
		"root:x:0:\nnogroup:x:65534:\n", "the ids inside; none of the host's names" },
	{ "nsswitch.conf", ETC_TEXT,
		"passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
		NULL, "no lookups through the host's services" },
	{ "hosts", ETC_TEXT, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 cofferdam\n", NULL,
		"none of the host's names" },
	{ "machine-id", ETC_TEXT, "c0ffe7da3b1d4e5f8a6b7c9d0e1f2a3b\n", NULL,
		"D-Bus wants one; the same in every run, and no host's" },
	{ "timezone", ETC_TEXT, "Etc/UTC\n", NULL, "not the host's; see localtime" },
	{ "hostname", ETC_TEXT, "cofferdam\n", NULL, "not the host's name" },
	{ "resolv.conf", ETC_TEXT, "# no network, no name server\n", NULL,
		"not the host's name servers; with --net the gateway's, or pasta's" },
};

static const char *text_of(const struct etc_row *row, const struct root_plan *plan)
{
	if (plan->resolv_conf != NULL && strcmp(row->name, "resolv.conf") == 0)
		return plan->resolv_conf;
	return plan->root_inside && row->text_other != NULL ? row->text_other : row->text;
}

static int etc_text(const struct root *root, const struct etc_row *row,
	const struct root_plan *plan, struct failure *f)
{
	const char *text = text_of(row, plan);
	char path[64];
	own_fd int fd = -1;

	snprintf(path, sizeof(path), "etc/%s", row->name);
	fd = openat(root->root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fail(f, errno, "write /%s", path);
	return 0;
}

/* Small files are copied: a mount costs several times as much, at its end once more. */
#define ETC_COPY_BYTES (256 * 1024)

static int etc_copy(
	const struct root *root, int source, const char *path, off_t size, struct failure *f)
{
	own_fd int fd = openat(root->root_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail(f, errno, "make /%s", path);
	while (size > 0) {
		ssize_t n = sendfile(fd, source, NULL, (size_t)size);

		if (n < 0)
			return fail(f, errno, "copy the host's /%s", path);
		if (n == 0)
			return fail(f, 0, "the host's /%s changed while it was copied", path);
		size -= n;
	}
	return 0;
}

/* A host's entry that does not exist, or that we may not read, counts as none: distributions
 * differ, and what the launcher found may be gone by now, as a package of the host is. */
static int etc_host(struct root *root, int overlay, const char *name, struct failure *f)
{
	char path[64];
	own_fd int source = -1;
	struct stat st;

	snprintf(path, sizeof(path), "/etc/%s", name);
	source = host_path_open_system(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (source < 0 && (errno == ENOENT || errno == ELOOP || errno == EACCES))
		return 0;
	if (source < 0 || fstat(source, &st) < 0)
		return fail(f, errno, "open the host's %s", path);
	if (S_ISDIR(st.st_mode)) {
		if (mkdirat(root->root_fd, path + 1, 0755) < 0)
			return fail(f, errno, "make %s", path);
		return root_tree_part(root, overlay, name, source, path + 1, f);
	}
	if (S_ISREG(st.st_mode) && st.st_size <= ETC_COPY_BYTES)
		return etc_copy(root, source, path + 1, st.st_size, f);
	if (mount_target_make(root->root_fd, path + 1) < 0)
		return fail(f, errno, "make %s", path);
	return root_tree_attach(root, source, path + 1, f);
}

/* Of a directory the overlay is all that is asked, and nothing in the host's own /etc. */
static int etc_entry(
	struct root *root, int overlay, const struct etc_entry *entry, struct failure *f)
{
	char path[64];
	int shown = 0;

	snprintf(path, sizeof(path), "etc/%s", entry->name);
	if (entry->directory && overlay >= 0)
		shown = root_tree_show(root, overlay, entry->name, path, f);
	if (shown != 0)
		return shown < 0 ? -1 : 0;
	return etc_host(root, overlay, entry->name, f);
}

int root_etc_write(struct root *root, const struct root_plan *plan, const struct etc_public *public,
	struct failure *f)
{
	own_fd int etc = host_path_open_system("/etc", O_PATH | O_DIRECTORY);
	own_fd int overlay = etc < 0 ? -1 : root_tree_overlay(root, etc, "etc");

	for (size_t i = 0; i < ARRAY_LEN(etc_rows); i++) {
		const struct etc_row *row = &etc_rows[i];

		if ((row->kind == ETC_TEXT ? etc_text(root, row, plan, f)
					   : etc_host(root, overlay, row->name, f)) < 0)
			return -1;
	}
	for (size_t i = 0; i < public->n; i++)
		if (etc_entry(root, overlay, &public->entries[i], f) < 0)
			return -1;
	return 0;
}

bool root_etc_is_own(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(etc_rows); i++)
		if (strcmp(etc_rows[i].name, name) == 0)
			return true;
	return strcmp(name, "ssl") == 0 || strcmp(name, "os-release") == 0 ||
	       strcmp(name, "mtab") == 0 || strcmp(name, "localtime") == 0;
}

void root_etc_each(const struct etc_public *public, root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(etc_rows); i++)
		root_row_say(row, data, "/etc/", etc_rows[i].name,
			etc_rows[i].kind == ETC_HOST
				? "the host's, read-only through an overlay, or copied"
				: "written anew",
			etc_rows[i].reason);
	for (size_t i = 0; i < public->n; i++)
		root_row_say(row, data, "/etc/", public->entries[i].name,
			"the host's, read-only through an overlay, or copied",
			"public, and of a tool in /usr");
}
