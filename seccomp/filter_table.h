/* seccomp/filter_table.h: what the generated build/filters.c defines for filter.c. */
#ifndef SECCOMP_FILTER_TABLE_H
#define SECCOMP_FILTER_TABLE_H

#include "seccomp/filter.h"

extern const struct filter filter_table[FILTER_COUNT];

#endif
