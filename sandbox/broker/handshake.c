#include "sandbox/broker/handshake.h"

#include "sandbox/docker/redact.h"

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
	if (exchange_head(x, 200, "text/plain; charset=utf-8", false, 2, headers) < 0)
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

int handshake_auth(struct exchange *x)
{
	cJSON *json = cJSON_CreateObject();
	int result;

	if (cJSON_AddStringToObject(json, "Status", "Login Succeeded") != NULL &&
		cJSON_AddStringToObject(json, "IdentityToken", "") != NULL)
		result = exchange_json(x, 200, json);
	else
		result = refuse_memory(&x->refusal);
	cJSON_Delete(json);
	return result;
}
