#include "sandbox/store/store_clear.h"

#include "sandbox/base/own.h"
#include "sandbox/store/root_claim.h"
#include "sandbox/store/root_empty.h"
#include "sandbox/store/root_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define FILE_BYTES (STORE_CLEAR_NAME + sizeof(STORE_NEW))

struct row {
	char name[FILE_BYTES];
	char gone[ROOT_CLAIM_GONE_BYTES]; /* as what it waits to be removed; "": it stays */
	bool whole;
	bool outlived; /* whole, and of no more use */
	struct timespec used;
	uint64_t bytes;
};

struct rows {
	struct row *v;
	size_t n;
};

struct clearing {
	const struct store_kind *kind;
	int dir_fd;
	bool dry_run;
	store_clear_row_fn fn;
	void *data;
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

/* ---- what is there ---- */

static bool is_ours(const struct store_kind *kind, const char *name)
{
	char whole[FILE_BYTES];

	if (strncmp(name, ROOT_STORE_GONE, strlen(ROOT_STORE_GONE)) == 0)
		return strlen(name) < ROOT_CLAIM_GONE_BYTES;
	if (!has_suffix(name, STORE_NEW))
		return kind->is_name(name);
	if (strlen(name) >= sizeof(whole))
		return false;
	snprintf(whole, sizeof(whole), "%.*s", (int)(strlen(name) - strlen(STORE_NEW)), name);
	return kind->is_name(whole);
}

static void look(const struct store_kind *kind, int dir_fd, const char *name, struct row *ret)
{
	own_fd int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t bytes;
	struct stat st;

	*ret = (struct row){ 0 };
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)sizeof(ret->name) - 1, name);
	ret->whole = fd >= 0 && kind->is_name(name) && kind->is_whole(fd, name, &bytes) &&
		     fstatat(fd, STORE_RECORD, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!ret->whole)
		return;
	ret->bytes = bytes;
	ret->used = st.st_mtim;
}

static int by_use(const void *a, const void *b)
{
	const struct row *one = a, *other = b;

	if (one->used.tv_sec != other->used.tv_sec)
		return one->used.tv_sec < other->used.tv_sec ? -1 : 1;
	return (one->used.tv_nsec > other->used.tv_nsec) -
	       (one->used.tv_nsec < other->used.tv_nsec);
}

/* Least recently used first. */
static int list(const struct store_kind *kind, int dir_fd, struct rows *ret, struct failure *f)
{
	own_fd int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		return fail(f, errno, "read the store of %ss", kind->what);
	own_fd_give(&fd);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		struct row *more;

		if (!is_ours(kind, e->d_name))
			continue;
		more = reallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
		if (more == NULL)
			return fail(f, ENOMEM, "list the store of %ss", kind->what);
		ret->v = more;
		look(kind, dir_fd, e->d_name, &ret->v[ret->n++]);
	}
	if (ret->n > 0)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_use);
	for (size_t i = 0; i < ret->n; i++)
		for (size_t k = 0; kind->outlives != NULL && k < ret->n; k++)
			if (ret->v[i].whole && ret->v[k].whole &&
				kind->outlives(ret->v[k].name, ret->v[i].name))
				ret->v[i].outlived = true;
	return 0;
}

/* ---- what goes ---- */

static const char *adjective(const struct clearing *c, const struct row *row)
{
	if (strncmp(row->name, ROOT_STORE_GONE, strlen(ROOT_STORE_GONE)) == 0)
		return "discarded";
	return row->outlived                      ? "outlived"
	       : row->whole                       ? c->kind->whole
	       : has_suffix(row->name, STORE_NEW) ? "unfinished"
						  : "damaged";
}

static void tell(const struct clearing *c, const struct row *row, bool removed, const char *detail)
{
	char what[64];

	snprintf(what, sizeof(what), "%s %s", adjective(c, row), c->kind->what);
	if (c->fn != NULL)
		c->fn(c->data, what, row->name, removed, detail);
}

/* False: a run holds it. */
static bool put_away(const struct clearing *c, struct row *row)
{
	own_fd int fd = root_claim_open(c->dir_fd, row->name, LOCK_EX);

	if (fd < 0 && !root_claim_is_rubbish(errno))
		return false;
	if (strncmp(row->name, ROOT_STORE_GONE, strlen(ROOT_STORE_GONE)) == 0)
		snprintf(row->gone, sizeof(row->gone), "%.*s", (int)sizeof(row->gone) - 1,
			row->name);
	else if (!c->dry_run && root_claim_put_away(c->dir_fd, row->name, row->gone) < 0)
		row->gone[0] = '\0';
	if (c->dry_run)
		tell(c, row, false, "");
	return true;
}

static size_t choose(const struct clearing *c, const struct rows *rows, uint64_t limit_bytes)
{
	uint64_t sum = 0;
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++)
		sum += rows->v[i].bytes;
	for (size_t i = 0; i < rows->n; i++) {
		struct row *row = &rows->v[i];

		if ((row->whole && !row->outlived && sum <= limit_bytes) || !put_away(c, row))
			continue;
		sum -= row->bytes;
		n++;
	}
	return n;
}

static void tell_all(const struct clearing *c, const struct rows *rows)
{
	struct stat st;

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->v[i];
		bool there = row->gone[0] != '\0' &&
			     fstatat(c->dir_fd, row->gone, &st, AT_SYMLINK_NOFOLLOW) == 0;

		if (row->gone[0] != '\0')
			tell(c, row, !there,
				there ? "its files are of ids that are not ours to remove" : "");
	}
}

static int clear(const struct clearing *c, const struct user_plan *user, uint64_t limit_bytes,
	struct rows *rows, struct failure *f)
{
	if (list(c->kind, c->dir_fd, rows, f) < 0)
		return -1;
	if (choose(c, rows, limit_bytes) == 0 || c->dry_run)
		return 0;
	if (root_empty(c->dir_fd, user, f) < 0)
		return -1;
	tell_all(c, rows);
	return 0;
}

int store_clear(
	const struct store_kind *kind, const struct store_clear_terms *terms, struct failure *f)
{
	struct failure none;
	own_fd int dir_fd = kind->open(false, &none);
	const struct clearing c = { .kind = kind,
		.dir_fd = dir_fd,
		.dry_run = terms->dry_run,
		.fn = terms->fn,
		.data = terms->data };
	struct rows rows = { 0 };
	int result;

	if (dir_fd < 0)
		return 0; /* there is none, or it is not ours */
	result = clear(&c, terms->user, terms->limit_bytes, &rows, f);
	free(rows.v);
	return result;
}

uint64_t store_clear_usage(const struct store_kind *kind, uint64_t *ret_count)
{
	struct failure f;
	own_fd int dir_fd = kind->open(false, &f);
	struct rows rows = { 0 };
	uint64_t sum = 0;

	*ret_count = 0;
	if (dir_fd < 0 || list(kind, dir_fd, &rows, &f) < 0) {
		free(rows.v);
		return 0;
	}
	for (size_t i = 0; i < rows.n; i++)
		sum += rows.v[i].bytes;
	*ret_count = rows.n;
	free(rows.v);
	return sum;
}
