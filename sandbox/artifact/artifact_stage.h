/* sandbox/artifact/artifact_stage.h: files on their way into a directory of the host.
 *
 * Where    in a directory ".cofferdam-ID" of the one that they go to, 0700, made when the first
 *          comes; their names there are numbers, never a stranger's.
 * Then     when all of a run are there and synced, each is renamed to its name: over nothing that
 *          exists, or with `replace` over a regular file. What is there whole is there under its
 *          name; what is not, under none.
 * Killed   before that: gc finds the directory by the state file, and removes it.
 */
#ifndef SANDBOX_ARTIFACT_ARTIFACT_STAGE_H
#define SANDBOX_ARTIFACT_ARTIFACT_STAGE_H

#include "sandbox/artifact/artifact_result.h"
#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ARTIFACT_STAGE_NAME 48

struct artifact_stage {
	int place_fd; /* the directory that they go to; borrowed */
	int fd;       /* -1: nothing came yet */
	char name[ARTIFACT_STAGE_NAME];
	uint32_t files;
	/* The last directory below the place that something went to, for the next one. */
	int below_fd;
	char *below;
};

void artifact_stage_init(struct artifact_stage *ret, int place_fd, const char *run_id);
/* A new file, to write; *ret_number is its name in the stage. */
int artifact_stage_file(
	struct artifact_stage *stage, uint32_t *ret_number, int *ret_fd, struct failure *f);
/* Its mode and its bytes are on the disk. */
int artifact_stage_settle(int fd, mode_t mode, struct failure *f);

/* The path of that one of the run's own files whose place a file of that name would take; or NULL. */
const char *artifact_stage_meets(struct artifact_stage *stage, const char *name,
	const struct artifact_result *results, size_t n);
/* Would a file find its name free, and its way there? */
int artifact_stage_check(
	struct artifact_stage *stage, const char *name, bool replace, struct failure *f);
/* name: relative and plain; directories on the way are made. */
int artifact_stage_place(struct artifact_stage *stage, uint32_t number, const char *name,
	bool replace, struct failure *f);
/* A directory of that name, if there is none. */
int artifact_stage_directory(
	struct artifact_stage *stage, const char *name, mode_t mode, struct failure *f);

/* Sync the directory that they went to. */
int artifact_stage_sync(struct artifact_stage *stage, struct failure *f);
/* Whatever was not placed is gone. */
void artifact_stage_release(struct artifact_stage *stage);

/* For gc: what a killed run left in a directory. True if nothing of it is there any more. */
bool artifact_stage_is_left(const char *place, const char *run_id);
bool artifact_stage_remove_left(const char *place, const char *run_id);

#endif
