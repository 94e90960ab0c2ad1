/* sandbox/docker/field.h: what single fields of a body may hold, and what is put there.
 *
 * The functions behind the rows of body.c: `check` refuses or narrows a value of the new
 * tree, `make` gives a forced one. What the words say stands in the rows.
 */
#ifndef SANDBOX_DOCKER_FIELD_H
#define SANDBOX_DOCKER_FIELD_H

#include "sandbox/docker/schema.h"

/* ---- checks ---- */
int field_never(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_zero(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
/* Of HostConfig, once its fields are there: the run's limits, and what podman needs. */
int field_host_config(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_no_items(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_minus_one(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_local(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_bridge(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_own_name(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_paths(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_labels(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_image(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_container(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_binds(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_mounts(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_tmpfs(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_cap_add(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_cap_drop(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_security_opt(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_network_mode(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_endpoints(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_extra_hosts(
	struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);
int field_ipam(struct schema_run *run, const struct field *field, cJSON *value, struct refusal *r);

/* ---- forced values ---- */
cJSON *field_make_false(struct schema_run *run, const cJSON *given);
cJSON *field_make_true(struct schema_run *run, const cJSON *given);
cJSON *field_make_empty(struct schema_run *run, const cJSON *given);
cJSON *field_make_private(struct schema_run *run, const cJSON *given);
cJSON *field_make_dns(struct schema_run *run, const cJSON *given);
cJSON *field_make_dns_search(struct schema_run *run, const cJSON *given);
cJSON *field_make_network_options(struct schema_run *run, const cJSON *given);
cJSON *field_make_network_mode(struct schema_run *run, const cJSON *given);
cJSON *field_make_labels(struct schema_run *run, const cJSON *given);
cJSON *field_make_cap_drop(struct schema_run *run, const cJSON *given);
cJSON *field_make_security_opt(struct schema_run *run, const cJSON *given);
cJSON *field_make_log_config(struct schema_run *run, const cJSON *given);
cJSON *field_make_restart_policy(struct schema_run *run, const cJSON *given);

#endif
