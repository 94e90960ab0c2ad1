/* sandbox/broker/context_upload.h: a build context on its way to the engine.
 *
 * Entries are looked at as they pass (context.h); what is of no interest is moved unread. The
 * Dockerfile's own entry is held back, and goes or not as .dockerignore says; behind it all
 * stands the one that is built, which was written anew.
 */
#ifndef SANDBOX_BROKER_CONTEXT_UPLOAD_H
#define SANDBOX_BROKER_CONTEXT_UPLOAD_H

#include "sandbox/broker/context_source.h"
#include "sandbox/broker/sink.h"
#include "sandbox/docker/context.h"

/* Zero-initialised, then context_upload_init(). */
struct context_upload {
	struct context context;
	struct context_source source;
	struct sink sink;
	struct text pending; /* small pieces on their way out */
	struct text about;   /* headers that belong to the next entry */
	struct text held;    /* the Dockerfile's entry: whether it passes .dockerignore says */
	struct text *into;   /* where the entry at hand goes; NULL: out */
};

/* dockerfile: its name, "" for the usual one. */
int context_upload_init(struct context_upload *u, struct body_reader *body, const char *dockerfile,
	struct refusal *r);
/* Also of one whose init failed. */
void context_upload_release(struct context_upload *u);

/* The connection that it goes to, in chunks. */
void context_upload_begin(struct context_upload *u, struct stream *to);
/* Every entry. Yields. */
int context_upload_entries(struct context_upload *u, struct refusal *r);
/* What was held back, the new Dockerfile under its name, and the end. */
int context_upload_finish(struct context_upload *u, const char *name, const struct text *dockerfile,
	struct refusal *r);

#endif
