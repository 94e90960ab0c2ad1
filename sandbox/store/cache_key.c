#include "sandbox/store/cache_key.h"

#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void add(SHA2_CTX *hash, const char *word)
{
	char length[24];

	snprintf(length, sizeof(length), "%zu:", strlen(word));
	SHA256Update(hash, (const uint8_t *)length, strlen(length));
	SHA256Update(hash, (const uint8_t *)word, strlen(word));
}

static void begin(SHA2_CTX *hash, const struct cache_scope *scope)
{
	SHA256Init(hash);
	/* The number is that of what a cache's tree means: another key once that changes. */
	add(hash, "cofferdam-cache 1");
	add(hash, scope->named ? "named" : "source");
	add(hash, scope->word);
}

void cache_key_scope(const struct cache_scope *scope, char ret[CACHE_KEY_BYTES])
{
	SHA2_CTX hash;

	begin(&hash, scope);
	SHA256End(&hash, ret);
}

void cache_key(const struct cache_scope *scope, const char *name, const char *ids,
	char ret[CACHE_KEY_BYTES])
{
	SHA2_CTX hash;

	begin(&hash, scope);
	add(&hash, name);
	add(&hash, ids);
	SHA256End(&hash, ret);
}

void cache_key_source(const char *const *words, size_t n, char ret[CACHE_KEY_BYTES])
{
	SHA2_CTX hash;

	SHA256Init(&hash);
	add(&hash, "cofferdam-source 1");
	for (size_t i = 0; i < n; i++)
		add(&hash, words[i]);
	SHA256End(&hash, ret);
}

bool cache_key_is_valid(const char *text)
{
	return strlen(text) == CACHE_KEY_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == CACHE_KEY_BYTES - 1;
}
