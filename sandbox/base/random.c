#include "sandbox/base/random.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

int random_hex(char ret[RANDOM_HEX + 1], struct failure *f)
{
	unsigned char bytes[RANDOM_HEX / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return fail(f, errno, "draw random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}
