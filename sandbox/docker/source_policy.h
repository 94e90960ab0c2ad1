/* sandbox/docker/source_policy.h: what a build of BuildKit's may load.
 *
 * Source   moby/buildkit, sourcepolicy/pb/policy.proto
 */
#ifndef SANDBOX_DOCKER_SOURCE_POLICY_H
#define SANDBOX_DOCKER_SOURCE_POLICY_H

#include <cjson/cJSON.h>

/* Everything is denied but the builder's own directories, the images of
 * the engine in `images` (an array of names "docker.io/library/alpine:3", exactly these),
 * and names that a pattern of `pulls` (NULL: none) matches. NULL: no memory. */
cJSON *source_policy_make(const cJSON *images, char *const *pulls);

#endif
