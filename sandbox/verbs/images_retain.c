#include "sandbox/verbs/images_retain.h"

#include "sandbox/base/failure.h"
#include "sandbox/base/number.h"

#include <string.h>

static size_t repository_length(const char *tag)
{
	const char *colon = strrchr(tag, ':');

	return colon != NULL && strchr(colon, '/') == NULL ? (size_t)(colon - tag) : strlen(tag);
}

static bool same_repository(const char *a, const char *b)
{
	size_t n = repository_length(a);

	return n == repository_length(b) && strncmp(a, b, n) == 0;
}

/* How many of its repository are newer? */
static uint32_t newer(const struct retain_image *images, size_t n, size_t i)
{
	uint32_t count = 0;

	for (size_t k = i + 1; k < n; k++)
		count += same_repository(images[i].tag, images[k].tag);
	return count;
}

static bool is_kept(
	const struct retain_rule *rule, const struct retain_image *images, size_t n, size_t i)
{
	return images[i].protected || (rule->keeps_last && newer(images, n, i) < rule->keep_last);
}

static void let_go(struct retain_image *image, const char *why)
{
	image->gone = true;
	image->why = why;
}

/* Have the first n another name for the bytes of this image, one that stays? */
static bool is_named_among(const struct retain_image *images, size_t n, const char *image)
{
	for (size_t k = 0; k < n; k++)
		if (!images[k].gone && strcmp(images[k].image, image) == 0)
			return true;
	return false;
}

static uint64_t sum(const struct retain_image *images, size_t n)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		if (!images[i].gone && !is_named_among(images, i, images[i].image))
			bytes += images[i].bytes;
	return bytes;
}

void retain_decide(
	const struct retain_rule *rule, struct retain_image *images, size_t n, uint64_t now)
{
	bool only_last = rule->keeps_last && rule->older_s == 0 && rule->max_bytes == UINT64_MAX;
	uint64_t bytes;

	for (size_t i = 0; i < n; i++) {
		images[i].gone = false;
		images[i].why = NULL;
		if (is_kept(rule, images, n, i))
			continue;
		if (only_last)
			let_go(&images[i], "newer ones of its name are kept");
		else if (rule->older_s > 0 && images[i].time + rule->older_s <= now)
			let_go(&images[i], "older than --older-than");
	}
	bytes = sum(images, n);
	for (size_t i = 0; i < n && bytes > rule->max_bytes; i++) {
		if (images[i].gone || is_kept(rule, images, n, i))
			continue;
		let_go(&images[i], "all together are more than --max-size");
		if (!is_named_among(images, n, images[i].image))
			bytes -= images[i].bytes;
	}
}

int retain_age(const char *name, const char *word, uint64_t *ret, struct failure *f)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	size_t n = strlen(word), digits = strspn(word, "0123456789");
	uint64_t factor = digits == n ? 1 : 0, value;
	char number[16];

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (digits + 1 == n && word[digits] == units[i].unit)
			factor = units[i].seconds;
	if (factor == 0 || digits == 0 || digits >= sizeof(number)) {
		fail(f, 0, "%s: '%.40s' is not an age", name, word);
		return fail_remedy(f, "give seconds, or 30m, 12h, 7d, 2w");
	}
	memcpy(number, word, digits);
	number[digits] = '\0';
	if (number_parse(name, number, 1, UINT32_MAX, &value, f) < 0)
		return -1;
	*ret = value * factor;
	return 0;
}
