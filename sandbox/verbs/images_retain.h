/* sandbox/verbs/images_retain.h: which images of ours may go.
 *
 * Pure: rows in, decisions out. --keep-last protects the newest of each repository from
 * the others; alone it lets go whatever is older. --older-than lets go by age, --max-size
 * the oldest until the rest fits.
 */
#ifndef SANDBOX_VERBS_IMAGES_RETAIN_H
#define SANDBOX_VERBS_IMAGES_RETAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retain_rule {
	bool keeps_last;
	uint32_t keep_last;
	uint64_t older_s;   /* 0: not by age */
	uint64_t max_bytes; /* UINT64_MAX: not by size */
};

struct retain_image {
	const char *tag;   /* canonical: the repository is what stands before the last ':' */
	const char *image; /* what has the bytes: two names of one image have them once */
	uint64_t time;     /* when it was made */
	uint64_t bytes;
	bool protected; /* in use: never goes, and its size counts */
	bool gone;      /* the decision */
	const char *why;
};

/* images: the oldest first. now: seconds. */
void retain_decide(
	const struct retain_rule *rule, struct retain_image *images, size_t n, uint64_t now);

/* "90", "30m", "12h", "7d", "2w": seconds. -1: not one. */
struct failure;
int retain_age(const char *name, const char *word, uint64_t *ret, struct failure *f);

#endif
