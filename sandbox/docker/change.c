#include "sandbox/docker/change.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/docker/text.h"

#include <string.h>

#define LIMIT "a container has the limits of the run"
#define QUERY "no query for a name leaves the run"
#define OTHER "namespaces of the host are never shared"

static const struct {
	const char *name, *reason;
} rows[] = {
	{ "RestartPolicy", "nothing outlives the run" },
	{ "LogConfig", "other drivers and sizes open what is the host's, or fill its disk" },
	{ "Dns", QUERY },
	{ "DnsOptions", QUERY },
	{ "DnsSearch", QUERY },
	{ "IpcMode", OTHER },
	{ "CgroupnsMode", OTHER },
	{ "Memory", LIMIT },
	{ "MemorySwap", LIMIT },
	{ "MemoryReservation", LIMIT },
	{ "ShmSize", LIMIT },
	{ "NanoCpus", LIMIT },
	{ "CpuShares", LIMIT },
	{ "PidsLimit", LIMIT },
};

static bool says_nothing(const cJSON *value)
{
	const cJSON *item;

	if (value == NULL || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return true;
	if (cJSON_IsNumber(value))
		return value->valuedouble >= 0 && value->valuedouble <= 0;
	if (cJSON_IsString(value))
		return value->valuestring[0] == '\0';
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return false;
	cJSON_ArrayForEach(item, value)
	{
		if (!says_nothing(item))
			return false;
	}
	return true;
}

/* Is all that was asked for there, whatever else is? */
static bool is_in(const cJSON *asked, const cJSON *made)
{
	const cJSON *item;

	if (says_nothing(asked))
		return true;
	if (!cJSON_IsObject(asked))
		return cJSON_Compare(asked, made, true);
	cJSON_ArrayForEach(item, asked)
	{
		if (!is_in(item, json_member(made, item->string)))
			return false;
	}
	return true;
}

static bool add_sentence(cJSON *list, size_t row, const cJSON *made)
{
	own_mem char *printed = made != NULL ? cJSON_PrintUnformatted(made) : NULL;
	own_text struct text sentence = { 0 };
	cJSON *item;

	text_format(&sentence, "cofferdam: HostConfig.%s is %s here: %s", rows[row].name,
		printed != NULL ? printed : "left out", rows[row].reason);
	item = cJSON_CreateString(sentence.failed ? "" : sentence.s);
	if (item != NULL && cJSON_AddItemToArray(list, item))
		return true;
	cJSON_Delete(item);
	return false;
}

cJSON *change_list(const cJSON *asked, const cJSON *made)
{
	const cJSON *asked_host = json_member(asked, "HostConfig");
	const cJSON *made_host = json_member(made, "HostConfig");
	cJSON *list = cJSON_CreateArray();
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < ARRAY_LEN(rows); i++) {
		const cJSON *there = json_member(made_host, rows[i].name);

		if (!is_in(json_member(asked_host, rows[i].name), there))
			ok = add_sentence(list, i, there);
	}
	if (ok)
		return list;
	cJSON_Delete(list);
	return NULL;
}
