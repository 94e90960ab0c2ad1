#include "sandbox/plan/cache_plan.h"

#include "namespaces/root_cache.h"
#include "sandbox/base/own.h"
#include "sandbox/config/cache_word.h"

#include <string.h>

struct place {
	const char *option, *path;
};

/* One inside another would be made through the other's names. */
static int refuse_nested(struct place a, struct place b, struct failure *f)
{
	struct place inner = strlen(a.path) < strlen(b.path) ? b : a;
	struct place outer = strlen(a.path) < strlen(b.path) ? a : b;
	size_t n = strlen(outer.path);

	if (strncmp(inner.path, outer.path, n) != 0 ||
		(inner.path[n] != '\0' && inner.path[n] != '/'))
		return 0;
	fail(f, 0, "%s to /%s lies in %s to /%s", inner.option, inner.path, outer.option,
		outer.path);
	return fail_remedy(f, "choose destinations beside each other");
}

static int check_beside(const struct root_plan *plan, size_t number, struct failure *f)
{
	const struct root_cache *cache = &plan->caches[number];
	const struct place own = { "--cache", cache->destination };

	for (size_t i = 0; i < plan->binds_n; i++)
		if (refuse_nested(
			    own, (struct place){ "--ro-bind", plan->binds[i].destination }, f) < 0)
			return -1;
	for (size_t i = 0; i < number; i++) {
		if (strcmp(plan->caches[i].name, cache->name) == 0)
			return fail(f, 0, "--cache %s is given twice", cache->name);
		if (refuse_nested(
			    own, (struct place){ "--cache", plan->caches[i].destination }, f) < 0)
			return -1;
	}
	return 0;
}

static int plan_one(const char *word, struct root_plan *plan, struct failure *f)
{
	struct root_cache *cache = &plan->caches[plan->caches_n];
	struct cache_word parsed;

	*cache = (struct root_cache){ .tree = { .fd = -1 } };
	if (cache_word_parse("--cache", word, &parsed, f) < 0 ||
		root_cache_allow(parsed.place, f) < 0)
		return -1;
	_Static_assert(sizeof(cache->name) == sizeof(parsed.name), "a name is copied whole");
	memcpy(cache->name, parsed.name, sizeof(cache->name));
	cache->writes = parsed.writes;
	cache->destination = strdup(parsed.place + 1);
	if (cache->destination == NULL)
		return fail(f, ENOMEM, "plan a cache");
	return check_beside(plan, plan->caches_n++, f);
}

int cache_plan_make(const struct config *config, struct plan *plan, struct failure *f)
{
	if (config->cache.n == 0)
		return 0;
	if (config->cache.n > ROOT_CACHES_MOST)
		return fail(f, 0, "--cache is given %zu times, more than %d", config->cache.n,
			ROOT_CACHES_MOST);
	if (cache_plan_scope(config, plan).word == NULL) {
		fail(f, 0, "--cache: without a source nobody knows whose caches these are");
		return fail_remedy(f, "say it: --cache-scope SCOPE; runs of one scope trust each "
				      "other");
	}
	plan->root.caches = calloc(config->cache.n, sizeof(*plan->root.caches));
	if (plan->root.caches == NULL)
		return fail(f, ENOMEM, "plan the caches");
	for (size_t i = 0; i < config->cache.n; i++)
		if (plan_one(config->cache.v[i], &plan->root, f) < 0)
			return -1;
	return 0;
}

void cache_plan_release(struct root_plan *plan)
{
	for (size_t i = 0; i < plan->caches_n; i++) {
		host_path_release(&plan->caches[i].tree);
		free(plan->caches[i].destination);
	}
	free(plan->caches);
	plan->caches = NULL;
	plan->caches_n = 0;
}

struct cache_scope cache_plan_scope(const struct config *config, const struct plan *plan)
{
	struct cache_scope scope = { .named = config->cache_scope != NULL,
		.word = config->cache_scope };

	if (scope.named || plan->source.kind == SOURCE_NONE)
		return scope;
	/* "." is another directory for everybody who says it. */
	scope.word = plan->source.kind == SOURCE_LOCAL ? plan->fetch.inputs[FETCH_SOURCE].path
						       : plan->source.url;
	return scope;
}
