#include "sandbox/base/disposition.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_SIGNALS 64
#define KERNEL_MASK    8 /* bytes */

int disposition_reset(struct failure *f)
{
	/* The kernel's struct sigaction, which is shorter on every architecture: SIG_DFL is 0. */
	static const unsigned char by_default[64];
	sigset_t none;

	for (int i = 1; i <= KERNEL_SIGNALS; i++)
		if (i != SIGKILL && i != SIGSTOP &&
			syscall(SYS_rt_sigaction, i, by_default, NULL, KERNEL_MASK) < 0)
			return fail(f, errno, "reset signal %d", i);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? fail(f, errno, "unblock the signals")
							 : 0;
}
