#include "sandbox/report/cachelog.h"

#include "sandbox/base/value.h"

const char *cache_state_name(enum cache_state state)
{
	switch (state) {
	case CACHE_READ:
		return "read";
	case CACHE_KEPT:
		return "kept";
	case CACHE_UNCHANGED:
		return "unchanged";
	case CACHE_NOT_KEPT:
		return "not_kept";
	case CACHE_UNAVAILABLE:
		break;
	}
	return "unavailable";
}

/* For which zero means that there is none. */
static uint64_t number_or_null(uint64_t number)
{
	return number == 0 ? UINT64_MAX : number;
}

static cJSON *row_json(const struct cachelog *log, const struct cache_row *row)
{
	bool kept = row->kept != 0;
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_text(o, "name", row->name) && value_text(o, "path", row->place);
	ok = ok && value_text(o, "scope", log->scope);
	ok = ok && value_text(o, "mode", row->writes ? "rw" : "ro");
	ok = ok && value_text(o, "state", cache_state_name(row->state));
	ok = ok && value_text(o, "detail", row->detail[0] != '\0' ? row->detail : NULL);
	ok = ok && value_integer(o, "generation", number_or_null(row->generation));
	ok = ok && value_integer(o, "kept", number_or_null(row->kept));
	ok = ok && value_integer(o, "bytes", kept ? row->bytes : UINT64_MAX);
	ok = ok && value_integer(o, "files", kept ? row->files : UINT64_MAX);
	ok = ok && value_integer(o, "left_out", kept ? row->left_out : UINT64_MAX);
	ok = ok && value_bool(o, "copied", row->copied) && value_bool(o, "damaged", row->damaged);
	return value_whole(o, ok);
}

cJSON *cachelog_json(const struct cachelog *log)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < log->n; i++)
		ok = value_push(all, row_json(log, &log->rows[i]));
	return value_whole(all, ok);
}
