#include "sandbox/config/ref_suffix.h"

#include <string.h>

/* git's own words for "the commit that this leads to". */
static const char *const peels[] = { "^{}", "^{commit}", "^0" };

size_t ref_suffix_at(const char *word)
{
	return strcspn(word, "~^");
}

/* Digits, or 1 where there are none; what is too large stays too large. */
static uint32_t take_number(const char **p)
{
	uint32_t number = 0;

	if (**p < '0' || **p > '9')
		return 1;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		if (number <= REF_GENERATIONS_MAX)
			number = number * 10 + (uint32_t)(**p - '0');
	return number;
}

bool ref_suffix_next(const char **suffix, struct ref_step *ret)
{
	char kind = **suffix;

	for (size_t i = 0; i < sizeof(peels) / sizeof(peels[0]); i++) {
		size_t length = strlen(peels[i]);
		char after = strncmp(*suffix, peels[i], length) == 0 ? (*suffix)[length] : 'x';

		if (after != '\0' && after != '~' && after != '^')
			continue;
		*suffix += length;
		*ret = (struct ref_step){ .parent = false, .number = 0 };
		return true;
	}
	if (kind != '~' && kind != '^')
		return false;
	++*suffix;
	*ret = (struct ref_step){ .parent = kind == '^', .number = take_number(suffix) };
	return true;
}

bool ref_suffix_generations(const char *suffix, uint32_t *ret)
{
	struct ref_step step;
	uint32_t sum = 0;

	while (*suffix != '\0') {
		if (!ref_suffix_next(&suffix, &step) || step.number > REF_GENERATIONS_MAX)
			return false;
		sum += step.parent ? step.number > 0 : step.number;
		if (sum > REF_GENERATIONS_MAX)
			return false;
	}
	*ret = sum;
	return true;
}
