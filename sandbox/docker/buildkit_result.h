/* sandbox/docker/buildkit_result.h: the image that a build of BuildKit's makes: its exporter,
 * its labels, and what a client may return as it.
 *
 * Pure: trees that have passed the rows of buildkit_solve.h.
 */
#ifndef SANDBOX_DOCKER_BUILDKIT_RESULT_H
#define SANDBOX_DOCKER_BUILDKIT_RESULT_H

#include "sandbox/docker/schema.h"

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

#endif
