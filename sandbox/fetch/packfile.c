/* A pack is "PACK", version, count, the objects, the SHA-1 of all that. An object is
 * its type and inflated size in a varint, then a zlib stream. The index (version 2)
 * is a fan-out by first byte, the sorted names, their CRCs, their offsets. */
#include "sandbox/fetch/packfile.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES    (256 * 1024)
#define TEMPORARY_PACK  "tmp_pack_cofferdam"
#define TEMPORARY_INDEX "tmp_idx_cofferdam"
#define OFFSET_MSB      0x80000000U /* in the 32-bit table: look into the 64-bit one */
#define LEVEL_STORED    0
#define LEVEL_FAST      1

static int write_all(int fd, const void *bytes, size_t n, struct failure *f)
{
	return whole_write(fd, bytes, n) == 0 ? 0 : fail(f, errno, "write the pack");
}

static int packfile_flush(struct packfile *pack, struct failure *f)
{
	SHA1Update(&pack->sum, pack->buffer, pack->buffered);
	if (write_all(pack->fd, pack->buffer, pack->buffered, f) < 0)
		return -1;
	pack->buffered = 0;
	return 0;
}

static void put_be32(unsigned char *p, uint32_t value)
{
	p[0] = (unsigned char)(value >> 24);
	p[1] = (unsigned char)(value >> 16);
	p[2] = (unsigned char)(value >> 8);
	p[3] = (unsigned char)value;
}

static int packfile_put(
	struct packfile *pack, const unsigned char *data, size_t length, struct failure *f)
{
	while (length > 0) {
		size_t space = BUFFER_BYTES - pack->buffered;
		size_t n = length < space ? length : space;

		memcpy(pack->buffer + pack->buffered, data, n);
		pack->buffered += n;
		pack->bytes += n;
		data += n;
		length -= n;
		if (pack->buffered == BUFFER_BYTES && packfile_flush(pack, f) < 0)
			return -1;
	}
	return 0;
}

int packfile_open(
	struct packfile *pack, int dir_fd, uint32_t count, uint64_t stored_bytes, struct failure *f)
{
	unsigned char header[12] = "PACK";

	*pack = (struct packfile){
		.dir_fd = dir_fd,
		.fd = -1,
		.wanted = count,
		.stored_bytes = stored_bytes,
		.level = stored_bytes > sizeof(header) ? LEVEL_STORED : LEVEL_FAST,
	};
	SHA1Init(&pack->sum);
	pack->buffer = malloc(BUFFER_BYTES);
	pack->entries = calloc(count > 0 ? count : 1, sizeof(*pack->entries));
	if (pack->buffer == NULL || pack->entries == NULL)
		return fail(f, ENOMEM, "write a pack of %u objects", count);
	if (deflateInit(&pack->deflate, pack->level) != Z_OK)
		return fail(f, ENOMEM, "start zlib");
	pack->deflating = true;
	pack->fd = openat(dir_fd, TEMPORARY_PACK, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (pack->fd < 0)
		return fail(f, errno, "create a pack");
	pack->named = true;
	put_be32(header + 4, 2);
	put_be32(header + 8, count);
	return packfile_put(pack, header, sizeof(header), f);
}

/* Size: four bits beside the type, then seven in each further byte. */
static size_t entry_header(enum packfile_type type, size_t length, unsigned char ret[16])
{
	size_t n = 0;
	unsigned char byte = (unsigned char)((unsigned)type << 4 | (length & 15));

	for (length >>= 4; length > 0; length >>= 7) {
		ret[n++] = byte | 0x80;
		byte = length & 0x7f;
	}
	ret[n++] = byte;
	return n;
}

static int packfile_level(struct packfile *pack, struct failure *f)
{
	int level = pack->bytes < pack->stored_bytes ? LEVEL_STORED : LEVEL_FAST;

	if (deflateReset(&pack->deflate) != Z_OK)
		return fail(f, 0, "reset zlib");
	if (level != pack->level &&
		deflateParams(&pack->deflate, level, Z_DEFAULT_STRATEGY) != Z_OK)
		return fail(f, 0, "set zlib's level");
	pack->level = level;
	return 0;
}

static int packfile_deflate(
	struct packfile *pack, const void *data, size_t length, uint32_t *crc, struct failure *f)
{
	unsigned char out[16 * 1024];
	const unsigned char *p = data;
	int rc = Z_OK;

	if (packfile_level(pack, f) < 0)
		return -1;
	while (rc != Z_STREAM_END) {
		if (pack->deflate.avail_in == 0 && length > 0) {
			uInt n = length < (1U << 30) ? (uInt)length : 1U << 30;

			/* zlib's pointer is not const, and zlib does not write through it */
			pack->deflate.next_in = (Bytef *)(uintptr_t)p;
			pack->deflate.avail_in = n;
			p += n;
			length -= n;
		}
		pack->deflate.next_out = out;
		pack->deflate.avail_out = sizeof(out);
		rc = deflate(&pack->deflate, length == 0 ? Z_FINISH : Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return fail(f, 0, "deflate an object");
		size_t made = sizeof(out) - pack->deflate.avail_out;

		*crc = (uint32_t)crc32_z(*crc, out, made);
		if (packfile_put(pack, out, made, f) < 0)
			return -1;
	}
	return 0;
}

int packfile_add(struct packfile *pack, enum packfile_type type, const unsigned char *id,
	const void *data, size_t length, struct failure *f)
{
	unsigned char header[16];
	size_t header_length = entry_header(type, length, header);

	if (pack->count == pack->wanted)
		return fail(f, 0, "more objects for the pack than were counted");
	struct packfile_entry *entry = &pack->entries[pack->count++];

	memcpy(entry->id, id, SHA1_DIGEST_LENGTH);
	entry->offset = pack->bytes;
	entry->crc = (uint32_t)crc32_z(crc32_z(0, NULL, 0), header, header_length);
	if (packfile_put(pack, header, header_length, f) < 0)
		return -1;
	return packfile_deflate(pack, data, length, &entry->crc, f);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct packfile_entry *)a)->id,
		((const struct packfile_entry *)b)->id, SHA1_DIGEST_LENGTH);
}

static unsigned char *index_offsets(const struct packfile *pack, unsigned char *p)
{
	uint32_t large = 0;

	for (uint32_t i = 0; i < pack->count; i++, p += 4) {
		uint64_t offset = pack->entries[i].offset;

		put_be32(p, offset < OFFSET_MSB ? (uint32_t)offset : OFFSET_MSB | large++);
	}
	for (uint32_t i = 0; i < pack->count; i++) {
		uint64_t offset = pack->entries[i].offset;

		if (offset < OFFSET_MSB)
			continue;
		put_be32(p, (uint32_t)(offset >> 32));
		put_be32(p + 4, (uint32_t)offset);
		p += 8;
	}
	return p;
}

/* The index of the sorted entries; returns its length. out has room for
 * index_size() bytes. */
static size_t index_fill(const struct packfile *pack, const unsigned char *sum, unsigned char *out)
{
	static const unsigned char magic[8] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
	unsigned char *p = out + sizeof(magic);
	uint32_t seen = 0;
	SHA1_CTX own;

	memcpy(out, magic, sizeof(magic));
	for (unsigned byte = 0; byte < 256; byte++, p += 4) {
		while (seen < pack->count && pack->entries[seen].id[0] == byte)
			seen++;
		put_be32(p, seen);
	}
	for (uint32_t i = 0; i < pack->count; i++, p += SHA1_DIGEST_LENGTH)
		memcpy(p, pack->entries[i].id, SHA1_DIGEST_LENGTH);
	for (uint32_t i = 0; i < pack->count; i++, p += 4)
		put_be32(p, pack->entries[i].crc);
	p = index_offsets(pack, p);
	memcpy(p, sum, SHA1_DIGEST_LENGTH);
	p += SHA1_DIGEST_LENGTH;
	SHA1Init(&own);
	SHA1Update(&own, out, (size_t)(p - out));
	SHA1Final(p, &own);
	return (size_t)(p - out) + SHA1_DIGEST_LENGTH;
}

static size_t index_size(const struct packfile *pack)
{
	return 8 + 256 * 4 + (size_t)pack->count * (SHA1_DIGEST_LENGTH + 4 + 4 + 8) +
	       2 * SHA1_DIGEST_LENGTH;
}

static int packfile_write_index(
	struct packfile *pack, const unsigned char *sum, const char *name, struct failure *f)
{
	own_mem unsigned char *index = malloc(index_size(pack));

	if (index == NULL)
		return fail(f, ENOMEM, "write the index of %u objects", pack->count);
	qsort(pack->entries, pack->count, sizeof(*pack->entries), by_id);
	size_t length = index_fill(pack, sum, index);
	own_fd int fd = openat(
		pack->dir_fd, TEMPORARY_INDEX, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return fail(f, errno, "create the index of a pack");
	if (write_all(fd, index, length, f) < 0 ||
		renameat(pack->dir_fd, TEMPORARY_INDEX, pack->dir_fd, name) < 0) {
		int cause = errno;

		unlinkat(pack->dir_fd, TEMPORARY_INDEX, 0);
		return fail(f, cause, "write the index of the pack");
	}
	return 0;
}

int packfile_finish(struct packfile *pack, struct failure *f)
{
	unsigned char sum[SHA1_DIGEST_LENGTH];
	char pack_name[64], index_name[64], hex[2 * SHA1_DIGEST_LENGTH + 1];

	if (pack->count != pack->wanted)
		return fail(f, 0, "%u objects for a pack of %u", pack->count, pack->wanted);
	if (packfile_flush(pack, f) < 0)
		return -1;
	SHA1Final(sum, &pack->sum);
	if (write_all(pack->fd, sum, sizeof(sum), f) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	snprintf(pack_name, sizeof(pack_name), "pack-%s.pack", hex);
	snprintf(index_name, sizeof(index_name), "pack-%s.idx", hex);
	/* the pack first: an index without its pack is an error to git, the reverse is not */
	if (renameat(pack->dir_fd, TEMPORARY_PACK, pack->dir_fd, pack_name) < 0)
		return fail(f, errno, "name the pack");
	pack->named = false;
	return packfile_write_index(pack, sum, index_name, f);
}

void packfile_release(struct packfile *pack)
{
	if (pack->named)
		unlinkat(pack->dir_fd, TEMPORARY_PACK, 0);
	pack->named = false;
	if (pack->deflating)
		deflateEnd(&pack->deflate);
	pack->deflating = false;
	own_fd_end(&pack->fd);
	own_mem_end(&pack->entries);
	own_mem_end(&pack->buffer);
}
