#include "sandbox/report/provenance.h"

#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/report/report.h"
#include "sandbox/report/resource_uri.h"
#include "sandbox/rootfs/digest.h"

#include <string.h>

/* .invalid is nobody's and never will be (RFC 2606): what these name is written in cofferdam-run(1). */
#define NAMES "https://cofferdam.invalid/"

size_t provenance_subjects(const struct outcome *outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < outcome->artifacts.n; i++)
		n += outcome->artifacts.rows[i].sha256[0] != '\0';
	return n;
}

/* ---- the mode ---- */

static void add_word(char mode[PROVENANCE_MODE], bool is_so, const char *prefix, const char *word)
{
	size_t used = strlen(mode);

	if (is_so)
		snprintf(mode + used, PROVENANCE_MODE - used, "%s%s%s", used > 0 ? "+" : "", prefix,
			word);
}

static bool is_degraded(const struct outcome *outcome)
{
	for (int i = 0; i < WALL_COUNT; i++)
		if (outcome->walls[i].state == WALL_DEGRADED)
			return true;
	return false;
}

void provenance_mode(const struct outcome *o, const struct config *c, char ret[PROVENANCE_MODE])
{
	ret[0] = '\0';
	add_word(ret, is_degraded(o), "", "degraded");
	add_word(ret, c->allow_chown, "", "allow-chown");
	add_word(ret, c->allow_32bit, "", "allow-32bit");
	add_word(ret, c->allow_userns, "", "allow-userns");
	add_word(ret, c->seccomp != NULL, "", "seccomp");
	add_word(ret, c->ro_bind.n > 0, "", "ro-bind");
	add_word(ret, o->caches.n > 0, "", "cache");
	add_word(ret, c->docker != DOCKER_OFF, "docker-", docker_level_name(c->docker));
	add_word(ret, c->net_full, "", "net-full");
	add_word(ret, !c->net_full && c->net.n > 0, "", "net-allow");
	add_word(ret, o->entered > 0, "", "entered");
	add_word(ret, ret[0] == '\0', "", "full");
}

/* ---- the parts ---- */

/* {"sha256": "…"}, under that key. */
static bool add_digest(cJSON *o, const char *algorithm, const char *hex)
{
	cJSON *digest = cJSON_CreateObject();

	return value_item(o, "digest", digest) && value_text(digest, algorithm, hex);
}

static cJSON *subjects(const struct outcome *outcome)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < outcome->artifacts.n; i++) {
		const struct artifact_record *row = &outcome->artifacts.rows[i];
		cJSON *o;

		if (row->sha256[0] == '\0')
			continue; /* a directory */
		o = cJSON_CreateObject();
		ok = value_push(all, o) && value_text(o, "name", row->path) &&
		     add_digest(o, "sha256", row->sha256);
	}
	return value_whole(all, ok);
}

static bool add_git_uri(cJSON *o, const char *url, const char *ref)
{
	own_mem char *uri = resource_uri_git(url, ref);

	return uri != NULL && value_text(o, "uri", uri);
}

static bool add_submodules(cJSON *all, const struct submodulelog *log)
{
	bool ok = true;

	for (size_t i = 0; ok && i < log->n; i++) {
		const struct submodule_record *row = &log->rows[i];
		cJSON *o = cJSON_CreateObject();
		own_mem char *name = NULL;

		if (asprintf(&name, "submodule %s", row->path) < 0)
			name = NULL;
		ok = value_push(all, o) && name != NULL && value_text(o, "name", name) &&
		     (row->url[0] == '\0' || add_git_uri(o, row->url, NULL)) &&
		     add_digest(o, "gitCommit", row->commit);
	}
	return ok;
}

static cJSON *dependencies(
	const struct outcome *outcome, const struct config *config, const char *rootfs_sha256)
{
	cJSON *all = cJSON_CreateArray(), *o;
	bool ok = all != NULL;

	if (ok && outcome->commit[0] != '\0' && outcome->source_url != NULL) {
		o = cJSON_CreateObject();
		ok = value_push(all, o) && value_text(o, "name", "source") &&
		     add_git_uri(o, outcome->source_url, outcome->source_ref) &&
		     /* What lies beside a commit has no digest, and is not the commit. */
		     (config->worktree || add_digest(o, "gitCommit", outcome->commit));
	}
	ok = ok && add_submodules(all, &outcome->submodules);
	if (ok && config->rootfs != NULL) {
		own_mem char *uri = resource_uri_root(config->rootfs);

		o = cJSON_CreateObject();
		ok = value_push(all, o) && value_text(o, "name", "rootfs") && uri != NULL &&
		     value_text(o, "uri", uri) &&
		     (rootfs_sha256 == NULL || add_digest(o, "sha256", rootfs_sha256));
	}
	return value_whole(all, ok);
}

/* Images that the run made or pulled at its Docker socket, by digest. */
static cJSON *images(const struct outcome *outcome)
{
	const struct dockerlog_objects *made = &outcome->docker.made;
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < made->n; i++) {
		const struct dockerlog_object *row = &made->rows[i];
		cJSON *o;

		if (row->kind != OBJECT_IMAGE || !digest_is_valid(row->id))
			continue;
		o = cJSON_CreateObject();
		ok = value_push(all, o) && value_text(o, "name", "image") &&
		     add_digest(o, "sha256", row->id + strlen(DIGEST_ALGORITHM));
	}
	return value_whole(all, ok);
}

/* A vector of config's as an array. */
static cJSON *words(const struct strings *strings)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < strings->n; i++)
		ok = value_push(all, value_string(strings->v[i]));
	return value_whole(all, ok);
}

/* Of NAME=VALUE the names: a value may be a secret, and this is to be published. */
static cJSON *names(const struct strings *strings)
{
	cJSON *all = cJSON_CreateArray();
	bool ok = all != NULL;

	for (size_t i = 0; ok && i < strings->n; i++) {
		own_mem char *name = strndup(strings->v[i], strcspn(strings->v[i], "="));

		ok = name != NULL && value_push(all, value_string(name));
	}
	return value_whole(all, ok);
}

/* What the caller chose. */
static bool add_external(cJSON *definition, const struct outcome *o, const struct config *c)
{
	cJSON *all = cJSON_CreateObject(), *source = cJSON_CreateObject();
	bool ok = value_item(definition, "externalParameters", all);

	if (!value_item(ok ? all : NULL, "source", source))
		return false;
	return value_text(source, "url", o->source_url) &&
	       value_text(source, "ref", o->source_ref) &&
	       value_bool(source, "submodules", c->submodules) &&
	       value_bool(source, "worktree", c->worktree) &&
	       value_item(all, "command",
		       o->command != NULL ? value_strings(o->command) : cJSON_CreateNull()) &&
	       value_item(all, "artifacts", words(&c->artifact)) &&
	       value_item(all, "net", words(&c->net)) &&
	       value_item(all, "ro_bind", words(&c->ro_bind)) &&
	       value_item(all, "caches", cachelog_json(&o->caches)) &&
	       value_item(all, "env", names(&c->env)) &&
	       value_item(all, "limits", report_limits(o));
}

/* What it stood behind, and what became of it. */
static bool add_internal(cJSON *definition, const struct outcome *o)
{
	cJSON *all = cJSON_CreateObject();

	return value_item(definition, "internalParameters", all) &&
	       value_item(all, "walls", report_walls(o)) &&
	       value_item(all, "egress", netlog_json(&o->net)) &&
	       value_item(all, "result", report_result(o));
}

static bool add_details(cJSON *predicate, const struct outcome *o, const struct config *c)
{
	cJSON *details = cJSON_CreateObject(), *builder = cJSON_CreateObject(),
	      *version = cJSON_CreateObject(), *metadata = cJSON_CreateObject();
	char mode[PROVENANCE_MODE], id[sizeof(NAMES) + 16 + sizeof(mode)];
	bool ok = value_item(predicate, "runDetails", details);

	provenance_mode(o, c, mode);
	snprintf(id, sizeof(id), NAMES "builder/v1/%s", mode);
	ok = value_item(ok ? details : NULL, "builder", builder) && ok;
	ok = value_item(ok ? details : NULL, "metadata", metadata) && ok;
	ok = value_item(ok ? builder : NULL, "version", version) && ok;
	return ok && value_text(builder, "id", id) &&
	       value_text(version, "cofferdam", COFFERDAM_VERSION) &&
	       value_text(metadata, "invocationId", o->id) &&
	       value_time(metadata, "startedOn", o->started) &&
	       value_time(metadata, "finishedOn", o->finished) &&
	       value_item(details, "byproducts", images(o));
}

static bool fill(cJSON *all, const struct outcome *o, const struct config *c, const char *sha256)
{
	cJSON *predicate = cJSON_CreateObject(), *definition = cJSON_CreateObject();
	bool ok = value_item(all, "predicate", predicate);

	ok = value_item(ok ? predicate : NULL, "buildDefinition", definition) && ok;
	return ok && value_text(all, "_type", "https://in-toto.io/Statement/v1") &&
	       value_item(all, "subject", subjects(o)) &&
	       value_text(all, "predicateType", "https://slsa.dev/provenance/v1") &&
	       value_text(definition, "buildType", NAMES "run/v1") &&
	       add_external(definition, o, c) && add_internal(definition, o) &&
	       value_item(definition, "resolvedDependencies", dependencies(o, c, sha256)) &&
	       add_details(predicate, o, c);
}

char *provenance_text(
	const struct outcome *outcome, const struct config *config, const char *rootfs_sha256)
{
	cJSON *all = cJSON_CreateObject();
	char *text = NULL;

	if (all != NULL && fill(all, outcome, config, rootfs_sha256))
		text = cJSON_Print(all);
	cJSON_Delete(all);
	return text;
}
