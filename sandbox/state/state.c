#include "sandbox/state/state.h"

#include "sandbox/base/own.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES    (256 << 10)
#define STATE_WORDS   64
#define WORD_BYTES    512
#define CREATE_ROUNDS 20

static const char suffix[] = ".json";

/* One place where runtime directories are looked for. */
struct state_place {
	char base[192];
	char name[32];
	bool base_is_ours; /* and nobody else may enter it: else it does not count */
};

static void place_add(struct state_place *places, size_t *n, const char *base, bool private_base)
{
	struct state_place *place = &places[*n];

	if (base == NULL || base[0] != '/' ||
		snprintf(place->base, sizeof(place->base), "%s", base) >= (int)sizeof(place->base))
		return;
	if (private_base)
		strcpy(place->name, "cofferdam");
	else
		snprintf(place->name, sizeof(place->name), "cofferdam-%u", geteuid());
	place->base_is_ours = private_base;
	(*n)++;
}

/* In the order in which a new run takes them. */
static size_t places_find(struct state_place places[STATE_DIRS_MAX])
{
	char run_user[32];
	size_t n = 0;

	snprintf(run_user, sizeof(run_user), "/run/user/%u", geteuid());
	place_add(places, &n, getenv("XDG_RUNTIME_DIR"), true);
	place_add(places, &n, run_user, true);
	place_add(places, &n, getenv("TMPDIR"), false);
	place_add(places, &n, "/tmp", false);
	return n;
}

static bool is_private(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0;
}

/* The base, or -1 if this place does not count. */
static int place_open_base(const struct state_place *place)
{
	own_fd int fd = open(place->base, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || (place->base_is_ours && !is_private(fd)))
		return -1;
	return own_fd_give(&fd);
}

static int dir_check(int fd, const char *path, struct failure *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail(f, errno, "examine %s", path);
	if (st.st_uid == geteuid() && (st.st_mode & 077) == 0)
		return 0;
	if (st.st_uid != geteuid())
		fail(f, 0, "runtime directory %s belongs to uid %u, not to us", path, st.st_uid);
	else
		fail(f, 0, "runtime directory %s has mode %04o, others may enter it", path,
			st.st_mode & 07777);
	return fail_remedy(
		f, "remove it, or set XDG_RUNTIME_DIR or TMPDIR to a directory of your own");
}

static int place_open(int base_fd, const struct state_place *place, bool make, struct failure *f)
{
	char path[sizeof(place->base) + sizeof(place->name) + 1];

	snprintf(path, sizeof(path), "%s/%s", place->base, place->name);
	if (make && mkdirat(base_fd, place->name, 0700) < 0 && errno != EEXIST) {
		fail(f, errno, "create runtime directory %s", path);
		return fail_remedy(f,
			"set TMPDIR or XDG_RUNTIME_DIR to a directory that this user may "
			"write to (a container with a read-only root: --tmpfs /tmp)");
	}

	own_fd int fd =
		openat(base_fd, place->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(f, errno, "open runtime directory %s", path);
	if (dir_check(fd, path, f) < 0)
		return -1;
	return own_fd_give(&fd);
}

int state_dir_open(int *ret_fd, char *ret_path, size_t path_size, struct failure *f)
{
	struct state_place places[STATE_DIRS_MAX];
	size_t n = places_find(places);

	for (size_t i = 0; i < n; i++) {
		own_fd int base = place_open_base(&places[i]);

		if (base < 0)
			continue;
		int fd = place_open(base, &places[i], true, f);
		if (fd < 0)
			return -1;
		snprintf(ret_path, path_size, "%s/%s", places[i].base, places[i].name);
		*ret_fd = fd;
		return 0;
	}
	fail(f, ENOENT, "find a runtime directory");
	return fail_remedy(f, "set TMPDIR to a directory that exists");
}

static bool is_known(const int *fds, size_t n, int fd)
{
	struct stat a, b;

	if (fstat(fd, &a) < 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (fstat(fds[i], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			return true;
	return false;
}

size_t state_dirs_open(int *ret_fds)
{
	struct state_place places[STATE_DIRS_MAX];
	size_t n = places_find(places), found = 0;

	for (size_t i = 0; i < n; i++) {
		own_fd int base = place_open_base(&places[i]);
		own_fd int fd = -1;
		struct failure f;

		if (base >= 0)
			fd = place_open(base, &places[i], false, &f);
		if (fd >= 0 && !is_known(ret_fds, found, fd))
			ret_fds[found++] = own_fd_give(&fd);
	}
	return found;
}

/* A string that is safe to print, of bounded length. */
static cJSON *word_json(const char *word)
{
	char text[WORD_BYTES];

	snprintf(text, sizeof(text), "%s", word);
	failure_sanitize(text);
	return cJSON_CreateString(text);
}

static cJSON *words_json(const char *const *words)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; words != NULL && words[i] != NULL && i < STATE_WORDS; i++)
		cJSON_AddItemToArray(array, word_json(words[i]));
	return array;
}

static cJSON *facts_json(const struct state_facts *facts)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddStringToObject(json, "id", facts->id);
	cJSON_AddNumberToObject(json, "launcher", getpid());
	cJSON_AddNumberToObject(json, "keeper", 0);
	cJSON_AddNumberToObject(json, "started", (double)facts->started);
	cJSON_AddStringToObject(json, "phase", "prepare");
	cJSON_AddItemToObject(json, "source",
		facts->source_url != NULL ? word_json(facts->source_url) : cJSON_CreateNull());
	cJSON_AddItemToObject(json, "command", words_json(facts->command));
	cJSON_AddItemToObject(json, "cgroups", words_json(facts->cgroups));
	cJSON_AddItemToObject(json, "artifact_places", words_json(facts->artifact_places));
	if (facts->docker_socket != NULL)
		cJSON_AddItemToObject(cJSON_AddObjectToObject(json, "docker"), "socket",
			cJSON_CreateString(facts->docker_socket));
	return json;
}

/* A reader that comes between the two calls sees no JSON and tries again. */
static int facts_write(struct state *state, struct failure *f)
{
	own_mem char *text = cJSON_PrintUnformatted(state->facts);

	if (text == NULL)
		return fail(f, ENOMEM, "write state file %s", state->name);
	size_t length = strlen(text);
	ssize_t n = pwrite(state->fd, text, length, 0);
	if (n < 0 || (size_t)n != length)
		return fail(f, n < 0 ? errno : ENOSPC, "write state file %s", state->name);
	if (ftruncate(state->fd, (off_t)length) < 0)
		return fail(f, errno, "truncate state file %s", state->name);
	return 0;
}

/* Between open and lock a gc may take the file for that of a dead run and remove it.
 * It locks what it removes, so after our own lock a look at the link count tells. */
static int create_locked(struct state *state, struct failure *f)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	for (int round = 0; round < CREATE_ROUNDS; round++) {
		own_fd int fd = openat(state->dir_fd, state->name,
			O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0 && errno != EEXIST)
			break;
		if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && fstat(fd, &st) == 0 &&
			st.st_nlink == 1) {
			state->fd = own_fd_give(&fd);
			return 0;
		}
		errno = EAGAIN;
		usleep(1000);
	}
	return fail(f, errno, "create state file %s/%s", state->dir_path, state->name);
}

int state_create(struct state *ret, const struct state_facts *facts, struct failure *f)
{
	struct state state = { .dir_fd = -1, .fd = -1 };

	snprintf(state.name, sizeof(state.name), "%s%s", facts->id, suffix);
	if (!state_name_has_id(state.name))
		return fail(f, EINVAL, "state file for run id %s", facts->id);
	if (state_dir_open(&state.dir_fd, state.dir_path, sizeof(state.dir_path), f) < 0)
		return -1;
	if (create_locked(&state, f) < 0) {
		state_release(&state);
		return -1;
	}
	state.facts = facts_json(facts);
	if (facts_write(&state, f) < 0) {
		state_remove(&state);
		return -1;
	}
	*ret = state;
	return 0;
}

int state_update(struct state *state, pid_t keeper, const char *phase, struct failure *f)
{
	cJSON_ReplaceItemInObject(state->facts, "keeper", cJSON_CreateNumber(keeper));
	cJSON_ReplaceItemInObject(state->facts, "phase", cJSON_CreateString(phase));
	return facts_write(state, f);
}

int state_set_cgroups(struct state *state, const char *const *paths, struct failure *f)
{
	cJSON_ReplaceItemInObject(state->facts, "cgroups", words_json(paths));
	return facts_write(state, f);
}

int state_fd(const struct state *state)
{
	return state->fd;
}

void state_release(struct state *state)
{
	cJSON_Delete(state->facts);
	state->facts = NULL;
	own_fd_end(&state->fd);
	own_fd_end(&state->dir_fd);
}

bool state_remove(struct state *state)
{
	bool gone = unlinkat(state->dir_fd, state->name, 0) == 0 || errno == ENOENT;

	state_release(state); /* the lock goes after the name: nobody sees it dead */
	return gone;
}

bool state_name_has_id(const char *name)
{
	return strspn(name, "0123456789abcdef") == STATE_ID_LENGTH && name[STATE_ID_LENGTH] == '.';
}

static bool is_state_file(const char *name)
{
	return state_name_has_id(name) && strcmp(name + STATE_ID_LENGTH, suffix) == 0;
}

/* Probed through an open-file-description lock, which collides with a POSIX lock of
 * any process, our own included. A gc at work holds one too (its pid reads -1): that
 * does not make a dead run alive. */
static bool is_locked_by_launcher(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid != -1;
}

static cJSON *facts_read(int fd)
{
	own_mem char *text = malloc(FILE_BYTES);
	cJSON *json = NULL;

	for (int round = 0; text != NULL && json == NULL && round < 3; round++) {
		ssize_t n = pread(fd, text, FILE_BYTES - 1, 0);

		if (n <= 0)
			break;
		text[n] = '\0';
		json = cJSON_Parse(text);
	}
	if (!cJSON_IsObject(json)) {
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

static void each_one(int dir_fd, const char *name, bool dead_only, state_fn fn, void *data)
{
	own_fd int fd = openat(dir_fd, name,
		(dead_only ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct state_entry entry = { .dir_fd = dir_fd, .name = name };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (dead_only) {
		/* Held by its launcher, or by another gc, or gone meanwhile. */
		if (fcntl(fd, F_OFD_SETLK, &lock) < 0 || fstat(fd, &st) < 0 || st.st_nlink == 0)
			return;
	} else {
		entry.alive = is_locked_by_launcher(fd);
	}
	memcpy(entry.id, name, STATE_ID_LENGTH);

	cJSON *facts = facts_read(fd);
	entry.facts = facts;
	fn(data, &entry);
	cJSON_Delete(facts);
}

static DIR *dir_list(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (dir == NULL)
		own_fd_end(&fd);
	return dir;
}

void state_each(int dir_fd, bool dead_only, state_fn fn, void *data)
{
	own_dir DIR *dir = dir_list(dir_fd);

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir))
		if (is_state_file(e->d_name))
			each_one(dir_fd, e->d_name, dead_only, fn, data);
}

enum state_life state_life(int dir_fd, const char *id)
{
	char name[STATE_ID_LENGTH + sizeof(suffix)];

	snprintf(name, sizeof(name), "%.*s%s", STATE_ID_LENGTH, id, suffix);
	own_fd int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return STATE_UNKNOWN;
	return is_locked_by_launcher(fd) ? STATE_ALIVE : STATE_DEAD;
}

bool state_any_dead(int dir_fd)
{
	own_dir DIR *dir = dir_list(dir_fd);

	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir))
		if (is_state_file(e->d_name) && state_life(dir_fd, e->d_name) == STATE_DEAD)
			return true;
	return false;
}
