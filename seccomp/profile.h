/* seccomp/profile.h: a user's profile in the OCI/Docker JSON format, into BPF.
 *
 * Runs in  the launcher, before the clone. The file is the user's own, not a
 *          stranger's. Unknown keys, actions, operators and calls of no
 *          architecture are refused by name, line and column. Docker's
 *          includes/excludes (caps, arches, minKernel) are evaluated for a builder
 *          without capabilities.
 * Leaves   a filter that stands in the place of the builder's built-in one, whole:
 *          what the profile allows is allowed, also namespaces, keyrings, io_uring,
 *          TIOCSTI and the i386 and x32 entries that its archMap names. No floor
 *          of ours remains below it; the other walls do. It has to allow execve.
 *
 * As in runc, a default of an errno other than ENOSYS holds for the calls up to the
 * newest that the profile names: newer ones answer ENOSYS, so that a C library newer
 * than the profile falls back. Entries that it does not name answer ENOSYS too.
 */
#ifndef SECCOMP_PROFILE_H
#define SECCOMP_PROFILE_H

#include "sandbox/base/failure.h"
#include "seccomp/filter.h"

/* text is the profile, name what errors call it. The program is heap memory,
 * freed with filter_free(). A profile that would make the kernel ask a listener
 * (SCMP_ACT_NOTIFY) or trace is refused. */
int profile_compile(
	const char *name, const char *text, size_t length, struct filter *ret, struct failure *f);
void filter_free(struct filter *filter);

#endif
