/* sandbox/store/cache_record.h: what one generation of a cache says of itself, in one line of text.
 *
 * Pure. As root_record.h has it: written last, and a tree that it does not fit is none.
 */
#ifndef SANDBOX_STORE_CACHE_RECORD_H
#define SANDBOX_STORE_CACHE_RECORD_H

#include "sandbox/config/cache_word.h"
#include "sandbox/store/cache_key.h"

#include <stdbool.h>
#include <stdint.h>

#define CACHE_FILE_BYTES   (CACHE_KEY_BYTES + 20) /* of "KEY.GENERATION", with its NUL */
#define CACHE_RECORD_BYTES 320

struct cache_record {
	char key[CACHE_KEY_BYTES];
	uint64_t generation; /* the first is 1 */
	uint64_t inode;      /* of the tree's own directory; a copy has another */
	int64_t changed_s;   /* when that changed for the last time: st_ctim */
	uint32_t changed_ns; /* its rest */
	uint64_t bytes, files;
	char name[CACHE_NAME_BYTES]; /* as the user calls it; for people */
};

void cache_record_format(const struct cache_record *record, char ret[CACHE_RECORD_BYTES]);
/* text is NUL-terminated. False: it is none, or not exactly as it is written. */
bool cache_record_parse(const char *text, struct cache_record *ret);

/* The name of a generation in the store, and what such a name says (only both are filled). */
void cache_record_name(const struct cache_record *record, char ret[CACHE_FILE_BYTES]);
bool cache_record_parse_name(
	const char *name, char ret_key[CACHE_KEY_BYTES], uint64_t *ret_generation);

#endif
