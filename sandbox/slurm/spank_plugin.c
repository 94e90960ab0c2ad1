/* sandbox/slurm/spank_plugin.c: what slurmstepd loads, spank(7).
 *
 * A task of Slurm's may make no control groups, so that the limits of a sandbox in it are the
 * job's and no tighter. Here root makes a group for each task, below the job's, that is the
 * user's own; see step_group.h. plugstack.conf: "required cofferdam-spank.so".
 */
#include "sandbox/slurm/step_group.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* Of all that is linked in here Slurm shall see these names alone. */
#pragma GCC visibility push(default)
#include <slurm/spank.h>
SPANK_PLUGIN(cofferdam, 1)
#pragma GCC visibility pop

#define LOOK_MS 500

struct task {
	struct task *next;
	int id;
	int pidfd;
	bool watched;
	pthread_t watcher;
	struct step_group group;
};

/* Slurm hands no pointer of ours from one hook to the next. Its main thread calls them all. */
static struct task *tasks;

static int complain(const char *what, const struct failure *f)
{
	char text[FAILURE_TEXT];

	slurm_error("cofferdam: %s: %s%s%s", what, failure_text(f, text),
		f->remedy[0] != '\0' ? "; " : "", f->remedy);
	return -1;
}

/* One that has left the group by which Slurm signals it has no other use for that than to
 * outlive scancel. */
static void *watch(void *argument)
{
	struct task *task = argument;
	struct pollfd dead = { .fd = task->pidfd, .events = POLLIN };

	while (poll(&dead, 1, LOOK_MS) <= 0)
		if (!step_group_keeps(&task->group, ""))
			pidfd_send_signal(task->pidfd, SIGKILL, NULL, 0);
	return NULL;
}

static int watch_begin(struct task *task, struct failure *f)
{
	task->pidfd = pidfd_open(task->group.task, 0);
	if (task->pidfd < 0)
		return fail(f, errno, "pidfd_open");
	int error = pthread_create(&task->watcher, NULL, watch, task);
	if (error != 0)
		return fail(f, error, "pthread_create");
	task->watched = true;
	return 0;
}

int slurm_spank_task_post_fork(spank_t spank, int ac, char **av)
{
	struct task *task = calloc(1, sizeof(*task));
	struct failure f;
	pid_t pid;
	uid_t uid;
	gid_t gid;

	(void)ac;
	(void)av;
	if (task == NULL || spank_get_item(spank, S_TASK_PID, &pid) != ESPANK_SUCCESS ||
		spank_get_item(spank, S_TASK_ID, &task->id) != ESPANK_SUCCESS ||
		spank_get_item(spank, S_JOB_UID, &uid) != ESPANK_SUCCESS ||
		spank_get_item(spank, S_JOB_GID, &gid) != ESPANK_SUCCESS) {
		slurm_error("cofferdam: no memory, or Slurm does not say what the task is");
		free(task);
		return -1;
	}
	task->pidfd = -1;
	task->next = tasks;
	tasks = task;
	if (step_group_make(&task->group, "", pid, uid, gid, &f) < 0 ||
		(task->group.beside && watch_begin(task, &f) < 0))
		return complain("a group for the task", &f);
	return 0;
}

static int task_end(struct task **at)
{
	struct task *task = *at;
	struct failure f;
	int result = 0;

	if (task->watched)
		pthread_join(task->watcher, NULL);
	if (step_group_remove(&task->group, "", &f) < 0)
		result = complain("end of the task", &f);
	if (task->pidfd >= 0)
		close(task->pidfd);
	*at = task->next;
	free(task);
	return result;
}

int slurm_spank_task_exit(spank_t spank, int ac, char **av)
{
	int id;

	(void)ac;
	(void)av;
	if (spank_get_item(spank, S_TASK_ID, &id) != ESPANK_SUCCESS)
		return -1;
	for (struct task **at = &tasks; *at != NULL; at = &(*at)->next)
		if ((*at)->id == id)
			return task_end(at);
	return 0;
}

/* Those that were made and never begun, because the step has failed. */
int slurm_spank_exit(spank_t spank, int ac, char **av)
{
	int result = 0;

	(void)spank;
	(void)ac;
	(void)av;
	while (tasks != NULL)
		if (task_end(&tasks) < 0)
			result = -1;
	return result;
}
