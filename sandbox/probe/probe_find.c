#include "sandbox/probe/probe_find.h"

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
#include "sandbox/probe/probe_trace.h"
#include "sandbox/probe/probe_view.h"

#include <stdio.h>
#include <string.h>

static const struct probe *const tables[] = { probes_kernel, probes_mount, probes_process,
	probes_terminal, probes_socket, probes_entry, probes_file, probes_ipc, probes_host,
	probes_take, probes_trace, probes_view };

const struct probe *probe_find(const char *name)
{
	for (size_t i = 0; i < PROBE_COUNT(tables); i++)
		for (const struct probe *p = tables[i]; p->name != NULL; p++)
			if (strcmp(p->name, name) == 0)
				return p;
	return NULL;
}

void probe_list(void)
{
	for (size_t i = 0; i < PROBE_COUNT(tables); i++)
		for (const struct probe *p = tables[i]; p->name != NULL; p++)
			puts(p->name);
}
