/* sandbox/fetch/feature.h: what this libgit2 has, asked in one place.
 *
 * Debian 12 has 1.5, Debian 13 has 1.9. The limit on the size of one object came
 * as a security fix into both lines without a version to test for; fetch.mk asks
 * the compiler and defines FETCH_HAS_OBJECT_LIMIT.
 *
 * The same release of fixes (Debian's 1.5.1+ds-1+deb12u2 and 1.9.0+ds-2+deb13u1)
 * made the library tell whose password is wanted after a redirect (CVE-2026-53586).
 * Without it, nobody can say, so no password is given over http.
 */
#ifndef SANDBOX_FETCH_FEATURE_H
#define SANDBOX_FETCH_FEATURE_H

#include <git2.h>
#include <stdbool.h>
#include <string.h>

#define FEATURE_LIBGIT2(major, minor)                                                              \
	(LIBGIT2_VER_MAJOR > (major) ||                                                            \
		(LIBGIT2_VER_MAJOR == (major) && LIBGIT2_VER_MINOR >= (minor)))

#if FEATURE_LIBGIT2(1, 7)
#define FEATURE_DEPTH 1
static inline void feature_set_depth(git_fetch_options *options, int depth)
{
	options->depth = depth > 0 ? depth : GIT_FETCH_DEPTH_FULL;
}

/* Did the last fetch fail only because the server cannot leave history out? It has no code of its
 * own. */
static inline bool feature_depth_refused(void)
{
	const git_error *error = git_error_last();

	return error != NULL && error->message != NULL &&
	       strstr(error->message, "support shallow") != NULL;
}

static inline int feature_set_timeouts(int connect_ms, int idle_ms)
{
	int rc = git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, connect_ms);

	return rc < 0 ? rc : git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, idle_ms);
}
#else
/* Full history, and the launcher's own time limit alone. */
#define FEATURE_DEPTH 0
static inline void feature_set_depth(git_fetch_options *options, int depth)
{
	(void)options;
	(void)depth;
}

static inline bool feature_depth_refused(void)
{
	return false;
}

static inline int feature_set_timeouts(int connect_ms, int idle_ms)
{
	(void)connect_ms;
	(void)idle_ms;
	return 0;
}
#endif

#ifdef FETCH_HAS_OBJECT_LIMIT
#define FEATURE_KNOWS_WHO_ASKS 1
static inline int feature_set_object_limit(size_t bytes)
{
	return git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, bytes);
}
#else
#define FEATURE_KNOWS_WHO_ASKS 0
/* The address space limit that the keeper set stands alone. */
static inline int feature_set_object_limit(size_t bytes)
{
	(void)bytes;
	return 0;
}
#endif

#endif
