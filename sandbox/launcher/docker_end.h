/* sandbox/launcher/docker_end.h: everything that a run made in Docker is removed.
 *
 * By       the broker that made it, within a time limit; one that is gone gets a successor for
 *          that.
 */
#ifndef SANDBOX_LAUNCHER_DOCKER_END_H
#define SANDBOX_LAUNCHER_DOCKER_END_H

#include "sandbox/launcher/docker.h"

/* When the sandbox has ended; without --docker it does nothing. state_dir_fd: where the run's
 * journal is; it goes if nothing is left, else it stays for gc: true if that is so. */
bool docker_finish(struct docker *docker, int state_dir_fd);

#endif
