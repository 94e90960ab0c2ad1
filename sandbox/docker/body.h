/* sandbox/docker/body.h: the rows of every JSON body, and of the queries that have some.
 *
 * The fields of the Engine API 1.41 to 1.45 and what becomes of each; SECURITY.md cites the
 * rows, `cofferdam explain --full --docker run` prints them.
 */
#ifndef SANDBOX_DOCKER_BODY_H
#define SANDBOX_DOCKER_BODY_H

#include "sandbox/docker/schema.h"

extern const struct schema body_auth;             /* POST /auth */
extern const struct schema body_container_create; /* POST /containers/create */
extern const struct schema body_exec_create;      /* POST /containers/{container}/exec */
extern const struct schema body_exec_start;       /* POST /exec/{exec}/start */
extern const struct schema body_network_create;   /* POST /networks/create */
extern const struct schema body_network_connect;  /* …/connect: own container, own network */
extern const struct schema body_network_disconnect;
extern const struct schema body_volume_create; /* POST /volumes/create */

/* All of them, for explain and the tests; ended by NULL. */
extern const struct schema *const body_schemas[];

#endif
