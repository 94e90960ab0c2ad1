/* sandbox/engine/find.h: which container engine, and may we speak to it.
 *
 * Runs in  the launcher, before root is given up: what it needs beside our ids is a group.
 * Order    as the docker command has it: --docker-host, $DOCKER_HOST, the current docker
 *          context ($DOCKER_CONFIG or ~/.docker; not root's), and then the places where
 *          engines listen. What is named and wrong is an error, never skipped; of the
 *          places the first that we may connect to is taken.
 * Source   docker/cli cli/command/cli.go (resolveContextName), cli/context/store.
 */
#ifndef SANDBOX_ENGINE_FIND_H
#define SANDBOX_ENGINE_FIND_H

#include "namespaces/hostpath.h"
#include "sandbox/privilege/identity.h"

struct engine_place {
	struct host_path socket;
	bool needs_group; /* who has uid and gid of the identity alone may not connect */
	gid_t group;      /* but with this one */
};

/* given: --docker-host, a path, or NULL. Nothing is connected to: the broker does that. */
int engine_find(const char *given, const struct identity *identity, struct engine_place *ret,
	struct failure *f);
/* The same below another root, for tests. */
int engine_find_below(const char *root, const char *given, const struct identity *identity,
	struct engine_place *ret, struct failure *f);
/* The engine of an earlier run, by its socket's path. */
int engine_at(const char *path, const struct identity *identity, struct engine_place *ret,
	struct failure *f);
void engine_release(struct engine_place *engine);

#endif
