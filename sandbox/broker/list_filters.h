/* sandbox/broker/list_filters.h: filters of a list that name images and containers.
 *
 * The engine's answer would tell whether one of others is there: it gets ids, of what the run may
 * know.
 */
#ifndef SANDBOX_BROKER_LIST_FILTERS_H
#define SANDBOX_BROKER_LIST_FILTERS_H

#include "sandbox/broker/exchange.h"

/* The route's filters, checked and with ids, at the end of x->query. Yields. */
int list_filters_write(struct exchange *x);

#endif
