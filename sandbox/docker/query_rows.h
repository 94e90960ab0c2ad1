/* sandbox/docker/query_rows.h: the rows of every query.
 *
 * The parameters of the Engine API 1.41 to 1.45. A parameter that no row names is dropped
 * and not refused: Testcontainers repeats whole bodies in the query.
 */
#ifndef SANDBOX_DOCKER_QUERY_ROWS_H
#define SANDBOX_DOCKER_QUERY_ROWS_H

#include "sandbox/docker/query.h"

extern const struct query_rule query_build[];
extern const struct query_rule query_pull[];
extern const struct query_rule query_push[];
extern const struct query_rule query_tag[];
extern const struct query_rule query_load[];
extern const struct query_rule query_commit[];
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
extern const struct query_rule query_prune[];

/* Those that the broker applies, for names in them become ids. */
extern const struct schema query_container_filters;
extern const struct schema query_image_filters;

/* Every filter key is in one of these; for explain. Ended by NULL. */
extern const struct schema *const query_filters[];

#endif
