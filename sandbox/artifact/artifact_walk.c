#include "sandbox/artifact/artifact_walk.h"

#include "sandbox/base/beneath.h"
#include "sandbox/base/own.h"

#include <fcntl.h>

#define TREE_DEPTH 100 /* each level holds a descriptor */

struct walk {
	const struct artifact_glob *glob;
	const struct artifact_bounds *bounds;
	struct artifact_list *list;
	size_t row;
	size_t base; /* of path: where the name at the destination begins */
	char path[ARTIFACT_NAME_BYTES];
};

/* One directory of the walk. */
struct level {
	int directory;
	size_t length; /* of the walk's path, up to here */
	uint64_t state;
	bool all; /* it was taken, and with it whatever is in it */
	unsigned depth;
};

static int look_into(struct walk *w, const struct level *level, struct failure *f);

static int look_below(struct walk *w, const struct level *above, const char *name,
	struct level *level, struct failure *f)
{
	if (above->depth == TREE_DEPTH)
		return fail(f, 0, "/%.200s is more than %d directories deep", w->path, TREE_DEPTH);
	level->directory = beneath_open(above->directory, name, O_RDONLY | O_DIRECTORY);
	if (level->directory < 0)
		return fail(f, errno, "open /%.200s", w->path);
	level->depth = above->depth + 1;
	return look_into(w, level, f);
}

static int look_at(struct walk *w, const struct level *level, const char *name, struct failure *f)
{
	struct level below = {
		.state = level->all ? 0 : artifact_glob_step(w->glob, level->state, name),
	};
	size_t room = sizeof(w->path) - level->length;
	struct stat st;
	int n;

	below.all = level->all || artifact_glob_accepts(w->glob, below.state);
	if (!below.all && below.state == 0)
		return 0;
	n = snprintf(w->path + level->length, room, "%s%s", level->length > 0 ? "/" : "", name);
	if ((size_t)n >= room)
		return fail(f, 0, "/%.200s: longer than %d bytes", w->path, ARTIFACT_NAME_BYTES);
	if (fstatat(level->directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(f, errno, "look at /%.200s", w->path);
	if (below.all &&
		artifact_list_add(w->list, w->bounds, w->row, w->path, w->base, &st, f) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	below.length = level->length + (size_t)n;
	return look_below(w, level, name, &below, f);
}

/* The directory is taken. */
static int look_into(struct walk *w, const struct level *level, struct failure *f)
{
	own_dir DIR *dir = fdopendir(level->directory);
	int result = 0;

	if (dir == NULL) {
		fail(f, errno, "read /%.200s", w->path);
		close(level->directory);
		return -1;
	}
	while (result == 0) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno == 0 ? 0 : fail(f, errno, "read /%.200s", w->path);
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = look_at(w, level, entry->d_name, f);
		w->path[level->length] = '\0';
	}
	return result;
}

int artifact_walk(int work_fd, const struct artifact_glob *glob, size_t row,
	const struct artifact_bounds *bounds, struct artifact_list *list, struct failure *f)
{
	struct walk w = { .glob = glob, .bounds = bounds, .list = list, .row = row };
	size_t length = strlen(glob->base), from = list->n;
	struct level top = {
		.directory = beneath_open(work_fd, glob->base, O_RDONLY | O_DIRECTORY),
		.length = length,
		.state = artifact_glob_begin(glob),
	};

	if (top.directory < 0) /* no such directory, or a file or a link in its place */
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
			       ? 0
			       : fail(f, errno, "open /%s", glob->base);
	memcpy(w.path, glob->base, length + 1);
	w.base = length > 0 ? length + 1 : 0;
	if (look_into(&w, &top, f) < 0)
		return -1;
	artifact_list_sort(list, from);
	return 0;
}
