/* sandbox/fetch/trust.h: whom the fetcher believes, and whom it gives a credential.
 *
 * Certificates and host keys count only if the library found them valid. The
 * credential goes to the scheme, host and port of the URL that the user gave, and one of
 * --credential to the host that it names, once; neither to where a redirect leads.
 */
#ifndef SANDBOX_FETCH_TRUST_H
#define SANDBOX_FETCH_TRUST_H

#include "sandbox/fetch/job.h"

struct trust {
	const struct job *job;
	unsigned offered;       /* git_credential_t kinds that were given already */
	struct failure refusal; /* why we said no; what is empty if we did not */
};

void trust_init(struct trust *trust, const struct job *job);

/* libgit2 callbacks; payload is the struct remote that begins with a struct trust. */
int trust_check_certificate(git_cert *certificate, int valid, const char *host, void *payload);
int trust_give_credential(git_credential **ret, const char *url, const char *username,
	unsigned allowed, void *payload);

/* "https://example.org:8443" of a URL, "ssh://example.org" of user@example.org:path;
 * -1 if it has neither. */
int trust_authority(const char *url, char *ret, size_t size);

/* Same scheme, host and port. */
bool trust_same_place(const char *url, const char *other);

#endif
