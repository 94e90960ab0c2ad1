/* sandbox/keeper/child.h: what the keeper's children have in common before they become their
 * programs.
 *
 * Runs in  the child that the keeper has just cloned. The steps that several tables name
 *          stand here once.
 */
#ifndef SANDBOX_KEEPER_CHILD_H
#define SANDBOX_KEEPER_CHILD_H

#include "sandbox/keeper/inside.h"
#include "sandbox/privilege/caps.h"

/* What a child says over child_fd before it becomes its program; an end of file
 * without a message means that exec succeeded. */
struct child_message {
	int exit_code; /* 125, 126 or 127; 0: no end, but k->refusals_fd, which comes with it */
	struct failure failure;
};

int child_become_builder(struct keeper *k, struct failure *f);

/* What the builder's programs may have: nothing, unless --allow-chown was given and there are
 * ids to give files to; root in an image also opens what belongs to the others, as package
 * managers take for granted. */
enum caps_kept child_builder_keeps(const struct keeper *k);

/* The builder's, to the keeper: who answers what the filter asks. */
int child_give_refusals(struct keeper *k, int listener_fd, struct failure *f);

/* Become the command. Returns if that could not be: why, and with which exit code. */
int child_execute(const struct keeper *k, char *const *argv, struct failure *f);

/* The end of a child that could not become its program. */
void child_give_up(struct keeper *k, int exit_code, const struct failure *failure)
	__attribute__((noreturn));

#endif
