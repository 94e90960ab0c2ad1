/* sandbox/docker/platform.h: "linux/amd64/v1" and its like.
 *
 * Pure. What an engine has is what it runs without the host's binfmt handlers.
 */
#ifndef SANDBOX_DOCKER_PLATFORM_H
#define SANDBOX_DOCKER_PLATFORM_H

#include <stdbool.h>

#define PLATFORM_REASON "images of other platforms run through the host's binfmt handlers"

/* Is what a client names the engine's own ("linux/amd64")? An operating system or an architecture
 * alone is, if it is that; a variant is of the architecture. Nothing is asked by "". */
bool platform_is(const char *named, const char *engine);

#endif
