#include "sandbox/launcher/build_order.h"

#include "sandbox/launcher/run_group.h"

#include <string.h>

static int tighten(const struct build_terms *terms, struct message *order, struct failure *f)
{
	const struct repo_request *r = terms->request;
	const struct config *config = terms->config;

	if (config_tighten(terms->config, r, f) < 0 ||
		run_group_limit_again(terms->cgroup, config, terms->outcome, f) < 0)
		return -1;
	/* Where no cgroup carries them, the builder's own limits shrink. */
	if ((r->present & REPO_MEMORY) != 0)
		order->build.limits.memory_bytes = config->limits.memory_bytes;
	order->build.limits.pids = config->limits.pids;
	if ((r->present & REPO_CPUS) != 0)
		order->build.limits.cpus_milli = config->limits.cpus_milli;
	if ((r->present & (REPO_APP_SIZE | REPO_APP_INODES)) != 0) {
		order->build.limits.app_size_bytes = config->limits.app_size_bytes;
		order->build.limits.app_inodes = config->limits.app_inodes;
	}
	if (terms->plan->argv == NULL && config->command.n > 0) {
		/* config_tighten() has checked the form of both. */
		order->build.words = r->words;
		order->build.length = r->command_length;
		memcpy(order->build.text, r->command, r->command_length);
	}
	terms->outcome->artifacts.offered = config->artifacts_offered.v;
	terms->outcome->command = config->command.v; /* tightening made the config anew */
	return 0;
}

int build_order_make(const struct build_terms *terms, struct message *ret, struct failure *f)
{
	*ret = (struct message){ .type = MESSAGE_BUILD, .build.limits = limits_none };
	if (terms->request != NULL && tighten(terms, ret, f) < 0)
		return -1;
	if (terms->plan->argv != NULL || ret->build.words > 0)
		return 0;
	fail(f, 0, "no command is given, and the repository names none");
	fail_remedy(f, "cofferdam run SOURCE -- COMMAND, or \"command\" in .cofferdam.json");
	return fail_step(f, "launcher: plan");
}
