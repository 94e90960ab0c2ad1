/* sandbox/config/request.h: which limits there are, and which a repository may tighten.
 *
 * Linked into the fetcher too, so it knows nothing of options. The ranges stand
 * here once; the options of the same names use them.
 */
#ifndef SANDBOX_CONFIG_REQUEST_H
#define SANDBOX_CONFIG_REQUEST_H

#include "sandbox/base/number.h"
#include "sandbox/config/config.h"

#include <cjson/cJSON.h>

#define KIB UINT64_C(1024)
#define PIB (KIB * KIB * KIB * KIB * KIB)

/* Below 1M or four processes not even the keeper lives; the upper ends only keep
 * later sums from overflowing. */
#define RANGE_MEMORY                                                                               \
	{                                                                                          \
		UNIT_SIZE, KIB *KIB, PIB, BOUNDLESS, LIMIT_NONE                                    \
	}
#define RANGE_SWAP                                                                                 \
	{                                                                                          \
		UNIT_SIZE, 0, PIB, BOUNDLESS, LIMIT_NONE                                           \
	}
#define RANGE_CPUS                                                                                 \
	{                                                                                          \
		UNIT_CPUS, 10, 8192000, BOUNDLESS, LIMIT_NONE                                      \
	} /* cpu.max takes 1 ms in 100 */
#define RANGE_PIDS                                                                                 \
	{                                                                                          \
		UNIT_COUNT, 4, 4194304, BOUNDLESS, LIMIT_NONE                                      \
	} /* PID_MAX_LIMIT */
#define RANGE_APP_SIZE                                                                             \
	{                                                                                          \
		UNIT_SIZE, 64 * KIB, PIB, BOUNDED, LIMIT_NONE                                      \
	} /* a tmpfs without size is memory without limit */
#define RANGE_APP_INODES                                                                           \
	{                                                                                          \
		UNIT_SIZE, 64, PIB, BOUNDED, LIMIT_NONE                                            \
	}
#define RANGE_TIMEOUT                                                                              \
	{                                                                                          \
		UNIT_TIME, 1, 31536000, BOUNDLESS_OR_ZERO, LIMIT_NONE                              \
	}
#define RANGE_OUTPUT_LIMIT                                                                         \
	{                                                                                          \
		UNIT_SIZE, 1, PIB, BOUNDLESS, LIMIT_NONE                                           \
	}

struct request_key {
	const char *name; /* in .cofferdam.json, and of the option */
	enum repo_field field;
	struct range range;
	size_t offset, width; /* in struct repo_request */
};

#define REQUEST_KEYS 9
extern const struct request_key request_keys[REQUEST_KEYS];

/* A JSON number as the word that number.c reads: whole numbers up to 2^53 and short
 * decimals exactly; anything else comes out as a word that number.c refuses. */
void request_number_word(const cJSON *item, char word[NUMBER_TEXT_SIZE]);

/* Where a JSON value may be "max" or a size, or must be a number: the word in
 * *ret_word, false if the value has the wrong type. storage holds numbers. */
bool request_quantity_word(const cJSON *item, const struct range *range,
	char storage[NUMBER_TEXT_SIZE], const char **ret_word);

/* Parse the text of a .cofferdam.json. Runs in the fetcher (it is a stranger's
 * file). A key that may not stand there is refused by name, with line and column. */
int repo_request_parse(
	const char *text, size_t length, struct repo_request *ret, struct failure *f);

#endif
