#include "sandbox/verbs/explain.h"

#include "sandbox/artifact/artifact_collector.h"
#include "sandbox/artifact/cache_merger.h"
#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/companion/companion.h"
#include "sandbox/keeper/builder.h"
#include "sandbox/keeper/fetcher.h"
#include "sandbox/keeper/keeper.h"
#include "sandbox/keeper/unpack_stage.h"
#include "sandbox/launcher/egress.h"
#include "sandbox/launcher/launcher.h"
#include "sandbox/launcher/login.h"
#include "sandbox/launcher/scope.h"
#include "sandbox/limits/cgroup.h"
#include "sandbox/limits/cgroup_host.h"
#include "sandbox/limits/inherited.h"
#include "sandbox/limits/resource.h"
#include "sandbox/net/net_set.h"
#include "sandbox/plan/cache_plan.h"
#include "sandbox/plan/host_credential.h"
#include "sandbox/plan/plan.h"
#include "sandbox/plan/program.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/verbs/explain_docker.h"
#include "seccomp/filter_policy.h"

#include <cjson/cJSON.h>
#include <string.h>

/* ---- what is explained, as one JSON tree; the text is printed from the same facts ---- */

static void add_step(cJSON *rows, const char *name, const char *reason)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", name);
	cJSON_AddStringToObject(row, "reason", reason);
	cJSON_AddItemToArray(rows, row);
}

static cJSON *steps_json(const struct steps *steps)
{
	cJSON *rows = cJSON_CreateArray();

	for (size_t i = 0; i < steps->n; i++)
		add_step(rows, steps->rows[i].name, steps->rows[i].reason);
	return rows;
}

/* As they were asked for, and whose they are. */
static cJSON *caches_json(const struct config *config, const struct plan *plan)
{
	const struct cache_scope scope = cache_plan_scope(config, plan);
	cJSON *o = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(o, "rows");

	for (size_t i = 0; i < config->cache.n; i++)
		cJSON_AddItemToArray(rows, cJSON_CreateString(config->cache.v[i]));
	if (config->cache.n > 0 && scope.word != NULL)
		cJSON_AddStringToObject(o, "scope", scope.word);
	return o;
}

static cJSON *all_steps_json(void)
{
	const struct steps *const all[] = { &launcher_steps, &keeper_steps, &unpacker_steps,
		&fetcher_steps, &builder_steps, &collector_steps, &merger_steps, &companion_steps };
	cJSON *roles = cJSON_CreateObject();

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		cJSON_AddItemToObject(roles, all[i]->role, steps_json(all[i]));
	return roles;
}

static void mount_row(void *data, const char *path, const char *what)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "path", path);
	cJSON_AddStringToObject(row, "what", what);
	cJSON_AddItemToArray(data, row);
}

static cJSON *filter_json(enum filter_role role)
{
	static const struct {
		enum policy_entry entry;
		const char *name;
	} entries[] = { { POLICY_NATIVE, "native" }, { POLICY_COMPAT, "i386" } };
	cJSON *rows = cJSON_CreateArray();

	for (size_t e = 0; e < ARRAY_LEN(entries); e++)
		for (size_t i = 0;; i++) {
			const struct policy_row *p = policy_row(role, entries[e].entry, i);
			cJSON *row;

			if (p == NULL)
				break;
			row = cJSON_CreateObject();
			cJSON_AddStringToObject(row, "entry", entries[e].name);
			cJSON_AddStringToObject(row, "calls", p->calls);
			cJSON_AddStringToObject(row, "answer", policy_answer(p));
			cJSON_AddStringToObject(row, "when", p->when != NULL ? p->when : "");
			cJSON_AddStringToObject(row, "reason", p->reason);
			cJSON_AddItemToArray(rows, row);
		}
	return rows;
}

/* value: in `parts` of the unit that is shown. */
static void add_limit(cJSON *to, const char *name, uint64_t value, double parts, const char *unset)
{
	if (value == LIMIT_NONE)
		cJSON_AddStringToObject(to, name, unset);
	else
		cJSON_AddNumberToObject(to, name, (double)value / parts);
}

static void add_bytes(cJSON *to, const char *name, uint64_t value)
{
	add_limit(to, name, value, 1, "max");
}

static void setting_row(void *data, const char *name, const char *value, const char *reason)
{
	cJSON *row = cJSON_CreateObject();

	cJSON_AddStringToObject(row, "name", name);
	cJSON_AddStringToObject(row, "value", value);
	cJSON_AddStringToObject(row, "reason", reason);
	cJSON_AddItemToArray(data, row);
}

/* Nothing truthful can be shown instead: a group that is made up would claim to hold all
 * processes to a sum that nobody counts. */
#define MEMORY_UNSEEN                                                                              \
	"without a control group a JVM and sysinfo(2) see the host's memory "                      \
	"(--env JAVA_TOOL_OPTIONS=-XX:MaxRAM=2g gives a JVM its size)"

static cJSON *limits_json(const struct config *config, const struct plan *plan)
{
	cJSON *limits = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(limits, "rlimits");
	struct scope_job job = { .run_id = NULL };
	struct cgroup_manager manager = scope_manager(&job);
	struct cgroup cgroup;
	struct failure f;

	add_bytes(limits, "memory", config->limits.memory_bytes);
	add_bytes(limits, "swap", config->limits.swap_bytes);
	add_bytes(limits, "pids", config->limits.pids);
	add_limit(limits, "cpus", config->limits.cpus_milli, 1000, "max");
	add_limit(limits, "io-weight", config->limits.io_weight, 1, "default");
	if (config->limits.io_weight != LIMIT_NONE && !cgroup_weight_heeded("/sys"))
		cJSON_AddStringToObject(limits, "io-weight-detail", CGROUP_WEIGHT_UNHEEDED);
	add_bytes(limits, "app-size", config->limits.app_size_bytes);
	add_bytes(limits, "app-inodes", config->limits.app_inodes);
	add_limit(limits, "timeout", config->limits.timeout_s, 1, "max");
	add_limit(limits, "idle-timeout", config->limits.idle_timeout_s, 1, "max");
	add_bytes(limits, "output-limit", config->limits.output_limit_bytes);
	if (cgroup_choose(&cgroup, "/", &manager, &f) == 0) {
		cgroup_inherit(&cgroup, "/");
		cJSON_AddStringToObject(limits, "driver", cgroup_driver_name(cgroup.driver));
		cJSON_AddStringToObject(limits, "driver-detail", cgroup.detail);
		if (!cgroup_driver_limits(cgroup.driver))
			cJSON_AddStringToObject(limits, "memory-detail", MEMORY_UNSEEN);
		cgroup_release(&cgroup);
	}
	for (unsigned i = 0; i < plan->rlimits.n; i++) {
		const struct rlimit_row *r = &plan->rlimits.rows[i];
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "name", r->name);
		add_bytes(row, "soft", r->soft);
		add_bytes(row, "hard", r->hard);
		cJSON_AddBoolToObject(row, "callers", r->callers);
		cJSON_AddStringToObject(row, "reason", r->reason);
		cJSON_AddItemToArray(rows, row);
	}
	sysctl_each(&plan->sysctl, setting_row, cJSON_AddArrayToObject(limits, "settings"));
	inherited_each(setting_row, cJSON_AddArrayToObject(limits, "inherited"));
	return limits;
}

static cJSON *reachable_json(const struct config *config, const struct net_rules *rules)
{
	cJSON *net = cJSON_CreateObject(), *rows;
	char text[HOST_NAME_BYTES + 40];

	cJSON_AddStringToObject(net, "net",
		config->net_full ? "full"
		: rules->n > 0   ? "allow"
				 : "none");
	rows = cJSON_AddArrayToObject(net, "rows");
	for (size_t i = 0; i < rules->n; i++) {
		net_rule_write(&rules->v[i], text, sizeof(text));
		cJSON_AddItemToArray(rows, cJSON_CreateString(text));
	}
	return net;
}

static cJSON *net_sets_json(void)
{
	cJSON *sets = cJSON_CreateObject();

	for (size_t i = 0; i < net_sets_n; i++) {
		cJSON *set = cJSON_AddObjectToObject(sets, net_sets[i].name);
		cJSON *hosts;

		cJSON_AddStringToObject(set, "purpose", net_sets[i].purpose);
		hosts = cJSON_AddArrayToObject(set, "hosts");
		for (size_t k = 0; k < net_sets[i].n; k++) {
			cJSON *row = cJSON_CreateObject();

			cJSON_AddStringToObject(row, "rule", net_sets[i].rows[k].rule);
			cJSON_AddStringToObject(row, "reason", net_sets[i].rows[k].reason);
			cJSON_AddItemToArray(hosts, row);
		}
	}
	return sets;
}

static cJSON *resources_json(void)
{
	cJSON *rows = cJSON_CreateArray();
	const struct resource *r;

	for (size_t i = 0; (r = resource_row(i)) != NULL; i++) {
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "name", r->name);
		cJSON_AddStringToObject(row, "bound", resource_bound_name(r->bound));
		cJSON_AddStringToObject(row, "by", r->by);
		cJSON_AddStringToObject(row, "most", r->most);
		cJSON_AddStringToObject(row, "reason", r->reason);
		cJSON_AddItemToArray(rows, row);
	}
	return rows;
}

static cJSON *words_json(char *const *words, bool names_only)
{
	cJSON *array = cJSON_CreateArray();

	for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
		char *equals = names_only ? strchr(words[i], '=') : NULL;
		own_mem char *word = equals == NULL
					     ? strdup(words[i])
					     : strndup(words[i], (size_t)(equals - words[i]));

		if (word == NULL)
			continue;
		failure_sanitize(word);
		cJSON_AddItemToArray(array, cJSON_CreateString(word));
	}
	return array;
}

/* Words of an image's text from word on, n of them; where the next begins. */
static const char *image_words(cJSON *to, const char *key, const char *word, uint32_t n)
{
	cJSON *words = cJSON_AddArrayToObject(to, key);

	for (; n > 0; n--, word += strlen(word) + 1) {
		own_mem char *copy = strdup(word);

		if (copy == NULL)
			continue;
		failure_sanitize(copy);
		cJSON_AddItemToArray(words, cJSON_CreateString(copy));
	}
	return word;
}

static void image_text(cJSON *to, const char *key, const char *text)
{
	own_mem char *copy = strdup(text);

	if (copy == NULL)
		return;
	failure_sanitize(copy);
	cJSON_AddStringToObject(to, key, copy);
}

static cJSON *image_json(const struct image_answer *image, bool used)
{
	cJSON *o = cJSON_CreateObject();
	const char *word;

	if (image == NULL)
		return cJSON_CreateNull();
	cJSON_AddStringToObject(o, "digest", image->digest);
	cJSON_AddBoolToObject(o, "used", used);
	image_text(o, "user", image->config.user);
	image_text(o, "directory", image->config.directory);
	word = image_words(o, "environment", image->config.text, image->config.environment_n);
	word = image_words(o, "entrypoint", word, image->config.entrypoint_n);
	image_words(o, "command", word, image->config.command_n);
	return o;
}

static cJSON *plan_json(const struct config *config, const struct plan *plan,
	const struct etc_public *public, const struct net_rules *rules,
	const struct explain_engine *engine)
{
	cJSON *root = cJSON_CreateObject(), *source, *seccomp, *mounts;
	enum filter_role role = config->allow_32bit && config->allow_userns
					? FILTER_BUILDER_32BIT_USERNS
				: config->allow_32bit  ? FILTER_BUILDER_32BIT
				: config->allow_userns ? FILTER_BUILDER_USERNS
						       : FILTER_BUILDER;

	cJSON_AddStringToObject(root, "schema", "cofferdam.explain/1");
	source = cJSON_AddObjectToObject(root, "source");
	cJSON_AddStringToObject(
		source, "url", plan->source.url != NULL ? plan->source.url : "none");
	if (plan->source.ref != NULL)
		cJSON_AddStringToObject(source, "ref", plan->source.ref);
	cJSON_AddItemToObject(root, "command", words_json(plan->argv, false));
	cJSON_AddItemToObject(root, "environment", words_json(plan->envp, true));
	cJSON_AddStringToObject(root, "network",
		plan->network_at_clone ? "cut at the clone" : "cut after the fetch");
	cJSON_AddItemToObject(root, "reachable", reachable_json(config, rules));
	cJSON_AddStringToObject(root, "ids",
		plan->user.range ? "keeper and builder have different host ids"
				 : plan->user.detail);
	cJSON_AddItemToObject(root, "image", image_json(plan->image, config->image_env));
	cJSON_AddItemToObject(root, "caches", caches_json(config, plan));
	cJSON_AddItemToObject(root, "docker", explain_docker_json(config, engine));
	cJSON_AddItemToObject(root, "steps", all_steps_json());
	mounts = cJSON_AddArrayToObject(root, "mounts");
	root_each(&plan->root, public, mount_row, mounts);
	if (plan->docker)
		mount_row(
			mounts, "/run/docker.sock", "a socket that the broker answers (--docker)");
	cJSON_AddItemToObject(root, "limits", limits_json(config, plan));
	cJSON_AddItemToObject(root, "resources", resources_json());
	cJSON_AddItemToObject(root, "net_sets", net_sets_json());
	seccomp = cJSON_AddObjectToObject(root, "seccomp");
	cJSON_AddStringToObject(
		seccomp, "filter", plan->filter_owned ? config->seccomp : filter_role_name(role));
	cJSON_AddNumberToObject(seccomp, "instructions", plan->filter.length);
	if (!plan->filter_owned)
		cJSON_AddItemToObject(seccomp, "rows", filter_json(role));
	return root;
}

/* ---- text ---- */

static void print_steps(FILE *out, const cJSON *roles)
{
	const cJSON *role, *row;

	cJSON_ArrayForEach(role, roles)
	{
		int number = 1;

		fprintf(out, "\nSteps of the %s\n", role->string);
		cJSON_ArrayForEach(row, role) fprintf(out, "  %2d  %-38s %s\n", number++,
			json_text(row, "name"), json_text(row, "reason"));
	}
}

static void print_words(FILE *out, const char *title, const cJSON *words)
{
	const cJSON *word;

	fprintf(out, "%-12s", title);
	cJSON_ArrayForEach(word, words) fprintf(out, " %s", cJSON_GetStringValue(word));
	fputc('\n', out);
}

static void print_number(FILE *out, const cJSON *item)
{
	if (cJSON_IsNumber(item))
		fprintf(out, "  %-24s %.15g\n", item->string, item->valuedouble);
	else if (cJSON_IsString(item))
		fprintf(out, "  %-24s %s\n", item->string,
			strcmp(item->valuestring, "max") == 0 ? "no limit" : item->valuestring);
}

static void print_limits(FILE *out, const cJSON *limits)
{
	const cJSON *item, *row;

	fprintf(out, "\nLimits\n");
	cJSON_ArrayForEach(item, limits) print_number(out, item);
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(limits, "rlimits"))
		fprintf(out, "  %-24s %s%s\n", json_text(row, "name"), json_text(row, "reason"),
			cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "callers"))
				? " (less: the caller's hard limit)"
				: "");
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(limits, "settings"))
		fprintf(out, "  %-28s %-20s %s\n", json_text(row, "name"), json_text(row, "value"),
			json_text(row, "reason"));
	fprintf(out, "\nWhat a process hands on, and whose the build's is\n");
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(limits, "inherited"))
		fprintf(out, "  %s: %s\n             %s\n", json_text(row, "name"),
			json_text(row, "value"), json_text(row, "reason"));
}

static void print_resources(FILE *out, const cJSON *resources)
{
	const cJSON *row;

	fprintf(out,
		"\nWhat is the whole host's or the caller's, and how much of it one run can take\n");
	cJSON_ArrayForEach(row, resources)
		fprintf(out, "  %-10s %s: %s\n             %s%s%s\n", json_text(row, "bound"),
			json_text(row, "name"), json_text(row, "most"), json_text(row, "by"),
			json_text(row, "by")[0] != '\0' ? "; " : "", json_text(row, "reason"));
}

static void print_filter(FILE *out, const cJSON *seccomp)
{
	const cJSON *row;

	fprintf(out, "\nSystem calls (%s; what has no row is answered ENOSYS)\n",
		json_text(seccomp, "filter"));
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(seccomp, "rows"))
	{
		const char *when = json_text(row, "when");

		fprintf(out, "  %-8s %s%s%s%s\n           %s\n", json_text(row, "answer"),
			json_text(row, "calls"), when[0] != '\0' ? " when " : "", when,
			strcmp(json_text(row, "entry"), "i386") == 0 ? " (i386)" : "",
			json_text(row, "reason"));
	}
}

static void print_net_sets(FILE *out, const cJSON *sets)
{
	const cJSON *set, *row;

	fprintf(out, "\nSets of hosts that --net allow: knows\n");
	cJSON_ArrayForEach(set, sets)
	{
		fprintf(out, "  %-10s %s\n", set->string, json_text(set, "purpose"));
		cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(set, "hosts"))
			fprintf(out, "             %-32s # %s\n", json_text(row, "rule"),
				json_text(row, "reason"));
	}
}

static void print_image(FILE *out, const cJSON *image)
{
	const cJSON *words;

	if (!cJSON_IsObject(image))
		return;
	fprintf(out, "%-12s %s; %s\n", "image", json_text(image, "digest"),
		cJSON_IsTrue(json_member(image, "used"))
			? "its environment and directory are used (--image-env)"
			: "what it names is not used without --image-env");
	fprintf(out, "  %-24s %s\n", "user", json_text(image, "user"));
	fprintf(out, "  %-24s %s\n", "working directory", json_text(image, "directory"));
	cJSON_ArrayForEach(words, image)
	{
		const cJSON *word;

		if (!cJSON_IsArray(words))
			continue;
		fprintf(out, "  %-24s", words->string);
		cJSON_ArrayForEach(word, words) fprintf(out, " %s", cJSON_GetStringValue(word));
		fputc('\n', out);
	}
}

static void print_reachable(FILE *out, const cJSON *reachable)
{
	const char *net = json_text(reachable, "net");
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(reachable, "rows");

	if (strcmp(net, "allow") == 0)
		print_words(out, "reachable", rows);
	else
		fprintf(out, "%-12s %s\n", "reachable",
			strcmp(net, "none") == 0
				? "nothing: no --net was given"
				: "what this host reaches, but not the host itself (--net full)");
}

static void print_caches(FILE *out, const cJSON *caches)
{
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(caches, "rows");

	if (cJSON_GetArraySize(rows) == 0)
		return;
	print_words(out, "caches", rows);
	fprintf(out, "%-12s %s\n", "cache scope", json_text(caches, "scope"));
}

static void print_head(FILE *out, const cJSON *root)
{
	fprintf(out, "%-12s %s\n", "source",
		json_text(cJSON_GetObjectItemCaseSensitive(root, "source"), "url"));
	print_words(out, "command", cJSON_GetObjectItemCaseSensitive(root, "command"));
	print_words(out, "environment", cJSON_GetObjectItemCaseSensitive(root, "environment"));
	fprintf(out, "%-12s %s\n", "network", json_text(root, "network"));
	print_reachable(out, cJSON_GetObjectItemCaseSensitive(root, "reachable"));
	fprintf(out, "%-12s %s\n", "ids", json_text(root, "ids"));
	print_image(out, json_member(root, "image"));
	print_caches(out, cJSON_GetObjectItemCaseSensitive(root, "caches"));
	explain_docker_head(out, cJSON_GetObjectItemCaseSensitive(root, "docker"));
}

static int rows_of_all(const cJSON *groups)
{
	const cJSON *group;
	int n = 0;

	cJSON_ArrayForEach(group, groups) n += cJSON_GetArraySize(group);
	return n;
}

static int rows_that_say(const cJSON *rows, const char *key, const char *text)
{
	const cJSON *row;
	int n = 0;

	cJSON_ArrayForEach(row, rows) n += strcmp(json_text(row, key), text) == 0 ? 1 : 0;
	return n;
}

/* What fits on one screen: the limits, and how much there is to be read of the rest. */
static void print_summary(FILE *out, const cJSON *root)
{
	const cJSON *steps = cJSON_GetObjectItemCaseSensitive(root, "steps"), *item,
		    *seccomp = cJSON_GetObjectItemCaseSensitive(root, "seccomp"),
		    *rows = cJSON_GetObjectItemCaseSensitive(seccomp, "rows");
	const int allowed = rows_that_say(rows, "answer", "allow");

	print_head(out, root);
	fprintf(out, "\nLimits\n");
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "limits"))
		print_number(out, item);
	fprintf(out,
		"\nIn full, row by row and each with its reason: --full; for programs: --json\n");
	fprintf(out, "  %-24s %d, of %d processes\n", "steps", rows_of_all(steps),
		cJSON_GetArraySize(steps));
	fprintf(out, "  %-24s %d rows\n", "the root inside",
		cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "mounts")));
	fprintf(out, "  %-24s %d rows\n", "resources of the host",
		cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "resources")));
	fprintf(out, "  %-24s %s: %d rows that allow, %d that refuse\n", "system calls",
		json_text(seccomp, "filter"), allowed, cJSON_GetArraySize(rows) - allowed);
	fprintf(out, "  %-24s %d\n", "sets of hosts for --net",
		cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(root, "net_sets")));
	explain_docker_count(out, cJSON_GetObjectItemCaseSensitive(root, "docker"));
}

static void print_text(FILE *out, const cJSON *root)
{
	const cJSON *row;

	print_head(out, root);
	explain_docker_print(out, cJSON_GetObjectItemCaseSensitive(root, "docker"));
	print_steps(out, cJSON_GetObjectItemCaseSensitive(root, "steps"));
	fprintf(out, "\nThe root that the builder sees\n");
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "mounts"))
		fprintf(out, "  %-24s %s\n", json_text(row, "path"), json_text(row, "what"));
	print_limits(out, cJSON_GetObjectItemCaseSensitive(root, "limits"));
	print_resources(out, cJSON_GetObjectItemCaseSensitive(root, "resources"));
	print_net_sets(out, cJSON_GetObjectItemCaseSensitive(root, "net_sets"));
	print_filter(out, cJSON_GetObjectItemCaseSensitive(root, "seccomp"));
}

void explain_steps(FILE *out)
{
	cJSON *roles = all_steps_json();

	print_steps(out, roles);
	cJSON_Delete(roles);
}

static void print(const struct verb_call *call, const cJSON *root)
{
	own_mem char *text = NULL;

	if (!call->config->json) {
		if (call->config->full)
			print_text(call->out, root);
		else
			print_summary(call->out, root);
		return;
	}
	text = cJSON_Print(root);
	fprintf(call->out, "%s\n", text != NULL ? text : "{}");
}

int verb_explain(const struct verb_call *call, struct failure *f)
{
	const struct config *config = call->config;
	struct explain_engine engine;
	struct identity identity;
	struct net_rules rules = { 0 };
	struct plan plan;
	struct etc_public public;
	own_fd int fetch = -1;
	int result;

	if (identity_check(f) < 0 || identity_find(config->run_as, &identity, f) < 0 ||
		program_find_fetch(&fetch, f) < 0)
		return -1;
	explain_engine_find(config, &identity, &engine);
	if (identity_give_up(&identity, f) < 0)
		return -1;
	if (host_credentials_take(call->config, &identity, f) < 0)
		return -1;
	result = plan_make(config, &identity, own_fd_give(&fetch), &plan, f);
	if (result == 0)
		result = egress_rules(config, &identity, &rules, f);
	if (result == 0)
		result = login_check(config, &plan.source, &rules, f);
	if (result == 0)
		result = plan_public(&plan, &public, f);
	if (result == 0) {
		cJSON *root;

		plan_limit(&plan, config, &config->limits);
		root = plan_json(config, &plan, &public, &rules, &engine);
		print(call, root);
		cJSON_Delete(root);
	}
	net_rules_release(&rules);
	plan_release(&plan);
	return result;
}
