/* sandbox/launcher/login.h: what --credential is good for in a run.
 *
 * Uses     git's fetch of the source and its submodules (plan/credential.h); what the engine pulls
 *          and pushes (docker_policy.h); requests by plain http to a private host of --net
 *          allow:, which the gateway writes anew.
 * Refused  one that nothing of this run would ever send: a name with a slip in it must not look
 *          like a server that turns one away.
 */
#ifndef SANDBOX_LAUNCHER_LOGIN_H
#define SANDBOX_LAUNCHER_LOGIN_H

#include "sandbox/config/config.h"
#include "sandbox/config/source.h"
#include "sandbox/net/net_rule.h"

/* For the gateway (sandbox/net/http_credential.h): those of hosts that the rules permit, by a rule with
 * @private or by their address. *ret_fd -1: none. */
int login_write(
	const struct config *config, const struct net_rules *rules, int *ret_fd, struct failure *f);
/* Has each a use? */
int login_check(const struct config *config, const struct source *source,
	const struct net_rules *rules, struct failure *f);

#endif
