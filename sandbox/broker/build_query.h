/* sandbox/broker/build_query.h: the parameters of a build as the engine gets them. */
#ifndef SANDBOX_BROKER_BUILD_QUERY_H
#define SANDBOX_BROKER_BUILD_QUERY_H

#include "sandbox/broker/image_tag.h"

struct build_query {
	struct exchange *x;     /* whose query is completed */
	const char *dockerfile; /* the name of ours */
	/* and what of the builder's is needed again */
	struct image_tags tags;
	cJSON *args; /* the caller's */
};

/* Names, arguments and cache images of the builder's, checked; and from us labels, network and
 * limits. Yields. */
int build_query_write(struct build_query *q);

#endif
