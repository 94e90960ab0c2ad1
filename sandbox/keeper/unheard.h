/* sandbox/keeper/unheard.h: did the build ask somebody who is not there?
 *
 * Without a network a name is looked up at a name server of the loopback where none is. The kernel
 * counts in a network namespace what was sent by UDP to a port at which nobody listens: that is
 * how a build is known which waits for a network.
 */
#ifndef SANDBOX_KEEPER_UNHEARD_H
#define SANDBOX_KEEPER_UNHEARD_H

#include <stdint.h>

/* Of the reader's own network namespace; 0 if it cannot be read. */
uint64_t unheard_count(int proc_fd);
/* The number in the words of /proc/net/snmp; 0: there is none. */
uint64_t unheard_read(const char *text);

#endif
