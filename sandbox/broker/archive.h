/* sandbox/broker/archive.h: tars that pass unread: docker cp and docker save. */
#ifndef SANDBOX_BROKER_ARCHIVE_H
#define SANDBOX_BROKER_ARCHIVE_H

#include "sandbox/broker/exchange.h"

/* Forward the route with the body as it comes, framed anew. */
int archive_upload(struct exchange *x);
/* Send the body to this path; what the engine answers is for `answer`, with x->head filled. */
int archive_send(struct exchange *x, const char *path,
	int (*answer)(struct exchange *x, void *data), void *data);
/* Images of the run's own. */
int archive_save(struct exchange *x);

#endif
