/* sandbox/docker/context_path.h: paths of a build context, and which .dockerignore names. */
#ifndef SANDBOX_DOCKER_CONTEXT_PATH_H
#define SANDBOX_DOCKER_CONTEXT_PATH_H

#include "sandbox/docker/text.h"

#define CONTEXT_NAME_BYTES 512 /* of a Dockerfile's, and of a pattern that can name it */

/* Without "", "." and ".." (which takes away what stands before it); in place. */
void context_clean_path(char *path);
/* Has it a part ".."? */
bool context_path_climbs(const char *path);

/* Do these lines of a .dockerignore take the path away? It is cleaned, and of less than
 * CONTEXT_NAME_BYTES. */
bool context_ignores(struct span lines, const char *path);

#endif
