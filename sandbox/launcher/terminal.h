/* sandbox/launcher/terminal.h: the user's terminal, while the builder has its own.
 *
 * Runs in  the launcher. Keys go through as bytes, so that Ctrl-C and Ctrl-Z are the
 *          business of the terminal inside; what comes out is written as it is.
 * Modes    The user's are changed only in the foreground, and given back before we stop, end or
 *          print; those of the builder's are its own business.
 * Source   termios(3), tty_ioctl(4).
 */
#ifndef SANDBOX_LAUNCHER_TERMINAL_H
#define SANDBOX_LAUNCHER_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
	int fd;     /* the user's, borrowed */
	int master; /* the launcher's side of the builder's, borrowed */
	bool alone; /* nothing else of ours writes to the user's: plan_terminal.h */
	bool raw;
	struct termios saved;
};

/* Give the terminal behind the descriptor `to` the size of the one behind `from`. */
void terminal_copy_size(int from, int to);

/* Modes and size of the inner one stand since before the builder; from here on they are its
 * own, and the outer one is raw (only in the foreground). */
void terminal_start(struct terminal *t, int fd, int master, bool alone);
/* Are we the ones who may read it? */
bool terminal_foreground(const struct terminal *t);
void terminal_make_raw(struct terminal *t);
void terminal_restore(struct terminal *t);
/* After SIGWINCH: the kernel tells the builder's foreground job by itself. */
void terminal_resize(const struct terminal *t);
/* Stop this process, and the whole job where the key was pressed at the terminal: as the
 * terminal would have done it, by SIGTSTP. A job that no shell could continue is orphaned, and
 * the kernel then does not stop it (setpgid(2)). Returns when it was continued. */
void terminal_stop_job(bool whole_job);

#endif
