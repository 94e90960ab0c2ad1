/* namespaces/root_figures.h: what /proc and /sys say of memory and processors, where the run has less
 * of them than the host: the limit, so that who sizes itself by these files fits.
 *
 * Runs in  the keeper: as part of the root, and once more if the repository asks for less.
 * True     for all of the run are how much memory and which processors there are. What is
 *          free of it is what was at the start: no file without a daemon behind it follows.
 * Not told by a file, and so the host's: sysinfo(2), and /proc/loadavg.
 */
#ifndef NAMESPACES_ROOT_FIGURES_H
#define NAMESPACES_ROOT_FIGURES_H

#include "namespaces/root.h"
#include "namespaces/root_row.h"

#include <sched.h>

struct root_figures {
	uint64_t memory_bytes, swap_bytes; /* LIMIT_NONE: as the host has it */
	cpu_set_t processors;
};

/* Those that the caller may use; all that may be said where there are more than a mask holds. */
void root_figures_processors(cpu_set_t *ret);
/* "0-3,7\n", as the kernel lists them. */
void root_figures_list(const cpu_set_t *processors, char *buf, size_t size);
/* What takes the place of /proc/stat: the processors, and nothing that anybody does with them. */
int root_figures_stat(int fd, const cpu_set_t *processors);

/* Over /proc/meminfo and /proc/cpuinfo, as far as the host has more. Needs /proc in place. */
int root_figures_show(
	const struct root *root, const struct root_figures *figures, struct failure *f);
/* The same and over /proc/stat and /sys, when the root has been entered and has said more. */
int root_figures_lower(
	const struct root *root, const struct root_figures *figures, struct failure *f);
void root_figures_each(root_row_fn row, void *data);

#endif
