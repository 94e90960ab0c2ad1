/* sandbox/limits/slice.h: be served soon, however many wait for a processor.
 *
 * Who asks for less at a time is served earlier (Linux 6.12 and later, sched_setattr(2),
 * Documentation/scheduler/sched-eevdf.rst): of a thousand processes that are ready to run, the one
 * that has to end them waits for a few and not for all. It gets no more of the processor by it.
 *
 * Needs    no privilege. An older kernel takes the call and changes nothing.
 * Leaves   policy and nice value as they are; a realtime process alone.
 * Passes   to children, until they ask for the usual.
 */
#ifndef SANDBOX_LIMITS_SLICE_H
#define SANDBOX_LIMITS_SLICE_H

#include "sandbox/base/failure.h"

int slice_short(struct failure *f);
int slice_usual(struct failure *f);

#endif
