/* sandbox/host/facts.h: what the host's small files say, below a root that tests fake.
 *
 * Runs in  the launcher. Reads below root ("" or "/" for the host itself) and
 *          allocates nothing; a file that is not there or does not parse is "unknown",
 *          which is false, and never a failure: a missing fact must not hide a cause.
 */
#ifndef SANDBOX_HOST_FACTS_H
#define SANDBOX_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The path of a file below root. false if it does not fit. */
bool facts_path(const char *root, const char *path, char *ret, size_t size);

bool facts_exist(const char *root, const char *path);

/* The first line of a file without its newline; cut if it does not fit. */
bool facts_text(const char *root, const char *path, char *ret, size_t size);

/* A file that holds one decimal number. */
bool facts_number(const char *root, const char *path, uint64_t *ret);

/* The rest of the first line that begins with key, blanks skipped:
 * facts_field(root, "/proc/self/status", "Seccomp:", …). */
bool facts_field(const char *root, const char *path, const char *key, char *ret, size_t size);

/* Is word one of the comma-separated words of list? */
bool facts_listed(const char *list, const char *word);

/* Call see() for each line of a file until it returns true; was there such a line?
 * Lines longer than 4095 bytes are cut. */
bool facts_lines(
	const char *root, const char *path, bool (*see)(char *line, void *data), void *data);

/* "6.18.44-fc" is 618 when scaled as major * 100 + minor. 0 if unknown. */
unsigned facts_kernel(const char *root);

#endif
