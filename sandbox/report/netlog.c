#include "sandbox/report/netlog.h"

#include "sandbox/base/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *netlog_verdict(uint16_t verdict)
{
	static const char *const names[] = {
		[EGRESS_CARRIED] = "allowed",
		[EGRESS_REFUSED] = "refused",
		[EGRESS_BROKEN] = "failed",
	};

	return names[verdict];
}

static bool is_alike(const struct egress_record *a, const struct egress_record *b)
{
	return a->port == b->port && a->verdict == b->verdict && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->address, b->address) == 0 && strcmp(a->protocol, b->protocol) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

void netlog_take(struct netlog *log, const struct egress_record *record)
{
	log->totals[record->verdict]++;
	for (size_t i = 0; i < log->n; i++)
		if (is_alike(&log->rows[i].record, record)) {
			log->rows[i].times++;
			log->rows[i].record.up_bytes += record->up_bytes;
			log->rows[i].record.down_bytes += record->down_bytes;
			return;
		}
	if (log->rows == NULL)
		log->rows = calloc(NETLOG_ROWS, sizeof(*log->rows));
	if (log->rows == NULL || log->n == NETLOG_ROWS)
		return;
	log->rows[log->n++] = (struct netlog_row){ .record = *record, .times = 1 };
}

const char *netlog_host(const struct egress_record *record)
{
	return record->name[0] != '\0' ? record->name : record->address;
}

static const char *filled(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static bool fill_row(cJSON *o, const struct netlog_row *row)
{
	const struct egress_record *r = &row->record;

	return value_text(o, "host", netlog_host(r)) &&
	       value_text(o, "address", filled(r->address)) && value_integer(o, "port", r->port) &&
	       value_text(o, "protocol", r->protocol) &&
	       value_text(o, "verdict", netlog_verdict(r->verdict)) &&
	       value_text(o, "reason", filled(r->reason)) &&
	       value_integer(o, "times", row->times) &&
	       value_integer(o, "bytes", r->up_bytes + r->down_bytes) &&
	       value_integer(o, "up_bytes", r->up_bytes) &&
	       value_integer(o, "down_bytes", r->down_bytes);
}

cJSON *netlog_json(const struct netlog *log)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < log->n; i++) {
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && fill_row(o, &log->rows[i]);
	}
	return value_whole(all, ok);
}

uint64_t netlog_crowded(const struct netlog *log)
{
	uint64_t times = 0;

	for (size_t i = 0; i < log->n; i++)
		if (log->rows[i].record.verdict == EGRESS_REFUSED &&
			netlog_host(&log->rows[i].record)[0] == '\0')
			times += log->rows[i].times;
	return times;
}

struct sum {
	const char *who;
	uint64_t times;
	bool permissible; /* what it was refused for is that no rule names it */
};

static size_t sum_refused(const struct netlog *log, struct sum *sums)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++) {
		const struct netlog_row *row = &log->rows[i];
		size_t k = 0;

		if (row->record.verdict != EGRESS_REFUSED || netlog_host(&row->record)[0] == '\0')
			continue;
		while (k < n && strcmp(sums[k].who, netlog_host(&row->record)) != 0)
			k++;
		if (k == n)
			sums[n++] = (struct sum){ netlog_host(&row->record), 0, false };
		sums[k].times += row->times;
		sums[k].permissible |= strstr(row->record.reason, "not permitted") != NULL;
	}
	return n;
}

static int more_often_first(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	return x->times == y->times ? strcmp(x->who, y->who) : x->times < y->times ? 1 : -1;
}

void netlog_refused(
	const struct netlog *log, char *ret, size_t size, char *ret_first, size_t first_size)
{
	struct sum *sums = calloc(NETLOG_ROWS, sizeof(*sums));
	size_t n = sums != NULL ? sum_refused(log, sums) : 0, used = 0;

	ret[0] = ret_first[0] = '\0';
	if (n > 0)
		qsort(sums, n, sizeof(*sums), more_often_first);
	for (size_t i = 0; i < n && ret_first[0] == '\0'; i++)
		if (sums[i].permissible)
			snprintf(ret_first, first_size, "%s", sums[i].who);
	for (size_t i = 0; i < n && used + HOST_NAME_BYTES + 40 < size; i++)
		used += (size_t)snprintf(ret + used, size - used, "%s%s (%llu)", i == 0 ? "" : ", ",
			sums[i].who, (unsigned long long)sums[i].times);
	free(sums);
}

void netlog_release(struct netlog *log)
{
	free(log->rows);
	*log = (struct netlog){ 0 };
}
