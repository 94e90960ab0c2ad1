/* sandbox/keeper/unheard.h: did the build ask somebody who is not there?
 *
 * Without a network a name is looked up at a name server of the loopback where none is. The kernel
 * counts in a network namespace what was sent by UDP to a port at which nobody listens, and what
 * was dialled by an address to which no way leads, by IPv4 and IPv6: that is how a build is known
 * which waits for a network.
 */
#ifndef SANDBOX_KEEPER_UNHEARD_H
#define SANDBOX_KEEPER_UNHEARD_H

#include <stdbool.h>
#include <stdint.h>

/* Of the reader's own network namespace; 0 if it cannot be read. names: also what was sent by UDP, which
 * means nothing where a name server of ours answers. */
uint64_t unheard_count(int proc_fd, bool names);
/* The numbers in the words of /proc/net/snmp and snmp6, each line behind a line feed; 0: there is
 * none. */
uint64_t unheard_read(const char *text);
uint64_t unheard_read_unrouted(const char *text);
uint64_t unheard_read_unrouted6(const char *text);

#endif
