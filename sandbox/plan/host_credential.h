/* sandbox/plan/host_credential.h: what --credential gives, from its files to those who log in.
 *
 * Runs in  the launcher. host_credentials_take() reads all of them before anything is started, as the user
 *          that the sandbox runs as; from there on each is in a sealed memory file, and the words
 *          of the config name that ("HOST=fd:N"). It is mapped only while it is handed on.
 * Form     one line, "USER:PASSWORD" or "Bearer TOKEN".
 * For      the fetcher (plan/credential.h), the broker (launcher/docker_policy.h) and the gateway
 *          (launcher/egress.h), and nobody else.
 */
#ifndef SANDBOX_PLAN_HOST_CREDENTIAL_H
#define SANDBOX_PLAN_HOST_CREDENTIAL_H

#include "sandbox/config/config.h"
#include "sandbox/config/credential_word.h"
#include "sandbox/privilege/identity.h"

struct host_credential {
	struct http_goal goal;
	char goal_text[HTTP_GOAL_TEXT]; /* as http_goal_read() takes it */
	const char *username;           /* mapped, as the next; "": the other is a Bearer token */
	const char *password;
	void *mapped;
	size_t n;
};

int host_credentials_take(
	struct config *config, const struct identity *identity, struct failure *f);
/* The word is one of config->credential, after that. */
int host_credential_open(const char *word, struct host_credential *ret, struct failure *f);
void host_credential_close(struct host_credential *credential);
/* When all that log in have what is theirs. */
void host_credentials_forget(struct config *config);

#define own_host_credential __attribute__((cleanup(host_credential_close)))

#endif
