/* tests/lib/emulated.h: whether an emulator of programs (qemu-user) stands between a test
 * and the kernel, see tests/arm64.
 *
 * It answers some calls itself: openat2 and seccomp(2) are not there, and it has a thread
 * of its own in the process. What asks the kernel for just these is skipped then.
 */
#ifndef TESTS_LIB_EMULATED_H
#define TESTS_LIB_EMULATED_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool emulated(void)
{
	const char *emulator = getenv("COFFERDAM_EMULATOR");

	return emulator != NULL && emulator[0] != '\0';
}

#endif
