/* sandbox/docker/context.h: a build context on its way to the engine.
 *
 * Pure, fuzzed. The tar is walked by its headers while it passes; nothing is kept of it but
 * the Dockerfile that the request names and .dockerignore. Before the end marker our
 * own Dockerfile (dockerfile.h) is put in under a name that nobody can guess, with a
 * .dockerignore that takes it away again before COPY sees it, as the Docker CLI does for
 * `-f -`. Whatever a tar may hide from this reader: the engine builds from that name or
 * not at all.
 * Formats  ustar, POSIX pax (path, size), GNU long names and base-256 sizes. Sparse files,
 *          multi-volume archives, unknown types, wrong checksums and what is compressed are
 *          refused. Links, devices and directories have no data, as Go's archive/tar has it.
 * Usage    context_init(); for each entry context_header() and, if it takes, context_data();
 *          context_end() where the tar ends without a marker; context_finish().
 */
#ifndef SANDBOX_DOCKER_CONTEXT_H
#define SANDBOX_DOCKER_CONTEXT_H

#include "sandbox/docker/context_path.h"
#include "sandbox/docker/refusal.h"
#include "sandbox/docker/tar_header.h"
#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTEXT_TAKE_MAX (1024 * 1024) /* a Dockerfile, a .dockerignore, a pax header */

struct context {
	char dockerfile
		[CONTEXT_NAME_BYTES]; /* cleaned, relative: "Dockerfile", "docker/app.Dockerfile" */
	struct text file, ignore; /* contents, once seen; the last of several wins, as unpacked */
	bool file_seen, ignore_seen;
	bool file_irregular; /* the name was also that of a link or a directory */
	/* what the entry at hand is; NONE again once all of its data have been given */
	enum context_taking {
		CONTEXT_TAKING_NONE,
		CONTEXT_TAKING_FILE,
		CONTEXT_TAKING_IGNORE,
		CONTEXT_TAKING_PAX,
		CONTEXT_TAKING_GLOBAL,
		CONTEXT_TAKING_NAME
	} taking;
	enum context_entry {
		CONTEXT_ENTRY,            /* passes as it is */
		CONTEXT_ENTRY_ABOUT_NEXT, /* a pax or GNU header: it belongs to what follows */
		CONTEXT_ENTRY_DOCKERFILE
	} entry;              /* is held back, see context_excludes() */
	uint64_t taking_left; /* data bytes still to come, padding not counted */
	struct text taken;
	char next_path[4096]; /* from a pax or GNU header, for the next entry; "" none */
	bool has_next_size;
	uint64_t next_size;
	uint64_t padding; /* of the data of the entry at hand: a tar may end without it */
	uint64_t bytes;   /* headers and padded data, those of the entry at hand counted */
};

/* dockerfile: the request's parameter, "" for the default. Refused if it leaves the
 * context ("..", absolute), or if it is longer than fits. */
int context_init(struct context *context, const char *dockerfile, struct refusal *r);

/* The next 512 bytes, where a header is due. 1: an entry, whose padded data of *ret_bytes
 * follow (0 is possible); 0: a block of zeros, the end: nothing behind it is read;
 * -1: refused. If context->taking, the data are to be given to context_data() as they pass;
 * else they are of no interest and may be moved unread. */
int context_header(struct context *context, const char block[TAR_BLOCK], uint64_t *ret_bytes,
	struct refusal *r);
/* Some of that data; padding may be included. */
int context_data(struct context *context, const char *bytes, size_t n, struct refusal *r);
/* May the tar end here, between two entries? Not after a header that belongs to the next
 * one: it would be ours. A block of zeros asks this itself. */
int context_end(const struct context *context, struct refusal *r);

/* Would COPY not see the Dockerfile? The engine takes away what .dockerignore names, but only
 * under the name that it builds from, which now is ours: then it is not passed on at all. The
 * Docker CLI's own `-f -` rests on that. */
bool context_excludes(const struct context *context);

/* What to write in place of the end marker: two files and the end marker. name: of our
 * Dockerfile, less than 100 bytes. The tar's own .dockerignore is kept, and two lines are
 * added to it, which take away the file itself and our Dockerfile. ret->failed if there is
 * no memory, or if context_end() would have refused. */
void context_finish(const struct context *context, const char *name, const struct text *dockerfile,
	struct text *ret);
void context_release(struct context *context);

#endif
