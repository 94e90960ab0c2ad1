#include "sandbox/docker/pax.h"

#include <string.h>

int pax_next(struct span *rest, struct pax_record *ret)
{
	size_t length = 0, digits = 0;
	const char *key, *equals;

	if (rest->n == 0)
		return 0;
	while (digits < rest->n && digits < 8 && rest->s[digits] >= '0' && rest->s[digits] <= '9')
		length = length * 10 + (size_t)(rest->s[digits++] - '0');
	key = rest->s + digits + 1;
	if (digits == 0 || length > rest->n || length < digits + 4 || rest->s[digits] != ' ' ||
		rest->s[length - 1] != '\n')
		return -1;
	equals = memchr(key, '=', length - digits - 2);
	if (equals == NULL || equals == key)
		return -1;
	ret->key = (struct span){ key, (size_t)(equals - key) };
	ret->value = (struct span){ equals + 1, (size_t)(rest->s + length - 1 - (equals + 1)) };
	rest->s += length;
	rest->n -= length;
	return 1;
}

bool pax_is(const struct pax_record *record, const char *key)
{
	return record->key.n == strlen(key) && memcmp(record->key.s, key, record->key.n) == 0;
}

bool pax_is_sparse(const struct pax_record *record)
{
	return record->key.n >= 11 && memcmp(record->key.s, "GNU.sparse.", 11) == 0;
}
