#include "sandbox/verbs/disk_threshold.h"

#include "sandbox/base/number.h"

#include <string.h>

int threshold_parse(const char *name, const char *word, struct threshold *ret, struct failure *f)
{
	size_t n = word != NULL ? strlen(word) : 0;
	char digits[8];

	*ret = (struct threshold){ .given = word != NULL };
	if (word == NULL)
		return 0;
	if (n == 0 || word[n - 1] != '%')
		return number_parse_size(name, word, &ret->value, f);
	if (n > sizeof(digits))
		return fail(f, 0, "%s: '%.40s' is not a share", name, word);
	memcpy(digits, word, n - 1);
	digits[n - 1] = '\0';
	ret->percent = true;
	return number_parse(name, digits, 1, 100, &ret->value, f);
}

int threshold_check(const struct threshold *warn, const struct threshold *crit, struct failure *f)
{
	if (!warn->given || !crit->given)
		return 0;
	if (warn->percent != crit->percent) {
		fail(f, 0, "one of --warn and --crit is a size, the other a share");
		return fail_remedy(f, "give two of a kind: a share is of the whole file system");
	}
	if (warn->value < crit->value)
		return 0;
	fail(f, 0, "--warn is not below --crit");
	return fail_remedy(f, "give --warn the smaller one");
}

uint64_t threshold_bytes(const struct threshold *threshold, uint64_t total_bytes)
{
	if (!threshold->given || (threshold->percent && total_bytes == 0))
		return UINT64_MAX;
	return threshold->percent ? total_bytes / 100 * threshold->value : threshold->value;
}

enum threshold_state threshold_judge(uint64_t used, uint64_t warn_bytes, uint64_t crit_bytes)
{
	if (used >= crit_bytes)
		return THRESHOLD_CRITICAL;
	return used >= warn_bytes ? THRESHOLD_WARNING : THRESHOLD_OK;
}

const char *threshold_word(enum threshold_state state)
{
	static const char *const words[] = {
		[THRESHOLD_OK] = "OK",
		[THRESHOLD_WARNING] = "WARNING",
		[THRESHOLD_CRITICAL] = "CRITICAL",
		[THRESHOLD_UNKNOWN] = "UNKNOWN",
	};

	return words[state];
}
