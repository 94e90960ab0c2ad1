#include "sandbox/unpack/archive_reader.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"
#include "sandbox/unpack/archive_open.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define WHITEOUT ".wh." /* OCI image specification, layer.md */
#define OPAQUE   WHITEOUT WHITEOUT ".opq"

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

static int charge(
	const struct tree *tree, struct unpack_report *report, uint64_t bytes, struct failure *f)
{
	report->bytes += bytes;
	return report->bytes > tree->most_bytes
		       ? fail(f, EFBIG, "what is unpacked takes more than %llu bytes",
				 (unsigned long long)tree->most_bytes)
		       : 0;
}

static int copy_body(struct archive *a, int fd, const char *path, const struct tree *tree,
	struct unpack_report *report, struct failure *f)
{
	const void *bytes;
	size_t n;
	la_int64_t at;
	int got;

	while ((got = archive_read_data_block(a, &bytes, &n, &at)) == ARCHIVE_OK) {
		if (charge(tree, report, n, f) < 0)
			return -1;
		if (at < 0 || write_at(fd, bytes, n, at) < 0)
			return fail(f, at < 0 ? EINVAL : errno, "write %.120s", path);
	}
	return got == ARCHIVE_EOF ? 0 : archive_fail(a, f);
}

static int unpack_file(struct archive *a, struct archive_entry *e, const struct tree *tree,
	const struct tree_entry *entry, struct unpack_report *report, struct failure *f)
{
	la_int64_t size = archive_entry_size(e);
	own_fd int fd = -1;

	if (size < 0)
		return fail(f, 0, "%.120s has a size below nothing", entry->path);
	if (tree_file_begin(tree, entry, &fd, f) < 0 ||
		copy_body(a, fd, entry->path, tree, report, f) < 0)
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

static int make_entry(struct archive *a, struct archive_entry *e, const struct tree *tree,
	const char *path, struct unpack_report *report, struct failure *f)
{
	const struct tree_entry entry = {
		.path = path,
		.uid = (uid_t)archive_entry_uid(e),
		.gid = (gid_t)archive_entry_gid(e),
		.mode = archive_entry_perm(e),
		.modified = { archive_entry_mtime(e), archive_entry_mtime_nsec(e) },
	};
	const char *target = archive_entry_hardlink(e);

	report->entries++;
	if (charge(tree, report, UNPACK_ENTRY_BYTES, f) < 0)
		return -1;
	if (target != NULL)
		return unpack_hard_link(tree, &entry, target, f);
	switch (archive_entry_filetype(e)) {
	case AE_IFDIR:
		return tree_directory(tree, &entry, f);
	case AE_IFREG:
		return unpack_file(a, e, tree, &entry, report, f);
	case AE_IFLNK:
		target = archive_entry_symlink(e);
		return target == NULL ? fail(f, 0, "the link %.120s has no goal", path)
				      : tree_link(tree, &entry, target, f);
	}
	report->entries--;
	report->left_out++;
	return 0;
}

/* ---- what a layer takes away ---- */

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool is_whiteout(const char *path)
{
	return strncmp(name_of(path), WHITEOUT, strlen(WHITEOUT)) == 0;
}

/* path is changed: it becomes that of what goes. Other names that begin with two whiteouts are
 * aufs's own, and mean nothing. */
static int take_away(const struct tree *tree, char *path, struct failure *f)
{
	char *name = path + (name_of(path) - path);
	const char *gone = name + strlen(WHITEOUT);

	if (strcmp(name, OPAQUE) == 0) {
		name[name > path ? -1 : 0] = '\0';
		return tree_empty(tree, path, f);
	}
	if (strncmp(gone, WHITEOUT, strlen(WHITEOUT)) == 0)
		return 0;
	if (gone[0] == '\0' || strcmp(gone, ".") == 0 || strcmp(gone, "..") == 0)
		return fail(f, 0, "the whiteout %.120s aims at no name", path);
	memmove(name, gone, strlen(gone) + 1);
	return tree_remove(tree, path, f);
}

/* ---- the whole ---- */

static int use_entry(struct archive *a, struct archive_entry *e, enum archive_use use,
	const struct tree *tree, struct unpack_report *report, struct failure *f)
{
	const char *name = archive_entry_pathname(e);
	char path[ENTRY_PATH_BYTES];

	if (name == NULL)
		return fail(f, 0, "an entry of the archive has no name");
	if (entry_path_clean("the name of an entry", name, path, f) < 0)
		return -1;
	if (path[0] == '\0')
		return 0; /* the root is ours */
	if (use != ARCHIVE_ROOT && is_whiteout(path))
		return use == ARCHIVE_WHITEOUTS ? take_away(tree, path, f) : 0;
	return use == ARCHIVE_WHITEOUTS ? 0 : make_entry(a, e, tree, path, report, f);
}

static int check_bounds(
	struct archive *a, const struct unpack_report *report, uint64_t entries, struct failure *f)
{
	if (report->entries + report->left_out > ARCHIVE_ENTRIES_MAX ||
		entries > ARCHIVE_ENTRIES_MAX)
		return fail(f, 0, "the archive has more than %llu entries", ARCHIVE_ENTRIES_MAX);
	if ((uint64_t)archive_filter_bytes(a, 0) > ARCHIVE_BYTES_MAX)
		return fail(f, 0, "the archive has more than %llu bytes", ARCHIVE_BYTES_MAX);
	return 0;
}

int archive_unpack(struct image_blob *blob, enum archive_use use, const struct tree *tree,
	struct unpack_report *report, struct failure *f)
{
	own_archive struct archive *a = NULL;
	struct archive_entry *e;
	uint64_t entries = 0;
	int got;

	if (archive_open(blob, &a, f) < 0)
		return -1;
	while ((got = archive_read_next_header(a, &e)) == ARCHIVE_OK || got == ARCHIVE_WARN)
		if (use_entry(a, e, use, tree, report, f) < 0 ||
			check_bounds(a, report, ++entries, f) < 0)
			return -1;
	if (got != ARCHIVE_EOF)
		return archive_fail(a, f);
	return use != ARCHIVE_ROOT || report->entries > 0 ? 0
							  : fail(f, 0, "the archive holds no file");
}
