#include "sandbox/broker/build_query.h"

#include "sandbox/base/own.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/docker/query_build.h"

#include <string.h>

#define CPU_PERIOD_US 100000

static int take_tags(struct build_query *q)
{
	struct exchange *x = q->x;

	for (size_t i = 0; i < x->target.pairs_n; i++)
		if (strcmp(x->target.pairs[i].name, "t") == 0 &&
			x->target.pairs[i].value[0] != '\0' &&
			image_tags_add(&q->tags, x->broker, &x->client->end,
				x->target.pairs[i].value, &x->refusal) < 0)
			return -1;
	return 0;
}

static int cache_from_is_own(struct build_query *q)
{
	struct exchange *x = q->x;
	cJSON *names = NULL, *ids = cJSON_CreateArray();
	const cJSON *name;
	enum image_standing standing;
	char id[160];
	int result = query_build_cache_from(&x->target, &names, &x->refusal);

	cJSON_ArrayForEach(name, names)
	{
		if (result < 0)
			break;
		result = lookup_image(x->broker, &x->client->end, cJSON_GetStringValue(name),
			&standing, id, &x->refusal);
		/* One that is not there is no reason to fail, for the engine neither. */
		if (result == 0 && standing != IMAGE_ABSENT)
			cJSON_AddItemToArray(ids, cJSON_CreateString(id));
	}
	if (result == 0 && cJSON_GetArraySize(ids) > 0) {
		own_mem char *text = cJSON_PrintUnformatted(ids);

		text_word(&x->query, x->query.n > 0 ? "&cachefrom=" : "cachefrom=");
		text_encode(&x->query, text != NULL ? text : "", false);
	}
	cJSON_Delete(names);
	cJSON_Delete(ids);
	return result;
}

/* A parameter of the engine that holds JSON. */
static void add_json(struct text *query, const char *name, const cJSON *json)
{
	own_mem char *text = cJSON_PrintUnformatted(json);

	if (text == NULL)
		query->failed = true;
	text_format(query, "%s%s=", query->n > 0 ? "&" : "", name);
	text_encode(query, text != NULL ? text : "", false);
}

static int add_labels(struct build_query *q, const char *tags)
{
	struct exchange *x = q->x;
	const struct policy *policy = &x->broker->policy;
	char user[POLICY_USER_SIZE];
	cJSON *labels = NULL;
	int result = query_build_labels(&x->target, &labels, &x->refusal);

	if (result == 0 && (cJSON_AddStringToObject(labels, LABEL_RUN, policy->run_id) == NULL ||
				   cJSON_AddStringToObject(
					   labels, LABEL_USER, policy_user(policy, user)) == NULL ||
				   cJSON_AddStringToObject(labels, LABEL_TAGS, tags) == NULL))
		result = refuse_memory(&x->refusal);
	if (result == 0)
		add_json(&x->query, "labels", labels);
	cJSON_Delete(labels);
	return result;
}

/* Podman has a parameter of its own for namespaces, in its Docker API too: without it a step
 * has the host's network, whatever networkmode says
 * (podman, pkg/api/handlers/compat/images_build.go). */
static void add_podman_network(const char *name, struct text *query)
{
	bool none = strcmp(name, "none") == 0;
	own_text struct text namespaces = { 0 };

	text_format(&namespaces, "[{\"Name\":\"network\",\"Host\":false,\"Path\":\"%s\"}]",
		none ? "" : name);
	query->failed |= namespaces.failed;
	text_format(
		query, "&networkmode=%s&nsoptions=", none ? "NetworkDisabled" : "NetworkEnabled");
	text_encode(query, namespaces.s != NULL ? namespaces.s : "", false);
}

static void add_network(const struct broker *b, struct text *query)
{
	if (b->upstream.podman) {
		add_podman_network(b->policy.build_net, query);
		return;
	}
	text_word(query, "&networkmode=");
	text_encode(query, b->policy.build_net, false);
}

/* The limits of the run, on every step of the build. */
static void add_limits(const struct broker *b, struct text *query)
{
	const struct policy *p = &b->policy;

	text_word(query, "&rm=1&forcerm=1");
	text_format(query, "&shmsize=%llu", (unsigned long long)ownership_mark_bytes(&b->own));
	if (p->limits.memory_bytes != LIMIT_NONE) {
		text_format(query, "&memory=%llu", (unsigned long long)p->limits.memory_bytes);
		if (p->limits.swap_bytes != LIMIT_NONE)
			text_format(query, "&memswap=%llu",
				(unsigned long long)(p->limits.memory_bytes +
						     p->limits.swap_bytes));
	}
	if (p->limits.cpus_milli != LIMIT_NONE)
		text_format(query, "&cpuperiod=%d&cpuquota=%llu", CPU_PERIOD_US,
			(unsigned long long)p->limits.cpus_milli * CPU_PERIOD_US / 1000);
}

int build_query_write(struct build_query *q)
{
	struct exchange *x = q->x;
	own_text struct text tags = { 0 };

	if (take_tags(q) < 0 || cache_from_is_own(q) < 0 ||
		query_build_args(&x->target, &q->args, &x->refusal) < 0)
		return -1;
	image_tags_list(&q->tags, &tags);
	if (add_labels(q, tags.s != NULL ? tags.s : "") < 0)
		return -1;
	add_json(&x->query, "buildargs", q->args);
	text_format(&x->query, "&dockerfile=%s", q->dockerfile);
	add_network(x->broker, &x->query);
	add_limits(x->broker, &x->query);
	return x->query.failed ? refuse_memory(&x->refusal) : 0;
}
