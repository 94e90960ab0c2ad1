/* sandbox/launcher/docker_news.h: what the broker only tells: for the report, the events, the
 * person at the terminal, and the ledger.
 */
#ifndef SANDBOX_LAUNCHER_DOCKER_NEWS_H
#define SANDBOX_LAUNCHER_DOCKER_NEWS_H

#include "sandbox/docker/control.h"
#include "sandbox/launcher/reporter.h"

struct docker_news {
	const struct reporter *reporter;
	const char *socket; /* the engine's */
	uint64_t refused_second;
	unsigned refused_count; /* in that second */
};

/* A cleanup_fn: data is a struct docker_news. */
void docker_news_hear(void *data, const struct control *message);

#endif
