#include "sandbox/verbs/doctor.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/docker/policy.h"
#include "sandbox/doctor/requirement.h"
#include "sandbox/doctor/wall_probe.h"
#include "sandbox/launcher/front.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/verbs/doctor_docker.h"

#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>

/* SECURITY.md, 21: what every supported kernel has is always required; what depends on
 * the host is as soon as the configuration asks for it. */
static bool wall_required(const struct config *config, enum wall wall)
{
	if (probe_on_request(wall) || (config->allow_degraded & WALL_BIT(wall)) != 0)
		return false;
	return !wall_infos[wall].host_dependent || config->strict ||
	       (config->required & WALL_BIT(wall)) != 0;
}

/* Without clone3 no trial can be started at all, and without a user namespace most have
 * nothing to stand in: said once, with its cause, and not again by every row. */
static const char *wall_obstacle(enum wall wall, bool clones, bool user_stands)
{
	if (!clones && probe_has_trial(wall))
		return "not tried: needs clone3";
	if (!user_stands && probe_needs_user(wall))
		return "not tried: needs the user wall";
	return NULL;
}

static void examine_wall(
	const struct config *config, enum wall wall, const char *obstacle, struct doctor_row *ret)
{
	struct probe_answer answer = { .state = WALL_ABSENT };

	*ret = (struct doctor_row){
		.name = wall_infos[wall].name,
		.required = wall_required(config, wall),
		.asked = !probe_on_request(wall),
	};
	if (obstacle != NULL)
		snprintf(answer.detail, sizeof(answer.detail), "%s", obstacle);
	else
		probe_wall(wall, &answer);
	/* Where a run goes on without it, what remains is the next best thing. */
	ret->state = answer.state == WALL_ABSENT && ret->asked && wall_infos[wall].host_dependent
			     ? WALL_DEGRADED
			     : answer.state;
	snprintf(ret->detail, sizeof(ret->detail), "%s", answer.detail);
	if (obstacle == NULL && ret->state != WALL_ENFORCED && ret->asked)
		cause_find(wall, answer.errnum, "/", &ret->cause);
}

static void examine_host(const struct host_row *row, struct doctor_row *ret)
{
	struct host_answer answer;

	row->look(&answer);
	*ret = (struct doctor_row){
		.name = row->name,
		.state = answer.state,
		.required = row->required,
		.asked = true,
		.cause = answer.cause,
	};
	snprintf(ret->detail, sizeof(ret->detail), "%s", answer.detail);
}

static bool row_stands(const struct doctor_row *row)
{
	return !row->required || row->state == WALL_ENFORCED;
}

void doctor_examine(const struct config *config, struct doctor *ret)
{
	const struct host_row *row;
	struct probe_answer clone;

	*ret = (struct doctor){ .ok = true };
	probe_clone(&clone);
	for (int i = 0; i < WALL_COUNT; i++) {
		bool user_stands = i == WALL_USER || ret->walls[WALL_USER].state == WALL_ENFORCED;

		examine_wall(config, (enum wall)i,
			wall_obstacle((enum wall)i, clone.state == WALL_ENFORCED, user_stands),
			&ret->walls[i]);
		ret->ok = ret->ok && row_stands(&ret->walls[i]);
	}
	while (ret->extras_n < DOCTOR_EXTRAS && (row = host_row(ret->extras_n)) != NULL) {
		struct doctor_row *extra = &ret->extras[ret->extras_n++];

		examine_host(row, extra);
		ret->ok = ret->ok && row_stands(extra);
	}
}

/* ---- text ---- */

static const char *mark(const struct doctor_row *row, const char **ret_sgr)
{
	*ret_sgr = "";
	if (row->state == WALL_ABSENT && !row->asked)
		return "·";
	if (row->state == WALL_ENFORCED) {
		*ret_sgr = "32";
		return "✓";
	}
	*ret_sgr = row->required ? "31" : "33";
	return row->state == WALL_DEGRADED ? "~" : "✗";
}

static void print_row(const struct doctor_row *row, bool colored, FILE *out)
{
	const char *sgr, *sign = mark(row, &sgr);
	bool color = colored && sgr[0] != '\0';

	fprintf(out, "%s%s%s%s%s  %-18s %-9s %s\n", color ? "\033[" : "", color ? sgr : "",
		color ? "m" : "", sign, color ? "\033[0m" : "", row->name,
		row->state == WALL_ABSENT && !row->asked ? "off" : wall_state_name(row->state),
		row->detail);
	if (row->cause.text[0] != '\0')
		fprintf(out, "   %-18s %s\n", "", row->cause.text);
	if (row->cause.remedy[0] != '\0')
		fprintf(out, "   %-18s → %s\n", "", row->cause.remedy);
}

static void print_text(const struct doctor *doctor, const struct config *config, FILE *out)
{
	const char *no_color = getenv("NO_COLOR");
	bool colored = config->color == COLOR_ALWAYS;

	if (config->color == COLOR_AUTO && (no_color == NULL || no_color[0] == '\0'))
		colored = isatty(fileno(out)) == 1;
	for (int i = 0; i < WALL_COUNT; i++)
		print_row(&doctor->walls[i], colored, out);
	fputc('\n', out);
	for (size_t i = 0; i < doctor->extras_n; i++)
		print_row(&doctor->extras[i], colored, out);
	fprintf(out, "\n%s\n",
		doctor->ok
			? "cofferdam run works here."
			: "cofferdam run does not work here: see the lines marked ✗, or required.");
}

/* ---- JSON ---- */

static const char *filled(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static bool push_row(cJSON *array, const struct doctor_row *row)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = value_push(array, o);

	ok = ok && value_text(o, "name", row->name);
	ok = ok && value_text(o, "state", wall_state_name(row->state));
	ok = ok && value_bool(o, "required", row->required);
	ok = ok && value_text(o, "detail", row->detail);
	ok = ok && value_text(o, "cause", filled(row->cause.text));
	ok = ok && value_text(o, "remedy", filled(row->cause.remedy));
	return ok;
}

static bool fill(cJSON *o, const struct doctor *doctor, const struct benchmark *docker)
{
	cJSON *walls = cJSON_CreateArray(), *extras = cJSON_CreateArray();
	struct utsname name;
	bool ok = uname(&name) == 0;

	ok = value_text(o, "schema", "cofferdam.doctor/1") && ok;
	ok = value_bool(o, "ok", doctor->ok) && ok;
	ok = value_text(o, "version", COFFERDAM_VERSION) && ok;
	ok = ok && value_text(o, "kernel", name.release);
	/* Both arrays are given away whatever came before, so that they are freed with o. */
	ok = value_item(o, "walls", walls) && ok;
	ok = value_item(o, "extras", extras) && ok;
	for (int i = 0; ok && i < WALL_COUNT; i++)
		ok = push_row(walls, &doctor->walls[i]);
	for (size_t i = 0; ok && i < doctor->extras_n; i++)
		ok = push_row(extras, &doctor->extras[i]);
	if (docker != NULL)
		ok = value_item(o, "docker", doctor_docker_json(docker)) && ok;
	return ok;
}

static int print_json(
	const struct doctor *doctor, const struct benchmark *docker, FILE *out, struct failure *f)
{
	cJSON *o = cJSON_CreateObject();
	own_mem char *text = NULL;

	if (o != NULL && fill(o, doctor, docker))
		text = cJSON_Print(o);
	cJSON_Delete(o);
	if (text == NULL)
		return fail(f, ENOMEM, "put the findings together");
	fprintf(out, "%s\n", text);
	return 0;
}

int doctor_print(const struct doctor *doctor, const struct benchmark *docker,
	const struct config *config, FILE *out, struct failure *f)
{
	if (config->json && print_json(doctor, docker, out, f) < 0)
		return -1;
	if (!config->json)
		print_text(doctor, config, out);
	if (!config->json && docker != NULL)
		doctor_docker_print(docker, out);
	if (fflush(out) != 0 || ferror(out))
		return fail(f, errno, "write the findings");
	return 0;
}

static int report(const struct verb_call *call, const struct benchmark *docker, struct failure *f)
{
	struct doctor doctor;

	if (fflush(call->out) != 0) /* what is buffered must not be written by children too */
		return fail(f, errno, "write the findings");
	doctor_examine(call->config, &doctor);
	if (doctor_print(&doctor, docker, call->config, call->out, f) < 0)
		return -1;
	return doctor.ok && (docker == NULL || docker->ok) ? 0 : 1;
}

/* The doctor tries what a run would have, which for root includes delegated cgroups. */
static int delegate_cgroups(const struct identity *identity, struct failure *f)
{
	return identity->was_root
		       ? cgroup_prepare("/", identity->uid, identity->gid, front_pid(), f)
		       : 0;
}

/* The engine's socket may need a group that only root can lend the broker, so Docker comes
 * first; root is given up there. */
int verb_doctor(const struct verb_call *call, struct failure *f)
{
	bool asked = call->config->docker != DOCKER_OFF;
	struct benchmark docker;
	struct identity identity;
	int given_up;

	if (identity_check(f) < 0 || identity_find(call->config->run_as, &identity, f) < 0 ||
		delegate_cgroups(&identity, f) < 0)
		return -1;
	given_up = asked ? doctor_docker_examine(call->config, &identity, &docker, f)
			 : identity_give_up(&identity, f);
	return given_up < 0 ? -1 : report(call, asked ? &docker : NULL, f);
}
