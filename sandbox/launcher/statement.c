#include "sandbox/launcher/statement.h"

#include "sandbox/base/own.h"
#include "sandbox/report/provenance.h"
#include "sandbox/report/result_file.h"

#include <string.h>
#include <unistd.h>

#define WHAT  "provenance"
#define BLOCK (256 * 1024)

int statement_open(struct statement *statement, const struct config *config, struct failure *f)
{
	if (config->provenance == NULL)
		return 0;
	if (config->artifact.n == 0) {
		fail(f, 0, "write the provenance of nothing: no artifact is asked for");
		return fail_remedy(f, "name what is built with --artifact PATH[:DEST]");
	}
	return result_file_open(WHAT, config->provenance, &statement->dir_fd, f);
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

/* An image has its own, by which it was unpacked; a directory has none. */
static int digest_root(
	const struct plan *plan, char ret[SHA256_DIGEST_STRING_LENGTH], struct failure *f)
{
	ret[0] = '\0';
	if (plan->image != NULL) {
		memcpy(ret, plan->image->digest + strlen(DIGEST_ALGORITHM), DIGEST_HEX + 1);
		return 0;
	}
	return plan->unpack.input_fd >= 0 ? digest_file(plan->unpack.input_fd, ret, f) : 0;
}

int statement_plan(struct statement *statement, const struct plan *plan, struct failure *f)
{
	return statement->dir_fd < 0 ? 0 : digest_root(plan, statement->root, f);
}

int statement_write(struct statement *statement, const struct config *config,
	const struct plan *plan, const struct outcome *outcome, struct failure *f)
{
	char now[SHA256_DIGEST_STRING_LENGTH];
	own_mem char *text = NULL;

	if (statement->dir_fd < 0)
		return 0;
	if (provenance_subjects(outcome) == 0)
		return fail(f, 0, "no file has left the sandbox that it could speak of");
	if (digest_root(plan, now, f) < 0)
		return -1;
	if (strcmp(now, statement->root) != 0)
		return fail(f, 0, "the archive of --rootfs changed during the run");
	text = provenance_text(outcome, config, now[0] != '\0' ? now : NULL);
	if (text == NULL)
		return fail(f, ENOMEM, "put the provenance together");
	return result_file_write(WHAT, statement->dir_fd, config->provenance, outcome->id, text, f);
}
