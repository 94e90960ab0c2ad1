/* sandbox/report/cachelog.h: what became of the run's caches (--cache).
 */
#ifndef SANDBOX_REPORT_CACHELOG_H
#define SANDBOX_REPORT_CACHELOG_H

#include "sandbox/config/cache_word.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cache_state {
	CACHE_READ,       /* nothing of it was to be kept */
	CACHE_KEPT,       /* what the build left is there for the next run */
	CACHE_UNCHANGED,  /* it left what was there */
	CACHE_NOT_KEPT,   /* what was there is there, and detail says why */
	CACHE_UNAVAILABLE /* the build found nothing, and nothing of it is kept; detail says why */
};
const char *cache_state_name(enum cache_state state);

struct cache_row {
	char name[CACHE_NAME_BYTES];
	char place[CACHE_PLACE_BYTES]; /* inside */
	bool writes;                   /* :rw */
	enum cache_state state;
	char detail[160];
	uint64_t generation;             /* that the build found; 0: none was there */
	uint64_t kept;                   /* that is the newest now; 0: none was made */
	uint64_t bytes, files, left_out; /* of the one that was made */
	bool copied;                     /* without an overlay */
	bool damaged;                    /* something was there, and not as it was kept */
};

#define CACHELOG_ROWS 16
struct cachelog {
	char scope[65]; /* cache_key.h; "" without caches */
	struct cache_row rows[CACHELOG_ROWS];
	size_t n;
};

/* NULL without memory. */
cJSON *cachelog_json(const struct cachelog *log);

#endif
