#include "sandbox/rootfs/digest.h"

#include <string.h>

bool digest_is_valid(const char *text)
{
	static const char algorithm[] = "sha256:";
	const char *hex;

	if (strncmp(text, algorithm, sizeof(algorithm) - 1) != 0)
		return false;
	hex = text + sizeof(algorithm) - 1;
	return strlen(hex) == DIGEST_HEX && strspn(hex, "0123456789abcdef") == DIGEST_HEX;
}
