#include "sandbox/launcher/docker_policy.h"

#include "sandbox/base/random.h"
#include "sandbox/engine/auth.h"
#include "sandbox/plan/host_credential.h"

/* Limits that were asked for hold for what the run makes in the engine too. */
static bool limits_are_required(const struct config *config)
{
	const uint64_t walls = WALL_BIT(WALL_DOCKER_LIMITS) | WALL_BIT(WALL_CGROUP);

	return (config->strict || (config->required & walls) != 0) &&
	       (config->allow_degraded & WALL_BIT(WALL_DOCKER_LIMITS)) == 0;
}

static int add_credentials(const struct config *config, struct policy *policy, struct failure *f)
{
	for (size_t i = 0; i < config->credential.n; i++) {
		own_host_credential struct host_credential credential = { .mapped = NULL };

		if (host_credential_open(config->credential.v[i], &credential, f) < 0 ||
			dockerauth_add(credential.goal_text, credential.username,
				credential.password, &policy->auths, &policy->auths_n, f) < 0)
			return -1;
	}
	return 0;
}

int docker_policy_make(const struct config *config, const struct identity *identity,
	const struct engine_place *engine, const struct outcome *outcome, struct policy *ret,
	struct failure *f)
{
	*ret = (struct policy){
		.level = config->docker,
		.socket = engine->socket.path,
		.socket_device = engine->socket.device,
		.socket_inode = engine->socket.inode,
		.build_net = config->docker_build_net,
		.tags = config->docker_tag.v,
		.bases = config->docker_base.v,
		.pulls = config->docker_pull.v,
		.pushes = config->docker_push.v,
		.limits = config->limits,
		.started = (uint64_t)outcome->started.tv_sec,
		.user = identity->uid,
		.limits_required = limits_are_required(config),
	};
	snprintf(ret->run_id, sizeof(ret->run_id), "%s", outcome->id);
	if (random_hex(ret->owner, f) < 0)
		return -1;
	if (config->docker_auth != NULL &&
		dockerauth_read(config->docker_auth, identity, config->limits.timeout_s,
			&ret->auths, &ret->auths_n, f) < 0)
		return -1;
	return add_credentials(config, ret, f);
}
