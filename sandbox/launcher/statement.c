#include "sandbox/launcher/statement.h"

#include "sandbox/base/own.h"
#include "sandbox/report/provenance.h"
#include "sandbox/report/result_file.h"

#include <sha2.h>
#include <unistd.h>

#define WHAT  "provenance"
#define BLOCK (256 * 1024)

int statement_open(const struct config *config, int *ret_dir_fd, struct failure *f)
{
	if (config->artifact.n == 0) {
		fail(f, 0, "write the provenance of nothing: no artifact is asked for");
		return fail_remedy(f, "name what is built with --artifact PATH[:DEST]");
	}
	return result_file_open(WHAT, config->provenance, ret_dir_fd, f);
}

/* From its start, whoever has read from it. */
static int digest_file(int fd, char ret[SHA256_DIGEST_STRING_LENGTH], struct failure *f)
{
	own_mem uint8_t *block = malloc(BLOCK);
	SHA2_CTX hash;
	off_t at = 0;
	ssize_t n;

	if (block == NULL)
		return fail(f, errno, "read the archive of --rootfs");
	SHA256Init(&hash);
	while ((n = pread(fd, block, BLOCK, at)) > 0) {
		SHA256Update(&hash, block, (size_t)n);
		at += n;
	}
	if (n < 0)
		return fail(f, errno, "read the archive of --rootfs");
	SHA256End(&hash, ret);
	return 0;
}

int statement_write(const struct config *config, int dir_fd, int rootfs_fd,
	const struct outcome *outcome, struct failure *f)
{
	char sha256[SHA256_DIGEST_STRING_LENGTH];
	own_mem char *text = NULL;

	if (provenance_subjects(outcome) == 0)
		return fail(f, 0, "no file has left the sandbox that it could speak of");
	if (rootfs_fd >= 0 && digest_file(rootfs_fd, sha256, f) < 0)
		return -1;
	text = provenance_text(outcome, config, rootfs_fd >= 0 ? sha256 : NULL);
	if (text == NULL)
		return fail(f, ENOMEM, "put the provenance together");
	return result_file_write(WHAT, dir_fd, config->provenance, outcome->id, text, f);
}
