#include "sandbox/unpack/archive_reader.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#define READ_BYTES (256 * 1024)

static void archive_end(struct archive **archive)
{
	if (*archive != NULL)
		archive_read_free(*archive);
}
#define own_archive __attribute__((cleanup(archive_end)))

static int fail_reading(struct archive *a, struct failure *f)
{
	const char *why = archive_error_string(a);

	return fail(f, 0, "read the archive: %.200s", why != NULL ? why : "no reason is given");
}

/* Tar, and what it is packed in: nothing else that libarchive knows of is tried on the bytes. */
static int begin(struct archive *a, int fd, struct failure *f)
{
	if (archive_read_support_format_tar(a) != ARCHIVE_OK ||
		archive_read_support_filter_gzip(a) != ARCHIVE_OK ||
		archive_read_support_filter_xz(a) != ARCHIVE_OK ||
		archive_read_support_filter_zstd(a) != ARCHIVE_OK)
		return fail(f, 0, "libarchive lacks one of tar, gzip, xz, zstd");
	return archive_read_open_fd(a, fd, READ_BYTES) == ARCHIVE_OK ? 0 : fail_reading(a, f);
}

static int write_at(int fd, const char *bytes, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, at);

		if (done < 0)
			return -1;
		bytes += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

static int copy_body(struct archive *a, int fd, const char *path, struct failure *f)
{
	const void *bytes;
	size_t n;
	la_int64_t at;
	int got;

	while ((got = archive_read_data_block(a, &bytes, &n, &at)) == ARCHIVE_OK)
		if (at < 0 || write_at(fd, bytes, n, at) < 0)
			return fail(f, at < 0 ? EINVAL : errno, "write %.120s", path);
	return got == ARCHIVE_EOF ? 0 : fail_reading(a, f);
}

static int unpack_file(struct archive *a, struct archive_entry *e, const struct tree *tree,
	const struct tree_entry *entry, struct failure *f)
{
	la_int64_t size = archive_entry_size(e);
	own_fd int fd = -1;

	if (size < 0)
		return fail(f, 0, "%.120s has a size below nothing", entry->path);
	if (tree_file_begin(tree, entry, &fd, f) < 0 || copy_body(a, fd, entry->path, f) < 0)
		return -1;
	return tree_file_end(tree, entry, fd, (uint64_t)size, f);
}

static int unpack_hard_link(const struct tree *tree, const struct tree_entry *entry,
	const char *target, struct failure *f)
{
	char path[ENTRY_PATH_BYTES];

	if (entry_path_clean("the goal of a link", target, path, f) < 0)
		return -1;
	if (path[0] == '\0')
		return fail(f, 0, "link %.100s to the root", entry->path);
	return tree_hard_link(tree, entry, path, f);
}

static int unpack_entry(struct archive *a, struct archive_entry *e, const struct tree *tree,
	struct unpack_report *report, struct failure *f)
{
	const char *name = archive_entry_pathname(e), *target;
	char path[ENTRY_PATH_BYTES];
	const struct tree_entry entry = {
		.path = path,
		.uid = (uid_t)archive_entry_uid(e),
		.gid = (gid_t)archive_entry_gid(e),
		.mode = archive_entry_perm(e),
		.modified = { archive_entry_mtime(e), archive_entry_mtime_nsec(e) },
	};

	if (name == NULL)
		return fail(f, 0, "an entry of the archive has no name");
	if (entry_path_clean("the name of an entry", name, path, f) < 0)
		return -1;
	if (path[0] == '\0')
		return 0; /* the root is ours */
	report->entries++;
	target = archive_entry_hardlink(e);
	if (target != NULL)
		return unpack_hard_link(tree, &entry, target, f);
	switch (archive_entry_filetype(e)) {
	case AE_IFDIR:
		return tree_directory(tree, &entry, f);
	case AE_IFREG:
		return unpack_file(a, e, tree, &entry, f);
	case AE_IFLNK:
		target = archive_entry_symlink(e);
		return target == NULL ? fail(f, 0, "the link %.120s has no goal", path)
				      : tree_link(tree, &entry, target, f);
	}
	report->entries--;
	report->left_out++;
	return 0;
}

static int check_bounds(struct archive *a, const struct unpack_report *report, struct failure *f)
{
	if (report->entries + report->left_out > ARCHIVE_ENTRIES_MAX)
		return fail(f, 0, "the archive has more than %llu entries", ARCHIVE_ENTRIES_MAX);
	if ((uint64_t)archive_filter_bytes(a, 0) > ARCHIVE_BYTES_MAX)
		return fail(f, 0, "the archive has more than %llu bytes", ARCHIVE_BYTES_MAX);
	return 0;
}

int archive_unpack(int fd, const struct tree *tree, struct unpack_report *report, struct failure *f)
{
	own_archive struct archive *a = archive_read_new();
	struct archive_entry *e;
	int got;

	if (a == NULL)
		return fail(f, ENOMEM, "read the archive");
	if (begin(a, fd, f) < 0)
		return -1;
	while ((got = archive_read_next_header(a, &e)) == ARCHIVE_OK || got == ARCHIVE_WARN)
		if (unpack_entry(a, e, tree, report, f) < 0 || check_bounds(a, report, f) < 0)
			return -1;
	if (got != ARCHIVE_EOF)
		return fail_reading(a, f);
	return report->entries > 0 ? 0 : fail(f, 0, "the archive holds no file");
}
