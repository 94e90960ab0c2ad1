#include "sandbox/docker/redact.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"

#include <stdio.h>
#include <string.h>

#define EXACT_BELOW 1e15 /* cJSON prints whole numbers below it digit by digit */
#define INT64_ABOUT 9.2e18

/* What stands there instead. A value of another type, and none, stay as they are. */
enum instead { EMPTY_STRING, EMPTY_OBJECT, ZERO };

static const struct row {
	enum redact what;
	const char *path; /* keys; a star is every item */
	enum instead instead;
	const char *reason;
} rows[] = {
	{ REDACT_CONTAINER, "ResolvConfPath", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "HostnamePath", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "HostsPath", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "LogPath", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "MountLabel", EMPTY_STRING, "the host's policy" },
	{ REDACT_CONTAINER, "ProcessLabel", EMPTY_STRING, "the host's policy" },
	{ REDACT_CONTAINER, "AppArmorProfile", EMPTY_STRING, "the host's policy" },
	{ REDACT_CONTAINER, "GraphDriver/Data", EMPTY_OBJECT, "paths of the host" },
	{ REDACT_CONTAINER, "Storage", EMPTY_OBJECT, "paths of the host" },
	{ REDACT_CONTAINER, "State/Pid", ZERO, "a process of the host" },
	{ REDACT_CONTAINER, "State/ConmonPid", ZERO, "a process of the host" },
	{ REDACT_CONTAINER, "State/CgroupPath", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "HostConfig/CgroupParent", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "HostConfig/ContainerIDFile", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "Mounts/*/Source", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER, "NetworkSettings/SandboxKey", EMPTY_STRING, "a path of the host" },
	{ REDACT_CONTAINER_SUMMARY, "Mounts/*/Source", EMPTY_STRING, "a path of the host" },
	{ REDACT_EXEC, "Pid", ZERO, "a process of the host" },
	{ REDACT_VOLUME, "Mountpoint", EMPTY_STRING, "a path of the host" },
	{ REDACT_VOLUME, "Status", EMPTY_OBJECT, "what a plugin says of the host" },
	{ REDACT_IMAGE, "GraphDriver/Data", EMPTY_OBJECT, "paths of the host" },
};

/* ---- rows ---- */

static bool blank(cJSON *parent, cJSON *item, enum instead instead)
{
	cJSON *fresh;

	if (instead == EMPTY_STRING && cJSON_IsString(item)) {
		item->valuestring[0] = '\0';
		return true;
	}
	if (instead == ZERO && cJSON_IsNumber(item)) {
		cJSON_SetNumberValue(item, 0);
		return true;
	}
	if (instead != EMPTY_OBJECT || !cJSON_IsObject(item) || item->child == NULL)
		return true;
	fresh = cJSON_CreateObject();
	if (fresh == NULL)
		return false;
	/* In its place, under its own name. */
	fresh->string = item->string;
	item->string = NULL;
	if (cJSON_ReplaceItemViaPointer(parent, item, fresh))
		return true;
	cJSON_Delete(fresh);
	return false;
}

static bool blank_path(cJSON *object, const char *path, enum instead instead)
{
	size_t n = strcspn(path, "/");
	cJSON *item = object != NULL ? object->child : NULL, *next;
	bool ok = true;

	for (; item != NULL; item = next) {
		next = item->next;
		if (!(n == 1 && path[0] == '*') &&
			(item->string == NULL || strlen(item->string) != n ||
				memcmp(item->string, path, n) != 0))
			continue;
		ok &= path[n] == '/' ? blank_path(item, path + n + 1, instead)
				     : blank(object, item, instead);
	}
	return ok;
}

/* ---- labels and numbers, anywhere ---- */

static void drop_labels(cJSON *labels)
{
	cJSON *item = labels->child, *next;

	for (; item != NULL; item = next) {
		next = item->next;
		if (item->string != NULL &&
			strncmp(item->string, LABEL_PREFIX, strlen(LABEL_PREFIX)) == 0)
			cJSON_Delete(cJSON_DetachItemViaPointer(labels, item));
	}
}

/* Of an event the labels stand among the attributes. */
static bool holds_labels(const cJSON *item)
{
	return cJSON_IsObject(item) && item->string != NULL &&
	       (strcmp(item->string, "Labels") == 0 || strcmp(item->string, "Attributes") == 0);
}

/* The last digits of it are lost already, in the double. */
static bool make_raw(cJSON *item)
{
	char digits[32];
	double value = item->valuedouble;

	if (value < EXACT_BELOW && value > -EXACT_BELOW)
		return true; /* what is larger has no fraction that a client would miss */
	if (value > INT64_ABOUT)
		snprintf(digits, sizeof(digits), "9223372036854775807");
	else if (value < -INT64_ABOUT)
		snprintf(digits, sizeof(digits), "-9223372036854775808");
	else
		snprintf(digits, sizeof(digits), "%.0f", value);
	item->valuestring = cJSON_malloc(strlen(digits) + 1);
	if (item->valuestring == NULL)
		return false;
	memcpy(item->valuestring, digits, strlen(digits) + 1);
	item->type = (item->type & ~cJSON_Number) | cJSON_Raw;
	return true;
}

static bool clean_all(cJSON *tree)
{
	bool ok = true;
	cJSON *item;

	if (holds_labels(tree))
		drop_labels(tree);
	if (cJSON_IsNumber(tree))
		return make_raw(tree);
	cJSON_ArrayForEach(item, tree)
	{
		ok &= clean_all(item);
	}
	return ok;
}

bool redact_object(enum redact what, cJSON *object)
{
	bool ok = clean_all(object);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].what == what)
			ok &= blank_path(object, rows[i].path, rows[i].instead);
	return ok;
}

/* ---- answers written anew ---- */

static double number_of(const cJSON *object, const char *name)
{
	double number = json_number(object, name, 0);

	return number > 0 && number < EXACT_BELOW ? (double)(int64_t)number : 0;
}

static bool put(cJSON *object, const char *name, const char *text)
{
	return cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool put_number(cJSON *object, const char *name, double number)
{
	return cJSON_AddNumberToObject(object, name, number) != NULL;
}

static cJSON *done(cJSON *object, bool ok)
{
	if (ok)
		return object;
	cJSON_Delete(object);
	return NULL;
}

static bool put_api(cJSON *object, const cJSON *engine, unsigned minor)
{
	char newest[16], oldest[16];

	snprintf(newest, sizeof(newest), "1.%u", minor);
	snprintf(oldest, sizeof(oldest), "1.%d", API_MINOR_OLDEST);
	return put(object, "ApiVersion", newest) && put(object, "MinAPIVersion", oldest) &&
	       put(object, "Os", json_text(engine, "Os")) &&
	       put(object, "Arch", json_text(engine, "Arch")) && put(object, "GoVersion", "") &&
	       put(object, "GitCommit", "") && put(object, "BuildTime", "");
}

static bool put_component(cJSON *version, const cJSON *engine, unsigned minor)
{
	cJSON *components = cJSON_AddArrayToObject(version, "Components");
	cJSON *component = cJSON_CreateObject();

	if (components == NULL || component == NULL ||
		!cJSON_AddItemToArray(components, component)) {
		cJSON_Delete(component);
		return false;
	}
	return put(component, "Name", "Engine") &&
	       put(component, "Version", json_text(engine, "Version")) &&
	       put_api(cJSON_AddObjectToObject(component, "Details"), engine, minor);
}

cJSON *redact_version(const cJSON *engine, unsigned minor)
{
	cJSON *version = cJSON_IsObject(engine) ? cJSON_CreateObject() : NULL;

	return done(version,
		version != NULL && put(cJSON_AddObjectToObject(version, "Platform"), "Name", "") &&
			put_component(version, engine, minor) &&
			put(version, "Version", json_text(engine, "Version")) &&
			put_api(version, engine, minor));
}

/* Of /info, all that is said. What is not copied is what an engine without anything would
 * say: clients look for the key, few for the value. */
enum info { INFO_COPY, INFO_FLAG, INFO_TEXT, INFO_COUNT, INFO_FALSE, INFO_LIST, INFO_OBJECT };
static const struct {
	const char *name;
	enum info from;
	const char *text;
} info_rows[] = {
	{ "ServerVersion", INFO_COPY, NULL },
	{ "OSType", INFO_COPY, NULL },
	{ "Architecture", INFO_COPY, NULL },
	{ "Driver", INFO_COPY, NULL },
	{ "CgroupVersion", INFO_COPY, NULL },
	/* of the kernel: docker info of 20.10 warns of what is missing */
	{ "MemoryLimit", INFO_FLAG, NULL },
	{ "SwapLimit", INFO_FLAG, NULL },
	{ "OomKillDisable", INFO_FLAG, NULL },
	{ "CpuCfsPeriod", INFO_FLAG, NULL },
	{ "CpuCfsQuota", INFO_FLAG, NULL },
	{ "CPUShares", INFO_FLAG, NULL },
	{ "CPUSet", INFO_FLAG, NULL },
	{ "PidsLimit", INFO_FLAG, NULL },
	{ "IPv4Forwarding", INFO_FLAG, NULL },
	{ "BridgeNfIptables", INFO_FLAG, NULL },
	{ "BridgeNfIp6tables", INFO_FLAG, NULL },
	{ "ID", INFO_TEXT, "" },
	{ "Name", INFO_TEXT, "cofferdam" },
	{ "OperatingSystem", INFO_TEXT, "" },
	{ "KernelVersion", INFO_TEXT, "" },
	{ "DockerRootDir", INFO_TEXT, "" },
	{ "CgroupDriver", INFO_TEXT, "" },
	{ "LoggingDriver", INFO_TEXT, "json-file" },
	{ "DefaultRuntime", INFO_TEXT, "" },
	{ "InitBinary", INFO_TEXT, "" },
	{ "Isolation", INFO_TEXT, "" },
	/* docker pull of 20.10 asks here which registry is meant by no registry */
	{ "IndexServerAddress", INFO_TEXT, "https://index.docker.io/v1/" },
	{ "HttpProxy", INFO_TEXT, "" },
	{ "HttpsProxy", INFO_TEXT, "" },
	{ "NoProxy", INFO_TEXT, "" },
	{ "Containers", INFO_COUNT, NULL },
	{ "ContainersRunning", INFO_COUNT, NULL },
	{ "ContainersPaused", INFO_COUNT, NULL },
	{ "ContainersStopped", INFO_COUNT, NULL },
	{ "Images", INFO_COUNT, NULL },
	{ "Debug", INFO_FALSE, NULL },
	{ "ExperimentalBuild", INFO_FALSE, NULL },
	{ "LiveRestoreEnabled", INFO_FALSE, NULL },
	{ "DriverStatus", INFO_LIST, NULL },
	{ "SecurityOptions", INFO_LIST, NULL },
	{ "Labels", INFO_LIST, NULL },
	{ "Warnings", INFO_LIST, NULL },
	{ "Runtimes", INFO_OBJECT, NULL },
	{ "Plugins", INFO_OBJECT, NULL },
};

static bool put_info(cJSON *info, const cJSON *engine, size_t row)
{
	const char *name = info_rows[row].name;

	switch (info_rows[row].from) {
	case INFO_COPY:
		return put(info, name, json_text(engine, name));
	case INFO_FLAG:
		return cJSON_AddBoolToObject(info, name,
			       cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(engine, name))) !=
		       NULL;
	case INFO_TEXT:
		return put(info, name, info_rows[row].text);
	case INFO_COUNT:
		return put_number(info, name, 0);
	case INFO_FALSE:
		return cJSON_AddFalseToObject(info, name) != NULL;
	case INFO_LIST:
		return cJSON_AddArrayToObject(info, name) != NULL;
	case INFO_OBJECT:
		return cJSON_AddObjectToObject(info, name) != NULL;
	}
	return false;
}

/* What the run may use, if that is less than what the host has. */
static bool put_sizes(cJSON *info, const cJSON *engine, const struct policy *policy)
{
	double cpus = number_of(engine, "NCPU"), memory = number_of(engine, "MemTotal");
	double cpus_limit = (double)((policy->limits.cpus_milli + UINT64_C(999)) / 1000);
	double memory_limit = (double)policy->limits.memory_bytes;

	if (policy->limits.cpus_milli != LIMIT_NONE && cpus_limit < cpus)
		cpus = cpus_limit;
	if (memory_limit < memory)
		memory = memory_limit;
	return put_number(info, "NCPU", cpus) && put_number(info, "MemTotal", memory);
}

cJSON *redact_info(const cJSON *engine, const struct policy *policy)
{
	cJSON *info = cJSON_IsObject(engine) ? cJSON_CreateObject() : NULL;
	bool ok = info != NULL;

	for (size_t i = 0; ok && i < ARRAY_LEN(info_rows); i++)
		ok = put_info(info, engine, i);
	return done(info,
		ok && put_sizes(info, engine, policy) &&
			put(cJSON_AddObjectToObject(info, "Swarm"), "LocalNodeState", "inactive"));
}
