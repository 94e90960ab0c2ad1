/* sandbox/broker/buildkit_job.h: one call of BuildKit: what of it needs the engine and the run's objects. */
#ifndef SANDBOX_BROKER_BUILDKIT_JOB_H
#define SANDBOX_BROKER_BUILDKIT_JOB_H

#include "sandbox/broker/image_tag.h"
#include "sandbox/docker/buildkit.h"

/* One call on its way. Zero-initialised is none. */
struct buildkit_job {
	const struct buildkit_call *row;
	cJSON *tree;  /* the request, anew */
	char ref[65]; /* of the build that it began; "" if it did not */
	struct image_tags tags;
	struct reservation reserved; /* for the result */
};

/* Read the request, check it, and make it anew. build: which one it belongs to, or "".
 * Yields; -1: refused. */
int buildkit_job_begin(struct exchange *x, struct buildkit_job *job, const char *build,
	struct span message, struct refusal *r);
/* Append what the client is told before the engine says anything: a message, or nothing. -1: no
 * memory. */
int buildkit_job_note(struct exchange *x, const struct buildkit_job *job, struct text *ret);
/* Append what goes to the engine. */
int buildkit_job_write(const struct buildkit_job *job, struct text *ret);
/* The engine has answered: note what was made, and write the answer anew. Yields. */
int buildkit_job_end(struct exchange *x, struct buildkit_job *job, struct span message,
	struct text *ret, struct refusal *r);
/* It has not, or with an error. */
void buildkit_job_broken(struct exchange *x, struct buildkit_job *job);
void buildkit_job_release(struct buildkit_job *job);

/* Is this a build of the run's own? buildx asks for the output of a build, and about it, while
 * the Solve that begins it is still being checked: that is waited for. Yields. */
int buildkit_job_await_build(struct exchange *x, const char *ref, struct refusal *r);
/* Does it ask how a build goes whose Solve was refused? */
bool buildkit_job_follows_refused(const struct exchange *x, const struct buildkit_job *job);

#endif
