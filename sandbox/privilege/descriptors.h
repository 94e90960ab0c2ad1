/* sandbox/privilege/descriptors.h: what a process has open besides 0, 1 and 2.
 *
 * Descriptors pass every clone and every exec that does not say otherwise, and each is a
 * right: whoever goes on with less of them closes the rest first.
 * Source   close_range(2).
 */
#ifndef SANDBOX_PRIVILEGE_DESCRIPTORS_H
#define SANDBOX_PRIVILEGE_DESCRIPTORS_H

#include "sandbox/base/failure.h"

#include <stddef.h>

/* Close every descriptor from 3 on but these n, which are put in order; what is below 3
 * counts for none. */
int descriptors_close_but(int *keep, size_t n, struct failure *f);

#endif
