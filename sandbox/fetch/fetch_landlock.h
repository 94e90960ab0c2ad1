/* sandbox/fetch/fetch_landlock.h: the fetcher's Landlock rules.
 *
 * Rows for sandbox/privilege/landlock.h, which the builder uses as well.
 */
#ifndef SANDBOX_FETCH_FETCH_LANDLOCK_H
#define SANDBOX_FETCH_FETCH_LANDLOCK_H

#include "sandbox/base/failure.h"
#include "sandbox/fetch/fetch_arguments.h"

/* The ABI in *ret_abi; 0 when the kernel has no Landlock, which is not a failure. */
int fetch_landlock(const struct fetch_arguments *arguments, int *ret_abi, struct failure *f);

#endif
