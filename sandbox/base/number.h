/* sandbox/base/number.h: words to numbers, strictly.
 *
 * Pure. The whole word must be the number: no sign, no space, no overflow, no
 * leading "+", no octal. name is what f->what calls it ("--memory").
 */
#ifndef SANDBOX_BASE_NUMBER_H
#define SANDBOX_BASE_NUMBER_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int number_parse(const char *name, const char *word, uint64_t min, uint64_t max, uint64_t *ret,
	struct failure *f);

/* Bytes: digits with an optional K, M, G or T (also k, m, g, t as Docker takes them,
 * and KiB, MiB, GiB, TiB; powers of 1024), or "max" for UINT64_MAX. */
int number_parse_size(const char *name, const char *word, uint64_t *ret, struct failure *f);

/* Processors: "2", "1.5", "0.25"; thousandths in *ret, at most three decimals. */
int number_parse_cpus(const char *name, const char *word, uint32_t *ret, struct failure *f);

/* Seconds: digits with an optional s, m, h or d. */
int number_parse_time(const char *name, const char *word, uint64_t *ret, struct failure *f);

enum unit {
	UNIT_COUNT,
	UNIT_SIZE, /* of bytes, or a count that is written in powers of 1024 */
	UNIT_CPUS, /* thousandths of a processor */
	UNIT_TIME, /* seconds, or such as 90s, 10m, 2h, 1d */
};

/* Which words say "no limit". */
enum boundless {
	BOUNDED,           /* none */
	BOUNDLESS,         /* "max" */
	BOUNDLESS_OR_ZERO, /* "max" and "0" */
};

/* What a number may be. Where it may be boundless, such a word is accepted and gives none. */
struct range {
	enum unit unit;
	uint64_t min, max;
	enum boundless boundless;
	uint64_t none;
};

int number_parse_range(const char *name, const char *word, const struct range *range, uint64_t *ret,
	struct failure *f);

/* Whether value could have come from number_parse_range(). */
bool number_in_range(const struct range *range, uint64_t value);

/* Whether it would allow more than allowed does; none allows most. */
bool number_is_wider(const struct range *range, uint64_t value, uint64_t allowed);

/* As number_parse_range() would read it: "2G", "1.5", "4096", "max". */
#define NUMBER_TEXT_SIZE 32
const char *number_format(const struct range *range, uint64_t value, char text[NUMBER_TEXT_SIZE]);

/* Bytes as people read them: "1.5 GiB". */
#define NUMBER_BYTES_SIZE 24
const char *number_format_bytes(uint64_t bytes, char text[NUMBER_BYTES_SIZE]);

/* Fields of uint32_t and uint64_t, by offset and width. */
uint64_t number_load(const void *base, size_t offset, size_t width);
void number_store(void *base, size_t offset, size_t width, uint64_t value);

#endif
