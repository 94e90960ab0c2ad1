/* cofferdam-probe: try what a sandbox forbids, and say how the kernel answered.
 *
 *	cofferdam-probe NAME [ARG…]          one thing: OK or the errno's name; some print
 *	                                     what they found
 *	cofferdam-probe --list               the names
 *	cofferdam-probe --walls [KEY=VALUE…] wall by wall, one line an attempt; see attempt.h
 *	cofferdam-probe --bare [KEY=VALUE…]  the same, where an attempt needs it with all
 *	                                     capabilities in a user namespace of its own
 *
 * The same program runs inside a sandbox and outside; see probe.h. */
#include "sandbox/probe/attempt_run.h"
#include "sandbox/probe/probe_find.h"

#include <stdio.h>
#include <string.h>

static int try_one(int argc, char **argv)
{
	const struct probe *probe = argc > 1 ? probe_find(argv[1]) : NULL;
	int error;

	if (probe == NULL) {
		fprintf(stderr, "cofferdam-probe: no such name (cofferdam-probe --list)\n");
		return 2;
	}
	error = probe->run(argc - 2, argv + 2);
	if (error != PROBE_PRINTED)
		puts(error == 0 ? "OK" : strerrorname_np(error));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "--list") == 0) {
		probe_list();
		return 0;
	}
	if (strcmp(what, "--walls") == 0 || strcmp(what, "--bare") == 0) {
		attempts_run(strcmp(what, "--bare") == 0, argv + 2);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	return try_one(argc, argv);
}
