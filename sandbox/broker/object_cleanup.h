/* sandbox/broker/object_cleanup.h: everything that a run made, removed.
 *
 * Order    containers, networks, volumes, the names that may not stay, images.
 * Finds    what is recorded, and by its secret label what a crash kept from being
 *          recorded. Nothing is removed on a name's word: before it goes, an object has to
 *          carry our label (containers, networks, volumes), or to be younger than the run
 *          and without any name (images, and what a build leaves in passing).
 * Leaves   images that have a name, and the layers below them.
 */
#ifndef SANDBOX_BROKER_OBJECT_CLEANUP_H
#define SANDBOX_BROKER_OBJECT_CLEANUP_H

#include "sandbox/broker/broker.h"

/* In a fiber. How many could not be removed; each was told to the launcher (LEFT). -1 if the
 * engine does not answer. */
int object_cleanup(struct broker *b, struct refusal *r);

/* Seconds since 1970 of the engine's "2026-11-23T22:35:08.1Z" or "…+01:00"; -1. */
int64_t object_cleanup_time(const char *text);

#endif
