#include "sandbox/state/journal.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define JOURNAL_OBJECTS 65536

void journal_name(const char *run_id, char ret[JOURNAL_NAME_SIZE])
{
	snprintf(ret, JOURNAL_NAME_SIZE, "%.*s.docker", JOURNAL_ID_LENGTH, run_id);
}

int journal_create(int dir_fd, const char *run_id, struct failure *f)
{
	char name[JOURNAL_NAME_SIZE];
	int fd;

	journal_name(run_id, name);
	fd = openat(
		dir_fd, name, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? fail(f, errno, "create the journal %s", name) : fd;
}

int journal_open(int dir_fd, const char *run_id, struct failure *f)
{
	char name[JOURNAL_NAME_SIZE];
	own_fd int fd = -1;
	struct stat st;

	journal_name(run_id, name);
	fd = openat(dir_fd, name, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open the journal %s", name);
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "the journal %s is no regular file", name);
	return own_fd_give(&fd);
}

static bool is_id(const char *word)
{
	return word != NULL && strlen(word) == JOURNAL_ID_LENGTH &&
	       strspn(word, "0123456789abcdef") == JOURNAL_ID_LENGTH;
}

static bool take_run(struct journal *j, char *words)
{
	const char *run_id = strsep(&words, " "), *owner = strsep(&words, " ");
	char *end;

	if (!is_id(run_id) || !is_id(owner) || words == NULL || j->run_id[0] != '\0')
		return false;
	j->started = strtoull(words, &end, 10);
	if (end == words || *end != '\0')
		return false;
	strcpy(j->run_id, run_id);
	strcpy(j->owner, owner);
	return true;
}

static struct journal_object *object_find(struct journal *j, const char *kind, const char *id)
{
	for (size_t i = j->there_n; i > 0; i--)
		if (strcmp(j->there[i - 1].kind, kind) == 0 && strcmp(j->there[i - 1].id, id) == 0)
			return &j->there[i - 1];
	return NULL;
}

static void object_drop(struct journal *j, const char *kind, const char *id)
{
	struct journal_object *object = object_find(j, kind, id);

	if (object != NULL)
		*object = j->there[--j->there_n];
}

static bool object_add(struct journal *j, const char *kind, const char *id)
{
	struct journal_object *object;

	if (object_find(j, kind, id) != NULL)
		return true;
	if (j->there_n == JOURNAL_OBJECTS)
		return false;
	if ((j->there_n & (j->there_n - 1)) == 0) {
		size_t room = j->there_n == 0 ? 1 : 2 * j->there_n;
		struct journal_object *grown = reallocarray(j->there, room, sizeof(*grown));

		if (grown == NULL)
			return false;
		j->there = grown;
	}
	object = &j->there[j->there_n++];
	snprintf(object->kind, sizeof(object->kind), "%s", kind);
	snprintf(object->id, sizeof(object->id), "%s", id);
	return true;
}

/* An intent is known by its name until the object of it has an id. */
static bool take_line(struct journal *j, char *line)
{
	char *words = line, *verb = strsep(&words, " "), *kind, *id;

	if (strcmp(verb, "run") == 0)
		return words != NULL && take_run(j, words);
	kind = strsep(&words, " ");
	id = strsep(&words, " ");
	if (kind == NULL || id == NULL || kind[0] == '\0' || id[0] == '\0' ||
		strlen(kind) >= sizeof(j->there[0].kind) || strlen(id) >= sizeof(j->there[0].id))
		return false;
	failure_sanitize(kind);
	failure_sanitize(id);
	if (strcmp(verb, "intent") == 0)
		return strcmp(id, "-") == 0 || object_add(j, kind, id);
	if (strcmp(verb, "gone") == 0) {
		object_drop(j, kind, id);
		return true;
	}
	if (words != NULL)
		object_drop(j, kind, words); /* that was the intent */
	if (strcmp(verb, "kept") == 0) {
		object_drop(j, kind, id); /* it was granted, and stays */
		return true;
	}
	return (strcmp(verb, "made") == 0 || strcmp(verb, "passing") == 0) &&
	       object_add(j, kind, id);
}

static int read_lines(int fd, bool head_only, struct journal *ret, struct failure *f)
{
	struct journal journal = { .started = 0 };
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	own_file FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
	char line[512];

	if (file == NULL) {
		own_fd_end(&copy);
		return fail(f, errno, "read a journal");
	}
	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		size_t n = strlen(line);
		bool whole = n > 0 && line[n - 1] == '\n';

		if (whole)
			line[n - 1] = '\0';
		if (head_only && strncmp(line, "run ", 4) != 0)
			continue;
		if (!whole || !take_line(&journal, line))
			journal.ignored++;
		if (head_only && journal.run_id[0] != '\0')
			break;
	}
	if (journal.run_id[0] == '\0') {
		journal_release(&journal);
		return fail(
			f, 0, "the journal has no first line: nothing had been asked of Docker");
	}
	*ret = journal;
	return 0;
}

int journal_read(int fd, struct journal *ret, struct failure *f)
{
	return read_lines(fd, false, ret, f);
}

int journal_read_head(int fd, struct journal *ret, struct failure *f)
{
	return read_lines(fd, true, ret, f);
}

void journal_release(struct journal *journal)
{
	free(journal->there);
	*journal = (struct journal){ .started = 0 };
}
