/* sandbox/broker/registry.h: images to and from registries, with the launcher's credentials. */
#ifndef SANDBOX_BROKER_REGISTRY_H
#define SANDBOX_BROKER_REGISTRY_H

#include "sandbox/broker/exchange.h"
#include "sandbox/docker/reference.h"

int registry_pull(struct exchange *x);
int registry_push(struct exchange *x);
/* What the registry has of a name that may be pushed. */
int registry_distribution(struct exchange *x);

/* A base of a build, if --docker-pull grants it; it goes at the end. */
int registry_fetch(struct broker *b, struct endpoint *cancel_on, const struct reference *reference,
	struct refusal *r);

#endif
