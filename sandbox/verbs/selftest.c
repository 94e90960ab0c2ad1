#include "sandbox/verbs/selftest.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/selftest/selftest_run.h"

#include <string.h>
#include <sys/utsname.h>

struct tally {
	unsigned held, shown, open, unclear, untried, absent;
};

static struct tally tally(const struct selftest *selftest)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < selftest->rows_n; i++) {
		const struct selftest_row *row = &selftest->rows[i];

		if (row->verdict == VERDICT_UNTRIED)
			t.untried++;
		else if (!selftest_counts(selftest, row))
			t.absent++;
		else if (row->verdict == VERDICT_HELD)
			t.held++, t.shown += row->shown;
		else if (row->verdict == VERDICT_OPEN)
			t.open++;
		else
			t.unclear++;
	}
	return t;
}

/* ---- text ---- */

static const char *mark(const struct selftest *selftest, const struct selftest_row *row)
{
	if (row->verdict == VERDICT_UNTRIED)
		return "·";
	if (row->verdict == VERDICT_HELD)
		return "✓";
	return selftest_counts(selftest, row) ? "✗" : "~";
}

static const char *verdict_words(const struct selftest_row *row)
{
	switch (row->verdict) {
	case VERDICT_HELD:
		return "held";
	case VERDICT_OPEN:
		return "does not hold";
	case VERDICT_UNCLEAR:
		return "failed, but not by this wall";
	case VERDICT_UNTRIED:
		break;
	}
	return "not tried";
}

static void print_row(
	const struct selftest *selftest, const struct selftest_row *row, bool verbose, FILE *out)
{
	fprintf(out, "%s  %s: %s → %s: %s", mark(selftest, row), wall_infos[row->wall].name,
		row->tried, row->answer, verdict_words(row));
	if (row->verdict != VERDICT_UNTRIED && row->shown)
		fprintf(out, "; outside it works");
	else if (row->verdict != VERDICT_UNTRIED)
		fprintf(out, "; not shown outside (%s)", row->outside);
	fputc('\n', out);
	if (verbose)
		fprintf(out, "   %s\n", row->reason);
}

/* The walls that our run did not raise whole, with its words. */
static void print_walls(const struct selftest *selftest, FILE *out)
{
	for (int i = 0; selftest->against == NULL && i < WALL_COUNT; i++)
		if (selftest->walls[i].state != WALL_ENFORCED)
			fprintf(out, "~  %s is %s: %s\n", wall_infos[i].name,
				wall_state_name(selftest->walls[i].state),
				selftest->walls[i].detail[0] != '\0' ? selftest->walls[i].detail
								     : "not asked for");
}

static void print_text(const struct selftest *selftest, const struct config *config, FILE *out)
{
	const struct tally t = tally(selftest);

	for (size_t i = 0; i < selftest->rows_n; i++) {
		const struct selftest_row *row = &selftest->rows[i];

		if (!config->quiet ||
			(row->verdict != VERDICT_HELD && selftest_counts(selftest, row)))
			print_row(selftest, row, config->verbose > 0, out);
	}
	if (config->quiet)
		return;
	fputc('\n', out);
	print_walls(selftest, out);
	fprintf(out,
		"%u held (%u of them work outside), %u do not hold, %u unclear, %u not tried, "
		"%u against walls that are not raised\n",
		t.held, t.shown, t.open, t.unclear, t.untried, t.absent);
}

/* ---- JSON ---- */

static bool push_attempt(cJSON *array, const struct selftest *selftest, size_t i)
{
	const struct selftest_row *row = &selftest->rows[i];
	cJSON *o = cJSON_CreateObject();
	bool ok = value_push(array, o);

	ok = ok && value_text(o, "wall", wall_infos[row->wall].name);
	ok = ok && value_text(o, "tried", row->tried);
	ok = ok && value_text(o, "answer", row->answer);
	ok = ok && value_text(o, "verdict", verdict_name(row->verdict));
	ok = ok && value_bool(o, "counts", selftest_counts(selftest, row));
	ok = ok && value_text(o, "outside", row->outside);
	ok = ok && value_bool(o, "shown", row->shown);
	ok = ok && value_text(o, "reason", row->reason);
	return ok;
}

static bool push_wall(cJSON *array, const struct selftest *selftest, int i)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = value_push(array, o);

	ok = ok && value_text(o, "name", wall_infos[i].name);
	ok = ok && value_text(o, "state", wall_state_name(selftest->walls[i].state));
	ok = ok && value_text(o, "detail", selftest->walls[i].detail);
	return ok;
}

static bool fill(cJSON *o, const struct selftest *selftest)
{
	cJSON *walls = cJSON_CreateArray(), *attempts = cJSON_CreateArray();
	struct utsname name;
	bool ok = uname(&name) == 0;

	ok = value_text(o, "schema", "cofferdam.selftest/1") && ok;
	ok = value_bool(o, "ok", selftest->ok) && ok;
	ok = value_text(o, "version", COFFERDAM_VERSION) && ok;
	ok = ok && value_text(o, "kernel", name.release);
	ok = value_text(o, "against", selftest->against) && ok;
	/* Given away whatever came before, so that they are freed with o. */
	ok = value_item(o, "walls", walls) && ok;
	ok = value_item(o, "attempts", attempts) && ok;
	for (int i = 0; ok && selftest->against == NULL && i < WALL_COUNT; i++)
		ok = push_wall(walls, selftest, i);
	for (size_t i = 0; ok && i < selftest->rows_n; i++)
		ok = push_attempt(attempts, selftest, i);
	return ok;
}

static int print_json(const struct selftest *selftest, FILE *out, struct failure *f)
{
	cJSON *o = cJSON_CreateObject();
	own_mem char *text = NULL;

	if (o != NULL && fill(o, selftest))
		text = cJSON_Print(o);
	cJSON_Delete(o);
	if (text == NULL)
		return fail(f, ENOMEM, "put the findings together");
	fprintf(out, "%s\n", text);
	return 0;
}

/* Sandboxes are started as root starts them; what is printed then is no longer root's. */
int verb_selftest(const struct verb_call *call, struct failure *f)
{
	own_mem struct selftest *selftest = calloc(1, sizeof(*selftest));
	struct identity identity;

	if (selftest == NULL)
		return fail(f, ENOMEM, "collect the findings");
	if (fflush(call->out) != 0) /* what is buffered must not be written by children too */
		return fail(f, errno, "write the findings");
	if (identity_check(f) < 0)
		return -1;
	if (selftest_run(call->config, selftest, f) < 0)
		return -1;
	if (identity_find(call->config->run_as, &identity, f) < 0 ||
		identity_give_up(&identity, f) < 0)
		return -1;
	if (call->config->json && print_json(selftest, call->out, f) < 0)
		return -1;
	if (!call->config->json)
		print_text(selftest, call->config, call->out);
	if (fflush(call->out) != 0 || ferror(call->out))
		return fail(f, errno, "write the findings");
	return selftest->ok ? 0 : 1;
}
