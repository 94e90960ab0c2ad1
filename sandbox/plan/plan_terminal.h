/* sandbox/plan/plan_terminal.h: how a terminal begins that stands between a program and the user's.
 *
 * Modes    The user's, where his terminal is ours to use. In the background they are those of
 *          whoever uses it, an editor's or a shell's that reads a line, in which Enter ends no
 *          line: a terminal then begins as the kernel makes one.
 * Output   What else writes to the user's terminal (`| tee log`) needs its lines ended there.
 *          So the user's terminal then keeps its output modes, and the one before it has none.
 * Later    From its first instruction on the modes are the program's own.
 * Source   termios(3), tty_std_termios of the kernel.
 */
#ifndef SANDBOX_PLAN_PLAN_TERMINAL_H
#define SANDBOX_PLAN_PLAN_TERMINAL_H

#include "sandbox/plan/plan.h"

/* Of a new terminal that stands for the user's one. alone: all that is shown goes through it. */
int plan_terminal_modes(int users_fd, bool alone, struct termios *ret);

/* The rows of a plan that begin with tty. */
int plan_terminal(struct plan *plan, struct failure *f);

#endif
