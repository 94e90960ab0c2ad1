/* sandbox/store/cache_key.h: whose a named cache is: pure.
 *
 * Of       the scope, the cache's name, and the ids that its files have, each with its length
 *          before it: no two sets of words give one key. Nothing that a builder says is among them.
 * Scope    what the user calls it, or where the source is; the one never meets the other.
 */
#ifndef SANDBOX_STORE_CACHE_KEY_H
#define SANDBOX_STORE_CACHE_KEY_H

#include <stdbool.h>
#include <stddef.h>

#define CACHE_KEY_BYTES 65 /* hexadecimal SHA-256, with its NUL */

struct cache_scope {
	bool named;       /* --cache-scope; else the source's place */
	const char *word; /* borrowed */
};

/* What may be told of a scope, which may name a place that is nobody's business. */
void cache_key_scope(const struct cache_scope *scope, char ret[CACHE_KEY_BYTES]);
void cache_key(const struct cache_scope *scope, const char *name, const char *ids,
	char ret[CACHE_KEY_BYTES]);

/* Whose a mirror of a source is: of these words, none of which a server says. */
void cache_key_source(const char *const *words, size_t n, char ret[CACHE_KEY_BYTES]);

bool cache_key_is_valid(const char *text);

#endif
