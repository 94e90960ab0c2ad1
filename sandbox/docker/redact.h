/* sandbox/docker/redact.h: an engine's answer, without what is the host's own affair.
 *
 * Pure: a tree in, changed in place. Rows name what is taken out of which answer; what
 * clients read stays, empty where they need a value of the type.
 * Labels   every key that begins with LABEL_PREFIX goes from every "Labels" of the tree.
 * Numbers  of more than fifteen digits are turned into raw text, which cJSON would
 *          print as 1.7e+18 where clients want an integer.
 */
#ifndef SANDBOX_DOCKER_REDACT_H
#define SANDBOX_DOCKER_REDACT_H

#include "sandbox/docker/policy.h"

#include <cjson/cJSON.h>

enum redact {
	REDACT_CONTAINER,         /* GET /containers/{container}/json */
	REDACT_CONTAINER_SUMMARY, /* an entry of GET /containers/json */
	REDACT_EXEC,              /* GET /exec/{exec}/json */
	REDACT_NETWORK,           /* inspect and an entry of the list */
	REDACT_VOLUME,            /* the same; and the answer to create */
	REDACT_IMAGE,             /* GET /images/{image}/json */
	REDACT_IMAGE_SUMMARY,     /* an entry of GET /images/json */
	REDACT_EVENT,             /* one object of GET /events */
	REDACT_KINDS,
};

/* False if memory ran out: the answer must not be given then. */
bool redact_object(enum redact what, cJSON *object);

/* New trees from the engine's own, or NULL (no memory, or no object). Only what a row names
 * is in them; minor is that of the newest API version to be offered. */
cJSON *redact_version(const cJSON *engine, unsigned minor);
cJSON *redact_info(const cJSON *engine, const struct policy *policy);

#endif
