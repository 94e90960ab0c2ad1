/* tests/fuzz/tar_block.h: a header of a tar as a fuzzer has it, made one that is read. */
#ifndef TESTS_FUZZ_TAR_BLOCK_H
#define TESTS_FUZZ_TAR_BLOCK_H

#include "sandbox/docker/tar_header.h"

#include <string.h>

static inline void mend_checksum(char *block)
{
	unsigned sum = 0;

	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	for (size_t i = 6; i > 0; i--, sum >>= 3)
		block[148 + i - 1] = (char)('0' + (sum & 7));
	block[154] = '\0';
}

#endif
