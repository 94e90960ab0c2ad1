/* sandbox/engine/broker_client.h: a confined broker that looks into an engine, outside of any run.
 *
 * Runs in  the verbs disk, gc --images and doctor --docker. Started by root it is opened
 *          before root is given up, as a run's broker is.
 * Trusts   nothing of the engine: what it has is told by the broker (broker/survey.h), in
 *          JSON that the broker wrote, and is checked once more before it is parsed.
 */
#ifndef SANDBOX_ENGINE_BROKER_CLIENT_H
#define SANDBOX_ENGINE_BROKER_CLIENT_H

#include "sandbox/companion/companion.h"
#include "sandbox/docker/policy.h"
#include "sandbox/engine/find.h"

#include <cjson/cJSON.h>

struct broker_client {
	struct engine_place engine;
	struct companion broker;
};

/* A broker of no run: it serves nobody, it only looks and removes. policy: whose objects these
 * are; the rest of it is set here. Also for cleanup.c. */
int broker_client_start(const struct engine_place *engine, const struct identity *identity,
	const struct policy *policy, struct companion *ret, struct failure *f);

/* Find the engine (docker_host: --docker-host, or NULL) and start the broker. On failure nothing
 * is left. */
int broker_client_open(const char *docker_host, const struct identity *identity,
	struct broker_client *ret, struct failure *f);
void broker_client_close(struct broker_client *client);

/* What the engine has: the object of broker/survey.h; the caller's. */
int broker_client_survey(struct broker_client *client, cJSON **ret, struct failure *f);

/* Remove a name of that image. 0; 1: it stays, f->what has why; -1. */
int broker_client_drop(struct broker_client *client, const char *tag, const char *image,
	const char *run, struct failure *f);
int broker_client_prune(struct broker_client *client, uint64_t keep_bytes, uint64_t seconds,
	uint64_t *ret_bytes, struct failure *f);

#endif
