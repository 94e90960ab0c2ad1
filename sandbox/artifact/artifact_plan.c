#include "sandbox/artifact/artifact_plan.h"

#include "namespaces/hostpath.h"
#include "namespaces/root_work.h"
#include "sandbox/base/own.h"

#include <fcntl.h>

/* ---- PATH ---- */

static int plan_path(const struct artifact_word *word, struct artifact_row *row, struct failure *f)
{
	char below[ARTIFACT_PATH_BYTES];

	if (root_work_locate(word->path, below, sizeof(below))) {
		artifact_glob_init(&row->glob, below);
		return 0;
	}
	fail(f, 0, "--artifact %s: the build cannot write there", word->path);
	return fail_remedy(f, "name something beneath /app, /tmp, /var/tmp or /home/builder");
}

/* ---- DEST ---- */

static int refuse_place(const char *destination, const char *why, struct failure *f)
{
	fail(f, 0, "--artifact to %.200s: %s", destination, why);
	return fail_remedy(f, "give a directory that is there, of your own and beneath none of the "
			      "host's roots");
}

static bool same(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static int place_check(
	const struct host_path *path, const char *destination, const char *home, struct failure *f)
{
	own_mem char *clean = strdup(path->path);

	if (clean == NULL)
		return fail(f, ENOMEM, "plan an artifact");
	if (!S_ISDIR(path->mode))
		return refuse_place(destination, "it is not a directory", f);
	failure_sanitize(clean);
	if (strcmp(clean, path->path) != 0 || strlen(clean) >= ARTIFACT_PLACE_PATH)
		return refuse_place(destination,
			"gc could not name it: it is too long, or has a control character", f);
	if (host_path_allow_write(path, home, f) < 0)
		return -1;
	return 0;
}

/* The directory at path, which is one of the plan's from here on. */
static int plan_place(struct artifact_plan *plan, const char *path, const char *home,
	size_t *ret_place, struct failure *f)
{
	struct host_path host = { .fd = -1 };
	struct artifact_place *place = &plan->places[plan->places_n];
	int result;

	if (host_path_open("--artifact to", path, &host, f) < 0)
		return -1;
	result = place_check(&host, path, home, f);
	place->fd = result == 0 ? openat(host.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (result == 0 &&
		(place->fd < 0 || faccessat(place->fd, ".", W_OK | X_OK, AT_EACCESS) < 0))
		result = fail(f, errno, "--artifact to %.200s", path),
		fail_remedy(f, "give a directory that you may write to");
	if (result == 0)
		snprintf(place->path, sizeof(place->path), "%s", host.path);
	host_path_release(&host);
	if (result < 0) {
		own_fd_end(&place->fd);
		return -1;
	}
	for (size_t i = 0; i < plan->places_n; i++)
		if (same(plan->places[i].fd, place->fd)) {
			own_fd_end(&place->fd);
			*ret_place = i;
			return 0;
		}
	*ret_place = plan->places_n++;
	return 0;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* "DIR/NAME" is where one thing goes, under another name. */
static int plan_name(struct artifact_plan *plan, struct artifact_row *row, const char *destination,
	const char *home, struct failure *f)
{
	const char *slash = strrchr(destination, '/');
	const char *name = slash != NULL ? slash + 1 : destination;
	own_mem char *parent = slash == NULL ? strdup(".")
			       : slash == destination
				       ? strdup("/")
				       : strndup(destination, (size_t)(slash - destination));

	if (parent == NULL)
		return fail(f, ENOMEM, "plan an artifact");
	if (strlen(name) >= sizeof(row->name))
		return fail(f, ENAMETOOLONG, "--artifact to %.200s", destination);
	snprintf(row->name, sizeof(row->name), "%s", name);
	return plan_place(plan, parent, home, &row->place, f);
}

/* What is there already would be found only after the build: look now, where one can. */
static int refuse_present(
	const struct artifact_plan *plan, const struct artifact_row *row, struct failure *f)
{
	const struct artifact_place *place = &plan->places[row->place];
	const char *name =
		row->name[0] != '\0' ? row->name : row->glob.parts[row->glob.parts_n - 1];
	struct stat st;

	if (!artifact_glob_is_literal(&row->glob) ||
		fstatat(place->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return 0;
	if (plan->replace && S_ISREG(st.st_mode))
		return 0;
	fail(f, EEXIST, "--artifact to %s/%.200s", place->path, name);
	return fail_remedy(f, plan->replace
				      ? "only a regular file is replaced: name another"
				      : "remove it, name another, or give --artifact-replace");
}

static int plan_destination(struct artifact_plan *plan, struct artifact_row *row,
	const char *destination, const char *home, struct failure *f)
{
	size_t length;

	if (destination == NULL && plan->tar) {
		row->to_stdout = true;
		return 0;
	}
	if (destination == NULL)
		destination = ".";
	length = strlen(destination);
	if (!artifact_glob_is_literal(&row->glob) || is_directory(destination) ||
		destination[length - 1] == '/') {
		if (plan_place(plan, destination, home, &row->place, f) < 0)
			return -1;
	} else if (plan_name(plan, row, destination, home, f) < 0) {
		return -1;
	}
	return refuse_present(plan, row, f);
}

static int plan_row(struct artifact_plan *plan, const char *text, const char *clone,
	const char *home, struct failure *f)
{
	struct artifact_row *row = &plan->rows[plan->rows_n];
	struct artifact_word word;

	if (artifact_word_parse("--artifact", text, clone, &word, f) < 0)
		return -1;
	if (word.to_stdout)
		return 0;
	*row = (struct artifact_row){ .word = text, .optional = word.optional };
	plan->rows_n++;
	return plan_path(&word, row, f) < 0
		       ? -1
		       : plan_destination(plan, row, word.destination, home, f);
}

static int check_tar(const struct artifact_plan *plan, struct failure *f)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->rows_n; i++)
		n += plan->rows[i].to_stdout;
	if (!plan->tar || (n > 0 && !isatty(STDOUT_FILENO)))
		return 0;
	if (n > 0)
		fail(f, 0, "--artifact -: stdout is a terminal, and a tar is nothing for it");
	else
		fail(f, 0,
			"--artifact -: no --artifact PATH without a DEST says what is in the tar");
	return fail_remedy(f, "cofferdam run --artifact dist --artifact - SOURCE | tar -xf -");
}

int artifact_plan_make(const struct config *config, const char *clone, const char *home,
	struct artifact_plan *ret, struct failure *f)
{
	const struct strings *words = &config->artifact;

	*ret = (struct artifact_plan){
		.bounds = { config->artifact_limit_bytes, config->artifact_count,
			config->artifact_any_name },
		.on = config->artifact_on,
		.replace = config->artifact_replace,
	};
	if (words->n > ARTIFACT_ROWS)
		return fail(f, 0, "--artifact is given %zu times, more than %d", words->n,
			ARTIFACT_ROWS);
	if (words->n == 0)
		return 0;
	ret->rows = calloc(words->n, sizeof(*ret->rows));
	ret->places = calloc(words->n, sizeof(*ret->places));
	if (ret->rows == NULL || ret->places == NULL)
		return fail(f, ENOMEM, "plan the artifacts");
	for (size_t i = 0; i < words->n; i++)
		ret->tar = ret->tar || strcmp(words->v[i], "-") == 0;
	for (size_t i = 0; i < words->n; i++)
		if (plan_row(ret, words->v[i], clone, home, f) < 0)
			return -1;
	return check_tar(ret, f);
}

void artifact_plan_release(struct artifact_plan *plan)
{
	for (size_t i = 0; i < plan->places_n; i++)
		own_fd_end(&plan->places[i].fd);
	free(plan->rows);
	free(plan->places);
	*plan = (struct artifact_plan)ARTIFACT_PLAN_NONE;
}
