/* sandbox/broker/serve.h: the broker's life, once it is confined. */
#ifndef SANDBOX_BROKER_SERVE_H
#define SANDBOX_BROKER_SERVE_H

#include "sandbox/broker/broker.h"

/* Run the loop until the launcher has enough. The exit status. */
int serve(struct broker *broker, const char *note);

#endif
