/* sandbox/engine/auth.h: passwords of registries, from the user to the broker.
 *
 * Runs in  the launcher. The broker adds them to pulls and pushes that are granted; the
 *          builder never sees them, and nothing prints them.
 * Form     docker's config.json, {"auths": {"REGISTRY": {"auth": base64 of USER:PASSWORD}}}
 *          or with "username" and "password" in place of "auth"; or one object
 *          {"username", "password", "serveraddress"}. Credential helpers are not asked.
 * As root  a file is opened by a child that has given root up for good: whoever started us
 *          through sudo must not have root read it for them.
 */
#ifndef SANDBOX_ENGINE_AUTH_H
#define SANDBOX_ENGINE_AUTH_H

#include "sandbox/docker/policy.h"
#include "sandbox/privilege/identity.h"

/* target is "FILE" or "fd:N" (--docker-auth), which is waited for so long (secret_file.h). *ret is the caller's. */
int dockerauth_read(const char *target, const struct identity *identity, uint64_t within_s,
	struct docker_auth **ret, size_t *ret_n, struct failure *f);
/* The same from text, of length bytes. */
int dockerauth_parse(const char *target, const char *text, size_t length, struct docker_auth **ret,
	size_t *ret_n, struct failure *f);
/* One more, of HOST[:PORT]; username "": the password is a token. Refused if there is one for it. */
int dockerauth_add(const char *address, const char *username, const char *password,
	struct docker_auth **auths, size_t *n, struct failure *f);
/* Wiped, then freed. */
void dockerauth_release(struct docker_auth *auths, size_t n);

#endif
