/* sandbox/store/store_entry.h: one entry of a store: a directory with a tree and a record of it.
 *
 * It is made under a name with STORE_NEW behind it; the record is its last file, and then it gets
 * its own name. What a record says of the tree's inode tells a copy, or a tree that was changed,
 * from the one that was kept.
 */
#ifndef SANDBOX_STORE_STORE_ENTRY_H
#define SANDBOX_STORE_STORE_ENTRY_H

#include "sandbox/base/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define STORE_RECORD "record"
#define STORE_TREE   "tree"
#define STORE_NEW    ".new"

/* The record's text, and what there is of the tree. false: there is no such entry. */
bool store_entry_read(int entry_fd, char *text, size_t size, struct stat *ret_tree);
bool store_entry_is_tree(
	const struct stat *tree, uint64_t inode, int64_t changed_s, uint32_t changed_ns);
/* By this time it is known which was used last. */
void store_entry_use(int entry_fd);
/* On the disk when it returns. what: "the image". */
int store_entry_record(int entry_fd, const char *text, const char *what, struct failure *f);

/* Of the limit, and of what is free: a full disk helps nobody. */
uint64_t store_room(int dir_fd, uint64_t limit_bytes);

#endif
