#include "sandbox/report/dockerlog.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/docker/route.h"

#include <string.h>

/* ---- taking ---- */

static void refused_take(struct dockerlog *log, const struct control *message)
{
	struct dockerlog_refused *row;

	log->refused_total++;
	if (log->refused == NULL)
		log->refused = calloc(DOCKERLOG_REFUSED, sizeof(*log->refused));
	if (log->refused == NULL || log->refused_n == DOCKERLOG_REFUSED)
		return;
	row = &log->refused[log->refused_n++];
	memcpy(row->method, message->refused.method, sizeof(row->method));
	memcpy(row->path, message->refused.path, sizeof(row->path));
	memcpy(row->reason, message->refused.reason, sizeof(row->reason));
	row->status = message->count;
}

static void object_take(struct dockerlog_objects *objects, const struct control *message)
{
	struct dockerlog_object *row;

	objects->total++;
	if (objects->rows == NULL)
		objects->rows = calloc(DOCKERLOG_OBJECTS, sizeof(*objects->rows));
	if (objects->rows == NULL || objects->n == DOCKERLOG_OBJECTS)
		return;
	row = &objects->rows[objects->n++];
	row->kind = message->kind < OBJECT_KINDS ? message->kind : OBJECT_KINDS;
	memcpy(row->id, message->object.id, sizeof(row->id));
	memcpy(row->note, message->object.note, sizeof(row->note));
}

void dockerlog_take(struct dockerlog *log, const struct control *message)
{
	switch (message->type) {
	case CONTROL_REFUSED:
		refused_take(log, message);
		break;
	case CONTROL_MADE:
		object_take(&log->made, message);
		break;
	case CONTROL_GONE:
		object_take(&log->gone, message);
		break;
	case CONTROL_LEFT:
		object_take(&log->left, message);
		break;
	default:
		break;
	}
}

/* ---- telling ---- */

/* Several rows of the table may have one method and path, for different levels. */
static cJSON *requests_object(const struct dockerlog *log)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (size_t i = 0; ok && i < routes_n && i < COUNTERS_ROUTES; i++) {
		uint64_t count = log->counters.requests[i];
		char name[128];

		if (routes[i].answer == ANSWER_REFUSE)
			continue;
		snprintf(
			name, sizeof(name), "%s %s", route_method_name(&routes[i]), routes[i].path);
		for (size_t k = i + 1; k < routes_n && k < COUNTERS_ROUTES; k++)
			if (routes[k].method == routes[i].method &&
				strcmp(routes[k].path, routes[i].path) == 0)
				count += log->counters.requests[k];
		if (count == 0 || cJSON_GetObjectItemCaseSensitive(o, name) != NULL)
			continue;
		ok = value_integer(o, name, count);
	}
	return value_whole(o, ok);
}

static cJSON *refused_array(const struct dockerlog *log)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < log->refused_n; i++) {
		const struct dockerlog_refused *row = &log->refused[i];
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && value_text(o, "method", row->method) &&
		     value_text(o, "path", row->path) && value_integer(o, "status", row->status) &&
		     value_text(o, "reason", row->reason);
	}
	return value_whole(all, ok);
}

static cJSON *objects_array(const struct dockerlog_objects *objects, const char *note)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < objects->n; i++) {
		const struct dockerlog_object *row = &objects->rows[i];
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && value_text(o, "kind", object_kind_name(row->kind)) &&
		     value_text(o, "id", row->id) &&
		     value_text(o, note, row->note[0] != '\0' ? row->note : NULL);
	}
	return value_whole(all, ok);
}

cJSON *dockerlog_json(const struct dockerlog *log)
{
	const struct counters *counters = &log->counters;
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_text(o, "level", docker_level_name(log->level));
	ok = ok && value_text(o, "engine", log->engine[0] != '\0' ? log->engine : NULL);
	ok = ok && value_integer(o, "connections", counters->connections);
	ok = ok && value_item(o, "requests", requests_object(log));
	ok = ok && value_item(o, "refused", refused_array(log));
	ok = ok && value_integer(o, "refused_total", log->refused_total);
	ok = ok && value_item(o, "created", objects_array(&log->made, "name"));
	ok = ok && value_integer(o, "created_total", log->made.total);
	ok = ok && value_item(o, "removed", objects_array(&log->gone, "name"));
	ok = ok && value_integer(o, "removed_total", log->gone.total);
	ok = ok && value_item(o, "left", objects_array(&log->left, "detail"));
	ok = ok && value_integer(o, "left_total", log->left.total);
	ok = ok && value_integer(o, "from_builder_bytes", counters->from_builder_bytes);
	ok = ok && value_integer(o, "to_builder_bytes", counters->to_builder_bytes);
	return value_whole(o, ok);
}

void dockerlog_release(struct dockerlog *log)
{
	free(log->refused);
	free(log->made.rows);
	free(log->gone.rows);
	free(log->left.rows);
	*log = (struct dockerlog){ .level = log->level };
}
