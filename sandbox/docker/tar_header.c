/* The numbers and rules are those of Go's archive/tar, by which both engines unpack: where a
 * tar means something else there, the engine does not find the name that it is told, and
 * the build ends.
 */
#include "sandbox/docker/tar_header.h"

#include <assert.h>
#include <string.h>

/* Of a header: offset and length. */
struct place {
	size_t at, n;
};
static const struct place NAME = { 0, 100 }, SIZE = { 124, 12 }, CHECKSUM = { 148, 8 },
			  TYPE = { 156, 1 }, TARGET = { 157, 100 }, MAGIC = { 257, 8 },
			  PREFIX = { 345, 155 };

/* Blanks and NULs on both sides, octal digits between them; nothing is 0. */
static int read_octal(const char *field, size_t n, uint64_t *ret)
{
	uint64_t value = 0;

	while (n > 0 && (*field == ' ' || *field == '\0')) {
		field++;
		n--;
	}
	while (n > 0 && (field[n - 1] == ' ' || field[n - 1] == '\0'))
		n--;
	for (size_t i = 0; i < n; i++) {
		if (field[i] < '0' || field[i] > '7')
			return -1;
		value = value << 3 | (uint64_t)(field[i] - '0');
	}
	*ret = value;
	return 0;
}

int tar_header_size(const char block[TAR_BLOCK], uint64_t *ret)
{
	const unsigned char *field = (const unsigned char *)block + SIZE.at;
	uint64_t value = 0;

	if (!(field[0] & 0x80))
		return read_octal(block + SIZE.at, SIZE.n, ret);
	if (field[0] != 0x80)
		return -1; /* negative, or past 2^63 */
	for (size_t i = 1; i < SIZE.n; i++) {
		if (value >> 55)
			return -1;
		value = value << 8 | field[i];
	}
	*ret = value;
	return 0;
}

bool tar_header_is_sound(const char block[TAR_BLOCK])
{
	uint64_t wanted, plain = 0;
	int64_t with_sign = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool inside = i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.n;
		char c = inside ? ' ' : block[i];

		plain += (unsigned char)c;
		with_sign += (signed char)c;
	}
	return read_octal(block + CHECKSUM.at, CHECKSUM.n, &wanted) == 0 &&
	       (wanted == plain || (int64_t)wanted == with_sign);
}

_Static_assert(TAR_PATH_BYTES > 155 + 1 + 100, "prefix, name and what is between them");

void tar_header_path(const char block[TAR_BLOCK], char ret[TAR_PATH_BYTES])
{
	size_t prefix = 0, n;

	if (memcmp(block + MAGIC.at, "ustar\0", 6) == 0)
		prefix = strnlen(
			block + PREFIX.at, memcmp(block + 508, "tar\0", 4) == 0 ? 131 : PREFIX.n);
	memcpy(ret, block + PREFIX.at, prefix);
	if (prefix > 0)
		ret[prefix++] = '/';
	n = strnlen(block + NAME.at, NAME.n);
	memcpy(ret + prefix, block + NAME.at, n);
	ret[prefix + n] = '\0';
}

void tar_header_target(const char block[TAR_BLOCK], char ret[TAR_TARGET_BYTES])
{
	size_t n = strnlen(block + TARGET.at, TARGET.n);

	memcpy(ret, block + TARGET.at, n);
	ret[n] = '\0';
}

bool tar_is_compressed(const char block[TAR_BLOCK])
{
	return memcmp(block, "\x1f\x8b\x08", 3) == 0 || memcmp(block, "BZh", 3) == 0 ||
	       memcmp(block, "\xfd\x37zXZ\0", 6) == 0 || memcmp(block, "\x28\xb5\x2f\xfd", 4) == 0;
}

bool tar_is_end(const char block[TAR_BLOCK])
{
	return block[0] == '\0' && memcmp(block, block + 1, TAR_BLOCK - 1) == 0;
}

static void write_octal(char *field, size_t n, uint64_t value)
{
	field[n - 1] = '\0';
	for (size_t i = n - 1; i > 0; i--, value >>= 3)
		field[i - 1] = (char)('0' + (value & 7));
}

void tar_write_header(struct text *text, const char *name, uint64_t size)
{
	char block[TAR_BLOCK] = { 0 };
	uint64_t sum = 0;

	assert(strlen(name) < NAME.n);
	memcpy(block + NAME.at, name, strlen(name));
	write_octal(block + 100, 8, 0600); /* mode, uid, gid */
	write_octal(block + 108, 8, 0);
	write_octal(block + 116, 8, 0);
	write_octal(block + SIZE.at, SIZE.n, size);
	write_octal(block + 136, 12, 0); /* time */
	memset(block + CHECKSUM.at, ' ', CHECKSUM.n);
	block[TYPE.at] = '0';
	memcpy(block + MAGIC.at,
		"ustar\0"
		"00",
		MAGIC.n);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	write_octal(block + CHECKSUM.at, CHECKSUM.n - 1, sum);
	text_add(text, block, sizeof(block));
}

void tar_write_file(struct text *text, const char *name, const struct text *content)
{
	static const char zeros[TAR_BLOCK];

	tar_write_header(text, name, content->n);
	if (content->n > 0)
		text_add(text, content->s, content->n);
	text_add(text, zeros, (TAR_BLOCK - content->n % TAR_BLOCK) % TAR_BLOCK);
}
