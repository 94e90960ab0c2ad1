/* sandbox/fetch/library.h: libgit2's global state, and its errors as ours.
 *
 * library_start comes after confinement, so that even certificates are parsed
 * behind the walls.
 */
#ifndef SANDBOX_FETCH_LIBRARY_H
#define SANDBOX_FETCH_LIBRARY_H

#include "sandbox/base/failure.h"

#include <git2.h>
#include <stdbool.h>

/* ca: a PEM file to trust instead of the system's, or NULL. */
int library_start(const char *ca, struct failure *f);

/* Check the name of every object that is read against its content, or do not. */
void library_verify(bool verify);

/* Fill *f from what libgit2 said last, under our own words, and return -1. A full
 * tmpfs is recognised (errnum ENOSPC) at `into`, and memory that ran out (ENOMEM). */
int library_fail(struct failure *f, const char *into, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a failure that *f already describes: name the cause ENOSPC. */
int library_fail_full(struct failure *f, const char *into);

/* Ownership, as in own.h. */
#define LIBRARY_OWN(type)                                                                          \
	static inline void own_##type##_end(git_##type **p)                                        \
	{                                                                                          \
		git_##type##_free(*p);                                                             \
		*p = NULL;                                                                         \
	}
LIBRARY_OWN(repository)
LIBRARY_OWN(remote)
LIBRARY_OWN(reference)
LIBRARY_OWN(object)
LIBRARY_OWN(commit)
LIBRARY_OWN(tree)
LIBRARY_OWN(tag)
LIBRARY_OWN(odb)
LIBRARY_OWN(odb_object)
LIBRARY_OWN(config)
LIBRARY_OWN(index)
LIBRARY_OWN(reference_iterator)
#undef LIBRARY_OWN

#define own_git(type) __attribute__((cleanup(own_##type##_end))) git_##type *

#endif
