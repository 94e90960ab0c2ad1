#include "sandbox/base/number.h"

#include "sandbox/base/own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN "%.60s" /* of a word that is wrong: enough to know it again */

/* Digits at *word, without a superfluous zero in front; *word is left after them. */
static bool take_digits(const char **word, uint64_t *ret)
{
	const char *p = *word;
	uint64_t value = 0;

	if (*p == '0' && p[1] >= '0' && p[1] <= '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return false;
	if (p == *word)
		return false;
	*word = p;
	*ret = value;
	return true;
}

int number_parse(const char *name, const char *word, uint64_t min, uint64_t max, uint64_t *ret,
	struct failure *f)
{
	const char *p = word;
	uint64_t value;

	if (!take_digits(&p, &value) || *p != '\0' || value < min || value > max) {
		fail(f, 0, "%s: '" SHOWN "' is not a number that is allowed here", name, word);
		return fail_remedy(f, "give a whole number from %" PRIu64 " to %" PRIu64, min, max);
	}
	*ret = value;
	return 0;
}

static const char *none_words(const struct range *range)
{
	return range->boundless == BOUNDLESS_OR_ZERO ? ", 0 or max for no limit"
	       : range->boundless == BOUNDLESS       ? ", or max for no limit"
						     : "";
}

/* The power of two that a suffix stands for, or -1. */
static int suffix_shift(const char *suffix)
{
	static const struct {
		const char *text;
		int shift;
	} suffixes[] = {
		{ "", 0 },
		{ "K", 10 },
		{ "k", 10 },
		{ "KiB", 10 },
		{ "M", 20 },
		{ "m", 20 },
		{ "MiB", 20 },
		{ "G", 30 },
		{ "g", 30 },
		{ "GiB", 30 },
		{ "T", 40 },
		{ "t", 40 },
		{ "TiB", 40 },
	};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcmp(suffixes[i].text, suffix) == 0)
			return suffixes[i].shift;
	return -1;
}

int number_parse_size(const char *name, const char *word, uint64_t *ret, struct failure *f)
{
	const char *p = word;
	uint64_t value;
	int shift;

	if (strcmp(word, "max") == 0) {
		*ret = UINT64_MAX;
		return 0;
	}
	/* UINT64_MAX itself stands for "max", so no number of bytes may be it. */
	if (!take_digits(&p, &value) || (shift = suffix_shift(p)) < 0 ||
		value > (UINT64_MAX - 1) >> shift) {
		fail(f, 0, "%s: '" SHOWN "' is not a size", name, word);
		return fail_remedy(
			f, "give digits and K, M, G or T (powers of 1024), such as 512M");
	}
	*ret = value << shift;
	return 0;
}

int number_parse_cpus(const char *name, const char *word, uint32_t *ret, struct failure *f)
{
	const char *p = word;
	uint64_t whole, milli = 0;
	bool good = take_digits(&p, &whole) && whole <= UINT32_MAX / 1000 - 1;

	if (good && *p == '.') {
		uint64_t scale = 100;

		good = p[1] != '\0';
		for (p++; *p >= '0' && *p <= '9' && scale > 0; p++, scale /= 10)
			milli += scale * (uint64_t)(*p - '0');
	}
	if (!good || *p != '\0') {
		fail(f, 0, "%s: '" SHOWN "' is not a number of processors", name, word);
		return fail_remedy(
			f, "give a number such as 2, 1.5 or 0.25, three decimals at most");
	}
	*ret = (uint32_t)(whole * 1000 + milli);
	return 0;
}

int number_parse_time(const char *name, const char *word, uint64_t *ret, struct failure *f)
{
	static const char letters[] = "smhd";
	static const uint64_t seconds[] = { 1, 60, 3600, 86400 };
	const char *p = word, *letter = letters;
	uint64_t value;

	if (!take_digits(&p, &value) ||
		(p[0] != '\0' && (p[1] != '\0' || (letter = strchr(letters, p[0])) == NULL)) ||
		__builtin_mul_overflow(value, seconds[letter - letters], &value)) {
		fail(f, 0, "%s: '" SHOWN "' is not a time", name, word);
		return fail_remedy(f, "give seconds, or such as 90s, 10m, 2h or 1d");
	}
	*ret = value;
	return 0;
}

static bool is_none(const struct range *range, const char *word)
{
	return (range->boundless != BOUNDED && strcmp(word, "max") == 0) ||
	       (range->boundless == BOUNDLESS_OR_ZERO && strcmp(word, "0") == 0);
}

static int parse_unit(const char *name, const char *word, const struct range *range, uint64_t *ret,
	struct failure *f)
{
	uint32_t milli = 0;

	switch (range->unit) {
	case UNIT_COUNT:
		if (number_parse(name, word, range->min, range->max, ret, f) == 0)
			return 0;
		if (range->boundless != BOUNDED)
			fail_remedy(f, "give a whole number from %" PRIu64 " to %" PRIu64 "%s",
				range->min, range->max, none_words(range));
		return -1;
	case UNIT_SIZE:
		return number_parse_size(name, word, ret, f);
	case UNIT_CPUS:
		if (number_parse_cpus(name, word, &milli, f) < 0)
			return -1;
		*ret = milli;
		return 0;
	case UNIT_TIME:
		return number_parse_time(name, word, ret, f);
	}
	return fail(f, 0, "%s: a unit without a parser", name);
}

int number_parse_range(const char *name, const char *word, const struct range *range, uint64_t *ret,
	struct failure *f)
{
	uint64_t value = 0;

	if (is_none(range, word)) {
		*ret = range->none;
		return 0;
	}
	if (parse_unit(name, word, range, &value, f) < 0)
		return -1;
	if (value < range->min || value > range->max) {
		char min[NUMBER_TEXT_SIZE], max[NUMBER_TEXT_SIZE];

		fail(f, 0, "%s: '" SHOWN "' is out of range", name, word);
		return fail_remedy(f, "give %s to %s%s", number_format(range, range->min, min),
			number_format(range, range->max, max), none_words(range));
	}
	*ret = value;
	return 0;
}

bool number_in_range(const struct range *range, uint64_t value)
{
	return (range->boundless != BOUNDED && value == range->none) ||
	       (value >= range->min && value <= range->max);
}

bool number_is_wider(const struct range *range, uint64_t value, uint64_t allowed)
{
	if (range->boundless != BOUNDED && allowed == range->none)
		return false;
	return (range->boundless != BOUNDED && value == range->none) || value > allowed;
}

const char *number_format(const struct range *range, uint64_t value, char text[NUMBER_TEXT_SIZE])
{
	static const char suffixes[] = "KMGT";
	int power = 0;

	if (range->boundless != BOUNDED && value == range->none) {
		snprintf(text, NUMBER_TEXT_SIZE, "max");
		return text;
	}
	if (range->unit == UNIT_CPUS) {
		int digits = value % 1000 == 0 ? 0 : value % 100 == 0 ? 1 : value % 10 == 0 ? 2 : 3;

		snprintf(text, NUMBER_TEXT_SIZE, "%.*f", digits, (double)value / 1000);
		return text;
	}
	while (range->unit == UNIT_SIZE && power < 4 && value > 0 && value % 1024 == 0) {
		value /= 1024;
		power++;
	}
	if (power == 0)
		snprintf(text, NUMBER_TEXT_SIZE, "%" PRIu64, value);
	else
		snprintf(text, NUMBER_TEXT_SIZE, "%" PRIu64 "%c", value, suffixes[power - 1]);
	return text;
}

const char *number_format_bytes(uint64_t bytes, char text[NUMBER_BYTES_SIZE])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	snprintf(text, NUMBER_BYTES_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
	return text;
}

uint64_t number_load(const void *base, size_t offset, size_t width)
{
	uint64_t wide;
	uint32_t narrow;

	if (width == sizeof(narrow)) {
		memcpy(&narrow, (const char *)base + offset, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, (const char *)base + offset, sizeof(wide));
	return wide;
}

void number_store(void *base, size_t offset, size_t width, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;

	if (width == sizeof(narrow))
		memcpy((char *)base + offset, &narrow, sizeof(narrow));
	else
		memcpy((char *)base + offset, &value, sizeof(value));
}
