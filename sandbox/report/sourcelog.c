#include "sandbox/report/sourcelog.h"

#include "sandbox/base/value.h"

static const char *const states[] = {
	[SOURCE_OFF] = "off",
	[SOURCE_UNAVAILABLE] = "unavailable",
	[SOURCE_READ] = "read",
	[SOURCE_KEPT] = "kept",
	[SOURCE_NOT_KEPT] = "not_kept",
};

static const char *const contacts[] = {
	[SOURCE_UNASKED] = "none",
	[SOURCE_LISTED] = "listed",
	[SOURCE_FETCHED] = "fetched",
};

/* For which zero means that there is none. */
static uint64_t number_or_null(uint64_t number)
{
	return number == 0 ? UINT64_MAX : number;
}

cJSON *sourcelog_json(const struct sourcelog *log)
{
	bool told = log->state >= SOURCE_READ && log->contact != SOURCE_UNTOLD;
	cJSON *o;
	bool ok;

	if (log->state == SOURCE_NOT_REMOTE)
		return cJSON_CreateNull();
	o = cJSON_CreateObject();
	ok = o != NULL && value_text(o, "state", states[log->state]);
	ok = ok && value_text(o, "detail", log->detail[0] != '\0' ? log->detail : NULL);
	ok = ok && value_text(o, "contact", told ? contacts[log->contact] : NULL);
	ok = ok && value_integer(o, "received_bytes", told ? log->received_bytes : UINT64_MAX);
	ok = ok && value_integer(o, "generation", number_or_null(log->generation));
	ok = ok && value_integer(o, "kept", number_or_null(log->kept));
	ok = ok && value_integer(o, "bytes", log->kept != 0 ? log->bytes : UINT64_MAX);
	ok = ok && value_bool(o, "damaged", log->damaged);
	return value_whole(o, ok);
}
