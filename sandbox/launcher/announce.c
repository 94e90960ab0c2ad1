#include "sandbox/launcher/announce.h"

#include "sandbox/base/value.h"

#include <string.h>
#include <sys/wait.h>

/* NULL when nobody listens; no event costs anything then. */
static cJSON *facts_new(const struct events *events)
{
	return events->fd >= 0 ? cJSON_CreateObject() : NULL;
}

static void emit(struct events *events, const char *type, cJSON *facts)
{
	if (facts != NULL)
		events_emit(events, type, facts);
}

/* An event with one string. */
static void emit_text(struct events *events, const char *type, const char *key, const char *text)
{
	cJSON *facts = facts_new(events);

	value_text(facts, key, text);
	emit(events, type, facts);
}

void announce_start(struct events *events, const struct outcome *outcome)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "version", COFFERDAM_VERSION);
	value_text(facts, "source", outcome->source_url);
	value_text(facts, "ref", outcome->source_ref);
	value_item(facts, "command",
		outcome->command != NULL ? value_strings(outcome->command) : cJSON_CreateNull());
	emit(events, "start", facts);
}

void announce_step(struct events *events, const char *step)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "role", "launcher");
	value_text(facts, "step", step);
	emit(events, "step", facts);
}

void announce_phase(struct events *events, const char *phase)
{
	emit_text(events, "phase", "phase", phase);
}

void announce_progress(struct events *events, const char *stage, const struct fetch_record *record)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "stage", stage);
	value_integer(facts, "done", record->done);
	value_integer(facts, "total", record->total);
	value_integer(facts, "bytes", record->bytes);
	emit(events, "progress", facts);
}

void announce_fetched(struct events *events, const char *commit, const char *ref)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "commit", commit);
	value_text(facts, "ref", ref[0] != '\0' ? ref : NULL);
	emit(events, "fetched", facts);
}

void announce_walls(struct events *events, const struct wall_report walls[WALL_COUNT])
{
	for (int i = 0; i < WALL_COUNT; i++) {
		const struct wall_report *w = &walls[i];
		cJSON *facts = facts_new(events);

		if (facts == NULL)
			return;
		value_text(facts, "wall", wall_infos[i].name);
		value_text(facts, "state", wall_state_name(w->state));
		value_text(facts, "detail", w->detail);
		emit(events, "wall", facts);
	}
}

void announce_built(struct events *events, int wait_status)
{
	cJSON *facts = facts_new(events);

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
	emit(events, "built", facts);
}

void announce_signal(struct events *events, int number)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_integer(facts, "signal", (uint64_t)number);
	emit(events, "signal", facts);
}

void announce_entered(struct events *events)
{
	cJSON *facts = facts_new(events);

	if (facts != NULL)
		emit(events, "entered", facts);
}

void announce_limit(struct events *events, enum cause cause, const char *detail)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "cause", cause_name(cause));
	value_text(facts, "detail", detail);
	emit(events, "limit", facts);
}

void announce_warning(struct events *events, const char *message)
{
	emit_text(events, "warning", "message", message);
}

void announce_docker_refused(struct events *events, const struct control *message)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "method", message->refused.method);
	value_text(facts, "path", message->refused.path);
	value_integer(facts, "status", message->count);
	value_text(facts, "reason", message->refused.reason);
	emit(events, "docker_refused", facts);
}

void announce_docker_changed(struct events *events, const struct control *message)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "method", message->refused.method);
	value_text(facts, "path", message->refused.path);
	value_text(facts, "change", message->refused.reason);
	emit(events, "docker_changed", facts);
}

void announce_docker_object(struct events *events, const struct control *message)
{
	const char *note = message->object.note[0] != '\0' ? message->object.note : NULL;
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "kind", object_kind_name(message->kind));
	value_text(facts, "object", message->object.id);
	value_text(facts, message->type == CONTROL_LEFT ? "detail" : "name", note);
	emit(events,
		message->type == CONTROL_MADE   ? "docker_made"
		: message->type == CONTROL_GONE ? "docker_gone"
						: "docker_left",
		facts);
}

void announce_egress(struct events *events, const struct egress_record *record)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "host", netlog_host(record));
	value_text(facts, "address", record->address[0] != '\0' ? record->address : NULL);
	value_integer(facts, "port", record->port);
	value_text(facts, "protocol", record->protocol);
	value_text(facts, "verdict", netlog_verdict(record->verdict));
	value_text(facts, "reason", record->reason[0] != '\0' ? record->reason : NULL);
	value_integer(facts, "up_bytes", record->up_bytes);
	value_integer(facts, "down_bytes", record->down_bytes);
	emit(events, "egress", facts);
}

void announce_teardown(struct events *events, const struct teardown_row *row)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "what", row->what);
	value_bool(facts, "removed", row->removed);
	value_text(facts, "detail", row->detail[0] != '\0' ? row->detail : NULL);
	emit(events, "teardown", facts);
}

void announce_artifact(struct events *events, const struct artifact_record *artifact)
{
	if (events->fd >= 0)
		emit(events, "artifact", artifactlog_row_json(artifact));
}

void announce_error(struct events *events, const struct failure *failure)
{
	char message[FAILURE_TEXT];
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_text(facts, "step", failure->step[0] != '\0' ? failure->step : NULL);
	value_text(facts, "message", failure_text(failure, message));
	value_text(facts, "remedy", failure->remedy[0] != '\0' ? failure->remedy : NULL);
	emit(events, "error", facts);
}

void announce_end(struct events *events, const struct outcome *outcome, const char *report)
{
	cJSON *facts = facts_new(events);

	if (facts == NULL)
		return;
	value_integer(facts, "exit_code", (uint64_t)outcome->exit_code);
	value_text(facts, "cause", cause_name(outcome->cause));
	value_text(facts, "report", report);
	emit(events, "end", facts);
}
