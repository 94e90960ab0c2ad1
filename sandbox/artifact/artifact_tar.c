#include "sandbox/artifact/artifact_tar.h"

#include "sandbox/artifact/artifact_list.h"
#include "sandbox/base/own.h"

#include <inttypes.h>

#define BLOCK     512
#define NAME_MOST 100
#define SIZE_MOST UINT64_C(077777777777) /* eleven octal digits: 8 GiB less one byte */
#define PAX_BYTES (ARTIFACT_NAME_BYTES + 128)

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char linkname[100], magic[6], version[2], uname[32], gname[32], major[8], minor[8];
	char prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "one block");

static void seal(struct header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;

	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	snprintf(h->checksum, sizeof(h->checksum), "%06o", sum & 0777777);
}

static int put_header(struct artifact_sink *sink, const char *name, char type, mode_t mode,
	uint64_t size, struct failure *f)
{
	struct header h = { .type = type, .magic = "ustar", .version = { '0', '0' } };
	size_t n = strlen(name);

	memcpy(h.name, name, n < NAME_MOST ? n : NAME_MOST);
	snprintf(h.mode, sizeof(h.mode), "%07o", mode & 0777);
	snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	snprintf(h.size, sizeof(h.size), "%011" PRIo64, size & SIZE_MOST);
	snprintf(h.mtime, sizeof(h.mtime), "%011o", 0);
	seal(&h);
	return artifact_sink_put(sink, &h, sizeof(h), f);
}

/* "LENGTH KEY=VALUE\n", of which LENGTH counts itself. */
static size_t pax_record(char *ret, size_t size, const char *key, const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3, n = rest + 1;

	while (n != rest + (size_t)snprintf(NULL, 0, "%zu", n))
		n = rest + (size_t)snprintf(NULL, 0, "%zu", n);
	return (size_t)snprintf(ret, size, "%zu %s=%s\n", n, key, value);
}

static int put_pax(struct artifact_sink *sink, const char *name, uint64_t size, struct failure *f)
{
	char text[PAX_BYTES], number[24];
	size_t n = pax_record(text, sizeof(text), "path", name);

	if (size > SIZE_MOST) {
		snprintf(number, sizeof(number), "%" PRIu64, size);
		n += pax_record(text + n, sizeof(text) - n, "size", number);
	}
	if (put_header(sink, "././@PaxHeader", 'x', 0644, n, f) < 0 ||
		artifact_sink_put(sink, text, n, f) < 0)
		return -1;
	return artifact_tar_pad(sink, n, f);
}

int artifact_tar_header(struct artifact_sink *sink, const char *name, bool is_directory,
	mode_t mode, uint64_t size, struct failure *f)
{
	char full[ARTIFACT_NAME_BYTES + 1];
	int n = snprintf(full, sizeof(full), "%s%s", name, is_directory ? "/" : "");

	if ((n > NAME_MOST || size > SIZE_MOST) && put_pax(sink, full, size, f) < 0)
		return -1;
	return put_header(sink, full, is_directory ? '5' : '0', mode, size, f);
}

int artifact_tar_pad(struct artifact_sink *sink, uint64_t size, struct failure *f)
{
	static const char zeros[BLOCK];
	uint64_t over = size % BLOCK;

	return over == 0 ? 0 : artifact_sink_put(sink, zeros, BLOCK - over, f);
}

int artifact_tar_end(struct artifact_sink *sink, struct failure *f)
{
	static const char zeros[2 * BLOCK];

	return artifact_sink_put(sink, zeros, sizeof(zeros), f);
}
