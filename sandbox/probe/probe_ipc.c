/* sandbox/probe/probe_ipc.c: System V and POSIX IPC. */
#include "sandbox/probe/probe_ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>

/* ---- System V and POSIX IPC ---- */

static int shm_make(int argc, char **argv)
{
	key_t key = (key_t)atol(probe_argument(argc, argv, 0));

	return probe_answer(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0666));
}

static int shm_find(int argc, char **argv)
{
	return probe_answer(shmget((key_t)atol(probe_argument(argc, argv, 0)), 0, 0));
}

static int shm_remove(int argc, char **argv)
{
	int id = shmget((key_t)atol(probe_argument(argc, argv, 0)), 0, 0);

	return id < 0 ? errno : probe_answer(shmctl(id, IPC_RMID, NULL));
}

static int shm_hold(int argc, char **argv)
{
	int error = shm_make(argc, argv);

	return error != 0 ? error : probe_hold();
}

static int queue_make(int argc, char **argv)
{
	return probe_answer(
		mq_open(probe_argument(argc, argv, 0), O_RDWR | O_CREAT | O_EXCL, 0666, NULL));
}

static int queue_find(int argc, char **argv)
{
	return probe_answer(mq_open(probe_argument(argc, argv, 0), O_RDONLY));
}

static int queue_remove(int argc, char **argv)
{
	return probe_answer(mq_unlink(probe_argument(argc, argv, 0)));
}

const struct probe probes_ipc[] = {
	{ "shm-make", shm_make },
	{ "shm-find", shm_find },
	{ "shm-remove", shm_remove },
	{ "shm-hold", shm_hold },
	{ "queue-make", queue_make },
	{ "queue-find", queue_find },
	{ "queue-remove", queue_remove },
	{ NULL, NULL },
};
