/* sandbox/report/submodulelog.h: the submodules that came with a clone.
 */
#ifndef SANDBOX_REPORT_SUBMODULELOG_H
#define SANDBOX_REPORT_SUBMODULELOG_H

#include <stdbool.h>
#include <stddef.h>

#define SUBMODULES_MOST 500 /* the fetcher takes no more */

struct submodule_record {
	char *path;      /* below the clone */
	char *url;       /* "": a local source's own, without one */
	char commit[72]; /* hexadecimal */
};

struct submodulelog {
	struct submodule_record *rows;
	size_t n;
};

/* The words are copied. False: no memory, too many, or no commit is in it. */
bool submodulelog_add(
	struct submodulelog *log, const char *path, const char *url, const char *commit);
void submodulelog_release(struct submodulelog *log);

#endif
