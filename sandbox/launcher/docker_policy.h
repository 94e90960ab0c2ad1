/* sandbox/launcher/docker_policy.h: what the broker of a run may do, decided before root is given
 * up.
 */
#ifndef SANDBOX_LAUNCHER_DOCKER_POLICY_H
#define SANDBOX_LAUNCHER_DOCKER_POLICY_H

#include "sandbox/config/config.h"
#include "sandbox/docker/policy.h"
#include "sandbox/engine/find.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/report/outcome.h"

/* Borrows from config and engine; the auths in it are dockerauth_release()'s. */
int docker_policy_make(const struct config *config, const struct identity *identity,
	const struct engine_place *engine, const struct outcome *outcome, struct policy *ret,
	struct failure *f);

#endif
