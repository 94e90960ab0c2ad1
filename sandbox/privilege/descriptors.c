#include "sandbox/privilege/descriptors.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

int descriptors_close_but(int *keep, size_t n, struct failure *f)
{
	int next = 3;

	if (n > 0)
		qsort(keep, n, sizeof(keep[0]), compare);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < next)
			continue;
		if (keep[i] > next && close_range((unsigned)next, (unsigned)keep[i] - 1, 0) < 0)
			return fail(f, errno, "close descriptors");
		next = keep[i] + 1;
	}
	return close_range((unsigned)next, ~0U, 0) < 0 ? fail(f, errno, "close descriptors") : 0;
}
