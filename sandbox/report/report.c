/* The report's keys are those of tests/schema/report.schema.json, which forbids what is not
 * listed there. Every key is always present: unknown is null.
 */
#include "sandbox/report/report.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/report/refusal_list.h"
#include "sandbox/report/result_file.h"

static const char *filled(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static cJSON *source_object(const struct outcome *outcome)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_text(o, "url", outcome->source_url);
	ok = ok && value_text(o, "ref", outcome->source_ref);
	ok = ok && value_text(o, "commit", filled(outcome->commit));
	return value_whole(o, ok);
}

static cJSON *phases_object(const struct outcome *outcome)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (int i = 0; ok && i < PHASE_COUNT; i++)
		ok = value_ms(o, phase_name(i), outcome->phase_ms[i]);
	return value_whole(o, ok);
}

static uint64_t took_or_null(uint32_t us)
{
	return us == STEP_CLOCK_NEVER ? UINT64_MAX : us;
}

static cJSON *timings_array(const struct outcome *outcome)
{
	cJSON *all;
	bool ok;

	if (outcome->timings == NULL)
		return cJSON_CreateNull();
	all = cJSON_CreateArray();
	ok = all != NULL;
	for (size_t i = 0; ok && i < outcome->timings_n; i++) {
		const struct step_time *row = &outcome->timings[i];
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && value_text(o, "process", row->role) &&
		     value_text(o, "step", row->name) && value_integer(o, "at_us", row->at_us) &&
		     value_integer(o, "took_us", took_or_null(row->took_us));
	}
	return value_whole(all, ok);
}

cJSON *report_result(const struct outcome *outcome)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_integer(o, "exit_code", (uint64_t)outcome->exit_code);
	ok = ok && value_integer(o, "signal",
			   outcome->signal != 0 ? (uint64_t)outcome->signal : UINT64_MAX);
	ok = ok && value_text(o, "cause", cause_name(outcome->cause));
	ok = ok && value_integer(o, "entered", outcome->entered);
	return value_whole(o, ok);
}

cJSON *report_walls(const struct outcome *outcome)
{
	cJSON *all = cJSON_CreateObject();
	bool ok = all != NULL;

	for (int i = 0; ok && i < WALL_COUNT; i++) {
		cJSON *o = cJSON_CreateObject();

		ok = value_item(all, wall_infos[i].name, o) &&
		     value_text(o, "state", wall_state_name(outcome->walls[i].state)) &&
		     value_text(o, "detail", outcome->walls[i].detail);
	}
	return value_whole(all, ok);
}

/* For which zero means "not set". */
static uint64_t set_or_null(uint64_t number)
{
	return number == 0 ? UINT64_MAX : number;
}

static cJSON *group_object(const struct limits *limits)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_integer(o, "memory_bytes", limits->memory_bytes);
	ok = ok && value_integer(o, "swap_bytes", limits->swap_bytes);
	ok = ok && value_integer(o, "cpus_milli", limits->cpus_milli);
	ok = ok && value_integer(o, "pids", limits->pids);
	ok = ok && value_integer(o, "io_weight", limits->io_weight);
	return value_whole(o, ok);
}

/* What the limits on the sandbox's own are worth depends on the wall that keeps them. */
static bool own_limits(cJSON *o, const struct outcome *outcome, bool applied)
{
	const struct limits *limits = &outcome->requested;
	bool disk = !applied || outcome->walls[WALL_DISK].state != WALL_ABSENT;
	bool time = !applied || outcome->walls[WALL_TIME_LIMIT].state != WALL_ABSENT;
	bool output = !applied || outcome->walls[WALL_OUTPUT_LIMIT].state != WALL_ABSENT;

	return value_integer(o, "app_size_bytes", disk ? limits->app_size_bytes : LIMIT_NONE) &&
	       value_integer(o, "app_inodes", disk ? limits->app_inodes : LIMIT_NONE) &&
	       value_integer(o, "timeout_s", time ? limits->timeout_s : LIMIT_NONE) &&
	       value_integer(o, "idle_timeout_s", time ? limits->idle_timeout_s : LIMIT_NONE) &&
	       value_integer(
		       o, "output_limit_bytes", output ? limits->output_limit_bytes : LIMIT_NONE);
}

cJSON *report_limits(const struct outcome *outcome)
{
	/* A run that failed before its group was made has applied nothing. */
	bool grouped =
		outcome->driver != CGROUP_NONE && outcome->walls[WALL_CGROUP].state != WALL_ABSENT;
	cJSON *o = cJSON_CreateObject(), *requested = NULL, *applied = NULL;
	bool ok = o != NULL;

	ok = ok && value_text(o, "driver", cgroup_driver_name(outcome->driver));
	ok = ok && value_text(o, "detail", outcome->driver_detail);
	ok = ok && value_item(o, "requested", requested = group_object(&outcome->requested));
	ok = ok && own_limits(requested, outcome, false);
	ok = ok && value_item(o, "applied",
			   applied = group_object(grouped ? &outcome->applied : &limits_none));
	ok = ok && own_limits(applied, outcome, true);
	return value_whole(o, ok);
}

static cJSON *usage_object(const struct outcome *outcome)
{
	const struct cgroup_usage *usage = &outcome->usage;
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	ok = ok && value_integer(o, "wall_ms", outcome->wall_ms);
	ok = ok && value_integer(o, "cpu_user_ms", usage->cpu_user_ms);
	ok = ok && value_integer(o, "cpu_system_ms", usage->cpu_system_ms);
	/* A peak of nothing was not measured. */
	ok = ok && value_integer(o, "memory_peak_bytes", set_or_null(usage->memory_peak_bytes));
	ok = ok && value_integer(o, "pids_peak", set_or_null(usage->pids_peak));
	ok = ok && value_integer(o, "io_read_bytes", usage->io_read_bytes);
	ok = ok && value_integer(o, "io_write_bytes", usage->io_write_bytes);
	ok = ok && value_integer(o, "app_peak_bytes", outcome->app_peak_bytes);
	ok = ok && value_integer(o, "output_bytes", outcome->output_bytes);
	ok = ok && value_integer(o, "oom_kills", usage->oom_kills);
	return value_whole(o, ok);
}

static cJSON *teardown_array(const struct outcome *outcome)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < outcome->teardown_n; i++) {
		const struct teardown_row *row = &outcome->teardown[i];
		cJSON *o = cJSON_CreateObject();

		ok = value_push(all, o) && value_text(o, "what", row->what) &&
		     value_bool(o, "removed", row->removed) &&
		     value_text(o, "detail", filled(row->detail));
	}
	return value_whole(all, ok);
}

static cJSON *error_object(const struct outcome *outcome)
{
	const struct failure *error = &outcome->error;
	char message[FAILURE_TEXT];
	cJSON *o;
	bool ok;

	if (!outcome->failed)
		return cJSON_CreateNull();
	o = cJSON_CreateObject();
	ok = o != NULL;
	ok = ok && value_text(o, "step", filled(error->step));
	ok = ok && value_text(o, "message", failure_text(error, message));
	ok = ok && value_text(o, "remedy", filled(error->remedy));
	return value_whole(o, ok);
}

static cJSON *image_store_object(const struct outcome *outcome)
{
	cJSON *o;
	bool ok;

	if (outcome->image_store == IMAGE_STORE_NONE)
		return cJSON_CreateNull();
	o = cJSON_CreateObject();
	ok = o != NULL && value_text(o, "state", image_store_name(outcome->image_store));
	ok = ok && value_text(o, "detail", filled(outcome->image_store_detail));
	return value_whole(o, ok);
}

static bool fill(cJSON *o, const struct outcome *outcome)
{
	bool ok = value_text(o, "schema", "cofferdam.report/1");

	ok = ok && value_text(o, "id", outcome->id);
	ok = ok && value_text(o, "version", COFFERDAM_VERSION);
	ok = ok && value_item(o, "source", source_object(outcome));
	ok = ok && value_text(o, "image", outcome->image_digest);
	ok = ok && value_item(o, "image_store", image_store_object(outcome));
	ok = ok && value_item(o, "source_cache", sourcelog_json(&outcome->source_cache));
	ok = ok && value_item(o, "caches", cachelog_json(&outcome->caches));
	ok = ok && value_item(o, "command",
			   outcome->command != NULL ? value_strings(outcome->command)
						    : cJSON_CreateNull());
	ok = ok && value_time(o, "started", outcome->started);
	ok = ok && value_time(o, "finished", outcome->finished);
	ok = ok && value_item(o, "phases", phases_object(outcome));
	ok = ok && value_item(o, "timings", timings_array(outcome));
	ok = ok && value_item(o, "result", report_result(outcome));
	ok = ok && value_item(o, "walls", report_walls(outcome));
	ok = ok && value_item(o, "limits", report_limits(outcome));
	ok = ok && value_item(o, "usage", usage_object(outcome));
	ok = ok && value_item(o, "docker", dockerlog_json(&outcome->docker));
	ok = ok && value_item(o, "egress", netlog_json(&outcome->net));
	ok = ok && value_item(o, "refusals", refusal_list_json(outcome));
	ok = ok && cJSON_AddBoolToObject(o, "refused_calls_known", outcome->calls.told) != NULL;
	ok = ok && value_item(o, "artifacts", artifactlog_json(&outcome->artifacts));
	ok = ok &&
	     value_item(o, "artifacts_offered", artifactlog_offered_json(&outcome->artifacts));
	ok = ok && value_item(o, "teardown", teardown_array(outcome));
	ok = ok && value_item(o, "error", error_object(outcome));
	return ok;
}

char *report_text(const struct outcome *outcome)
{
	cJSON *report = cJSON_CreateObject();
	char *text = NULL;

	if (report != NULL && fill(report, outcome))
		text = cJSON_Print(report);
	cJSON_Delete(report);
	return text;
}

int report_open(const char *path, int *ret_dir_fd, struct failure *f)
{
	return result_file_open("report", path, ret_dir_fd, f);
}

int report_write(int dir_fd, const char *path, const struct outcome *outcome, struct failure *f)
{
	own_mem char *text = report_text(outcome);

	if (text == NULL)
		return fail(f, ENOMEM, "put the report together");
	return result_file_write("report", dir_fd, path, outcome->id, text, f);
}
