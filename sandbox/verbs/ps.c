#include "sandbox/verbs/ps.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/state/state.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>
#include <time.h>

struct ps {
	FILE *out;
	cJSON *runs; /* NULL: text is asked for */
	time_t now;
	unsigned shown;
};

static void age_text(long seconds, char *buf, size_t size)
{
	if (seconds < 60)
		snprintf(buf, size, "%lds", seconds);
	else if (seconds < 3600)
		snprintf(buf, size, "%ldm%02lds", seconds / 60, seconds % 60);
	else
		snprintf(buf, size, "%ldh%02ldm", seconds / 3600, seconds / 60 % 60);
}

static void command_text(const cJSON *command, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (const cJSON *word = command != NULL ? command->child : NULL;
		word != NULL && used < size; word = word->next)
		if (cJSON_IsString(word))
			used += (size_t)snprintf(buf + used, size - used, "%s%s",
				used > 0 ? " " : "", word->valuestring);
	failure_sanitize(buf);
}

static void show_text(struct ps *ps, const struct state_entry *entry, long age_s)
{
	char age[32], source[256], command[512];

	age_text(age_s, age, sizeof(age));
	snprintf(source, sizeof(source), "%s", json_text_or(entry->facts, "source", "none"));
	failure_sanitize(source);
	command_text(cJSON_GetObjectItemCaseSensitive(entry->facts, "command"), command,
		sizeof(command));
	if (ps->shown == 0)
		fprintf(ps->out, "%-32s %8s %8s %-9s %s\n", "ID", "PID", "AGE", "PHASE",
			"SOURCE COMMAND");
	fprintf(ps->out, "%-32s %8.0f %8s %-9s %s%s%s\n", entry->id,
		json_number(entry->facts, "launcher", 0), age,
		json_text_or(entry->facts, "phase", "?"), source, command[0] != '\0' ? " -- " : "",
		command);
}

static void show(void *data, const struct state_entry *entry)
{
	struct ps *ps = data;

	if (!entry->alive)
		return; /* what a killed run left is for gc to name */

	long age_s = entry->facts != NULL
			     ? (long)(ps->now - (time_t)json_number(entry->facts, "started", 0))
			     : 0;
	if (age_s < 0)
		age_s = 0; /* the clock was set back */
	if (ps->runs != NULL) {
		cJSON *run = entry->facts != NULL ? cJSON_Duplicate(entry->facts, true)
						  : cJSON_CreateObject();

		if (!cJSON_HasObjectItem(run, "id"))
			cJSON_AddStringToObject(run, "id", entry->id);
		cJSON_AddNumberToObject(run, "age_s", (double)age_s);
		cJSON_AddItemToArray(ps->runs, run);
	} else {
		show_text(ps, entry, age_s);
	}
	ps->shown++;
}

static int print_json(FILE *out, cJSON *runs, struct failure *f)
{
	cJSON *top = cJSON_CreateObject();

	cJSON_AddStringToObject(top, "schema", "cofferdam.ps/1");
	cJSON_AddItemToObject(top, "runs", runs);
	own_mem char *text = cJSON_Print(top);
	cJSON_Delete(top);
	if (text == NULL)
		return fail(f, ENOMEM, "print the list of runs");
	fprintf(out, "%s\n", text);
	return 0;
}

int ps_print(const struct config *config, FILE *out, struct failure *f)
{
	struct ps ps = { .out = out, .now = time(NULL) };
	int dirs[STATE_DIRS_MAX];
	size_t n = state_dirs_open(dirs);

	if (config->json)
		ps.runs = cJSON_CreateArray();
	for (size_t i = 0; i < n; i++) {
		state_each(dirs[i], false, show, &ps);
		own_fd_end(&dirs[i]);
	}
	if (config->json && print_json(out, ps.runs, f) < 0)
		return -1;
	if (!config->json && ps.shown == 0)
		fprintf(out, "no sandbox is running\n");
	if (fflush(out) != 0)
		return fail(f, errno, "write the list of runs");
	return 0;
}

int verb_ps(const struct verb_call *call, struct failure *f)
{
	struct identity identity;

	if (identity_check(f) < 0 || identity_find(call->config->run_as, &identity, f) < 0 ||
		identity_give_up(&identity, f) < 0)
		return -1;
	return ps_print(call->config, call->out, f);
}
