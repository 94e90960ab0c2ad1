#include "sandbox/rootfs/digest.h"

#include <string.h>

bool digest_is_valid(const char *text)
{
	const char *hex;

	if (strncmp(text, DIGEST_ALGORITHM, strlen(DIGEST_ALGORITHM)) != 0)
		return false;
	hex = text + strlen(DIGEST_ALGORITHM);
	return strlen(hex) == DIGEST_HEX && strspn(hex, "0123456789abcdef") == DIGEST_HEX;
}
