/* sandbox/broker/survey.h: what the engine has, for those who keep house: disk, gc --images,
 * doctor --docker.
 *
 * The engine's answers hold names and labels of strangers; they are read here, behind the
 * walls, and only what has a row is told, in one JSON object written into a file of the
 * launcher's:
 *   version {version, api, components {NAME: VERSION}}
 *   info    {root, driver, logging, options [], live_restore, experimental, insecure [],
 *            exposed []: its own warnings of open addresses, where it gives any}
 *   images  [{id, tags [], created, bytes, run}], containers [{id, image, bytes, run}],
 *   volumes [{name, bytes, run}], cache_bytes, layer_bytes
 */
#ifndef SANDBOX_BROKER_SURVEY_H
#define SANDBOX_BROKER_SURVEY_H

#include "sandbox/broker/broker.h"

/* Write it to fd. -1: the engine did not answer, or not with what it should. */
int survey_write(struct broker *b, int fd, struct refusal *r);

/* Remove the name `tag` if it is still that of the image `id`, which carries the label of
 * run, and no container stands upon it. 0; 1: it stays, r has why; -1: no answer. */
int survey_drop(
	struct broker *b, const char *tag, const char *id, const char *run, struct refusal *r);

/* Cut the build cache to keep_bytes, and what is unused for seconds (0: whatever its age).
 * *ret_bytes: what it gave back. */
int survey_prune(struct broker *b, uint64_t keep_bytes, uint64_t seconds, uint64_t *ret_bytes,
	struct refusal *r);

#endif
