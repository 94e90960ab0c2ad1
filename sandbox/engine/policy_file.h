/* sandbox/engine/policy_file.h: a policy on its way to a broker. */
#ifndef SANDBOX_ENGINE_POLICY_FILE_H
#define SANDBOX_ENGINE_POLICY_FILE_H

#include "sandbox/docker/policy.h"

/* A sealed, close-on-exec file. */
int policy_file_make(const struct policy *policy, int *ret_fd, struct failure *f);

#endif
