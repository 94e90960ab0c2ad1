/* sandbox/report/dockerlog.h: what a run asked of Docker, and what became of it.
 *
 * Filled   by the launcher, from the broker's messages as they come; the counts from its counters
 *          at the end. The first rows of each list are kept, the rest is counted.
 * Owns     its lists; dockerlog_release() frees them.
 */
#ifndef SANDBOX_REPORT_DOCKERLOG_H
#define SANDBOX_REPORT_DOCKERLOG_H

#include "sandbox/docker/control.h"
#include "sandbox/docker/policy.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define DOCKERLOG_REFUSED 200
#define DOCKERLOG_OBJECTS 500

struct dockerlog_refused {
	char method[8], path[160], reason[240];
	uint32_t status;
};

struct dockerlog_object {
	enum object_kind kind;
	char id[160], note[160]; /* a name, or why it was left; "" if there is none */
};

struct dockerlog_objects {
	struct dockerlog_object *rows;
	size_t n;
	uint64_t total;
};

struct dockerlog {
	enum docker_level level;
	char engine[320]; /* "" until it answered */
	struct dockerlog_refused *refused;
	size_t refused_n;
	uint64_t refused_total;
	struct dockerlog_objects made, gone, left;
	struct counters counters; /* zeros until the end */
};

/* A message of the broker: REFUSED, MADE, GONE or LEFT. What does not fit into memory is only
 * counted. */
void dockerlog_take(struct dockerlog *log, const struct control *message);
/* The report's object "docker"; NULL when memory is out. */
cJSON *dockerlog_json(const struct dockerlog *log);
void dockerlog_release(struct dockerlog *log);

#endif
