/* sandbox/benchmark/benchmark.h: is this host's Docker fit to build for strangers?
 *
 * Rules    those of the CIS Docker Benchmark 1.6.0 that matter to a builder, by their numbers,
 *          and versions whose escapes are known. A rule that gives the host away is a failure,
 *          one that weakens it a warning; what cannot be seen from here is unknown, never passed.
 * Sources  the engine's own /info and /version (by the broker), daemon.json, the socket, and
 *          what listens in our network namespace. Options of dockerd's command line are seen
 *          where /info tells them, else not.
 */
#ifndef SANDBOX_BENCHMARK_BENCHMARK_H
#define SANDBOX_BENCHMARK_BENCHMARK_H

#include "sandbox/config/config.h"
#include "sandbox/privilege/identity.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <sys/types.h>

enum benchmark_state {
	BENCHMARK_PASS,
	BENCHMARK_UNKNOWN,
	BENCHMARK_WARN,
	BENCHMARK_FAIL,
};
const char *benchmark_state_name(enum benchmark_state state);

struct benchmark_row {
	const char *section; /* of the benchmark, "" where it has none */
	const char *name;
	enum benchmark_state state;
	char detail[240];
	const char *remedy; /* NULL: nothing to mend */
};

#define BENCHMARK_ROWS 20
struct benchmark {
	char engine[128]; /* the socket, "" if none was found */
	char version[64];
	bool ok; /* nothing failed */
	struct benchmark_row rows[BENCHMARK_ROWS];
	size_t n;
};

/* What the engine cannot say. */
struct benchmark_host {
	mode_t mode; /* of the socket */
	uid_t owner;
	char group[64];
	uid_t uid;                                      /* who runs sandboxes */
	bool direct;                                    /* and may connect without our help */
	bool listens_known, listens_plain, listens_tls; /* on 2375, 2376 */
	bool daemon_known;
	cJSON *daemon; /* daemon.json; NULL: there is none */
};

/* Pure. found: as broker/survey.h has it. */
void benchmark_judge(const cJSON *found, const struct benchmark_host *host, struct benchmark *ret);

/* The whole; gives root up on the way. An engine that is missing is a row that failed. */
int benchmark_examine(const struct config *config, struct identity *identity, struct benchmark *ret,
	struct failure *f);

void benchmark_print(const struct benchmark *benchmark, FILE *out);
/* The member "docker" of doctor.schema.json. NULL: out of memory. */
cJSON *benchmark_json(const struct benchmark *benchmark);

#endif
