#include "sandbox/launcher/docker_end.h"

#include "sandbox/base/clock.h"
#include "sandbox/engine/cleanup.h"
#include "sandbox/engine/control_channel.h"
#include "sandbox/state/journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TEARDOWN_MS 30000

/* 0, 1 if something is left, -1. */
static int cleanup_order(struct docker *docker, uint64_t deadline_ms, struct failure *f)
{
	const struct control order = { .type = CONTROL_CLEANUP };

	if (docker->stage != DOCKER_SERVING)
		return fail(f, 0, "%s", docker->ending.what);
	if (control_send(docker->broker.control, &order, NULL, f) < 0)
		return -1;
	return cleanup_hear(
		docker->broker.control, deadline_ms, docker_news_hear, &docker->news, f);
}

/* The group that root could give its broker nobody can give again. */
static int cleanup_again(struct docker *docker, uint64_t deadline_ms, struct failure *f)
{
	const struct companion_job job = docker_job(docker, true);

	companion_end(&docker->broker);
	if (docker->engine.needs_group)
		return fail(f, 0, "%s; root is given up, and with it the socket's group",
			docker->ending.what);
	return cleanup_run(
		&job, docker->journal_fd, deadline_ms, docker_news_hear, &docker->news, f);
}

static void journal_remove(const struct docker *docker, int state_dir_fd)
{
	char name[JOURNAL_NAME_SIZE];

	journal_name(docker->reporter->outcome->id, name);
	unlinkat(state_dir_fd, name, 0);
}

bool docker_finish(struct docker *docker, int state_dir_fd)
{
	struct outcome *outcome = docker->reporter->outcome;
	uint64_t deadline = clock_now_ms() + TEARDOWN_MS;
	struct failure f = { 0 };
	char what[80], detail[160] = "";
	int left;

	if (!docker->served) { /* nothing was asked of it */
		companion_end(&docker->broker);
		if (docker->journal_fd >= 0)
			journal_remove(docker, state_dir_fd);
		return false;
	}
	left = cleanup_order(docker, deadline, &f);
	if (left < 0 && f.errnum != ETIME)
		left = cleanup_again(docker, deadline, &f);
	companion_end(&docker->broker);
	docker->stage = DOCKER_ENDED;
	if (docker->counters != NULL)
		outcome->docker.counters = *docker->counters;
	outcome->docker.refused_total += outcome->docker.counters.messages_lost;
	if (left < 0)
		snprintf(detail, sizeof(detail), "%.120s%s%.30s", f.what, f.errnum != 0 ? ": " : "",
			f.errnum != 0 ? strerror(f.errnum) : "");
	else if (left > 0)
		snprintf(detail, sizeof(detail), "%llu of them are left",
			(unsigned long long)outcome->docker.left.total);
	snprintf(what, sizeof(what), "docker objects of run %s", outcome->id);
	reporter_teardown(docker->reporter, what, left == 0, detail);
	if (left == 0)
		journal_remove(docker, state_dir_fd);
	return left != 0;
}
