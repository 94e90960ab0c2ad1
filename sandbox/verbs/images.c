#include "sandbox/verbs/images.h"

#include "sandbox/base/json.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/broker_client.h"
#include "sandbox/state/ledger.h"
#include "sandbox/verbs/images_retain.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

struct images {
	const struct config *config;
	struct kept_image *kept;   /* every line of the ledger */
	struct retain_image *rows; /* of this engine's; row i is kept[line[i]] */
	size_t *line;
	bool *forgotten; /* lines that say nothing any more */
	size_t n, rows_n;
	cJSON *found, *told;
	unsigned failed;
	FILE *out;
};

/* ---- what there is ---- */

static const cJSON *image_of(const struct images *g, const struct kept_image *kept)
{
	const cJSON *image, *tag;

	cJSON_ArrayForEach(image, cJSON_GetObjectItemCaseSensitive(g->found, "images"))
	{
		if (strcmp(json_text(image, "id"), kept->image) != 0)
			continue;
		cJSON_ArrayForEach(tag, cJSON_GetObjectItemCaseSensitive(image, "tags"))
		{
			size_t n = strlen(tag->valuestring), whole = strlen(kept->tag);

			/* The engine leaves docker.io/ and library/ away. */
			if (n <= whole && strcmp(kept->tag + whole - n, tag->valuestring) == 0 &&
				(n == whole || kept->tag[whole - n - 1] == '/'))
				return image;
		}
	}
	return NULL;
}

static bool is_used(const struct images *g, const char *id)
{
	const cJSON *container;

	cJSON_ArrayForEach(container, cJSON_GetObjectItemCaseSensitive(g->found, "containers"))
	{
		if (strcmp(json_text(container, "image"), id) == 0)
			return true;
	}
	return false;
}

/* The lines that are of this engine and still true; the others of it are forgotten. */
static void take_rows(struct images *g, const char *socket)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct kept_image *kept = &g->kept[i];
		const cJSON *image;

		if (strcmp(kept->socket, socket) != 0)
			continue;
		image = image_of(g, kept);
		if (image == NULL || strcmp(json_text(image, "run"), kept->run) != 0) {
			g->forgotten[i] = true;
			continue;
		}
		g->line[g->rows_n] = i;
		g->rows[g->rows_n++] = (struct retain_image){
			.tag = kept->tag,
			.image = kept->image,
			.time = kept->time,
			.bytes = json_integer(image, "bytes"),
			.protected = is_used(g, kept->image),
		};
	}
}

/* ---- words ---- */

static void tell(
	struct images *g, const char *what, const char *name, bool removed, const char *detail)
{
	cJSON *row;

	if (!g->config->json) {
		fprintf(g->out, "%s %s %s%s%s\n",
			g->config->dry_run ? "would remove"
			: removed          ? "removed"
					   : "could not remove",
			what, name, detail[0] != '\0' ? ": " : "", detail);
		return;
	}
	row = cJSON_CreateObject();
	cJSON_AddStringToObject(row, "what", what);
	cJSON_AddStringToObject(row, "path", name);
	cJSON_AddBoolToObject(row, "removed", removed);
	cJSON_AddStringToObject(row, "detail", detail);
	cJSON_AddItemToArray(g->told, row);
}

static int print_json(struct images *g, struct failure *f)
{
	cJSON *top = cJSON_CreateObject();
	own_mem char *text = NULL;

	cJSON_AddStringToObject(top, "schema", "cofferdam.gc/1");
	cJSON_AddBoolToObject(top, "dry_run", g->config->dry_run);
	cJSON_AddNumberToObject(top, "removed",
		g->config->dry_run ? 0 : cJSON_GetArraySize(g->told) - (int)g->failed);
	cJSON_AddNumberToObject(top, "failed", g->failed);
	cJSON_AddItemReferenceToObject(top, "rows", g->told);
	text = cJSON_Print(top);
	cJSON_Delete(top);
	if (text == NULL)
		return fail(f, ENOMEM, "print what was removed");
	fprintf(g->out, "%s\n", text);
	return 0;
}

/* ---- removing ---- */

static int drop(struct images *g, struct broker_client *client, size_t row, struct failure *f)
{
	const struct kept_image *kept = &g->kept[g->line[row]];
	int result;

	if (g->config->dry_run) {
		tell(g, "image", kept->tag, false, g->rows[row].why);
		return 0;
	}
	result = broker_client_drop(client, kept->tag, kept->image, kept->run, f);
	if (result < 0)
		return -1;
	tell(g, "image", kept->tag, result == 0, result == 0 ? g->rows[row].why : f->what);
	g->forgotten[g->line[row]] = result == 0;
	g->failed += result > 0;
	return 0;
}

/* The cache is everybody's on that engine: only a word of its own cuts it. */
static int prune(struct images *g, struct broker_client *client, const struct retain_rule *rule,
	struct failure *f)
{
	uint64_t bytes = 0, keep = rule->max_bytes != UINT64_MAX ? rule->max_bytes : 0;
	char text[NUMBER_BYTES_SIZE];

	if (!g->config->build_cache)
		return 0;
	if (g->config->dry_run) {
		tell(g, "build cache", "of the engine", false, "");
		return 0;
	}
	if (broker_client_prune(client, keep, rule->older_s, &bytes, f) < 0)
		return -1;
	tell(g, "build cache", "of the engine", true, number_format_bytes(bytes, text));
	return 0;
}

static bool is_forgotten(void *data, size_t i)
{
	const struct images *g = data;

	return i < g->n && g->forgotten[i];
}

static int sweep(struct images *g, struct broker_client *client, int dir_fd,
	const struct retain_rule *rule, struct failure *f)
{
	int result = 0;

	retain_decide(rule, g->rows, g->rows_n, (uint64_t)time(NULL));
	for (size_t i = 0; i < g->rows_n && result == 0; i++)
		if (g->rows[i].gone)
			result = drop(g, client, i, f);
	if (result == 0)
		result = prune(g, client, rule, f);
	if (!g->config->dry_run && ledger_forget(dir_fd, is_forgotten, g, f) < 0)
		return -1;
	return result;
}

/* ---- the verb ---- */

static int rule_of(const struct config *config, struct retain_rule *ret, struct failure *f)
{
	*ret = (struct retain_rule){
		.keeps_last = config->keep_last != UINT32_MAX,
		.keep_last = config->keep_last,
		.max_bytes = config->max_size_bytes,
	};
	if (config->older_than != NULL &&
		retain_age("--older-than", config->older_than, &ret->older_s, f) < 0)
		return -1;
	if (config->build_cache && ret->older_s == 0 && ret->max_bytes == UINT64_MAX) {
		fail(f, 0, "--build-cache: nothing says how much of the cache may go");
		return fail_remedy(f, "give --older-than or --max-size");
	}
	if (ret->keeps_last || ret->older_s > 0 || ret->max_bytes != UINT64_MAX)
		return 0;
	fail(f, 0, "gc --images: nothing says what may go");
	return fail_remedy(f, "give --keep-last, --older-than or --max-size");
}

static int prepare(struct images *g, int dir_fd, struct failure *f)
{
	if (ledger_kept(dir_fd, &g->kept, &g->n, f) < 0)
		return -1;
	g->rows = calloc(g->n + 1, sizeof(*g->rows));
	g->line = calloc(g->n + 1, sizeof(*g->line));
	g->forgotten = calloc(g->n + 1, sizeof(*g->forgotten));
	g->told = cJSON_CreateArray();
	return g->rows != NULL && g->line != NULL && g->forgotten != NULL && g->told != NULL
		       ? 0
		       : fail(f, ENOMEM, "look at images");
}

static int run(struct images *g, struct broker_client *client, const struct retain_rule *rule,
	struct failure *f)
{
	own_fd int dir_fd = ledger_open(true, f);

	if (dir_fd < 0 || prepare(g, dir_fd, f) < 0 ||
		broker_client_survey(client, &g->found, f) < 0)
		return -1;
	take_rows(g, client->engine.socket.path);
	if (sweep(g, client, dir_fd, rule, f) < 0)
		return -1;
	if (g->config->json)
		return print_json(g, f);
	if (cJSON_GetArraySize(g->told) == 0 && g->rows_n == 0)
		fprintf(g->out, "no image of this engine is in the ledger\n");
	return 0;
}

static void release(struct images *g)
{
	free(g->kept);
	free(g->rows);
	free(g->line);
	free(g->forgotten);
	cJSON_Delete(g->found);
	cJSON_Delete(g->told);
}

int images_run(const struct config *config, FILE *out, struct failure *f)
{
	struct images g = { .config = config, .out = out };
	struct identity identity;
	struct retain_rule rule;
	struct broker_client client;
	int result;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0 ||
		rule_of(config, &rule, f) < 0 ||
		broker_client_open(config->docker_host, &identity, &client, f) < 0)
		return -1;
	result = identity_give_up(&identity, f);
	if (result == 0)
		result = run(&g, &client, &rule, f);
	broker_client_close(&client);
	if (result == 0 && g.failed > 0)
		result = fail(f, 0, "%u images could not be removed", g.failed);
	release(&g);
	return result;
}
