/* sandbox/docker/query_build.h: the parameters of a build that are JSON.
 *
 * For who writes the query of a build, and for its rows. Build arguments that steer the
 * engine are refused: the proxy family (not in the key of the cache: a later build of somebody
 * else would get the layer) and what only BuildKit reads.
 */
#ifndef SANDBOX_DOCKER_QUERY_BUILD_H
#define SANDBOX_DOCKER_QUERY_BUILD_H

#include "sandbox/docker/query.h"

/* The parameter as an object (empty if it is absent) whose values are strings, of buildargs
 * also null. Checked as query_apply() does; owned by the caller. */
int query_build_args(const struct target *target, cJSON **ret, struct refusal *r);
int query_build_labels(const struct target *target, cJSON **ret, struct refusal *r);
/* The strings of cachefrom, an array; the names are not checked. */
int query_build_cache_from(const struct target *target, cJSON **ret, struct refusal *r);
/* Is only the result's id to be told? */
bool query_build_quiet(const struct target *target);

/* The checks of these parameters' rows. */
int query_build_check_args(const struct query_rule *rule, const char *value, struct refusal *r);
int query_build_check_labels(const struct query_rule *rule, const char *value, struct refusal *r);
int query_build_check_strings(const struct query_rule *rule, const char *value, struct refusal *r);

#endif
