/* sandbox/net/http_credential.h: with what plain http logs in to whom.
 *
 * Pure     no I/O, no allocation: rows that point into the bytes that were read.
 * Form     words, each with its NUL: HOST[:PORT] and the value of Authorization, any number of
 *          times. Without a port it is for port 80.
 */
#ifndef SANDBOX_NET_HTTP_CREDENTIAL_H
#define SANDBOX_NET_HTTP_CREDENTIAL_H

#include "sandbox/net/http_goal.h"

#define HTTP_CREDENTIALS 32

struct http_credential {
	struct http_goal goal; /* with its port */
	const char *value;
};

struct http_credentials {
	struct http_credential v[HTTP_CREDENTIALS];
	size_t n;
};

/* 0 or -1. */
int http_credentials_read(const char *bytes, size_t n, struct http_credentials *ret);
/* credentials may be NULL. NULL: it has none. */
const struct http_credential *http_credentials_find(
	const struct http_credentials *credentials, const struct http_goal *goal);

#endif
