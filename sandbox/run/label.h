/* sandbox/run/label.h: the label that the builder's program is to have.
 *
 * Runs in  the builder, before seccomp; takes effect at its exec.
 * Source   apparmor(7) "exec", selinux attr/exec; Documentation/admin-guide/LSM.
 */
#ifndef COFFERDAM_LABEL_H
#define COFFERDAM_LABEL_H

#include "sandbox/failure.h"

/* In the launcher: is there such a security module here at all? */
int label_check(const char *apparmor, const char *selinux, struct failure *f);

/* Ask for the AppArmor profile or the SELinux label at the next exec, and read it back. */
int label_apply(const char *apparmor, const char *selinux, struct failure *f);

#endif
