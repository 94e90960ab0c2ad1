/* sandbox/limits/oom_score.h: who goes first when the memory of the host is used up.
 *
 * Memory that a run takes and no limit counts (what sockets hold, locks) is not seen in the
 * size of any process: without a word of ours the kernel ends the largest bystander.
 * Source   proc_pid_oom_score_adj(5); mm/oom_kill.c, oom_badness().
 */
#ifndef SANDBOX_LIMITS_OOM_SCORE_H
#define SANDBOX_LIMITS_OOM_SCORE_H

#include "sandbox/base/failure.h"

/* As much as half of the host's memory would count. */
#define OOM_SCORE_RAISE 500

/* Raise that of the calling process, which children inherit, and read it back. It is never
 * lowered: a caller's own is the least. Needs a /proc and a process that may be dumped. */
int oom_score_raise(struct failure *f);

#endif
