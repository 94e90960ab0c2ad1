#include "sandbox/config/credential_word.h"

#include <string.h>
#include <strings.h>

int credential_word_parse(
	const char *origin, const char *word, struct credential_word *ret, struct failure *f)
{
	size_t n = strcspn(word, "=");

	*ret = (struct credential_word){ .target = NULL };
	if (word[n] != '=' || word[n + 1] == '\0' ||
		http_goal_read((struct span){ word, n }, &ret->goal) < 0) {
		fail(f, 0, "%s: it is not HOST=FILE or HOST=fd:N", origin);
		return fail_remedy(f,
			"HOST is one host by its name or address, without a scheme, a path or a "
			"'*', and with :PORT where that is not the usual one");
	}
	ret->target = word + n + 1;
	return 0;
}

/* "https://user@HOST:PORT/path": its host, and the port that is meant. */
static int url_read(const char *url, struct http_goal *ret, bool *ret_tls)
{
	static const char http[] = "http://", https[] = "https://";
	const char *host, *at;
	size_t n;

	*ret_tls = strncasecmp(url, https, sizeof(https) - 1) == 0;
	if (!*ret_tls && strncasecmp(url, http, sizeof(http) - 1) != 0)
		return -1;
	host = url + (*ret_tls ? sizeof(https) : sizeof(http)) - 1;
	n = strcspn(host, "/?#");
	at = memrchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (http_goal_read((struct span){ host, n }, ret) < 0)
		return -1;
	if (ret->port == 0)
		ret->port = *ret_tls ? HTTP_GOAL_PORT_TLS : HTTP_GOAL_PORT;
	return 0;
}

bool credential_fits(const struct http_goal *goal, const char *url, const char *named)
{
	struct http_goal asked, first;
	bool tls, first_tls;

	if (url_read(url, &asked, &tls) < 0 || !http_goal_is_host(goal, &asked))
		return false;
	if (goal->port != 0)
		return goal->port == asked.port;
	if (tls)
		return asked.port == HTTP_GOAL_PORT_TLS;
	return asked.port == HTTP_GOAL_PORT && url_read(named, &first, &first_tls) == 0 &&
	       !first_tls && http_goal_is_host(&asked, &first) && first.port == HTTP_GOAL_PORT;
}
