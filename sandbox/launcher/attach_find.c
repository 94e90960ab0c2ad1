#include "sandbox/launcher/attach_find.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/door.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct search {
	const char *word;
	unsigned alive, dead;
	char id[STATE_ID_LENGTH + 1];
	char phase[16];
	int dir_fd; /* borrowed: of the directory that is being read */
};

static void compare(void *data, const struct state_entry *entry)
{
	struct search *s = data;

	if (strncmp(entry->id, s->word, strlen(s->word)) != 0)
		return;
	if (!entry->alive) {
		s->dead++;
		return;
	}
	s->alive++;
	s->dir_fd = entry->dir_fd;
	memcpy(s->id, entry->id, sizeof(s->id));
	snprintf(s->phase, sizeof(s->phase), "%s", json_text_or(entry->facts, "phase", "?"));
	failure_sanitize(s->phase);
}

static int refuse_word(const struct search *s, struct failure *f)
{
	if (s->alive > 1)
		fail(f, 0, "%s is the beginning of %u runs", s->word, s->alive);
	else if (s->dead > 0)
		fail(f, 0, "the run %s has ended: its launcher was killed", s->word);
	else
		fail(f, 0, "there is no run %s of yours: it has ended, or never was", s->word);
	return fail_remedy(f, "cofferdam ps has the runs that can be entered, by their ids");
}

static int refuse_door(const struct search *s, struct failure *f)
{
	if (strcmp(s->phase, "build") != 0 && strcmp(s->phase, "hold") != 0) {
		fail(f, 0, "the run %s cannot be entered now: its phase is %s", s->id, s->phase);
		return fail_remedy(f, "its command has to run; cofferdam ps has the phase");
	}
	fail(f, 0, "the run %s was started without a door", s->id);
	return fail_remedy(f,
		"start it with --attachable, or --keep-on-failure TIME: nothing is added to a "
		"sandbox that runs");
}

static int connect_to(const struct search *s, int *ret_connection, struct failure *f)
{
	struct sockaddr_un address;
	own_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	door_address(s->dir_fd, s->id, &address);
	if (fd < 0)
		return fail(f, errno, "make a socket");
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ENOENT)
			return refuse_door(s, f);
		if (errno == ECONNREFUSED)
			return fail(f, 0, "the run %s has ended", s->id);
		return fail(f, errno, "connect to the door of the run %s", s->id);
	}
	*ret_connection = own_fd_give(&fd);
	return 0;
}

int attach_find(const char *word, int *ret_connection, struct failure *f)
{
	struct search s = { .word = word, .dir_fd = -1 };
	int dirs[STATE_DIRS_MAX], result;
	size_t n;

	for (const char *p = word; *p != '\0'; p++)
		if (!isxdigit((unsigned char)*p) || p - word >= STATE_ID_LENGTH) {
			fail(f, 0, "'%.60s' is not a run's id", word);
			return fail_remedy(f, "cofferdam ps has them");
		}
	n = state_dirs_open(dirs);
	for (size_t i = 0; i < n; i++)
		state_each(dirs[i], false, compare, &s);
	result = s.alive == 1 ? connect_to(&s, ret_connection, f) : refuse_word(&s, f);
	for (size_t i = 0; i < n; i++)
		own_fd_end(&dirs[i]);
	return result;
}
