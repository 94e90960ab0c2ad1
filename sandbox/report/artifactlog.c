#include "sandbox/report/artifactlog.h"

#include "sandbox/base/value.h"

#include <stdio.h>
#include <stdlib.h>

static void row_end(const struct artifact_record *row)
{
	free(row->path);
	free(row->destination);
}

bool artifactlog_add(struct artifactlog *log, const struct artifact_record *row)
{
	if (log->n == log->room) {
		size_t room = log->room > 0 ? log->room * 2 : 16;
		struct artifact_record *rows = reallocarray(log->rows, room, sizeof(*rows));

		if (rows == NULL || row->path == NULL) {
			row_end(row);
			log->rows = rows != NULL ? rows : log->rows;
			return false;
		}
		log->rows = rows;
		log->room = room;
	}
	log->rows[log->n++] = *row;
	return true;
}

void artifactlog_release(struct artifactlog *log)
{
	for (size_t i = 0; i < log->n; i++)
		row_end(&log->rows[i]);
	free(log->rows);
	*log = (struct artifactlog){ .rows = NULL };
}

cJSON *artifactlog_row_json(const struct artifact_record *row)
{
	cJSON *o = cJSON_CreateObject();
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", row->mode & 07777);
	if (o != NULL && value_text(o, "path", row->path) &&
		value_text(o, "destination", row->destination) &&
		value_integer(o, "bytes", row->bytes) && value_text(o, "sha256", row->sha256) &&
		value_text(o, "mode", mode))
		return o;
	cJSON_Delete(o);
	return NULL;
}

cJSON *artifactlog_json(const struct artifactlog *log)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < log->n; i++)
		ok = value_push(all, artifactlog_row_json(&log->rows[i]));
	return value_whole(all, ok);
}

cJSON *artifactlog_offered_json(const struct artifactlog *log)
{
	return log->offered != NULL ? value_strings(log->offered) : cJSON_CreateArray();
}
