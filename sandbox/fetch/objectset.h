/* sandbox/fetch/objectset.h: an ordered set of object names with their types.
 *
 * Pure. Open addressing over the first bytes of the name: names are hashes.
 */
#ifndef SANDBOX_FETCH_OBJECTSET_H
#define SANDBOX_FETCH_OBJECTSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct objectset_item {
	unsigned char id[20];
	unsigned char type;
};

struct objectset {
	struct objectset_item *items; /* in order of addition */
	uint32_t count, room;
	uint32_t *slots; /* index + 1, 0 for none; a power of two, at least twice room */
	uint32_t slot_mask;
};

/* 1 added, 0 was there, -1 no memory. An empty set is all zeros. */
int objectset_add(struct objectset *set, const unsigned char *id, unsigned char type);
bool objectset_has(const struct objectset *set, const unsigned char *id);
void objectset_release(struct objectset *set);

#endif
