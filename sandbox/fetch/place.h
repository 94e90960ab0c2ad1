/* sandbox/fetch/place.h: paths of the host, and where the fetcher has what lies there.
 *
 * Pure: no I/O. A local repository names others by their paths on the host: in a .git file, a
 * link, an alternates file. The fetcher has only what was bound for it, the source and what was
 * named with --borrow, and looks in nothing else.
 */
#ifndef SANDBOX_FETCH_PLACE_H
#define SANDBOX_FETCH_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define PLACE_ROWS  9 /* the source, and eight that were borrowed */
#define PLACE_BYTES 4096

struct place {
	const char *host; /* absolute, no link in it */
	const char *here;
};

struct places {
	struct place rows[PLACE_ROWS];
	size_t n;
};

/* False when there is no room for one more. Both are borrowed. */
bool place_add(struct places *places, const char *host, const char *here);

/* path as it stands in the directory `base` of the host, without "." and ".." and "//" in
 * PLACE_BYTES; false if that does not fit. Links in it are not known, nor followed. */
bool place_join(const char *base, const char *path, char *ret);

/* Where host lies here, in PLACE_BYTES: in the widest of the places, so that relative links from
 * there lead on. False if it is in none. */
bool place_here(const struct places *places, const char *host, char *ret);

/* The way back. */
bool place_host(const struct places *places, const char *here, char *ret);

#endif
