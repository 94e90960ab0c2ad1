#include "sandbox/config/request.h"

#include "sandbox/base/json.h"
#include "sandbox/base/jsonplace.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/config/artifact_word.h"
#include "sandbox/net/net_rule.h"

#include <stdio.h>
#include <string.h>

#define FILE_NAME   ".cofferdam.json"
#define EXACT_WHOLE 9007199254740992.0 /* 2^53: above it a double skips whole numbers */
#define PLACE_SIZE  96

/* A stranger's file: a command of REPO_COMMAND_BYTES, escaped, is the largest thing in it. */
static const struct jsontext_limits limits = { 64 * KIB, 4, 64 };

#define FIELD(member)                                                                              \
	offsetof(struct repo_request, member), sizeof(((struct repo_request *)NULL)->member)

const struct request_key request_keys[REQUEST_KEYS] = {
	{ "memory", REPO_MEMORY, RANGE_MEMORY, FIELD(limits.memory_bytes) },
	{ "swap", REPO_SWAP, RANGE_SWAP, FIELD(limits.swap_bytes) },
	{ "cpus", REPO_CPUS, RANGE_CPUS, FIELD(limits.cpus_milli) },
	{ "pids", REPO_PIDS, RANGE_PIDS, FIELD(limits.pids) },
	{ "app-size", REPO_APP_SIZE, RANGE_APP_SIZE, FIELD(limits.app_size_bytes) },
	{ "app-inodes", REPO_APP_INODES, RANGE_APP_INODES, FIELD(limits.app_inodes) },
	{ "timeout", REPO_TIMEOUT, RANGE_TIMEOUT, FIELD(limits.timeout_s) },
	{ "idle-timeout", REPO_IDLE_TIMEOUT, RANGE_TIMEOUT, FIELD(limits.idle_timeout_s) },
	{ "output-limit", REPO_OUTPUT_LIMIT, RANGE_OUTPUT_LIMIT, FIELD(limits.output_limit_bytes) },
};

void request_number_word(const cJSON *item, char word[NUMBER_TEXT_SIZE])
{
	double value = item->valuedouble;

	if (value >= 0 && value <= EXACT_WHOLE && value == (double)(uint64_t)value)
		snprintf(word, NUMBER_TEXT_SIZE, "%.0f", value);
	else
		snprintf(word, NUMBER_TEXT_SIZE, "%.15g", value);
}

bool request_quantity_word(const cJSON *item, const struct range *range,
	char storage[NUMBER_TEXT_SIZE], const char **ret_word)
{
	if (cJSON_IsNumber(item)) {
		request_number_word(item, storage);
		*ret_word = storage;
		return true;
	}
	if (!cJSON_IsString(item))
		return false;
	*ret_word = item->valuestring;
	return range->unit == UNIT_SIZE || range->unit == UNIT_TIME ||
	       strcmp(item->valuestring, "max") == 0;
}

struct document {
	const char *text;
	size_t length;
};

/* ".cofferdam.json:LINE:COLUMN: KEY" */
static const char *place(const struct document *d, const char *key, char text[PLACE_SIZE])
{
	const char *const path[] = { key, NULL };
	unsigned line = 1, column = 1;

	jsonplace_find(d->text, d->length, path, &line, &column);
	snprintf(text, PLACE_SIZE, FILE_NAME ":%u:%u: %.48s", line, column, key);
	return text;
}

static int add_word(const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	size_t size;

	if (!cJSON_IsString(item) || (r->words == 0 && item->valuestring[0] == '\0')) {
		fail(f, 0, "%s: not a list of strings that begins with a program", name);
		return fail_remedy(f, "write it as [\"make\", \"all\"]; no shell splits a string");
	}
	size = strlen(item->valuestring) + 1;
	if (r->words == REPO_COMMAND_WORDS || size > REPO_COMMAND_BYTES - r->command_length)
		return fail(f, 0, "%s: more than %d words or %d bytes", name, REPO_COMMAND_WORDS,
			REPO_COMMAND_BYTES);
	memcpy(r->command + r->command_length, item->valuestring, size);
	r->command_length += (uint32_t)size;
	r->words++;
	return 0;
}

static int take_command(
	const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	const cJSON *word;

	if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) == 0) {
		fail(f, 0, "%s: not a list of strings that begins with a program", name);
		return fail_remedy(f, "write it as [\"make\", \"all\"]; no shell splits a string");
	}
	for (word = item->child; word != NULL; word = word->next)
		if (add_word(name, word, r, f) < 0)
			return -1;
	r->present |= REPO_COMMAND;
	return 0;
}

static int add_offer(const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	const char *path = cJSON_IsString(item) ? item->valuestring : "";
	struct artifact_word word;
	size_t size = strlen(path) + 1;

	if (path[0] == '\0' || strchr(path, ':') != NULL || strcmp(path, "-") == 0) {
		fail(f, 0, "%s: not a list of paths", name);
		return fail_remedy(f,
			"write it as [\"dist/**\"]: where they are copied to is for who "
			"starts the run to say");
	}
	if (artifact_word_parse(name, path, "/app", &word, f) < 0)
		return -1;
	if (size > REPO_OFFERS_BYTES - r->offers_length)
		return fail(f, 0, "%s: more than %d bytes", name, REPO_OFFERS_BYTES);
	memcpy(r->offers + r->offers_length, path, size);
	r->offers_length += (uint32_t)size;
	return 0;
}

static int take_offers(
	const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	const cJSON *path;

	if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) > REPO_OFFERS)
		return fail(f, 0, "%s: not a list of at most %d paths", name, REPO_OFFERS);
	for (path = item->child; path != NULL; path = path->next)
		if (add_offer(name, path, r, f) < 0)
			return -1;
	r->present |= REPO_ARTIFACTS;
	return 0;
}

static int take_limit(const char *name, const struct request_key *key, const cJSON *item,
	struct repo_request *r, struct failure *f)
{
	char storage[NUMBER_TEXT_SIZE];
	const char *word;
	uint64_t value;

	if (!request_quantity_word(item, &key->range, storage, &word)) {
		fail(f, 0, "%s: not a number", name);
		return fail_remedy(
			f, key->range.unit == UNIT_SIZE
				   ? "give a number of bytes, or a string such as \"512M\""
			   : key->range.unit == UNIT_TIME
				   ? "give a number of seconds, or a string such as \"10m\""
				   : "give a number");
	}
	if (number_parse_range(name, word, &key->range, &value, f) < 0)
		return -1;
	number_store(r, key->offset, key->width, value);
	r->present |= key->field;
	return 0;
}

static int refuse_net(const char *name, struct failure *f)
{
	fail(f, 0, "%s: neither \"none\" nor \"allow:RULES\", nor a list of those", name);
	return fail_remedy(f, "write it as [\"allow:npm\", \"allow:files.example.org:443\"]");
}

/* Rules as `--net allow:` takes them, but for files of the host. */
static int add_rules(const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	static const char allow[] = "allow:";
	struct net_rules parsed = { 0 };
	const char *rules;
	size_t n, at = r->net_length - 1;
	int result;

	if (!cJSON_IsString(item) || strncmp(item->valuestring, allow, sizeof(allow) - 1) != 0)
		return refuse_net(name, f);
	rules = item->valuestring + sizeof(allow) - 1;
	result = net_rules_add(&parsed, name, rules, f);
	net_rules_release(&parsed);
	if (result < 0)
		return -1;
	n = strlen(rules);
	if (n + 1 >= sizeof(r->net) - at)
		return fail(f, 0, "%s: more than %d bytes", name, REPO_NET_BYTES);
	if (at > 0)
		r->net[at++] = ',';
	memcpy(r->net + at, rules, n + 1);
	r->net_length = (uint32_t)(at + n + 1);
	return 0;
}

static int take_net(const char *name, const cJSON *item, struct repo_request *r, struct failure *f)
{
	r->present |= REPO_NET;
	r->net_length = 1; /* the end of nothing */
	if (cJSON_IsString(item) && strcmp(item->valuestring, "none") == 0)
		return 0;
	if (!cJSON_IsArray(item))
		return add_rules(name, item, r, f);
	for (const cJSON *one = item->child; one != NULL; one = one->next)
		if (add_rules(name, one, r, f) < 0)
			return -1;
	return 0;
}

static const struct request_key *key_find(const char *name)
{
	for (size_t i = 0; i < REQUEST_KEYS; i++)
		if (strcmp(request_keys[i].name, name) == 0)
			return &request_keys[i];
	return NULL;
}

static int take_member(
	const struct document *d, const cJSON *item, struct repo_request *r, struct failure *f)
{
	const struct request_key *key = key_find(item->string);
	char name[PLACE_SIZE];

	place(d, item->string, name);
	if (key != NULL)
		return take_limit(name, key, item, r, f);
	if (strcmp(item->string, "command") == 0)
		return take_command(name, item, r, f);
	if (strcmp(item->string, "net") == 0)
		return take_net(name, item, r, f);
	if (strcmp(item->string, "artifacts") == 0)
		return take_offers(name, item, r, f);
	fail(f, 0, "%s: a repository may not say this", name);
	return fail_remedy(f,
		"a repository may name its command and artifacts, and tighten net, memory, swap, cpus, pids, "
		"app-size, app-inodes, timeout, idle-timeout and output-limit; the rest is "
		"for options and your own configuration");
}

static int take_members(const struct document *d, struct repo_request *r, struct failure *f)
{
	own_json cJSON *json = cJSON_ParseWithLength(d->text, d->length);
	const cJSON *item;

	if (json == NULL)
		return fail(f, ENOMEM, FILE_NAME ": read it");
	if (!cJSON_IsObject(json))
		return fail(f, 0, FILE_NAME ":1:1: not a JSON object");
	for (item = json->child; item != NULL; item = item->next)
		if (take_member(d, item, r, f) < 0)
			return -1;
	return 0;
}

int repo_request_parse(const char *text, size_t length, struct repo_request *ret, struct failure *f)
{
	const struct document document = { text, length };
	struct repo_request request = { .present = 0 };
	struct jsontext_error error;

	if (jsontext_check(text, length, &limits, &error) < 0)
		return fail(f, 0, FILE_NAME ":%u:%u: %s", error.line, error.column, error.what);
	if (take_members(&document, &request, f) < 0)
		return -1;
	*ret = request;
	return 0;
}
