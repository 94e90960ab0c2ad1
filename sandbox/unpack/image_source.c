#include "sandbox/unpack/image_source.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"
#include "sandbox/rootfs/image_json.h"
#include "sandbox/unpack/archive_open.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sha2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define LINKS_MAX 4 /* docker before version 25 made a layer that came twice a link */

int image_source_look(int fd, struct image_source *ret, struct failure *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at the image");
	*ret = (struct image_source){ .fd = fd, .is_directory = S_ISDIR(st.st_mode) };
	return 0;
}

/* ---- in a directory ---- */

static int open_in_directory(const struct image_source *source, const char *name,
	struct image_blob *ret, struct failure *f)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	struct stat st;

	ret->fd = (int)syscall(SYS_openat2, source->fd, name, &how, sizeof(how));
	if (ret->fd < 0 && errno == ENOENT)
		return 0;
	if (ret->fd < 0 || fstat(ret->fd, &st) < 0)
		return fail(f, errno, "open the image's %.120s", name);
	return S_ISREG(st.st_mode) ? 1 : fail(f, 0, "the image's %.120s is no file", name);
}

/* ---- in an archive ---- */

static bool is_entry(struct archive_entry *e, const char *name)
{
	const char *path = archive_entry_pathname(e);
	char clean[ENTRY_PATH_BYTES];
	struct failure unheard;

	return path != NULL && entry_path_clean("a name", path, clean, &unheard) == 0 &&
	       strcmp(clean, name) == 0;
}

/* Where a link in the archive leads: "a/layer.tar" with the goal "../b/layer.tar". */
static int follow(char name[ENTRY_PATH_BYTES], const char *goal, bool hard, struct failure *f)
{
	char joined[ENTRY_PATH_BYTES], from[ENTRY_PATH_BYTES], *slash = strrchr(name, '/');
	size_t directory = hard || slash == NULL ? 0 : (size_t)(slash - name);

	while (!hard && strncmp(goal, "../", 3) == 0) {
		if (directory == 0)
			return fail(f, 0, "the image's %.120s leads out of the archive", name);
		while (directory > 0 && name[--directory] != '/')
			;
		goal += 3;
	}
	snprintf(from, sizeof(from), "%s", name);
	if (snprintf(joined, sizeof(joined), "%.*s/%s", (int)directory, name, goal) >=
		(int)sizeof(joined))
		return fail(f, 0, "the image's %.120s leads too far", from);
	return entry_path_clean("the goal of a link", joined, name, f);
}

/* 1: it is open; 0: there is none; 2: name is now where a link leads; -1. */
static int find_in_archive(const struct image_source *source, char name[ENTRY_PATH_BYTES],
	struct image_blob *ret, struct failure *f)
{
	struct image_blob whole = { .fd = source->fd };
	own_archive struct archive *a = NULL;
	struct archive_entry *e;
	int got;

	if (lseek(source->fd, 0, SEEK_SET) < 0)
		return fail(f, errno, "read the image from its beginning");
	if (archive_open(&whole, &a, f) < 0)
		return -1;
	while ((got = archive_read_next_header(a, &e)) == ARCHIVE_OK || got == ARCHIVE_WARN) {
		const char *hard = archive_entry_hardlink(e), *soft = archive_entry_symlink(e);

		if (!is_entry(e, name))
			continue;
		if (hard != NULL || soft != NULL)
			return follow(name, hard != NULL ? hard : soft, hard != NULL, f) < 0 ? -1
											     : 2;
		if (archive_entry_filetype(e) != AE_IFREG)
			return fail(f, 0, "the image's %.120s is no file", name);
		ret->archive = a;
		a = NULL;
		return 1;
	}
	return got == ARCHIVE_EOF ? 0 : archive_fail(a, f);
}

static int open_in_archive(const struct image_source *source, const char *name,
	struct image_blob *ret, struct failure *f)
{
	char place[ENTRY_PATH_BYTES];

	snprintf(place, sizeof(place), "%s", name);
	for (unsigned i = 0; i <= LINKS_MAX; i++) {
		int found = find_in_archive(source, place, ret, f);

		if (found != 2)
			return found;
	}
	return fail(f, ELOOP, "open the image's %.120s", name);
}

int image_source_open(const struct image_source *source, const char *name, struct image_blob *ret,
	struct failure *f)
{
	*ret = (struct image_blob)IMAGE_BLOB_NONE;
	return source->is_directory ? open_in_directory(source, name, ret, f)
				    : open_in_archive(source, name, ret, f);
}

/* ---- its bytes ---- */

int image_source_text(const struct image_source *source, const char *name, char **ret,
	size_t *ret_n, struct failure *f)
{
	own_blob struct image_blob blob = IMAGE_BLOB_NONE;
	own_mem char *text = malloc(IMAGE_JSON_BYTES + 1);
	int found = image_source_open(source, name, &blob, f);
	ssize_t got = 1;
	size_t n = 0;

	if (text == NULL)
		return fail(f, ENOMEM, "read the image's %.120s", name);
	if (found <= 0)
		return found;
	while (got > 0 && n <= IMAGE_JSON_BYTES) {
		got = image_blob_read(&blob, text + n, IMAGE_JSON_BYTES + 1 - n, f);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return -1;
	*ret = own_mem_give(text);
	*ret_n = n;
	return 1;
}

int image_source_digest(const struct image_source *source, const char *name, char ret[DIGEST_BYTES],
	struct failure *f)
{
	own_blob struct image_blob blob = IMAGE_BLOB_NONE;
	int found = image_source_open(source, name, &blob, f);
	SHA2_CTX hash;

	if (found < 0)
		return -1;
	if (found == 0)
		return fail(f, 0, "the image lacks its %.120s", name);
	SHA256Init(&hash);
	blob.hash = &hash;
	return image_blob_digest(&blob, ret, f);
}
