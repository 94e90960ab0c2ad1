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
		return fail(f, 0, "the journal %s is not a regular file", name);
	return own_fd_give(&fd);
}

static struct journal_object *object_find(struct journal *j, enum object_kind kind, const char *id)
{
	for (size_t i = j->there_n; i > 0; i--)
		if (j->there[i - 1].kind == kind && strcmp(j->there[i - 1].id, id) == 0)
			return &j->there[i - 1];
	return NULL;
}

static void object_drop(struct journal *j, enum object_kind kind, const char *id)
{
	struct journal_object *object = object_find(j, kind, id);

	if (object != NULL)
		*object = j->there[--j->there_n];
}

static bool object_add(struct journal *j, enum object_kind kind, const char *id)
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
	object->kind = kind;
	snprintf(object->id, sizeof(object->id), "%s", id);
	return true;
}

static bool take_run(struct journal *j, const struct journal_line *line)
{
	if (j->run_id[0] != '\0')
		return false;
	j->started = line->started;
	snprintf(j->run_id, sizeof(j->run_id), "%s", line->run_id);
	snprintf(j->owner, sizeof(j->owner), "%s", line->owner);
	return true;
}

/* What people will be shown of an object; false: its id is longer than any that is kept. */
static bool shown(const char *word, char ret[JOURNAL_SHOWN])
{
	int n = snprintf(ret, JOURNAL_SHOWN, "%s", word);

	failure_sanitize(ret);
	return n < JOURNAL_SHOWN;
}

/* An intent is known by its name until the object of it has an id. */
static bool take_object(struct journal *j, const struct journal_line *line)
{
	char id[JOURNAL_SHOWN], name[JOURNAL_SHOWN];

	if (line->verb == JOURNAL_INTENT)
		return line->name[0] == '\0' ||
		       (shown(line->name, name) && object_add(j, line->kind, name));
	if (!shown(line->id, id))
		return false;
	if (line->verb == JOURNAL_GONE) {
		object_drop(j, line->kind, id);
		return true;
	}
	if (line->name[0] != '\0' && shown(line->name, name))
		object_drop(j, line->kind, name); /* that was the intent */
	if (line->verb == JOURNAL_KEPT) {
		object_drop(j, line->kind, id); /* it was granted, and stays */
		return true;
	}
	return object_add(j, line->kind, id);
}

/* Returns true once nothing more is to be read. */
static bool take_line(struct journal *j, bool head_only, const struct journal_line *line)
{
	if (line->verb == JOURNAL_RUN)
		j->ignored += !take_run(j, line);
	else if (!head_only)
		j->ignored += line->verb == JOURNAL_NONE || !take_object(j, line);
	return head_only && j->run_id[0] != '\0';
}

static int read_lines(int fd, bool head_only, struct journal *ret, struct failure *f)
{
	struct journal_reader reader = { .n = 0 };
	struct journal_line line;
	char piece[4096];
	bool done = false;
	ssize_t n = -1;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail(f, errno, "read a journal");
	while (!done && (n = read(fd, piece, sizeof(piece))) > 0) {
		const char *rest = piece;
		size_t rest_n = (size_t)n;

		while (!done && journal_reader_next(&reader, &rest, &rest_n, &line))
			done = take_line(ret, head_only, &line);
	}
	if (n < 0)
		return fail(f, errno, "read a journal");
	ret->ignored += reader.n > 0 || reader.broken; /* cut where the machine stopped */
	return 0;
}

static int read_journal(int fd, bool head_only, struct journal *ret, struct failure *f)
{
	struct journal journal = { .started = 0 };

	if (read_lines(fd, head_only, &journal, f) < 0) {
		journal_release(&journal);
		return -1;
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
	return read_journal(fd, false, ret, f);
}

int journal_read_head(int fd, struct journal *ret, struct failure *f)
{
	return read_journal(fd, true, ret, f);
}

void journal_release(struct journal *journal)
{
	free(journal->there);
	*journal = (struct journal){ .started = 0 };
}
