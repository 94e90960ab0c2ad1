/* sandbox/selftest/limit_trial.h: limits that end a run, or stop its tree: each a run of its own. */
#ifndef SANDBOX_SELFTEST_LIMIT_TRIAL_H
#define SANDBOX_SELFTEST_LIMIT_TRIAL_H

#include "sandbox/selftest/probe_start.h"
#include "sandbox/selftest/selftest_run.h"

struct limit_trial {
	enum wall wall;
	void (*set)(struct limits *limits);
	const char *words[4]; /* of the probe */
	enum cause cause;     /* of the run's end, if the limit holds */
	const char *answer;   /* or what the probe has to say; NULL: the cause counts */
	const char *tried, *reason;
};

extern const struct limit_trial limit_trials[];
extern const size_t limit_trials_n;

int limit_trial_run(const struct limit_trial *trial, struct probe_start *start,
	struct selftest_row *ret, struct failure *f);

#endif
