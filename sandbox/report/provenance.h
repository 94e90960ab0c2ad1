/* sandbox/report/provenance.h: the outcome as an in-toto statement with SLSA's provenance.
 *
 * Made     by the launcher when the last process of the run is dead, from what it has seen itself;
 *          the builder has no way to add a word but through names and digests of its files.
 * Needs    at least one artifact: a statement is about something.
 * builder.id  names the walls: one for each way in which a run can be less than the full one, so
 *          that a verifier who expects the full one refuses the others by this field alone.
 * Source   in-toto Statement v1 (spec/v1/statement.md), SLSA v1.0 (provenance/v1).
 */
#ifndef SANDBOX_REPORT_PROVENANCE_H
#define SANDBOX_REPORT_PROVENANCE_H

#include "sandbox/report/outcome.h"

#define PROVENANCE_MODE 200

/* "full", or why it is not: "degraded", "allow-userns+docker-build". */
void provenance_mode(
	const struct outcome *outcome, const struct config *config, char ret[PROVENANCE_MODE]);
/* The statement as text (heap, the caller's), NULL when memory is out. rootfs_sha256: of the archive
 * that was the root, or NULL. */
char *provenance_text(
	const struct outcome *outcome, const struct config *config, const char *rootfs_sha256);
/* The files of which it would speak. */
size_t provenance_subjects(const struct outcome *outcome);

#endif
