#include "sandbox/companion/companion_identity.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int companion_identity(struct failure *f)
{
	const uid_t own = geteuid();
	uid_t r, e, s;

	if (setresuid(own, own, own) < 0)
		return fail(f, errno, "give up the real uid");
	if (getresuid(&r, &e, &s) < 0 || r != own || e != own || s != own)
		return fail(f, 0, "the companion's uids are not what was set");
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_GET_DUMPABLE) != 0)
		return fail(f, errno, "forbid being looked into");
	/* One that died before this line has closed its end, which it hears. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? fail(f, errno, "end with the launcher") : 0;
}
