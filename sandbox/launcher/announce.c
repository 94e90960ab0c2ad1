#include "sandbox/launcher/announce.h"

#include "sandbox/base/value.h"

#include <string.h>
#include <sys/wait.h>

/* NULL when nobody listens; no event costs anything then. */
static cJSON *facts_new(const struct launch *l)
{
	return l->events.fd >= 0 ? cJSON_CreateObject() : NULL;
}

static void emit(struct launch *l, const char *type, cJSON *facts)
{
	if (facts != NULL)
		events_emit(&l->events, type, facts);
}

/* An event with one string. */
static void emit_text(struct launch *l, const char *type, const char *key, const char *text)
{
	cJSON *facts = facts_new(l);

	value_text(facts, key, text);
	emit(l, type, facts);
}

void announce_start(struct launch *l)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "version", COFFERDAM_VERSION);
	value_text(facts, "source", l->outcome->source_url);
	value_text(facts, "ref", l->outcome->source_ref);
	value_item(facts, "command",
		l->outcome->command != NULL ? value_strings(l->outcome->command)
					    : cJSON_CreateNull());
	emit(l, "start", facts);
}

void announce_step(struct launch *l, const char *step)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "role", "launcher");
	value_text(facts, "step", step);
	emit(l, "step", facts);
}

void announce_phase(struct launch *l, const char *phase)
{
	emit_text(l, "phase", "phase", phase);
}

void announce_progress(struct launch *l, const char *stage, const struct fetch_record *record)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "stage", stage);
	value_integer(facts, "done", record->done);
	value_integer(facts, "total", record->total);
	value_integer(facts, "bytes", record->bytes);
	emit(l, "progress", facts);
}

void announce_fetched(struct launch *l, const char *ref)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "commit", l->outcome->commit);
	value_text(facts, "ref", ref[0] != '\0' ? ref : NULL);
	emit(l, "fetched", facts);
}

void announce_walls(struct launch *l)
{
	for (int i = 0; i < WALL_COUNT; i++) {
		const struct wall_report *w = &l->outcome->walls[i];
		cJSON *facts = facts_new(l);

		if (facts == NULL)
			return;
		value_text(facts, "wall", wall_infos[i].name);
		value_text(facts, "state", wall_state_name(w->state));
		value_text(facts, "detail", w->detail);
		emit(l, "wall", facts);
	}
}

void announce_built(struct launch *l, int wait_status)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	if (WIFEXITED(wait_status))
		value_integer(facts, "exit_code", (uint64_t)WEXITSTATUS(wait_status));
	else
		value_item(facts, "exit_code", cJSON_CreateNull());
	if (WIFSIGNALED(wait_status))
		value_integer(facts, "signal", (uint64_t)WTERMSIG(wait_status));
	else
		value_item(facts, "signal", cJSON_CreateNull());
	emit(l, "built", facts);
}

void announce_signal(struct launch *l, int number)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_integer(facts, "signal", (uint64_t)number);
	emit(l, "signal", facts);
}

void announce_limit(struct launch *l, enum cause cause, const char *detail)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "cause", cause_name(cause));
	value_text(facts, "detail", detail);
	emit(l, "limit", facts);
}

void announce_warning(struct launch *l, const char *message)
{
	emit_text(l, "warning", "message", message);
}

void announce_docker_refused(struct launch *l, const struct control *word)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "method", word->refused.method);
	value_text(facts, "path", word->refused.path);
	value_integer(facts, "status", word->count);
	value_text(facts, "reason", word->refused.reason);
	emit(l, "docker_refused", facts);
}

void announce_docker_object(struct launch *l, const struct control *word)
{
	const char *note = word->object.note[0] != '\0' ? word->object.note : NULL;
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "kind", object_kind_name(word->kind));
	value_text(facts, "object", word->object.id);
	value_text(facts, word->type == CONTROL_LEFT ? "detail" : "name", note);
	emit(l,
		word->type == CONTROL_MADE   ? "docker_made"
		: word->type == CONTROL_GONE ? "docker_gone"
					     : "docker_left",
		facts);
}

void announce_teardown(struct launch *l, const struct teardown_row *row)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "what", row->what);
	value_bool(facts, "removed", row->removed);
	value_text(facts, "detail", row->detail[0] != '\0' ? row->detail : NULL);
	emit(l, "teardown", facts);
}

void announce_error(struct launch *l, const struct failure *failure)
{
	char message[FAILURE_TEXT];
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_text(facts, "step", failure->step[0] != '\0' ? failure->step : NULL);
	value_text(facts, "message", failure_text(failure, message));
	value_text(facts, "remedy", failure->remedy[0] != '\0' ? failure->remedy : NULL);
	emit(l, "error", facts);
}

void announce_end(struct launch *l)
{
	cJSON *facts = facts_new(l);

	if (facts == NULL)
		return;
	value_integer(facts, "exit_code", (uint64_t)l->outcome->exit_code);
	value_text(facts, "cause", cause_name(l->outcome->cause));
	value_text(facts, "report", l->config->report);
	emit(l, "end", facts);
}
