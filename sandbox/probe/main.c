/* cofferdam-probe: try one forbidden thing, by name, and say how the kernel answered.
 *
 *	cofferdam-probe NAME [ARG…]    prints OK or the errno's name; some print what they found
 *	cofferdam-probe --list         the names
 *
 * The same program runs inside a sandbox and outside; see probe.h. */
#include "sandbox/probe/probe_entry.h"
#include "sandbox/probe/probe_file.h"
#include "sandbox/probe/probe_host.h"
#include "sandbox/probe/probe_ipc.h"
#include "sandbox/probe/probe_kernel.h"
#include "sandbox/probe/probe_mount.h"
#include "sandbox/probe/probe_process.h"
#include "sandbox/probe/probe_socket.h"
#include "sandbox/probe/probe_take.h"
#include "sandbox/probe/probe_terminal.h"

#include <stdio.h>
#include <string.h>

static const struct probe *const tables[] = { probes_kernel, probes_mount, probes_process,
	probes_terminal, probes_socket, probes_entry, probes_file, probes_ipc, probes_host,
	probes_take };

static const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; i < PROBE_COUNT(tables); i++)
		for (const struct probe *p = tables[i]; p->name != NULL; p++)
			if (strcmp(p->name, name) == 0)
				return p;
	return NULL;
}

static int list(void)
{
	for (size_t i = 0; i < PROBE_COUNT(tables); i++)
		for (const struct probe *p = tables[i]; p->name != NULL; p++)
			puts(p->name);
	return 0;
}

int main(int argc, char **argv)
{
	const struct probe *probe;
	int error;

	if (argc > 1 && strcmp(argv[1], "--list") == 0)
		return list();
	probe = argc > 1 ? probe_find(argv[1]) : NULL;
	if (probe == NULL) {
		fprintf(stderr, "cofferdam-probe: no such name (cofferdam-probe --list)\n");
		return 2;
	}
	error = probe->run(argc - 2, argv + 2);
	if (error != PROBE_PRINTED)
		puts(error == 0 ? "OK" : strerrorname_np(error));
	return 0;
}
