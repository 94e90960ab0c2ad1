/* sandbox/report/sourcelog.h: what became of the mirror of the run's source (--cache-source).
 */
#ifndef SANDBOX_REPORT_SOURCELOG_H
#define SANDBOX_REPORT_SOURCELOG_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum source_state {
	SOURCE_NOT_REMOTE,  /* there is nothing to keep */
	SOURCE_OFF,         /* the user wants none */
	SOURCE_UNAVAILABLE, /* detail says why; the server was asked for all of it */
	SOURCE_READ,        /* what was kept is kept */
	SOURCE_KEPT,        /* what was fetched is there for the next run */
	SOURCE_NOT_KEPT     /* detail says why */
};

/* How far the server was asked; until the fetcher has said it nobody knows. */
enum source_contact { SOURCE_UNTOLD, SOURCE_UNASKED, SOURCE_LISTED, SOURCE_FETCHED };

struct sourcelog {
	enum source_state state;
	enum source_contact contact;
	char detail[160];
	uint64_t generation;     /* that was read; 0: none was there */
	uint64_t kept;           /* that is the newest now; 0: none was made */
	uint64_t bytes;          /* of the one that was made */
	uint64_t received_bytes; /* of objects, from the server */
	bool damaged;            /* something was there, and not as it was kept */
};

/* null where nothing is to be kept. NULL without memory. */
cJSON *sourcelog_json(const struct sourcelog *log);

#endif
