/* sandbox/broker/archive.h: tars on their way: docker cp, docker save and what docker import and docker load send. */
#ifndef SANDBOX_BROKER_ARCHIVE_H
#define SANDBOX_BROKER_ARCHIVE_H

#include "sandbox/broker/exchange.h"
#include "sandbox/broker/sink.h"

/* Forward the route with the body as it comes, framed anew. */
int archive_upload(struct exchange *x);
struct archive_hooks {
	/* Bring the body to the engine; NULL: as it comes. Runs beside what reads the answer. -1: *r
	 * says why not, which the client is told unless it has an answer. */
	int (*pass)(struct exchange *x, struct sink *to, void *data, struct refusal *r);
	/* What the engine answers, with x->head filled. */
	int (*answer)(struct exchange *x, void *data);
};
/* Send the body to this path. */
int archive_send(
	struct exchange *x, const char *path, const struct archive_hooks *hooks, void *data);
/* Images of the run's own. */
int archive_save(struct exchange *x);

#endif
