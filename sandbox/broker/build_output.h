/* sandbox/broker/build_output.h: what the engine says of a build, and what came of it. */
#ifndef SANDBOX_BROKER_BUILD_OUTPUT_H
#define SANDBOX_BROKER_BUILD_OUTPUT_H

#include "sandbox/broker/build_query.h"

struct build_output {
	struct broker *broker;
	const struct build_query *query;
	char image[160]; /* the result's id, once the engine has named it */
	bool recorded;
	bool quiet, failed;
	struct text unsaid; /* of a quiet build: told if it fails; owned */
};

/* To the client, line by line; the result is recorded and gets its names before the end. */
int build_output_relay(struct exchange *x, struct build_output *o);
/* The result is the run's, if it carries the run's label. Once more changes nothing. */
void build_output_record(struct build_output *o);

#endif
