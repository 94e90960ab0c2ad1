/* sandbox/probe/probe_socket.h: sockets: which families there are, and who answers. */
#ifndef SANDBOX_PROBE_PROBE_SOCKET_H
#define SANDBOX_PROBE_PROBE_SOCKET_H

#include "sandbox/probe/probe.h"

extern const struct probe probes_socket[]; /* ends with a row without a name */

#endif
