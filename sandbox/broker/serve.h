/* sandbox/broker/serve.h: the broker's life, once it is confined. */
#ifndef COFFERDAM_DOCKER_SERVE_H
#define COFFERDAM_DOCKER_SERVE_H

#include "sandbox/broker/broker.h"

/* Run the loop until the launcher has enough. The exit status. */
int serve(struct broker *broker, const char *note);

#endif
