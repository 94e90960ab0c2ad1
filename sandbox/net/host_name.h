/* sandbox/net/host_name.h: names of hosts, in one spelling.
 *
 * Pure     no I/O, no allocation.
 * Spelling lower case; ASCII (an internationalised name comes as its A-labels, "xn--…"); no
 *          final dot; labels of 1 to 63 letters, digits, '-' and '_', none beginning or ending
 *          with '-'; at least one of them with a letter in the last label, so that no address
 *          in any spelling ("127.1", "0x7f.1", "2130706433", "1.2.3.4") is a name.
 * Source   RFC 1035, section 2.3.4; RFC 1123, section 2.1; RFC 5890.
 */
#ifndef SANDBOX_NET_HOST_NAME_H
#define SANDBOX_NET_HOST_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_NAME_BYTES 254 /* with its NUL */

/* 0, or -1 and in *ret_why words that say what is wrong (a literal, never NULL then). */
int host_name_read(const char *bytes, size_t n, char ret[HOST_NAME_BYTES], const char **ret_why);

/* Is name below suffix: one label or more before it? Both are in the one spelling. */
bool host_name_is_below(const char *name, const char *suffix);

#endif
