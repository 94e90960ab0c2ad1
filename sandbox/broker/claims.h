/* sandbox/broker/claims.h: what the body of a request names has to be the run's, or granted to it. */
#ifndef SANDBOX_BROKER_CLAIMS_H
#define SANDBOX_BROKER_CLAIMS_H

#include "sandbox/broker/exchange.h"

/* Put ids where the claims of a body stand, or refuse (404). A volume that is not there is
 * made, as the engine would do it, but with our label. */
int claims_settle(struct exchange *x, struct schema_run *run);

#endif
