/* sandbox/docker/query.h: the rows of every query, and what is special to that of a build.
 *
 * The parameters of the Engine API 1.41 to 1.45. A parameter that no row names is dropped
 * and not refused: Testcontainers repeats whole bodies in the query.
 */
#ifndef SANDBOX_DOCKER_QUERY_H
#define SANDBOX_DOCKER_QUERY_H

#include "sandbox/docker/schema.h"

extern const struct query_rule query_build[];
extern const struct query_rule query_pull[];
extern const struct query_rule query_push[];
extern const struct query_rule query_tag[];
extern const struct query_rule query_untag[];
extern const struct query_rule query_image[];
extern const struct query_rule query_images[];
extern const struct query_rule query_save[];
extern const struct query_rule query_container_create[];
extern const struct query_rule query_container_inspect[];
extern const struct query_rule query_container_remove[];
extern const struct query_rule query_containers[];
extern const struct query_rule query_start[];
extern const struct query_rule query_stop[];
extern const struct query_rule query_kill[];
extern const struct query_rule query_wait[];
extern const struct query_rule query_rename[];
extern const struct query_rule query_resize[];
extern const struct query_rule query_attach[];
extern const struct query_rule query_logs[];
extern const struct query_rule query_stats[];
extern const struct query_rule query_top[];
extern const struct query_rule query_archive_get[];
extern const struct query_rule query_archive_put[];
extern const struct query_rule query_network[];
extern const struct query_rule query_networks[];
extern const struct query_rule query_volume_remove[];
extern const struct query_rule query_volumes[];
extern const struct query_rule query_events[];

/* Every filter key is in one of these; for explain. Ended by NULL. */
extern const struct schema *const query_filters[];

/* Of a build, for who writes its query: the parameter as an object (empty if it is absent)
 * whose values are strings, of buildargs also null. Checked as query_apply() does; owned by
 * the caller. Build arguments that steer the engine are refused: the proxy family (not in
 * the key of the cache: a later build of somebody else would get the layer) and what only
 * BuildKit reads. */
int query_build_args(const struct target *target, cJSON **ret, struct refusal *r);
int query_build_labels(const struct target *target, cJSON **ret, struct refusal *r);
/* Is only the result's id to be told? */
bool query_build_quiet(const struct target *target);
/* The strings of cachefrom, an array; the names are not checked. */
int query_build_cache_from(const struct target *target, cJSON **ret, struct refusal *r);

/* The new query in *ret as "a=b&c=d" without the '?'. Keys that no row names are dropped
 * (clients repeat whole bodies there), duplicates of all but QUERY_LIST refused. */
int query_apply(const struct query_rule *rules, const struct target *target, struct text *ret,
	struct refusal *r);

const char *query_kind_name(enum query_kind kind);

#endif
