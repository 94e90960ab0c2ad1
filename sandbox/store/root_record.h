/* sandbox/store/root_record.h: what a tree of the store says of itself, in one line of text.
 *
 * Pure. It is written when the tree is whole and on the disk, as the last thing: a tree without
 * it, or with one that does not fit what lies there, is none.
 */
#ifndef SANDBOX_STORE_ROOT_RECORD_H
#define SANDBOX_STORE_ROOT_RECORD_H

#include "sandbox/rootfs/digest.h"

#include <stdbool.h>
#include <stdint.h>

#define ROOT_IDS_BYTES    40
#define ROOT_NAME_BYTES   (DIGEST_HEX + 1 + ROOT_IDS_BYTES)
#define ROOT_RECORD_BYTES 320

struct root_record {
	char digest[DIGEST_BYTES];
	char ids[ROOT_IDS_BYTES]; /* whose ids the files have: root_ids() */
	uint64_t inode;           /* of the tree's own directory; a copy has another */
	int64_t changed_s;        /* when that changed for the last time: st_ctim */
	uint32_t changed_ns;      /* its rest */
	uint64_t bytes;           /* about what it takes of the disk */
	uint64_t left_out;        /* devices and the like, for the report */
};

void root_record_format(const struct root_record *record, char ret[ROOT_RECORD_BYTES]);
/* text is NUL-terminated. False: it is none, or not exactly as it is written. */
bool root_record_parse(const char *text, struct root_record *ret);

/* The tree's name in the store. */
void root_record_name(const struct root_record *record, char ret[ROOT_NAME_BYTES]);
/* Is it such a name? */
bool root_record_is_name(const char *name);

#endif
