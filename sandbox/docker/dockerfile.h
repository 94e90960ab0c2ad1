/* sandbox/docker/dockerfile.h: a Dockerfile, understood and written anew.
 *
 * Pure, fuzzed. The classic builder takes FROM, COPY --from and ADD from the file in the
 * context, so that is where images and downloads have to be checked; and because two
 * readers of one text may differ, the engine gets our text, in which every instruction
 * stands on one line and FROM and --from hold names without variables.
 *
 * Written  FROM and --from: names with a tag (":latest" where there was none, for bare
 *          hexadecimal digits could be an id), stages in lower case, their numbers. An
 *          instruction is one line of at most 65000 bytes; comments and directives but
 *          "# escape=`" are gone.
 * Refused  FROM and --from that cannot be resolved to a name (only $NAME, ${NAME},
 *          ${NAME:-word} and ${NAME:+word} with values from ARG before the first FROM and
 *          from build arguments are), or that name an id or a store of podman's ("oci:x",
 *          "dir:/x"); ADD of what is or could become a URL or a git source; every flag of
 *          RUN (--mount, --network, --security need BuildKit) and FROM, and of the others
 *          what is not --from, --chown, --chmod or one of HEALTHCHECK; heredocs, and "<<"
 *          that could be one; unknown instructions; invalid UTF-8, NUL; more than 1 MiB,
 *          4096 instructions or 128 stages. ONBUILD is checked like what it holds, and may
 *          hold none of FROM, ONBUILD, MAINTAINER; its --from is always an image, for the
 *          stages will be those of another file.
 * Source   docker 20.10 builder/dockerfile (parser.go, dispatchers.go, shell/lex.go);
 *          docs.docker.com/reference/dockerfile.
 */
#ifndef SANDBOX_DOCKER_DOCKERFILE_H
#define SANDBOX_DOCKER_DOCKERFILE_H

#include "sandbox/docker/refusal.h"
#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stddef.h>

#define DOCKERFILE_BYTES_MAX (1024 * 1024)
#define DOCKERFILE_IMAGES    128

struct dockerfile_arg {
	const char *name, *value; /* value NULL: named without one */
};

struct dockerfile_images {
	char *names[DOCKERFILE_IMAGES];  /* each once; never a stage of the file, never scratch */
	char ids[DOCKERFILE_IMAGES][72]; /* "" by dockerfile_read(); the caller's to fill */
	size_t n;
};

/* ret_text: the file written anew. ret_images: what FROM, COPY --from and ADD --from name.
 * args: the build arguments of the request. 0, or -1 with r (400 or 403; it names the line). */
int dockerfile_read(struct span text, const struct dockerfile_arg *args, size_t args_n,
	struct text *ret_text, struct dockerfile_images *ret_images, struct refusal *r);
/* The same text once more, with the ids of those images that have one in place of their names,
 * which may be another's by the time that the builder comes to them. In ONBUILD names stay: a
 * trigger is for other builds. */
int dockerfile_pin(struct span text, const struct dockerfile_arg *args, size_t args_n,
	const struct dockerfile_images *images, struct text *ret_text, struct refusal *r);
void dockerfile_images_release(struct dockerfile_images *images);

#endif
