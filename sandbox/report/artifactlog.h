/* sandbox/report/artifactlog.h: what left the sandbox, and what a repository says that it has.
 */
#ifndef SANDBOX_REPORT_ARTIFACTLOG_H
#define SANDBOX_REPORT_ARTIFACTLOG_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct artifact_record {
	char *path;        /* inside */
	char *destination; /* on the host; NULL: in the tar on stdout */
	uint64_t bytes;
	mode_t mode; /* as it is there */
	char sha256[65];
};

struct artifactlog {
	struct artifact_record *rows;
	size_t n, room;
	char *const *offered; /* NULL-terminated, or NULL; borrowed */
};

/* The row's strings are the log's from here on, also without memory for it. */
bool artifactlog_add(struct artifactlog *log, const struct artifact_record *row);
void artifactlog_release(struct artifactlog *log);

/* NULL without memory. */
cJSON *artifactlog_row_json(const struct artifact_record *row);
cJSON *artifactlog_json(const struct artifactlog *log);
cJSON *artifactlog_offered_json(const struct artifactlog *log);

#endif
