/* sandbox/broker/lines.h: a stream of JSON objects, one a line, on its way to the client.
 *
 * A client that leaves ends it; where the engine makes something (x->makes) the hooks still get
 * every line, and nobody else does.
 */
#ifndef SANDBOX_BROKER_LINES_H
#define SANDBOX_BROKER_LINES_H

#include "sandbox/broker/exchange.h"
#include "sandbox/docker/redact.h"

struct line_hooks {
	/* With each object (NULL where the line was too long, or is none); false drops it. What it
	 * changes is shown where each line is printed anew. */
	bool (*seen)(struct exchange *x, cJSON *line, void *data);
	/* May be NULL. The engine's answer is complete, the client's not yet: what is recorded
	 * now holds for its next request. ret is told before the end. */
	void (*end)(struct exchange *x, struct text *ret, void *data);
	/* What is taken out of each line, which is then printed anew; REDACT_KINDS leaves the lines
	 * as they are. */
	enum redact redact;
	/* The head goes with the first line, as engines do it: who waits for no more than that
	 * (skopeo) takes what was asked for as done. */
	bool is_late;
};
int lines_relay(struct exchange *x, const struct line_hooks *hooks, void *data);

#endif
