/* sandbox/benchmark/benchmark.h: is this host's Docker fit to build for strangers?
 *
 * Rules    those of the CIS Docker Benchmark 1.6.0 that matter to a builder, by their numbers,
 *          and versions whose escapes are known. A rule that gives the host away is a failure,
 *          one that weakens it a warning; what cannot be seen from here is unknown, never passed.
 * Pure     what it judges is a broker's survey (broker/survey.h) and what its caller has seen of
 *          the host; nothing is asked, opened or printed here (verbs/doctor_docker.c does).
 * Apart    from doctor/, whose trials age with kernels: these rules, and the escapes, age with
 *          the releases of Docker and runc, and need nothing of ours but base. No program of
 *          its own: it would have to start the same broker, and doctor's exit code and JSON
 *          are one answer.
 */
#ifndef SANDBOX_BENCHMARK_BENCHMARK_H
#define SANDBOX_BENCHMARK_BENCHMARK_H

#include "sandbox/base/failure.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
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

/* found: as broker/survey.h has it. ret->engine is the caller's to set, before or after. */
void benchmark_judge(const cJSON *found, const struct benchmark_host *host, struct benchmark *ret);
/* No engine, or none that answers: one more row, which failed. */
void benchmark_missing(const struct failure *why, struct benchmark *ret);

/* Does the engine run as a user, who has a daemon.json of his own? */
bool benchmark_is_rootless(const cJSON *found);

#endif
