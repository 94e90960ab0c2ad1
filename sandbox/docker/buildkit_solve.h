/* sandbox/docker/buildkit_solve.h: what a builder may ask of BuildKit, as rows.
 *
 * Pure     trees of proto.h in, trees out. The descriptions of the messages, the rows of
 *          their fields and of the Dockerfile frontend's attributes, and the source policy.
 * Why      a definition (LLB) of a client's own reaches the host's network and drops
 *          seccomp (sandbox/docker/README.md): only the engine's own Dockerfile
 *          frontend is let run, with attributes from a table, and whatever it loads is
 *          denied by the source policy unless it was granted.
 * Source   moby/buildkit: api/services/control/control.proto, frontend/gateway/pb/gateway.proto,
 *          sourcepolicy/pb/policy.proto
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_SOLVE_H
#define SANDBOX_DOCKER_BUILDKIT_SOLVE_H

#include "sandbox/docker/proto.h"
#include "sandbox/docker/schema.h"

/* ---- messages ---- */
extern const struct proto_message buildkit_request; /* Control/Solve */
extern const struct proto_message buildkit_response;
extern const struct proto_message buildkit_status_request; /* Control/Status */
extern const struct proto_message buildkit_workers_request;
extern const struct proto_message buildkit_workers_response; /* Control/ListWorkers */
extern const struct proto_message buildkit_info_request;
extern const struct proto_message buildkit_info_response;  /* Control/Info */
extern const struct proto_message buildkit_bridge_request; /* LLBBridge/Solve */
extern const struct proto_message bridge_ping_request;
extern const struct proto_message bridge_ping_response;
extern const struct proto_message bridge_return_request;

/* ---- rows ---- */
extern const struct schema buildkit_schema;
extern const struct schema buildkit_status_schema;
extern const struct schema buildkit_workers_schema;
extern const struct schema buildkit_info_schema;
extern const struct schema buildkit_bridge_schema;
extern const struct schema bridge_ping_schema;
extern const struct schema bridge_return_schema;

/* For explain: the attributes' rows; a name that ends in '*' stands for all that begin so. */
extern const struct schema buildkit_attributes;

/* A reference of a build or a session's id: long, and of characters that mean nothing. */
bool buildkit_is_id(const char *word);

/* ---- what is made of a request ---- */

/* The one exporter of a Solve that passed its rows: its type ("" if there is none) and its
 * names, "" or a list with commas. Borrowed from the tree. */
void buildkit_exporter(const cJSON *tree, const char **ret_type, const char **ret_names);
/* Put it there anew, in the form of old and of new engines. */
int buildkit_set_exporter(cJSON *tree, const char *type, const char *names);

/* label:NAME=VALUE among the attributes of a Solve ("FrontendAttrs", "FrontendOpt"). */
int buildkit_add_label(cJSON *tree, const char *attributes, const char *name, const char *value);

/* May this Return give the result of the build? Its image has to carry the labels that the
 * frontend was given, and no other of ours: teardown finds by them what a run made.
 * tags: the names of the image, "" for none; NULL: no image of the engine's is made. */
int buildkit_check_result(
	const cJSON *tree, const struct policy *policy, const char *tags, struct refusal *r);

/* The source policy: everything is denied but the builder's own directories, the images of
 * the engine in `images` (an array of names "docker.io/library/alpine:3", exactly these),
 * and names that a pattern of `pulls` (NULL: none) matches. NULL: no memory. */
cJSON *buildkit_policy(const cJSON *images, char *const *pulls);

#endif
