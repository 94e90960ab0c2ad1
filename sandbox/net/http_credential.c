#include "sandbox/net/http_credential.h"

#include <string.h>

static struct span next_word(struct span *rest)
{
	struct span word = span_cut(*rest, '\0', rest);

	return rest->s != NULL ? word : (struct span){ NULL, 0 };
}

int http_credentials_read(const char *bytes, size_t n, struct http_credentials *ret)
{
	struct span rest = { bytes, n };

	ret->n = 0;
	while (rest.n > 0) {
		struct http_credential *row = &ret->v[ret->n];
		struct span goal = next_word(&rest), value;

		if (ret->n == HTTP_CREDENTIALS || goal.s == NULL ||
			http_goal_read(goal, &row->goal) < 0)
			return -1;
		value = next_word(&rest);
		if (value.s == NULL || value.n == 0)
			return -1;
		row->goal.port = http_goal_port(&row->goal);
		row->value = value.s;
		ret->n++;
	}
	return 0;
}

const struct http_credential *http_credentials_find(
	const struct http_credentials *credentials, const struct http_goal *goal)
{
	const uint16_t port = http_goal_port(goal);

	for (size_t i = 0; credentials != NULL && i < credentials->n; i++)
		if (credentials->v[i].goal.port == port &&
			http_goal_is_host(&credentials->v[i].goal, goal))
			return &credentials->v[i];
	return NULL;
}
