/* sandbox/docker/change.h: what a container was asked to have and does not get, in words.
 *
 * Pure. What the rows of body.c refuse the client hears of; what they force it would not.
 */
#ifndef SANDBOX_DOCKER_CHANGE_H
#define SANDBOX_DOCKER_CHANGE_H

#include <cjson/cJSON.h>

/* One sentence for each member of asked's HostConfig that stands otherwise in made's: an array of
 * the caller's, NULL without memory. What says nothing ("", 0, null, nothing but such) is not
 * asked for, and what was completed is not changed. */
cJSON *change_list(const cJSON *asked, const cJSON *made);

#endif
