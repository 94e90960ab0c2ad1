/* sandbox/broker/archive.h: tars that pass unread: docker cp and docker save. */
#ifndef SANDBOX_BROKER_ARCHIVE_H
#define SANDBOX_BROKER_ARCHIVE_H

#include "sandbox/broker/exchange.h"

/* Forward the route with the body as it comes, framed anew. */
int archive_upload(struct exchange *x);
/* Images of the run's own. */
int archive_save(struct exchange *x);

#endif
