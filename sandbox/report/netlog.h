/* sandbox/report/netlog.h: which hosts a run reached, and which were refused.
 *
 * Filled   by the launcher, from the gateway's records as they come. What is alike is one row
 *          with a count; the first NETLOG_ROWS rows are kept, the rest is counted.
 * Owns     its rows; netlog_release() frees them.
 */
#ifndef SANDBOX_REPORT_NETLOG_H
#define SANDBOX_REPORT_NETLOG_H

#include "sandbox/companion/egress_message.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#define NETLOG_ROWS 500

struct netlog_row {
	struct egress_record record; /* with the bytes of all of them */
	uint64_t times;
};

struct netlog {
	struct netlog_row *rows;
	size_t n;
	uint64_t totals[EGRESS_BROKEN + 1]; /* by verdict */
	uint64_t lost;                      /* records that were not told */
};

const char *netlog_verdict(uint16_t verdict);
/* What people call it: the name, or else the address. */
const char *netlog_host(const struct egress_record *record);
void netlog_take(struct netlog *log, const struct egress_record *record);
/* The report's array "egress"; NULL when memory is out. */
cJSON *netlog_json(const struct netlog *log);
/* Connections that were refused for want of room, before it was known for whom they were. */
uint64_t netlog_crowded(const struct netlog *log);
/* "a.example (12), b.example (1)": what was refused, most often first; "" if nothing was. The
 * name in ret_first is one that a rule would permit, "" if there is none. */
void netlog_refused(
	const struct netlog *log, char *ret, size_t size, char *ret_first, size_t first_size);
void netlog_release(struct netlog *log);

#endif
