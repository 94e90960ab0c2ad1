#include "sandbox/docker/image_archive.h"

#include "sandbox/docker/context_path.h"
#include "sandbox/docker/pax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWS_BY 64

void image_archive_release(struct saved_archive *a)
{
	for (size_t i = 0; i < a->n; i++)
		text_release(&a->entries[i].content);
	free(a->entries);
	a->entries = NULL;
	a->n = 0;
}

/* ---- headers ---- */

static int clean_name(char *name, struct refusal *r)
{
	if (name[0] == '/' || context_path_climbs(name))
		return refuse(r, 400, "an archive with the path %s", name);
	context_clean_path(name);
	return 0;
}

static struct image_entry *find(const struct saved_archive *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->entries[i].name, name) == 0)
			return &a->entries[i];
	return NULL;
}

/* Where a link leads: a hard link from the top, a symbolic one from where it lies. */
static int read_target(struct image_entry *entry, const char *block, struct refusal *r)
{
	const char *slash = strrchr(entry->name, '/');
	char target[TAR_TARGET_BYTES], joined[sizeof(entry->target) + sizeof(target)];
	bool relative = block[TAR_TYPE] == '2';

	tar_header_target(block, target);
	if (relative && target[0] == '/')
		return refuse(r, 400, "an archive with a link to %s", target);
	snprintf(joined, sizeof(joined), "%.*s/%s",
		relative && slash != NULL ? (int)(slash - entry->name) : 0, entry->name, target);
	context_clean_path(joined);
	if (joined[0] == '\0' || strlen(joined) >= sizeof(entry->target))
		return refuse(r, 400, "an archive with a link to %s", target);
	memcpy(entry->target, joined, strlen(joined) + 1);
	return 0;
}

/* For one more. */
static int grow(struct saved_archive *a)
{
	struct image_entry *entries;

	if (a->n % GROWS_BY != 0)
		return 0;
	entries = reallocarray(a->entries, a->n + GROWS_BY, sizeof(*entries));
	if (entries == NULL)
		return -1;
	a->entries = entries;
	return 0;
}

static int add_entry(struct saved_archive *a, const char *block, struct refusal *r)
{
	struct image_entry entry = { .is_held = false };
	char type = block[TAR_TYPE];

	tar_header_path(block, entry.name);
	if (clean_name(entry.name, r) < 0)
		return -1;
	if ((type == '1' || type == '2') && read_target(&entry, block, r) < 0)
		return -1;
	if (find(a, entry.name) != NULL)
		return refuse(r, 400, "an archive that has %s twice", entry.name);
	if (a->n == IMAGE_ARCHIVE_ENTRIES)
		return refuse(r, 413, "an archive of more than %d entries", IMAGE_ARCHIVE_ENTRIES);
	if (grow(a) < 0)
		return refuse_memory(r);
	a->entries[a->n++] = entry;
	return 0;
}

static int check_header(
	const struct saved_archive *a, const char *block, uint64_t *ret_size, struct refusal *r)
{
	if (!tar_header_is_sound(block))
		return refuse(r, 400, "an archive that is not a tar (wrong checksum at byte %llu)",
			(unsigned long long)a->bytes);
	if (tar_header_size(block, ret_size) < 0 || *ret_size > INT64_MAX - TAR_BLOCK - a->bytes)
		return refuse(r, 400, "an archive with a wrong size in a header");
	return 0;
}

int image_archive_header(struct saved_archive *a, const char block[TAR_BLOCK], enum image_data *ret,
	uint64_t *ret_size, struct refusal *r)
{
	char type = block[TAR_TYPE];

	*ret = IMAGE_DATA_END;
	*ret_size = 0;
	if (tar_is_end(block))
		return a->about_next ? refuse(r, 400, "an archive that ends before its last entry")
				     : 0;
	if (check_header(a, block, ret_size, r) < 0)
		return -1;
	if (type == 'x' && a->about_next)
		return refuse(r, 400, "an archive with two pax headers for one entry");
	if (type == 'x' || type == 'g') {
		if (*ret_size > IMAGE_ARCHIVE_FILE)
			return refuse(r, 413, "an archive with a pax header of %llu bytes",
				(unsigned long long)*ret_size);
		*ret = IMAGE_DATA_ABOUT;
		a->about_next = type == 'x';
	} else if (type == '0' || type == '\0') {
		*ret = IMAGE_DATA_FILE;
	} else if (type == '1' || type == '2' || type == '5') {
		*ret = IMAGE_DATA_NONE;
		*ret_size = 0; /* such have a header only, whatever it says */
	} else {
		return refuse(r, 400, "an archive with an entry of type '%c'", type);
	}
	a->bytes += TAR_BLOCK + (*ret_size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	if (*ret == IMAGE_DATA_ABOUT)
		return 0;
	a->about_next = false;
	return type == '5' ? 0 : add_entry(a, block, r);
}

/* Times and owners are of no interest; what says where an entry lies or how long it is would be
 * another reader's truth. No writer of such archives needs it. */
int image_archive_about(const struct text *pax, struct refusal *r)
{
	static const char *const others[] = { "path", "linkpath", "size" };
	struct span rest = { pax->s, pax->n };
	struct pax_record record;
	int more;

	while ((more = pax_next(&rest, &record)) > 0) {
		if (pax_is_sparse(&record))
			return refuse(r, 400, "an archive with a sparse file");
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (pax_is(&record, others[i]))
				return refuse(
					r, 400, "an archive with a %s in a pax header", others[i]);
	}
	return more < 0 ? refuse(r, 400, "an archive with a broken pax header") : 0;
}

#define LINKS 4 /* one behind another; a circle ends there too */

const struct image_entry *image_archive_find(const struct saved_archive *a, const char *name)
{
	for (int i = 0; i < LINKS; i++) {
		const struct image_entry *entry = find(a, name);

		if (entry == NULL || entry->target[0] == '\0')
			return entry;
		name = entry->target;
	}
	return NULL;
}

/* ---- descriptions ---- */

bool image_archive_holds(const struct image_entry *entry, char first, uint64_t size)
{
	return strcmp(entry->name, IMAGE_ARCHIVE_LIST) == 0 ||
	       (first == '{' && size <= IMAGE_ARCHIVE_FILE);
}

int image_archive_hold(struct saved_archive *a, struct image_entry *entry, struct refusal *r)
{
	if (entry->content.failed)
		return refuse_memory(r);
	entry->is_held = true;
	a->held_bytes += entry->content.n;
	if (a->held_bytes > IMAGE_ARCHIVE_HELD || entry->content.n > IMAGE_ARCHIVE_FILE)
		return refuse(r, 413, "an archive with more than %d bytes of descriptions",
			IMAGE_ARCHIVE_HELD);
	return 0;
}
