/* sandbox/privilege/caps.h: capabilities gone, and read back.
 *
 * Runs in  the builder and the fetcher, before their program; the keeper, once
 *          nothing more is to be mounted.
 * Source   capabilities(7), libcap.
 */
#ifndef SANDBOX_PRIVILEGE_CAPS_H
#define SANDBOX_PRIVILEGE_CAPS_H

#include "sandbox/base/failure.h"

#include <stdbool.h>

/* What somebody keeps, in the user namespace of the sandbox. */
enum caps_kept {
	CAPS_NONE,
	CAPS_KILL,  /* the keeper: it signals a builder that has another id */
	CAPS_READ,  /* who takes artifacts out: CAP_DAC_READ_SEARCH, for files of every id inside */
	CAPS_CHOWN, /* the builder, with --allow-chown: CAP_CHOWN, CAP_FOWNER and CAP_FSETID, also
		     * in the inheritable and ambient sets, or its programs had none of them */
	CAPS_FILES, /* the same and CAP_DAC_OVERRIDE, all that root has over files of the ids
		     * inside: cofferdam-unpack, and root in an image with --allow-chown */
};

/* Lock the securebits, empty the bounding set, and leave in the ambient set what is kept for
 * programs. Needs CAP_SETPCAP, so it comes before the ids change. */
int caps_forbid_regain(enum caps_kept kept, struct failure *f);

/* Leave in the other three sets what is kept. With CAPS_NONE or CAPS_KILL the ambient set is
 * empty from here on, whatever it was (capabilities(7)). */
int caps_drop(enum caps_kept kept, struct failure *f);

/* All five sets are as they should be, every securebit set and locked. */
int caps_prove(enum caps_kept kept, struct failure *f);

/* no_new_privs, and read back. */
int caps_no_new_privileges(struct failure *f);

#endif
