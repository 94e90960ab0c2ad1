/* sandbox/launcher/attach_find.h: the door of a run, by what a person has of its id. */
#ifndef SANDBOX_LAUNCHER_ATTACH_FIND_H
#define SANDBOX_LAUNCHER_ATTACH_FIND_H

#include "sandbox/base/failure.h"

/* Connect to it. word: the id, or so much of its beginning that no other run has it. Of our own
 * runs alone: others' lie where we may not look. */
int attach_find(const char *word, int *ret_connection, struct failure *f);

#endif
