/* sandbox/broker/asked.h: what a client asked for, shown where something else was put.
 *
 * A network is internal whatever was said, and an image is named by its id. Clients compare what
 * they find with what they asked for: compose makes a network anew that is not as it was told.
 */
#ifndef SANDBOX_BROKER_ASKED_H
#define SANDBOX_BROKER_ASKED_H

#include "sandbox/broker/exchange.h"

/* Keep of x->asked what is shown of the object; the kind is a container or a network. */
void asked_keep(struct exchange *x, enum object_kind kind, const char *id);
/* Put it into an answer of inspect, an entry of a list, or an event. False: no memory. */
bool asked_show(const struct broker *b, enum object_kind kind, cJSON *answer);
bool asked_show_event(const struct broker *b, cJSON *event);

#endif
