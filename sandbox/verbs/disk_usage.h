/* sandbox/verbs/disk_usage.h: what an engine and we ourselves have on a disk, counted.
 *
 * Pure: from what broker_client_survey() has. Sizes of images are the engine's own sum where it gives one,
 * for images share layers.
 */
#ifndef SANDBOX_VERBS_DISK_USAGE_H
#define SANDBOX_VERBS_DISK_USAGE_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

enum usage_kind {
	USAGE_IMAGES,
	USAGE_CONTAINERS,
	USAGE_VOLUMES,
	USAGE_CACHE,
	USAGE_ROOTS,     /* unpacked images that are kept */
	USAGE_CACHES,    /* of --cache */
	USAGE_SOURCES,   /* what was fetched of servers */
	USAGE_LEFTOVERS, /* our own runtime directories */
	USAGE_KINDS,
};
const char *usage_kind_name(enum usage_kind kind);

#define USAGE_RUNS 1024 /* more are only in the sums */
struct usage_run {
	char run[33];
	uint64_t bytes, objects;
};

struct usage {
	uint64_t bytes[USAGE_KINDS], ours[USAGE_KINDS], count[USAGE_KINDS];
	struct usage_run runs[USAGE_RUNS];
	size_t runs_n;
	char root[256];                   /* the engine's directory, as it says */
	uint64_t total_bytes, free_bytes; /* of its file system; 0: not to be seen */
};

/* From what broker_client_survey() has. */
void usage_count(const cJSON *found, struct usage *ret);
uint64_t usage_sum(const struct usage *u);

#endif
