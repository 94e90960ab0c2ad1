#include "sandbox/benchmark/benchmark.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/benchmark/escape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- one rule's verdict ---- */

struct facts {
	const cJSON *info, *components, *daemon;
	const struct benchmark_host *host;
};

static void say(struct benchmark_row *row, enum benchmark_state state, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* An engine's words reach a terminal. */
static void make_plain(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void say(struct benchmark_row *row, enum benchmark_state state, const char *fmt, ...)
{
	va_list args;

	row->state = state;
	va_start(args, fmt);
	vsnprintf(row->detail, sizeof(row->detail), fmt, args);
	va_end(args);
	make_plain(row->detail);
}

static const cJSON *at(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* "name=seccomp,profile=default" among the engine's security options, or NULL. */
static const char *option(const struct facts *facts, const char *name)
{
	const cJSON *word;
	size_t n = strlen(name);

	cJSON_ArrayForEach(word, at(facts->info, "options"))
	{
		const char *text = cJSON_GetStringValue(word);

		if (text != NULL && strncmp(text, "name=", 5) == 0 &&
			strncmp(text + 5, name, n) == 0 &&
			(text[5 + n] == '\0' || text[5 + n] == ','))
			return text;
	}
	return NULL;
}

/* ---- the socket ---- */

static void judge_owner(const struct facts *facts, struct benchmark_row *row)
{
	const struct benchmark_host *host = facts->host;
	bool rootless = option(facts, "rootless") != NULL && host->owner == host->uid;

	say(row,
		rootless || (host->owner == 0 && (strcmp(host->group, "docker") == 0 ||
							 strcmp(host->group, "root") == 0))
			? BENCHMARK_PASS
			: BENCHMARK_WARN,
		"uid %u, group %s", host->owner, host->group);
}

static void judge_mode(const struct facts *facts, struct benchmark_row *row)
{
	bool open = (facts->host->mode & 0006) != 0;

	say(row, open ? BENCHMARK_FAIL : BENCHMARK_PASS, "%04o%s",
		(unsigned)facts->host->mode & 07777, open ? ": every user here may be root" : "");
}

static void judge_users(const struct facts *facts, struct benchmark_row *row)
{
	if (option(facts, "rootless") != NULL)
		say(row, BENCHMARK_PASS, "the engine has no more power than its user");
	else if (facts->host->direct)
		say(row, BENCHMARK_WARN,
			"uid %u may ask the engine for anything, which is to be root",
			facts->host->uid);
	else
		say(row, BENCHMARK_PASS, "uid %u reaches the engine through the broker alone",
			facts->host->uid);
}

/* Written in daemon.json, told by the engine itself, which warns of every address without TLS
 * or without verification, also of its command line's; or listening where everybody expects it. */
static void judge_tcp(const struct facts *facts, struct benchmark_row *row)
{
	const struct benchmark_host *host = facts->host;
	const cJSON *exposed = at(facts->info, "exposed");
	bool verified = cJSON_IsTrue(at(facts->daemon, "tlsverify"));
	const cJSON *word;

	cJSON_ArrayForEach(word, at(facts->daemon, "hosts"))
	{
		const char *text = cJSON_GetStringValue(word);

		if (text == NULL || strncmp(text, "tcp://", 6) != 0)
			continue;
		say(row, verified ? BENCHMARK_PASS : BENCHMARK_FAIL, "daemon.json: %.100s%s", text,
			verified ? ", with tlsverify" : " without tlsverify");
		return;
	}
	word = cJSON_GetArrayItem(exposed, 0);
	if (cJSON_GetStringValue(word) != NULL)
		say(row, BENCHMARK_FAIL, "the engine says: %.180s", cJSON_GetStringValue(word));
	else if (host->listens_plain)
		say(row, BENCHMARK_FAIL,
			"something listens on port 2375, which is Docker's without TLS");
	else if (!host->listens_known)
		say(row, BENCHMARK_UNKNOWN, "/proc/net/tcp cannot be read");
	else if (host->listens_tls)
		say(row, BENCHMARK_UNKNOWN, "port 2376: who may connect is not seen from here");
	else if (exposed == NULL)
		say(row, BENCHMARK_UNKNOWN,
			"nothing listens on 2375 or 2376; this engine does not say where else");
	else
		say(row, BENCHMARK_PASS,
			"nothing listens on 2375 or 2376, nor does the engine warn");
}

/* ---- the engine ---- */

static void judge_userns(const struct facts *facts, struct benchmark_row *row)
{
	if (option(facts, "rootless") != NULL)
		say(row, BENCHMARK_PASS, "rootless");
	else if (option(facts, "userns") != NULL)
		say(row, BENCHMARK_PASS, "userns-remap");
	else
		say(row, BENCHMARK_WARN,
			"root in a container is root on the host but for its walls");
}

static void judge_seccomp(const struct facts *facts, struct benchmark_row *row)
{
	const char *text = option(facts, "seccomp");

	if (text == NULL || strstr(text, "profile=unconfined") != NULL)
		say(row, BENCHMARK_FAIL, "containers have no filter of system calls");
	else
		say(row, BENCHMARK_PASS, "%.100s", text + 5);
}

static void judge_lsm(const struct facts *facts, struct benchmark_row *row)
{
	const char *text = option(facts, "apparmor");

	if (text == NULL)
		text = option(facts, "selinux");
	if (text != NULL)
		say(row, BENCHMARK_PASS, "%.100s", text + 5);
	else
		say(row, BENCHMARK_WARN, "neither AppArmor nor SELinux confines containers");
}

static void judge_privileges(const struct facts *facts, struct benchmark_row *row)
{
	bool set = option(facts, "no-new-privileges") != NULL ||
		   cJSON_IsTrue(at(facts->daemon, "no-new-privileges"));

	say(row, set ? BENCHMARK_PASS : BENCHMARK_WARN,
		set ? "set for every container" : "set-id programs work in containers");
}

static void judge_live_restore(const struct facts *facts, struct benchmark_row *row)
{
	bool set = cJSON_IsTrue(at(facts->info, "live_restore"));

	say(row, set ? BENCHMARK_PASS : BENCHMARK_WARN,
		set ? "on" : "an update of the engine ends every container");
}

/* json-file has no limit unless it is given one; those of the system and local rotate. */
static void judge_logs(const struct facts *facts, struct benchmark_row *row)
{
	const char *driver = json_text(facts->info, "logging");
	const char *size = json_text(at(facts->daemon, "log-opts"), "max-size");

	if (strcmp(driver, "json-file") != 0)
		say(row, BENCHMARK_PASS, "driver %.60s", driver);
	else if (size[0] != '\0')
		say(row, BENCHMARK_PASS, "json-file, max-size %.30s", size);
	else
		say(row, BENCHMARK_WARN,
			"json-file, and daemon.json has no max-size: one "
			"container's output can fill the disk");
}

static void judge_registries(const struct facts *facts, struct benchmark_row *row)
{
	const cJSON *first = cJSON_GetArrayItem(at(facts->info, "insecure"), 0);

	if (cJSON_GetStringValue(first) != NULL)
		say(row, BENCHMARK_WARN, "without TLS: %.120s", cJSON_GetStringValue(first));
	else
		say(row, BENCHMARK_PASS, "none");
}

/* DOCKER_CONTENT_TRUST is a client's; the broker pulls with the engine, which verifies nothing. */
static void judge_trust(const struct facts *facts, struct benchmark_row *row)
{
	(void)facts;
	say(row, BENCHMARK_WARN,
		"the engine checks no signatures of what --docker-pull lets it pull");
}

/* security.insecure is off unless given, network.host on unless taken (moby, builder.entitlements). */
static void judge_entitlements(const struct facts *facts, struct benchmark_row *row)
{
	const cJSON *given = at(at(facts->daemon, "builder"), "entitlements");

	if (cJSON_IsTrue(at(given, "security-insecure")))
		say(row, BENCHMARK_FAIL, "security.insecure: a build step may be privileged");
	else if (!facts->host->daemon_known)
		say(row, BENCHMARK_UNKNOWN, "daemon.json cannot be read");
	else if (!cJSON_IsFalse(at(given, "network-host")))
		say(row, BENCHMARK_WARN,
			"network.host: whoever asks BuildKit directly may have it; "
			"the broker refuses it");
	else
		say(row, BENCHMARK_PASS, "neither security.insecure nor network.host");
}

static void judge_experimental(const struct facts *facts, struct benchmark_row *row)
{
	bool set = cJSON_IsTrue(at(facts->info, "experimental"));

	say(row, set ? BENCHMARK_WARN : BENCHMARK_PASS, set ? "on" : "off");
}

/* The worst is told: a part that a distribution may have mended hides none that nobody has. */
static void judge_escapes(const struct facts *facts, struct benchmark_row *row)
{
	const cJSON *component;
	bool seen = false, patched;

	row->state = BENCHMARK_PASS;
	cJSON_ArrayForEach(component, facts->components)
	{
		const char *version = cJSON_GetStringValue(component);
		const struct escape *escape;
		enum benchmark_state state;
		struct escape_part part;

		escape_part(component->string, version != NULL ? version : "", &part);
		seen |= escape_is_judged_runtime(&part);
		escape = escape_find(&part, &patched);
		state = patched ? BENCHMARK_WARN : BENCHMARK_FAIL;
		if (escape != NULL && state > row->state)
			say(row, state, "%s %s: %s, mended in %s%s", part.name, part.version,
				escape->cve, escape->fixed,
				patched ? "; your distribution may have, see its changelog" : "");
	}
	if (row->state == BENCHMARK_PASS && seen)
		say(row, BENCHMARK_PASS, "none that this version of cofferdam knows");
	else if (row->state == BENCHMARK_PASS)
		say(row, BENCHMARK_UNKNOWN, "the engine does not tell the version of its runtime");
}

/* ---- all of them ---- */

static const struct rule {
	const char *section, *name;
	void (*judge)(const struct facts *facts, struct benchmark_row *row);
	bool docker_only; /* podman has no daemon to configure */
	const char *remedy;
} rules[] = {
	{ "1.1.2", "trusted-users", judge_users, false,
		"start cofferdam as root with --run-as a user outside the engine's group, or run a "
		"rootless engine" },
	{ "1.2.2", "known-escapes", judge_escapes, false, "update the engine and its runtime" },
	{ "2.5", "insecure-registries", judge_registries, true,
		"take it out of insecure-registries in daemon.json" },
	{ "2.7", "tcp", judge_tcp, true,
		"take tcp:// out of hosts in daemon.json, or set tlsverify and its three files" },
	{ "2.9", "userns-remap", judge_userns, false,
		"set \"userns-remap\": \"default\" in daemon.json, or run a rootless engine (2.1)" },
	{ "2.13", "log-limits", judge_logs, true,
		"set \"log-driver\": \"local\" in daemon.json, or max-size in log-opts" },
	{ "2.14", "no-new-privileges", judge_privileges, true,
		"set \"no-new-privileges\": true in daemon.json" },
	{ "2.15", "live-restore", judge_live_restore, true,
		"set \"live-restore\": true in daemon.json" },
	{ "2.18", "experimental", judge_experimental, true,
		"take \"experimental\" out of daemon.json" },
	{ "3.15", "socket-owner", judge_owner, false,
		"chown root:docker, or what made the socket" },
	{ "3.16", "socket-mode", judge_mode, false, "chmod 0660" },
	{ "4.5", "content-trust", judge_trust, false,
		"grant images with --docker-base and load them yourself after checking them" },
	{ "5.2", "lsm", judge_lsm, false, "enable AppArmor or SELinux, and the engine's profile" },
	{ "5.22", "seccomp", judge_seccomp, false,
		"take \"seccomp-profile\": \"unconfined\" out of daemon.json" },
	{ "", "entitlements", judge_entitlements, true,
		"set builder.entitlements in daemon.json: security-insecure and network-host false" },
};

static void add(struct benchmark *b, const struct rule *rule, const struct facts *facts)
{
	struct benchmark_row *row = &b->rows[b->n++];

	*row = (struct benchmark_row){ .section = rule->section, .name = rule->name };
	rule->judge(facts, row);
	if (row->state != BENCHMARK_PASS)
		row->remedy = rule->remedy;
	b->ok = b->ok && row->state != BENCHMARK_FAIL;
}

void benchmark_judge(const cJSON *found, const struct benchmark_host *host, struct benchmark *ret)
{
	const cJSON *version = at(found, "version");
	const struct facts facts = { .info = at(found, "info"),
		.components = at(version, "components"),
		.daemon = host->daemon,
		.host = host };
	bool podman = at(facts.components, "Podman Engine") != NULL;

	_Static_assert(ARRAY_LEN(rules) <= BENCHMARK_ROWS, "a row for every rule");
	ret->ok = true;
	ret->n = 0;
	snprintf(ret->version, sizeof(ret->version), "%s", json_text(version, "version"));
	make_plain(ret->version);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (!podman || !rules[i].docker_only)
			add(ret, &rules[i], &facts);
}

void benchmark_missing(const struct failure *why, struct benchmark *ret)
{
	struct benchmark_row *row = &ret->rows[ret->n++];
	char text[FAILURE_TEXT];

	*row = (struct benchmark_row){ .section = "", .name = "engine" };
	say(row, BENCHMARK_FAIL, "%s", failure_text(why, text));
	row->remedy = "start Docker or podman's socket, or name it with --docker-host";
	ret->ok = false;
}

bool benchmark_is_rootless(const cJSON *found)
{
	const struct facts facts = { .info = at(found, "info") };

	return option(&facts, "rootless") != NULL;
}

const char *benchmark_state_name(enum benchmark_state state)
{
	static const char *const names[] = { "pass", "unknown", "warn", "fail" };

	return names[state];
}
