/* sandbox/doctor/wall_probe_inside.h: what wall_probe.c tries in namespaces of its child; see trial.h. */
#ifndef SANDBOX_DOCTOR_WALL_PROBE_INSIDE_H
#define SANDBOX_DOCTOR_WALL_PROBE_INSIDE_H

#include "sandbox/doctor/trial.h"

int try_user(struct trial *trial, struct failure *f);
int try_ids(struct trial *trial, struct failure *f);
int try_mount(struct trial *trial, struct failure *f);
int try_pid(struct trial *trial, struct failure *f);
int try_network(struct trial *trial, struct failure *f);
int try_ipc(struct trial *trial, struct failure *f);
int try_uts(struct trial *trial, struct failure *f);
int try_cgroup_ns(struct trial *trial, struct failure *f);
int try_nested_userns(struct trial *trial, struct failure *f);
int try_proc_mask(struct trial *trial, struct failure *f);
int try_disk(struct trial *trial, struct failure *f);
int try_tty(struct trial *trial, struct failure *f);

#endif
