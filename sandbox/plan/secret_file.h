/* sandbox/plan/secret_file.h: what an option has in a file, for it must not be in an argument.
 *
 * Target   a path, or "fd:N" for a descriptor that the caller has open and keeps.
 * Waits    for a pipe to be written and closed, but no longer than within_s (base/given.h).
 * Refused  a regular file that its group or others can read, and more than 64 KiB.
 * Kept     in one place, which is wiped when the variable is left (own_secret_text).
 */
#ifndef SANDBOX_PLAN_SECRET_FILE_H
#define SANDBOX_PLAN_SECRET_FILE_H

#include "sandbox/base/failure.h"
#include "sandbox/privilege/identity.h"

#include <stddef.h>
#include <stdint.h>

#define SECRET_FILE_BYTES (64 * 1024)

struct secret_text {
	char text[SECRET_FILE_BYTES + 1]; /* a NUL follows what was read */
	size_t length;
};

/* option is what f calls it ("--docker-auth"). */
int secret_file_read(const char *option, const char *target, uint64_t within_s,
	struct secret_text *ret, struct failure *f);
/* Before root is given up: a file is opened by a child that has given it up for good, for whoever
 * started us through sudo must not have root read it for them. */
int secret_file_read_as(const struct identity *identity, const char *option, const char *target,
	uint64_t within_s, struct secret_text *ret, struct failure *f);
void secret_text_end(struct secret_text *text);

#define own_secret_text __attribute__((cleanup(secret_text_end)))

#endif
