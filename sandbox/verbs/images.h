/* sandbox/verbs/images.h: `gc --images`: names that runs have left, and what of them may go.
 *
 * Never    an image without a line in the ledger, one whose name is another's by now, one
 *          without the label of its run, one that a container uses.
 * Returns  0; -1 if something could not be removed or asked.
 */
#ifndef SANDBOX_VERBS_IMAGES_H
#define SANDBOX_VERBS_IMAGES_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

#include <stdio.h>

/* Gives root up, if we are it. */
int images_run(const struct config *config, FILE *out, struct failure *f);

#endif
