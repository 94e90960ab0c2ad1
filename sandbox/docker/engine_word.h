/* sandbox/docker/engine_word.h: what an engine says of its own host in passing.
 *
 * Pure: text in, shorter text in the same place. Errors name directories of the engine's, ids
 * of others' objects are not looked for here (exchange.c).
 */
#ifndef SANDBOX_DOCKER_ENGINE_WORD_H
#define SANDBOX_DOCKER_ENGINE_WORD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Put "..." where a path of the engine's stands: below its root (its data directory; "" if it is
 * not known), in a directory of a table, or with a full id in it. What a container's own files
 * are called stays. True: something was replaced. */
bool engine_word_hide_paths(char *text, const char *root);

/* The same in n bytes that keep their number, for messages whose parts say how long they are:
 * points stand there. */
bool engine_word_mask_paths(char *bytes, size_t n, const char *root);

/* The answer to GET /containers/{container}/top: processes are counted from 1, for their numbers
 * are the host's, and so are the names of users, but for root's. False: no memory. */
bool engine_word_number_processes(cJSON *answer);

#endif
