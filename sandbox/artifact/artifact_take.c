#include "sandbox/artifact/artifact_take.h"

#include "namespaces/root_work.h"
#include "sandbox/artifact/artifact_collector.h"
#include "sandbox/artifact/artifact_copy.h"
#include "sandbox/artifact/artifact_stage.h"
#include "sandbox/artifact/artifact_tar.h"
#include "sandbox/artifact/postmortem.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"

#define MODE_KEPT      0755 /* nobody else writes to it, and no set-id bit is among them */
#define MODE_FILE      0400
#define MODE_DIRECTORY 0700

/* Something that is in a stage, or is a directory to be made. */
struct taken {
	uint32_t row;
	uint32_t number; /* in the stage of the row's place */
	bool is_directory;
	mode_t mode;
	char *name; /* below the place; owned */
	struct artifact_record record;
};

struct take {
	struct artifact_job *job;
	struct artifact_stage stages[ARTIFACT_ROWS];
	struct taken *taken;
	size_t taken_n, room;
	uint64_t bytes;
	struct artifact_sink sink; /* of what is copied just now */
};

/* ---- what the collector says ---- */

/* The name below its destination: its own, or with what the user called it in front. */
static char *name_below(const struct artifact_row *row, const struct artifact_message *message)
{
	const char *own = message->path + message->base;
	char *name = NULL;

	if (row->name[0] == '\0')
		return strdup(own);
	return asprintf(&name, "%s%s", row->name, own + strcspn(own, "/")) < 0 ? NULL : name;
}

static int check_message(
	const struct take *t, struct artifact_message *message, int fd, struct failure *f)
{
	const struct artifact_plan *plan = t->job->plan;
	bool is_file = message->type == ARTIFACT_FILE;
	struct stat st;

	message->path[sizeof(message->path) - 1] = '\0';
	if (message->row >= plan->rows_n || message->base >= strlen(message->path) ||
		!artifact_path_is_plain(message->path) || (fd >= 0) != is_file)
		return fail(f, 0, "the collector sent a message of an unknown form");
	if (t->taken_n >= plan->bounds.count ||
		(is_file && (message->size > plan->bounds.bytes ||
				    t->bytes > plan->bounds.bytes - message->size)))
		return fail(f, 0, "the collector sent more than was allowed");
	if (!is_file)
		return 0;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
		(uint64_t)st.st_size != message->size)
		return fail(f, 0, "the collector sent what is no artifact");
	return 0;
}

static struct taken *taken_add(struct take *t, struct failure *f)
{
	if (t->taken_n == t->room) {
		size_t room = t->room > 0 ? t->room * 2 : 64;
		struct taken *grown = reallocarray(t->taken, room, sizeof(*grown));

		if (grown == NULL) {
			fail(f, ENOMEM, "list the artifacts");
			return NULL;
		}
		t->taken = grown;
		t->room = room;
	}
	t->taken[t->taken_n] = (struct taken){ .row = 0 };
	return &t->taken[t->taken_n++];
}

/* ---- one file or directory ---- */

static int describe(const struct take *t, const struct artifact_message *message,
	struct taken *taken, struct failure *f)
{
	const struct artifact_plan *plan = t->job->plan;
	const struct artifact_row *row = &plan->rows[message->row];
	char shown[ARTIFACT_NAME_BYTES + 32];

	taken->row = message->row;
	taken->is_directory = message->type == ARTIFACT_DIRECTORY;
	taken->mode =
		(message->mode & MODE_KEPT) | (taken->is_directory ? MODE_DIRECTORY : MODE_FILE);
	taken->name = name_below(row, message);
	if (!root_work_show(message->path, shown, sizeof(shown)))
		return fail(f, 0, "the collector sent a path of no place");
	taken->record = (struct artifact_record){
		.path = strdup(shown), .bytes = message->size, .mode = taken->mode
	};
	if (!row->to_stdout && taken->name != NULL &&
		asprintf(&taken->record.destination, "%s/%s", plan->places[row->place].path,
			taken->name) < 0)
		taken->record.destination = NULL;
	if (taken->name == NULL || taken->record.path == NULL ||
		(!row->to_stdout && taken->record.destination == NULL))
		return fail(f, ENOMEM, "list the artifacts");
	return 0;
}

static int write_tar(struct take *t, struct taken *taken, int fd, struct failure *f)
{
	uint64_t size = taken->record.bytes;

	t->sink.fd = STDOUT_FILENO;
	t->sink.stream = true;
	if (artifact_tar_header(&t->sink, taken->name, taken->is_directory, taken->mode, size, f) <
		0)
		return -1;
	if (taken->is_directory)
		return 0;
	if (artifact_copy(&t->sink, fd, size, taken->record.sha256, f) < 0)
		return -1;
	return artifact_tar_pad(&t->sink, size, f);
}

static int write_stage(struct take *t, struct taken *taken, int fd, struct failure *f)
{
	size_t place = t->job->plan->rows[taken->row].place;
	own_fd int to = -1;

	if (artifact_stage_file(&t->stages[place], &taken->number, &to, f) < 0)
		return -1;
	t->sink.fd = to;
	t->sink.stream = false;
	if (artifact_copy(&t->sink, fd, taken->record.bytes, taken->record.sha256, f) < 0)
		return -1;
	return artifact_stage_settle(to, taken->mode, f);
}

static int take_one(struct take *t, struct artifact_message *message, int fd, struct failure *f)
{
	struct taken *taken;

	if (check_message(t, message, fd, f) < 0)
		return -1;
	taken = taken_add(t, f);
	if (taken == NULL || describe(t, message, taken, f) < 0)
		return -1;
	t->bytes += taken->record.bytes;
	if (t->job->plan->rows[taken->row].to_stdout)
		return write_tar(t, taken, fd, f);
	return taken->is_directory ? 0 : write_stage(t, taken, fd, f);
}

static int refuse_absent(struct take *t, uint32_t row, struct failure *f)
{
	if (row >= t->job->plan->rows_n)
		return fail(f, 0, "the collector sent a message of an unknown form");
	t->job->absent = true;
	fail(f, 0, "nothing matches --artifact %.200s", t->job->plan->rows[row].word);
	return fail_remedy(f, "look what the build makes, or append ? to what it may not make");
}

static int receive(struct take *t, int socket, struct failure *f)
{
	struct artifact_message message;

	for (;;) {
		own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
		int got = packet_receive(socket, &message, sizeof(message), &fds, 0, f);

		if (got <= 0)
			return got < 0 ? -1 : fail(f, 0, "the collector has ended");
		switch (message.type) {
		case ARTIFACT_DIRECTORY:
		case ARTIFACT_FILE:
			if (take_one(t, &message, fds.at[0], f) < 0)
				return -1;
			break;
		case ARTIFACT_ABSENT:
			return refuse_absent(t, message.row, f);
		case ARTIFACT_REFUSED:
		case ARTIFACT_FAILED:
			t->job->refused = message.type == ARTIFACT_REFUSED;
			*f = message.failure;
			failure_heard(f);
			return -1;
		case ARTIFACT_END:
			return 0;
		default:
			return fail(f, 0, "the collector sent a message of type %u", message.type);
		}
	}
}

/* ---- the names ---- */

/* If the run's own file then came to nothing, a stranger's would be taken for it. */
static int check_results(struct take *t, const struct taken *taken, size_t place, struct failure *f)
{
	const struct artifact_result *results = t->job->results;
	const char *own =
		artifact_stage_meets(&t->stages[place], taken->name, results, ARTIFACT_RESULTS);

	if (own == NULL)
		return 0;
	t->job->refused = true;
	return artifact_result_refuse(taken->name, own, f);
}

/* ---- two of one name ---- */

static int compare(const void *a, const void *b, void *rows)
{
	const struct taken *x = *(const struct taken *const *)a,
			   *y = *(const struct taken *const *)b;
	size_t p = ((const struct artifact_row *)rows)[x->row].place,
	       q = ((const struct artifact_row *)rows)[y->row].place;

	return p != q ? (p < q ? -1 : 1) : strcmp(x->name, y->name);
}

/* Which of them stayed there would depend on the order of a directory. */
static int check_pairs(struct take *t, struct failure *f)
{
	struct artifact_row *rows = t->job->plan->rows;
	own_mem const struct taken **sorted = calloc(t->taken_n + 1, sizeof(*sorted));
	size_t n = 0;

	if (sorted == NULL)
		return fail(f, ENOMEM, "look at the names of the artifacts");
	for (size_t i = 0; i < t->taken_n; i++)
		if (!rows[t->taken[i].row].to_stdout)
			sorted[n++] = &t->taken[i];
	qsort_r(sorted, n, sizeof(*sorted), compare, rows);
	for (size_t i = 1; i < n; i++) {
		if (compare(&sorted[i - 1], &sorted[i], rows) != 0 ||
			(sorted[i - 1]->is_directory && sorted[i]->is_directory))
			continue;
		t->job->refused = true;
		fail(f, 0, "two artifacts would both be %.200s", sorted[i]->name);
		return fail_remedy(f, "give each --artifact a place of its own");
	}
	return 0;
}

/* All of them are looked at before the first is used. */
static int check_names(struct take *t, struct failure *f)
{
	const struct artifact_plan *plan = t->job->plan;

	if (check_pairs(t, f) < 0)
		return -1;
	for (size_t i = 0; i < t->taken_n; i++) {
		const struct taken *taken = &t->taken[i];
		const struct artifact_row *row = &plan->rows[taken->row];

		if (!row->to_stdout && check_results(t, taken, row->place, f) < 0)
			return -1;
		if (!row->to_stdout && !taken->is_directory &&
			artifact_stage_check(
				&t->stages[row->place], taken->name, plan->replace, f) < 0)
			return -1;
	}
	return 0;
}

static int place_one(struct take *t, const struct taken *taken, struct failure *f)
{
	const struct artifact_plan *plan = t->job->plan;
	const struct artifact_row *row = &plan->rows[taken->row];
	struct artifact_stage *stage = &t->stages[row->place];

	if (row->to_stdout)
		return 0;
	if (taken->is_directory)
		return artifact_stage_directory(stage, taken->name, taken->mode, f);
	return artifact_stage_place(stage, taken->number, taken->name, plan->replace, f);
}

static int place_all(struct take *t, struct failure *f)
{
	for (size_t i = 0; i < t->taken_n; i++) {
		struct taken *taken = &t->taken[i];

		if (place_one(t, taken, f) < 0)
			return -1;
		if (taken->is_directory)
			continue;
		if (!artifactlog_add(t->job->log, &taken->record))
			return fail(f, ENOMEM, "list the artifacts");
		taken->record = (struct artifact_record){ .path = NULL }; /* the log's now */
	}
	for (size_t i = 0; i < t->job->plan->places_n; i++)
		if (t->stages[i].files > 0 && artifact_stage_sync(&t->stages[i], f) < 0)
			return -1;
	return 0;
}

static int take_all(struct take *t, int socket, struct failure *f)
{
	if (receive(t, socket, f) < 0 || check_names(t, f) < 0)
		return -1;
	t->sink.stream = true;
	t->sink.fd = STDOUT_FILENO;
	if (t->job->plan->tar && artifact_tar_end(&t->sink, f) < 0)
		return -1;
	return place_all(t, f);
}

/* ---- the whole ---- */

static void release(struct take *t)
{
	for (size_t i = 0; i < t->job->plan->places_n; i++)
		artifact_stage_release(&t->stages[i]);
	for (size_t i = 0; i < t->taken_n; i++) {
		free(t->taken[i].name);
		free(t->taken[i].record.path);
		free(t->taken[i].record.destination);
	}
	free(t->taken);
}

int artifact_take(struct artifact_job *job, struct failure *f)
{
	struct take t = { .job = job, .sink = { .fd = -1, .signals_fd = job->signals_fd } };
	struct postmortem collector;
	int result;

	if (postmortem_start("the collector", &collector, f) < 0)
		return -1;
	if (collector.pid == 0)
		artifact_collector_main(job->plan, job->work_fd, job->user_fd, collector.socket);
	for (size_t i = 0; i < job->plan->places_n; i++)
		artifact_stage_init(&t.stages[i], job->plan->places[i].fd, job->run_id);
	result = take_all(&t, collector.socket, f);
	postmortem_end(&collector);
	job->interrupted_by = t.sink.interrupted_by;
	release(&t);
	return result;
}
