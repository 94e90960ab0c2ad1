/* sandbox/doctor/wall_probe_process.h: what wall_probe.c tries on a plain child process; see trial.h. */
#ifndef SANDBOX_DOCTOR_WALL_PROBE_PROCESS_H
#define SANDBOX_DOCTOR_WALL_PROBE_PROCESS_H

#include "sandbox/doctor/trial.h"

int try_no_new_privileges(struct trial *trial, struct failure *f);
int try_capabilities(struct trial *trial, struct failure *f); /* in a user namespace */
int try_seccomp(struct trial *trial, struct failure *f);
int try_landlock(struct trial *trial, struct failure *f);
int try_rlimits(struct trial *trial, struct failure *f);
int try_cgroup(struct trial *trial, struct failure *f);
int try_descriptors(struct trial *trial, struct failure *f);
int try_time_limit(struct trial *trial, struct failure *f);

#endif
