/* namespaces/proof.h: is this namespace really another one than the host's.
 *
 * Every namespace is an inode of nsfs: two processes are in the same namespace
 * exactly if the inodes are equal (namespaces(7)).
 */
#ifndef NAMESPACES_PROOF_H
#define NAMESPACES_PROOF_H

#include "sandbox/base/failure.h"

#include <stdint.h>

enum proof_kind {
	PROOF_USER,
	PROOF_MNT,
	PROOF_PID,
	PROOF_NET,
	PROOF_IPC,
	PROOF_UTS,
	PROOF_CGROUP,
	PROOF_COUNT
};

/* "user", "mnt", …: the names in /proc/self/ns. */
extern const char *const proof_names[PROOF_COUNT];

/* Runs in the launcher: the host's inodes, read before the clone. */
int proof_host(uint64_t ret_inodes[PROOF_COUNT], struct failure *f);

/* Is this one another than the host's? For the doctor, which tries them one by one. */
int proof_namespace(enum proof_kind kind, uint64_t host_inode, struct failure *f);

/* Runs in the keeper, with the sandbox's own /proc: fails if one of /proc/self/ns is
 * still the host's. */
int proof_namespaces(const uint64_t host_inodes[PROOF_COUNT], struct failure *f);

#endif
