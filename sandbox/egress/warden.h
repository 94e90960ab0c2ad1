/* sandbox/egress/warden.h: --net full: who starts pasta(1), and with whom it ends.
 *
 * Runs in  cofferdam-egress, as process 1 of a PID namespace (companion_within.h), in the user
 *          namespace of the sandbox and at first in the network of the host.
 * Needs    EGRESS_PASTA_FD, EGRESS_NETWORK_FD.
 * Leaves   pasta in the host's network, confined by itself, with a device in the sandbox's; this
 *          process in the sandbox's, without any capability. When it ends, so does pasta.
 * Word     a warden: pasta leaves the process that started it and would go on without
 *          a network to serve.
 */
#ifndef SANDBOX_EGRESS_WARDEN_H
#define SANDBOX_EGRESS_WARDEN_H

#include "sandbox/base/failure.h"

/* pasta is ready. */
int warden_start(struct failure *f);
/* Until the launcher is gone or has said that it is over (0), or pasta has ended (-1). */
int warden_watch(int control, struct failure *f);

#endif
