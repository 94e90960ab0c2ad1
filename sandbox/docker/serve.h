/* sandbox/docker/serve.h: the broker's life, once it is confined. */
#ifndef COFFERDAM_DOCKER_SERVE_H
#define COFFERDAM_DOCKER_SERVE_H

#include "sandbox/docker/broker.h"

/* Run the loop until the launcher has enough. The exit status. */
int serve(struct broker *broker, const char *note);

#endif
