#include "sandbox/broker/handshake.h"

#include "sandbox/base/json.h"
#include "sandbox/docker/redact.h"

#include <stdio.h>
#include <string.h>

int handshake_ping(struct exchange *x)
{
	static const char headers[] = "Builder-Version: 1\r\nDocker-Experimental: false\r\n"
				      "Ostype: linux\r\nCache-Control: no-cache\r\n"
				      "Pragma: no-cache\r\n";
	int status;

	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, "/_ping", NULL, &status,
		    NULL, &x->refusal) < 0)
		return -1;
	if (status != 200)
		return exchange_error(x, 502, "cofferdam: the engine is not well");
	/* To HEAD an engine tells no length of what it would have written. */
	if (exchange_head(x, 200, "text/plain; charset=utf-8", false, x->writes_body ? 2 : 0,
		    headers) < 0)
		return -1;
	return x->writes_body ? stream_write(x->client, "OK", 2) : 0;
}

static int made_anew(struct exchange *x, const char *path, bool info)
{
	cJSON *json = NULL, *anew;
	int status, result;

	if (upstream_ask(&x->broker->upstream, &x->client->end, HTTP_GET, path, NULL, &status,
		    &json, &x->refusal) < 0)
		return -1;
	anew = info ? redact_info(json, &x->broker->policy)
		    : redact_version(json, x->broker->upstream.minor);
	cJSON_Delete(json);
	result = status == 200 && anew != NULL
			 ? exchange_json(x, 200, anew)
			 : exchange_error(x, 502, "cofferdam: the engine does not describe itself");
	cJSON_Delete(anew);
	return result;
}

int handshake_version(struct exchange *x)
{
	return made_anew(x, "/version", false);
}

int handshake_info(struct exchange *x)
{
	return made_anew(x, "/info", true);
}

/* "https://index.docker.io/v1/" -> "docker.io", "127.0.0.1:5000" as it stands. */
static void registry_of(const char *address, char ret[256])
{
	const char *scheme = strstr(address, "://"), *name = scheme != NULL ? scheme + 3 : address;

	snprintf(ret, 256, "%.*s", (int)strcspn(name, "/"), name);
	if (ret[0] == '\0' || strcmp(ret, "index.docker.io") == 0 ||
		strcmp(ret, "registry-1.docker.io") == 0)
		snprintf(ret, 256, "docker.io");
}

static bool has_login(const struct policy *policy, const char *registry)
{
	for (size_t i = 0; i < policy->auths_n; i++)
		if (strcmp(policy->auths[i].registry, registry) == 0)
			return true;
	return false;
}

/* Whether the name and the password are right nobody finds out, for they go nowhere. */
int handshake_auth(struct exchange *x)
{
	char registry[256], status[400];
	cJSON *json;
	int result;

	registry_of(json_text(x->given, "serveraddress"), registry);
	if (!has_login(&x->broker->policy, registry))
		return refuse(&x->refusal, 401,
			"this run has no login to %s, and one made here would go nowhere: "
			"--docker-auth FILE or --credential gives it one",
			registry);
	snprintf(status, sizeof(status),
		"cofferdam logs in to %s with what its user gave; this login is not used",
		registry);
	json = cJSON_CreateObject();
	if (cJSON_AddStringToObject(json, "Status", status) != NULL &&
		cJSON_AddStringToObject(json, "IdentityToken", "") != NULL)
		result = exchange_json(x, 200, json);
	else
		result = refuse_memory(&x->refusal);
	cJSON_Delete(json);
	return result;
}
