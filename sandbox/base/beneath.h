/* sandbox/base/beneath.h: a file of a tree that a stranger has made. */
#ifndef SANDBOX_BASE_BENEATH_H
#define SANDBOX_BASE_BENEATH_H

/* openat2(2): never out of the directory or its file system, through no link of any kind; a FIFO
 * does not wait, a terminal becomes nobody's. path "" is the directory itself. -1 with errno. */
int beneath_open(int directory, const char *path, int flags);

#endif
