/* sandbox/base/json.h: read members of a tree that may have any shape.
 *
 * Members  an object that is not there, a key that it lacks and a value of another type all
 *          read as none, so that a walk needs no check between its steps. Who has to tell
 *          them apart asks cJSON. Keys are compared to the letter.
 * Writing  value.h; whether a text is JSON at all: jsontext.h.
 */
#ifndef SANDBOX_BASE_JSON_H
#define SANDBOX_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdint.h>

/* NULL if there is none. */
const cJSON *json_member(const cJSON *object, const char *key);
/* A string, or "". It lives as long as the object. */
const char *json_text(const cJSON *object, const char *key);
const char *json_text_or(const cJSON *object, const char *key, const char *none);
double json_number(const cJSON *object, const char *key, double none);
/* A number from 0 to 2^53, below which a double has every integer; or 0. */
uint64_t json_integer(const cJSON *object, const char *key);

void json_end(cJSON **tree);
/* The strings are a secret: they are overwritten first. */
void json_end_wiped(cJSON **tree);
#define own_json        __attribute__((cleanup(json_end)))
#define own_json_secret __attribute__((cleanup(json_end_wiped)))

#endif
