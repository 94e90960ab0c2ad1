/* sandbox/fetch/revision.h: from a word (branch, tag, commit) to a commit.
 *
 * Order: a full name (refs/…), a branch, a tag, a remote-tracking branch, a commit
 * of 4 to 40 digits. The first that exists wins, as with `git clone --branch`. A
 * suffix such as ~2 leads from there to an older commit.
 */
#ifndef SANDBOX_FETCH_REVISION_H
#define SANDBOX_FETCH_REVISION_H

#include "sandbox/fetch/job.h"

#define REFS_TAGS "refs/tags/"

/* A word without its suffix, of which ref_suffix.h knows what it may be. */
struct revision_word {
	char plain[256];
	const char *suffix;   /* within the word */
	uint32_t generations; /* that it goes back */
};
/* word NULL or "@": HEAD. */
int revision_split(const char *word, struct revision_word *ret, struct failure *f);

/* From *revision as the suffix says; what it passes must be in the repository. */
int revision_go_back(git_repository *repository, const char *suffix, struct revision *revision,
	struct failure *f);

/* word NULL or "HEAD": what HEAD points to. */
int revision_resolve(
	git_repository *repository, const char *word, struct revision *ret, struct failure *f);

/* Only the last kind: a commit by its name or the beginning of it. */
int revision_resolve_commit(
	git_repository *repository, const char *word, struct revision *ret, struct failure *f);

bool revision_is_hex(const char *word);

/* "the repository has: main, v1, …" as the remedy of *f; ends when names is full. */
struct revision_names {
	char text[240];
	unsigned left_out;
};
void revision_names_add(struct revision_names *names, const char *full_name);
int revision_not_found(const char *word, const struct revision_names *names, struct failure *f);

#endif
