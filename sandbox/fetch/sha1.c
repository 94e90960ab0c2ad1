#include "sandbox/fetch/sha1.h"

#include <string.h>

#define BLOCK_BYTES 64
#define ROUNDS      80

static uint32_t rotate(uint32_t word, unsigned bits)
{
	return word << bits | word >> (32 - bits);
}

static uint32_t word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sha1_schedule(const unsigned char *block, uint32_t w[ROUNDS])
{
	for (size_t t = 0; t < 16; t++)
		w[t] = word_at(block + 4 * t);
	for (size_t t = 16; t < ROUNDS; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
}

/* One round of section 6.1.2; the letters are the standard's. The caller renames
 * the registers instead of moving them, which is worth a third of the time. */
#define ROUND(f, k, a, b, c, d, e, t)                                                              \
	do {                                                                                       \
		(e) += rotate(a, 5) + (f) + (k) + w[t];                                            \
		(b) = rotate(b, 30);                                                               \
	} while (0)
#define FIVE(F, k, t)                                                                              \
	do {                                                                                       \
		ROUND(F(b, c, d), k, a, b, c, d, e, (t));                                          \
		ROUND(F(a, b, c), k, e, a, b, c, d, (t) + 1);                                      \
		ROUND(F(e, a, b), k, d, e, a, b, c, (t) + 2);                                      \
		ROUND(F(d, e, a), k, c, d, e, a, b, (t) + 3);                                      \
		ROUND(F(c, d, e), k, b, c, d, e, a, (t) + 4);                                      \
	} while (0)
#define CHOOSE(x, y, z)   ((z) ^ ((x) & ((y) ^ (z))))
#define PARITY(x, y, z)   ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

static void sha1_block(struct sha1 *sha1, const unsigned char *block)
{
	uint32_t w[ROUNDS];
	uint32_t a = sha1->state[0], b = sha1->state[1], c = sha1->state[2];
	uint32_t d = sha1->state[3], e = sha1->state[4];

	sha1_schedule(block, w);
	for (size_t t = 0; t < 20; t += 5)
		FIVE(CHOOSE, 0x5a827999U, t);
	for (size_t t = 20; t < 40; t += 5)
		FIVE(PARITY, 0x6ed9eba1U, t);
	for (size_t t = 40; t < 60; t += 5)
		FIVE(MAJORITY, 0x8f1bbcdcU, t);
	for (size_t t = 60; t < ROUNDS; t += 5)
		FIVE(PARITY, 0xca62c1d6U, t);
	sha1->state[0] += a;
	sha1->state[1] += b;
	sha1->state[2] += c;
	sha1->state[3] += d;
	sha1->state[4] += e;
}

void sha1_init(struct sha1 *sha1)
{
	*sha1 = (struct sha1){
		.state = { 0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U },
	};
}

void sha1_add(struct sha1 *sha1, const void *data, size_t length)
{
	const unsigned char *p = data;
	size_t held = sha1->bytes % BLOCK_BYTES;

	sha1->bytes += length;
	if (held > 0) {
		size_t wanted = BLOCK_BYTES - held;
		size_t taken = length < wanted ? length : wanted;

		memcpy(sha1->block + held, p, taken);
		if (taken < wanted)
			return;
		sha1_block(sha1, sha1->block);
		p += taken;
		length -= taken;
	}
	for (; length >= BLOCK_BYTES; p += BLOCK_BYTES, length -= BLOCK_BYTES)
		sha1_block(sha1, p);
	if (length > 0)
		memcpy(sha1->block, p, length);
}

void sha1_finish(struct sha1 *sha1, unsigned char ret[SHA1_BYTES])
{
	static const unsigned char padding[BLOCK_BYTES] = { 0x80 };
	uint64_t bits = sha1->bytes * 8;
	size_t held = sha1->bytes % BLOCK_BYTES;
	unsigned char length[8];

	sha1_add(sha1, padding, (held < 56 ? 56 : 120) - held);
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha1_add(sha1, length, sizeof(length));
	for (size_t i = 0; i < SHA1_BYTES; i++)
		ret[i] = (unsigned char)(sha1->state[i / 4] >> (24 - 8 * (i % 4)));
}
