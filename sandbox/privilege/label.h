/* sandbox/privilege/label.h: the label that the builder's program is to have.
 *
 * Runs in  the launcher, which checks and translates, and in the builder, before seccomp; takes
 *          effect at its exec.
 * Source   apparmor(7) "exec", selinux attr/exec; Documentation/admin-guide/LSM; setexeccon(3).
 */
#ifndef SANDBOX_PRIVILEGE_LABEL_H
#define SANDBOX_PRIVILEGE_LABEL_H

#include "sandbox/base/failure.h"

/* In the launcher: is there such a security module here at all? */
int label_check(const char *apparmor, const char *selinux, struct failure *f);

/* In the launcher: the label as the kernel writes it (mcstrans knows others), if the policy
 * that is loaded has such a label. library is loaded for this and stays so: "libselinux.so.1".
 * The caller frees *ret. */
#define LABEL_LIBRARY "libselinux.so.1"
int label_selinux_raw(const char *library, const char *label, char **ret, struct failure *f);

/* Ask for the AppArmor profile or the SELinux label at the next exec, and read it back. */
int label_apply(const char *apparmor, const char *selinux, struct failure *f);

#endif
