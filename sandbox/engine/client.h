/* sandbox/engine/client.h: a confined broker that looks into an engine for those who keep
 * house.
 *
 * Runs in  the verbs disk, gc --images and doctor --docker. Started by root it is opened
 *          before root is given up, as a run's broker is.
 * Trusts   nothing of the engine: what it has is told by the broker (broker/survey.h), in
 *          JSON that the broker wrote, and is checked once more before it is parsed.
 */
#ifndef SANDBOX_ENGINE_CLIENT_H
#define SANDBOX_ENGINE_CLIENT_H

#include "sandbox/config/config.h"
#include "sandbox/engine/broker_start.h"
#include "sandbox/engine/find.h"

#include <cjson/cJSON.h>

struct house {
	struct engine_place engine;
	struct broker_process broker;
};

/* Find the engine and start the broker. On failure nothing is left. */
int house_open(const struct config *config, const struct identity *identity, struct house *ret,
	struct failure *f);
void house_close(struct house *house);

/* What the engine has: the object of broker/survey.h; the caller's. */
int house_look(struct house *house, cJSON **ret, struct failure *f);

/* Remove a name of that image. 0; 1: it stays, f->what has why; -1. */
int house_drop(struct house *house, const char *tag, const char *image, const char *run,
	struct failure *f);
int house_prune(struct house *house, uint64_t keep_bytes, uint64_t seconds, uint64_t *ret_bytes,
	struct failure *f);

#endif
