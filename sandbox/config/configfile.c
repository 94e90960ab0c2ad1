#include "sandbox/config/configfile.h"

#include "sandbox/base/json.h"
#include "sandbox/base/jsonplace.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/config/request.h"
#include "sandbox/config/setting.h"
#include "sandbox/privilege/identity.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SHOWN_PATH "%.150s"
#define NAME_SIZE  256 /* a shown path, two numbers, a shown key and an index */

struct document {
	const char *path;
	const char *text;
	size_t length;
};

/* Owned and writable by nobody but root and us, else another could set our walls. */
static int check_trust(
	const char *path, const struct stat *st, const struct identity *as, struct failure *f)
{
	if (!S_ISREG(st->st_mode))
		return fail(f, 0, SHOWN_PATH ": not a regular file", path);
	if (st->st_uid != 0 && st->st_uid != (as != NULL ? as->uid : geteuid())) {
		fail(f, 0, SHOWN_PATH ": belongs to uid %u, not to root or to us", path,
			st->st_uid);
		return fail_remedy(f,
			"configuration of someone else is not trusted; chown the file, or "
			"point HOME or XDG_CONFIG_HOME at your own");
	}
	if ((st->st_mode & 022) != 0) {
		fail(f, 0, SHOWN_PATH ": its group or others may write it", path);
		return fail_remedy(f, "chmod go-w " SHOWN_PATH, path);
	}
	if (st->st_size > (off_t)jsontext_config_limits.bytes)
		return fail(f, 0, SHOWN_PATH ": larger than 1 MiB", path);
	return 0;
}

static bool may_be_missing(const char *path, enum configfile_need need, int errnum)
{
	if (need == CONFIGFILE_NAMED)
		return false;
	if (errnum == ENOENT || errnum == ENOTDIR)
		return true;
	/* As nobody with root's HOME: the directory hides even whether it is there. */
	return need == CONFIGFILE_USER && errnum == EACCES && access(path, F_OK) < 0;
}

static int read_whole(const char *path, int fd, size_t size, char **ret, struct failure *f)
{
	own_mem char *text = malloc(size + 1);
	ssize_t n = text != NULL ? whole_read(fd, text, size + 1) : -1;

	if (n < 0)
		return fail(f, text != NULL ? errno : ENOMEM, "read " SHOWN_PATH, path);
	if ((size_t)n != size)
		return fail(f, 0, SHOWN_PATH ": changed while it was read", path);
	text[size] = '\0';
	*ret = own_mem_give(text);
	return 0;
}

static const char *place(const struct document *d, const char *key, char name[NAME_SIZE])
{
	const char *const path[] = { key, NULL };
	unsigned line = 1, column = 1;

	jsonplace_find(d->text, d->length, path, &line, &column);
	snprintf(name, NAME_SIZE, SHOWN_PATH ":%u:%u: %.60s", d->path, line, column, key);
	return name;
}

/* The word that stands for a JSON value, as a flag would have it. */
static bool find_word(const struct option *option, const cJSON *item,
	char storage[NUMBER_TEXT_SIZE], const char **ret)
{
	switch (option->type) {
	case OPTION_SWITCH:
		*ret = cJSON_IsTrue(item) ? "true" : "false";
		return cJSON_IsBool(item);
	case OPTION_TALLY:
		return cJSON_IsNumber(item) &&
		       request_quantity_word(item, &option->range, storage, ret);
	case OPTION_QUANTITY:
		return request_quantity_word(item, &option->range, storage, ret);
	case OPTION_TEXT:
	case OPTION_CHOICE:
	case OPTION_LEVEL:
	case OPTION_PATTERN:
	case OPTION_PATHS:
	case OPTION_BIND:
	case OPTION_ENV:
	case OPTION_NET:
	case OPTION_ARTIFACT:
	case OPTION_CACHE:
	case OPTION_SECRET:
	case OPTION_CREDENTIAL:
	case OPTION_WALLS:
	case OPTION_CONFIG:
	case OPTION_HELP:
		break;
	}
	*ret = item->valuestring;
	return cJSON_IsString(item);
}

static const char *expected(const struct option *option)
{
	if (option->type == OPTION_SWITCH)
		return "give true or false";
	if (option->type == OPTION_QUANTITY && option->range.unit == UNIT_SIZE)
		return "give a whole number, or a string such as \"512M\"";
	if (option->type == OPTION_QUANTITY && option->range.unit == UNIT_TIME)
		return "give a number of seconds, or a string such as \"10m\"";
	if (option->type == OPTION_TALLY || option->type == OPTION_QUANTITY)
		return option->range.boundless != BOUNDED ? "give a number, or \"max\""
							  : "give a number";
	if (option_is_list(option))
		return "give an array of strings, [] for none";
	return "give a string";
}

static int refuse_type(const struct option *option, const char *name, struct failure *f)
{
	fail(f, 0, "%s: a value of the wrong type", name);
	return fail_remedy(f, "%s", expected(option));
}

static int take_list(const struct option *option, const char *name, const cJSON *list,
	struct config *config, struct failure *f)
{
	char element[NAME_SIZE + 16];
	const struct origin origin = { element, true };
	unsigned i = 0;

	if (!cJSON_IsArray(list))
		return refuse_type(option, name, f);
	setting_clear(option, config);
	for (const cJSON *item = list->child; item != NULL; item = item->next) {
		snprintf(element, sizeof(element), "%s[%u]", name, i++);
		if (!cJSON_IsString(item))
			return refuse_type(option, element, f);
		if (setting_give(option, &origin, item->valuestring, config, f) < 0)
			return -1;
	}
	return 0;
}

static int take_option(const struct option *option, const char *name, const cJSON *item,
	struct config *config, struct failure *f)
{
	const struct origin origin = { name, true };
	char storage[NUMBER_TEXT_SIZE];
	const char *word = NULL;

	if (option->type == OPTION_NET && cJSON_IsString(item)) {
		setting_clear(option, config); /* one word stands for a list of it */
		return setting_give(option, &origin, item->valuestring, config, f);
	}
	if (option_is_list(option))
		return take_list(option, name, item, config, f);
	if (option->type == OPTION_CONFIG || option->type == OPTION_HELP)
		return setting_give(option, &origin, "", config, f); /* which says why not */
	if (!find_word(option, item, storage, &word))
		return refuse_type(option, name, f);
	return setting_give(option, &origin, word, config, f);
}

static int take_command(
	const char *name, const cJSON *list, struct config *config, struct failure *f)
{
	const cJSON *item = cJSON_IsArray(list) ? list->child : NULL;

	strings_release(&config->command);
	if (item == NULL || !cJSON_IsString(item) || item->valuestring[0] == '\0')
		return fail(f, 0, "%s: not an array of strings that begins with a program", name),
		       fail_remedy(f, "write it as [\"make\", \"all\"]; no shell splits a string");
	for (; item != NULL; item = item->next) {
		if (!cJSON_IsString(item))
			return fail(f, 0, "%s: not an array of strings", name);
		if (strings_add(&config->command, item->valuestring, f) < 0)
			return -1;
	}
	return 0;
}

static int take_member(
	const struct document *d, const cJSON *item, struct config *config, struct failure *f)
{
	const struct option *option = option_find(item->string, strlen(item->string));
	const char *nearest;
	char name[NAME_SIZE];

	place(d, item->string, name);
	if (option != NULL)
		return take_option(option, name, item, config, f);
	if (strcmp(item->string, "command") == 0)
		return take_command(name, item, config, f);
	fail(f, 0, "%s: there is no such key", name);
	if (strcmp(item->string, "source") == 0)
		return fail_remedy(f, "SOURCE stands on the command line of each run");
	nearest = option_suggest(item->string, strlen(item->string), ~0u);
	if (nearest != NULL)
		return fail_remedy(f, "did you mean \"%s\"?", nearest);
	return fail_remedy(f, "keys are the names of the options that cofferdam run --help shows");
}

static int take_text(const struct document *d, struct config *config, struct failure *f)
{
	own_json cJSON *json = NULL;
	struct jsontext_error error;

	if (jsontext_check(d->text, d->length, &jsontext_config_limits, &error) < 0)
		return fail(f, 0, SHOWN_PATH ":%u:%u: %s", d->path, error.line, error.column,
			error.what);
	json = cJSON_ParseWithLength(d->text, d->length);
	if (json == NULL)
		return fail(f, ENOMEM, "read " SHOWN_PATH, d->path);
	if (!cJSON_IsObject(json))
		return fail(f, 0, SHOWN_PATH ":1:1: not a JSON object", d->path);
	for (const cJSON *item = json->child; item != NULL; item = item->next)
		if (take_member(d, item, config, f) < 0)
			return -1;
	return 0;
}

int configfile_read(const char *path, enum configfile_need need, const struct identity *as,
	struct config *config, struct failure *f)
{
	/* Nonblocking, so that a FIFO is refused below instead of waited for. */
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	own_fd int fd = as != NULL ? identity_open(as, path, flags) : open(path, flags);
	own_mem char *text = NULL;
	struct document document = { .path = path };
	struct stat st;

	if (fd < 0) {
		int errnum = errno;

		if (may_be_missing(path, need, errnum))
			return 0;
		fail(f, errnum, "open the configuration " SHOWN_PATH, path);
		return as == NULL || !as->was_root
			       ? -1
			       : fail_remedy(f,
					 "root is given up before: uid %u has to be "
					 "able to read it",
					 as->uid);
	}
	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at " SHOWN_PATH, path);
	if (check_trust(path, &st, as, f) < 0 ||
		read_whole(path, fd, (size_t)st.st_size, &text, f) < 0)
		return -1;
	document.text = text;
	document.length = (size_t)st.st_size;
	return take_text(&document, config, f);
}
