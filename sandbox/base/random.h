/* sandbox/base/random.h: names and secrets that nobody can guess. */
#ifndef SANDBOX_BASE_RANDOM_H
#define SANDBOX_BASE_RANDOM_H

#include "sandbox/base/failure.h"

#define RANDOM_HEX 32 /* digits: 128 bits of the kernel's */

int random_hex(char ret[RANDOM_HEX + 1], struct failure *f);

#endif
