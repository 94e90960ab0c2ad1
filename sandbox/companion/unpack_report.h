/* sandbox/companion/unpack_report.h: what cofferdam-unpack has, and its one message.
 *
 * It is started by the keeper in the sandbox's own namespaces, with three descriptors and no
 * arguments. It says once what became of it, and ends.
 */
#ifndef SANDBOX_COMPANION_UNPACK_REPORT_H
#define SANDBOX_COMPANION_UNPACK_REPORT_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stdint.h>

#define UNPACK_REPORT_FD   3 /* a SOCK_SEQPACKET socket */
#define UNPACK_TREE_FD     4 /* the empty directory that becomes the root */
#define UNPACK_INPUT_FD    5 /* the archive */

/* And a number: how many bytes may be written. EFBIG, once they are. An entry counts as a block more
 * than what is in it. */
#define UNPACK_MOST        "--most="
#define UNPACK_ENTRY_BYTES 4096

struct unpack_report {
	bool failed; /* failure says why */
	struct failure failure;
	uint64_t bytes;    /* about what the files take, see below */
	uint64_t entries;  /* files, directories and links that were made */
	uint64_t left_out; /* devices, FIFOs and sockets, which a build has of the sandbox */
};

#endif
