/* sandbox/base/value.h: members of a JSON object that cJSON alone would get wrong.
 *
 * Numbers  cJSON holds doubles and prints fifteen digits; these print every digit of
 *          an integer up to 2^53, and null for what is larger: "max", or unknown.
 * Text     is a stranger's: bytes that are not UTF-8 become U+FFFD, NULL becomes null.
 * Times    RFC 3339, UTC, milliseconds; zero is null.
 * Fails    with false when memory is out; a caller that collects the results with &=
 *          writes its object whole or not at all.
 */
#ifndef SANDBOX_BASE_VALUE_H
#define SANDBOX_BASE_VALUE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define VALUE_INTEGER_MAX (UINT64_C(1) << 53)
#define VALUE_TIME_SIZE   32

bool value_integer(cJSON *object, const char *key, uint64_t number);
/* Milliseconds with three decimals; null if negative. */
bool value_ms(cJSON *object, const char *key, double ms);
bool value_text(cJSON *object, const char *key, const char *text);
bool value_bool(cJSON *object, const char *key, bool flag);
bool value_time(cJSON *object, const char *key, struct timespec at);
/* Give child to object, or free it; NULL child: false. */
bool value_item(cJSON *object, const char *key, cJSON *child);
/* The same for the elements of an array. */
bool value_push(cJSON *array, cJSON *child);
/* item, or NULL if not ok, and then it is freed: what lacks a member for want of memory is none. */
cJSON *value_whole(cJSON *item, bool ok);
/* A string item of text, as value_text makes it. */
cJSON *value_string(const char *text);
/* An array of the strings of a NULL-terminated vector. */
cJSON *value_strings(char *const *words);

void value_format_time(struct timespec at, char ret[VALUE_TIME_SIZE]);

#endif
