#include "sandbox/engine/cleanup.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/broker_client.h"
#include "sandbox/engine/control_channel.h"
#include "sandbox/engine/find.h"
#include "sandbox/state/journal.h"

#include <string.h>

#define ASKED_MS 30000

int cleanup_hear(int control, uint64_t deadline_ms, cleanup_fn fn, void *data, struct failure *f)
{
	struct control message;

	for (;;) {
		int got = control_receive(control, &message, NULL, deadline_ms, f);

		if (got < 0)
			return f->errnum == ETIME ? fail(f, ETIME, "remove what was made in Docker")
						  : -1;
		if (got == 0)
			return fail(f, 0, "the broker ended before everything was removed");
		if (message.type == CONTROL_FAILED) {
			*f = message.failure;
			return -1;
		}
		if (message.type == CONTROL_CLEANED)
			return message.count == 0 ? 0 : 1;
		fn(data, &message);
	}
}

/* Sent before it is READY: it finds the order waiting. If it gave up meanwhile, its reason stands
 * behind that error. */
static int cleanup_by(struct companion *broker, int journal_fd, uint64_t deadline_ms, cleanup_fn fn,
	void *data, struct failure *f)
{
	const struct control order = { .type = CONTROL_CLEANUP };
	const struct packet_fds journal = { { journal_fd }, 1 };
	int result;

	control_send(broker->control, &order, &journal, f);
	result = cleanup_hear(broker->control, deadline_ms, fn, data, f);
	companion_end(broker);
	return result;
}

int cleanup_run(const struct companion_job *job, int journal_fd, uint64_t deadline_ms,
	cleanup_fn fn, void *data, struct failure *f)
{
	struct companion broker = COMPANION_NONE;

	return companion_start(job, &broker, f) < 0
		       ? -1
		       : cleanup_by(&broker, journal_fd, deadline_ms, fn, data, f);
}

static struct policy policy_of(const char *run_id, const char *owner, uint64_t started)
{
	struct policy policy = { .level = DOCKER_RUN, .started = started };

	snprintf(policy.run_id, sizeof(policy.run_id), "%s", run_id);
	snprintf(policy.owner, sizeof(policy.owner), "%s", owner);
	return policy;
}

/* The head of a journal that is of this run. */
static int journal_head(int journal_fd, const char *run_id, struct journal *ret, struct failure *f)
{
	if (journal_read_head(journal_fd, ret, f) < 0)
		return -1;
	return strcmp(ret->run_id, run_id) == 0
		       ? 0
		       : fail(f, 0, "the journal speaks of another run, %s", ret->run_id);
}

static int cleanup_at(const struct engine_place *engine, const struct identity *identity,
	const struct policy *policy, int journal_fd, uint64_t limit_ms, cleanup_fn fn, void *data,
	struct failure *f)
{
	struct companion broker = COMPANION_NONE;

	return broker_client_start(engine, identity, policy, &broker, f) < 0
		       ? -1
		       : cleanup_by(&broker, journal_fd, clock_now_ms() + limit_ms, fn, data, f);
}

int cleanup_run_journal(int journal_fd, const char *run_id, const char *socket, uint64_t limit_ms,
	cleanup_fn fn, void *data, struct failure *f)
{
	/* gc has the ids that the run had. */
	const struct identity identity = { .uid = geteuid(), .gid = getegid() };
	struct engine_place engine;
	struct journal journal;
	struct policy policy;
	int result = -1;

	if (engine_at(socket, &identity, &engine, f) < 0)
		return -1;
	if (journal_head(journal_fd, run_id, &journal, f) == 0) {
		policy = policy_of(journal.run_id, journal.owner, journal.started);
		result = cleanup_at(&engine, &identity, &policy, journal_fd, limit_ms, fn, data, f);
	}
	engine_release(&engine);
	return result;
}

/* ---- asked of root ---- */

#define QUESTION "%32[0-9a-f] %32[0-9a-f] %20[0-9] %107s"

int cleanup_ask(int root, int journal_fd, const char *run_id, const char *socket, uint64_t limit_ms,
	cleanup_fn fn, void *data, struct failure *f)
{
	struct control question = { .type = CONTROL_CLEANUP };
	const struct packet_fds fds = { { journal_fd }, 1 };
	struct journal journal;

	if (journal_head(journal_fd, run_id, &journal, f) < 0)
		return -1;
	snprintf(question.note, sizeof(question.note), "%s %s %llu %s", journal.run_id,
		journal.owner, (unsigned long long)journal.started, socket);
	if (control_send(root, &question, &fds, f) < 0)
		return -1;
	/* Root has the limit too, and speaks last. */
	return cleanup_hear(root, clock_now_ms() + limit_ms + 5000, fn, data, f);
}

static void pass_on(void *data, const struct control *message)
{
	const int *user = data;
	struct failure unsent;

	control_send(*user, message, NULL, &unsent);
}

static int answer(int user, const struct identity *identity, const struct control *question,
	int journal_fd, struct failure *f)
{
	char run_id[33], owner[33], started[24], socket[108];
	struct engine_place engine;
	struct policy policy;
	int result = -1;

	if (journal_fd < 0 ||
		sscanf(question->note, QUESTION, run_id, owner, started, socket) != 4 ||
		strlen(run_id) != 32 || strlen(owner) != 32)
		return fail(f, 0, "a question of an unknown form");
	if (engine_find(NULL, identity, &engine, f) < 0)
		return -1;
	if (strcmp(engine.socket.path, socket) != 0) {
		fail(f, 0, "the run used %s, and root would use %.100s", socket,
			engine.socket.path);
		fail_remedy(f, "DOCKER_HOST=unix://%s cofferdam gc", socket);
	} else {
		policy = policy_of(run_id, owner, strtoull(started, NULL, 10));
		policy.doubted = 1; /* that user could have written the journal */
		result = cleanup_at(
			&engine, identity, &policy, journal_fd, ASKED_MS, pass_on, &user, f);
	}
	engine_release(&engine);
	return result;
}

void cleanup_serve(int user, const struct identity *identity)
{
	struct control question;
	struct packet_fds fds;
	struct failure f;

	while (control_receive(user, &question, &fds, CONTROL_FOREVER, &f) > 0) {
		struct control last = { .type = CONTROL_CLEANED };
		int left = answer(user, identity, &question, fds.at[0], &f);

		if (left < 0)
			last = (struct control){ .type = CONTROL_FAILED, .failure = f };
		last.count = left > 0 ? 1 : 0;
		control_send(user, &last, NULL, &f);
		packet_fds_end(&fds);
	}
}
