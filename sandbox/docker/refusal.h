/* sandbox/docker/refusal.h: why a request is not answered by the engine.
 *
 * Runs in  the broker. A value of fixed size, like struct failure, that becomes the
 *          answer {"message": "cofferdam: REASON"} with its status; without the name where
 *          an engine would say the same of what is not there.
 */
#ifndef SANDBOX_DOCKER_REFUSAL_H
#define SANDBOX_DOCKER_REFUSAL_H

struct refusal {
	int status;       /* of the answer; http_status.c has a row for it */
	char reason[240]; /* one line; a stranger's bytes in it are made printable */
};

/* Fill *r and return -1, so that a caller can write: return refuse(r, 403, …); no argument
 * may stand in *r itself. */
int refuse(struct refusal *r, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same answer wherever memory ends: it is nobody's fault, and may go better later. */
int refuse_memory(struct refusal *r);

#endif
