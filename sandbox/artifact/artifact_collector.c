#include "sandbox/artifact/artifact_collector.h"

#include "sandbox/artifact/artifact_walk.h"
#include "sandbox/artifact/postmortem.h"
#include "sandbox/base/beneath.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#include <fcntl.h>
#include <unistd.h>

struct collector {
	const struct artifact_plan *plan;
	int work_fd, user_fd, socket;
	struct artifact_list list;
};

static int follow_launcher(void *collector, struct failure *f)
{
	struct collector *c = collector;

	return postmortem_follow(c->socket, f);
}

static int close_descriptors(void *collector, struct failure *f)
{
	struct collector *c = collector;
	int keep[] = { c->work_fd, c->user_fd, c->socket };

	return postmortem_close_but(keep, ARRAY_LEN(keep), f);
}

static int enter_user(void *collector, struct failure *f)
{
	struct collector *c = collector;

	return postmortem_enter_user(&c->user_fd, f);
}

static int drop_power(void *collector, struct failure *f)
{
	(void)collector;
	return postmortem_drop_power(CAPS_READ, f);
}

/* It stands in the host's root, with the rights of the sandbox's ids: what it may open is the dead
 * tree, to read, and no path of the host. */
static int only_the_tree(void *collector, struct failure *f)
{
	struct collector *c = collector;
	const struct landlock_place tree = { c->work_fd, LANDLOCK_LIST | LANDLOCK_READ };

	return postmortem_restrict(&tree, 1, f);
}

/* What a fetcher of files needs: names, bytes, and the socket that it has. */
static int only_its_calls(void *collector, struct failure *f)
{
	(void)collector;
	return postmortem_filter(FILTER_FETCHER_LOCAL, f);
}

static const struct step steps[] = {
	{ "follow the launcher", follow_launcher, "first: nobody is served any more without it" },
	{ "close the launcher's descriptors", close_descriptors,
		"before anything of the stranger's is looked at" },
	{ "enter the user namespace", enter_user,
		"whose ids the files have; no right outside comes of it" },
	{ "drop power", drop_power, "all but reading, before the first name is read" },
	{ "Landlock", only_the_tree, "needs no_new_privs, and calls that the filter refuses" },
	{ "seccomp", only_its_calls, "last: it refuses what the others need" },
};

const struct steps collector_steps = { .role = "collector", .rows = steps, .n = ARRAY_LEN(steps) };

static void tell(const struct collector *c, const struct artifact_message *message)
{
	struct failure unsent;

	if (packet_send(c->socket, message, sizeof(*message), NULL, 0, &unsent) < 0)
		_exit(1);
}

static void __attribute__((noreturn))
give_up(const struct collector *c, enum artifact_message_type type, const struct failure *failure)
{
	struct artifact_message message = { .type = type };

	message.failure = *failure;
	tell(c, &message);
	_exit(1);
}

/* All rows are looked for before anything is handed over. */
static int find(struct collector *c, struct failure *f)
{
	for (size_t i = 0; i < c->plan->rows_n; i++) {
		const struct artifact_row *row = &c->plan->rows[i];
		size_t before = c->list.n;

		if (artifact_walk(c->work_fd, &row->glob, i, &c->plan->bounds, &c->list, f) < 0)
			return -1;
		if (c->list.n == before && !row->optional) {
			const struct artifact_message absent = { .type = ARTIFACT_ABSENT,
				.row = (uint32_t)i };

			tell(c, &absent);
			_exit(1);
		}
	}
	return 0;
}

/* The same file, and as it was: nobody is alive to change it. */
static int open_item(const struct collector *c, const struct artifact_item *item, struct failure *f)
{
	own_fd int fd = beneath_open(c->work_fd, item->path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "open /%.200s", item->path);
	if (st.st_dev != item->st.st_dev || st.st_ino != item->st.st_ino ||
		st.st_mode != item->st.st_mode || st.st_nlink != item->st.st_nlink ||
		st.st_size != item->st.st_size || st.st_mtim.tv_sec != item->st.st_mtim.tv_sec ||
		st.st_mtim.tv_nsec != item->st.st_mtim.tv_nsec)
		return fail(f, 0, "/%.200s changed after the last process had ended", item->path);
	return own_fd_give(&fd);
}

static int hand_over(const struct collector *c, const struct artifact_item *item, struct failure *f)
{
	bool is_file = S_ISREG(item->st.st_mode);
	struct artifact_message message = {
		.type = is_file ? ARTIFACT_FILE : ARTIFACT_DIRECTORY,
		.row = (uint32_t)item->row,
		.base = (uint32_t)item->base,
		.mode = item->st.st_mode & 0777,
		.size = is_file ? (uint64_t)item->st.st_size : 0,
	};
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;

	if (is_file) {
		fds.at[0] = open_item(c, item, f);
		if (fds.at[0] < 0)
			return -1;
		fds.n = 1;
	}
	snprintf(message.path, sizeof(message.path), "%s", item->path);
	return packet_send(c->socket, &message, sizeof(message), &fds, 0, f);
}

void artifact_collector_main(const struct artifact_plan *plan, int work_fd, int user_fd, int socket)
{
	struct collector c = { plan, work_fd, user_fd, socket, { NULL, 0, 0, 0 } };
	const struct artifact_message end = { .type = ARTIFACT_END };
	struct failure f = { 0 };

	if (steps_run(&collector_steps, &c, &f) < 0)
		give_up(&c, ARTIFACT_FAILED, &f);
	/* Without an errno no call has failed: it is the build's work that was looked at. */
	if (find(&c, &f) < 0)
		give_up(&c, f.errnum == 0 ? ARTIFACT_REFUSED : ARTIFACT_FAILED, &f);
	for (size_t i = 0; i < c.list.n; i++)
		if (hand_over(&c, &c.list.v[i], &f) < 0)
			give_up(&c, ARTIFACT_FAILED, &f);
	tell(&c, &end);
	_exit(0);
}
