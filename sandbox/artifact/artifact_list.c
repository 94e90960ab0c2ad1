#include "sandbox/artifact/artifact_list.h"

#include "namespaces/root_work.h"
#include "sandbox/base/own.h"

#include <inttypes.h>

#define SHOWN_BYTES 4096

/* As the build knows it. */
static const char *shown(const char *path, char ret[SHOWN_BYTES])
{
	if (!root_work_show(path, ret, SHOWN_BYTES))
		snprintf(ret, SHOWN_BYTES, "%.*s", SHOWN_BYTES - 1, path);
	return ret;
}

static int refuse(const char *path, const char *why, const char *remedy, struct failure *f)
{
	char text[SHOWN_BYTES];

	fail(f, 0, "%.200s is %s", shown(path, text), why);
	return fail_remedy(f, "%s", remedy);
}

/* As failure_sanitize() has it: what it would change is no name to be printed. */
static bool name_is_plain(const char *name)
{
	own_mem char *clean = strdup(name);

	if (clean == NULL)
		return false;
	failure_sanitize(clean);
	return strcmp(clean, name) == 0;
}

static int check_kind(const char *path, const struct stat *st, struct failure *f)
{
	static const char only[] = "only regular files and directories leave a sandbox: name the "
				   "files, or let the build make one of it";

	if (S_ISLNK(st->st_mode))
		return refuse(path, "a symbolic link", only, f);
	if (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode))
		return refuse(path, "a FIFO or a socket", only, f);
	if (S_ISREG(st->st_mode) && st->st_nlink != 1)
		return refuse(path, "a file with more names than one",
			"let the build copy it (cp --remove-destination), for a hard link may "
			"be of anything",
			f);
	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
		return 0;
	return refuse(path, "a device", only, f);
}

static int check_bounds(const struct artifact_list *list, const struct artifact_bounds *bounds,
	const char *path, const struct stat *st, struct failure *f)
{
	uint64_t size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	char text[SHOWN_BYTES];

	if (list->n >= bounds->count) {
		fail(f, 0, "there are more than %" PRIu64 " artifacts", bounds->count);
		return fail_remedy(f, "--artifact-count N permits more");
	}
	if (size <= bounds->bytes && list->bytes <= bounds->bytes - size)
		return 0;
	fail(f, 0, "the artifacts are larger than %" PRIu64 " bytes: %.200s alone has %" PRIu64,
		bounds->bytes, shown(path, text), size);
	return fail_remedy(f, "--artifact-limit SIZE permits more");
}

static int grow(struct artifact_list *list, struct failure *f)
{
	size_t room = list->room > 0 ? list->room * 2 : 64;
	struct artifact_item *v = reallocarray(list->v, room, sizeof(*v));

	if (v == NULL)
		return fail(f, ENOMEM, "list the artifacts");
	list->v = v;
	list->room = room;
	return 0;
}

int artifact_list_add(struct artifact_list *list, const struct artifact_bounds *bounds, size_t row,
	const char *path, size_t base, const struct stat *st, struct failure *f)
{
	char *copy;

	if (!bounds->any_name && !name_is_plain(path))
		return refuse(path, "a name with a control character, or not UTF-8",
			"rename it in the build, or give --artifact-any-name", f);
	if (check_kind(path, st, f) < 0 || check_bounds(list, bounds, path, st, f) < 0)
		return -1;
	if (list->n == list->room && grow(list, f) < 0)
		return -1;
	copy = strdup(path);
	if (copy == NULL)
		return fail(f, ENOMEM, "list the artifacts");
	list->v[list->n++] =
		(struct artifact_item){ .path = copy, .base = base, .row = row, .st = *st };
	list->bytes += S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct artifact_item *x = a, *y = b;

	return strcmp(x->path, y->path);
}

void artifact_list_sort(struct artifact_list *list, size_t from)
{
	if (list->n > from)
		qsort(list->v + from, list->n - from, sizeof(*list->v), by_path);
}

void artifact_list_release(struct artifact_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].path);
	free(list->v);
	*list = (struct artifact_list){ .v = NULL };
}

bool artifact_path_is_plain(const char *path)
{
	for (;; path++) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (path[0] == '.' && (n == 1 || (n == 2 && path[1] == '.'))))
			return false;
		path += n;
		if (*path == '\0')
			return true;
	}
}
