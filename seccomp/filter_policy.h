/* seccomp/filter_policy.h: what each role may ask of the kernel, as rows with reasons.
 *
 * Data only: no libseccomp, no allocation, so the launcher can print it (explain)
 * and the generator can compile it (filter_generate.c). For one call the rows apply in
 * the order of enum policy_verdict, not in the order of the table:
 *
 *   1. REFUSE_WHEN  an argument that is refused whatever else is allowed
 *   2. ALLOW        with or without conditions
 *   3. REFUSE       the answer when no ALLOW row applied
 *   4. the default of the role, for every number that has no row
 *
 * Every condition on a number compares 32 bits at most. The kernel truncates int arguments,
 * so a compare of 64 bits is passed by TIOCSTI + 2^32 (CVE-2019-10063). A pointer is not
 * truncated: whether it is NULL is asked of all its bits.
 */
#ifndef SECCOMP_FILTER_POLICY_H
#define SECCOMP_FILTER_POLICY_H

#include "seccomp/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum policy_verdict {
	POLICY_REFUSE_WHEN,
	POLICY_ALLOW,
	POLICY_REFUSE,
};

enum policy_reach {
	POLICY_EVERYWHERE, /* a name that an architecture lacks is an error */
	POLICY_SOMEWHERE,  /* the architectures that lack a name skip it */
};

/* (argument & mask) == value; a mask of 0 ends the list. */
struct policy_condition {
	unsigned char argument;
	bool pointer; /* instead: any of all its 64 bits is set */
	uint32_t mask, value;
};

enum { POLICY_CONDITIONS = 3 };

struct policy_row {
	const char *calls; /* names, one space between two */
	enum policy_verdict verdict;
	enum policy_reach reach;
	int errnum;       /* of a refusal; 0 answers success without doing it */
	const char *when; /* the conditions in words, NULL if there are none */
	struct policy_condition conditions[POLICY_CONDITIONS];
	const char *reason;
};

/* Which entry into the kernel a row speaks of. */
enum policy_entry {
	POLICY_NATIVE,
	POLICY_COMPAT, /* i386 on x86-64; only the roles with 32BIT have rows */
};

/* Row number index of the role, NULL past the last one. */
const struct policy_row *policy_row(enum filter_role role, enum policy_entry entry, size_t index);

/* The errno for a call without a row, and why it is that one. */
int policy_default(enum filter_role role, const char **ret_reason);

/* "allow", "EPERM", "done" (success without doing it), …; static storage. */
const char *policy_answer(const struct policy_row *row);

/* The number of a call that libseccomp 2.5 does not know yet, the same on every
 * architecture (from 424 on), or -1. */
int policy_newer_number(const char *name);

/* Cut the next name of a row out of *calls into ret; false at the end. */
bool policy_next_call(const char **calls, char *ret, size_t size);

#endif
