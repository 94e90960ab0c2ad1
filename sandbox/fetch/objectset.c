#include "sandbox/fetch/objectset.h"

#include "sandbox/base/own.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024
#define LAST_ROOM  (1U << 28)

/* The slot of id, or the empty slot where it would go. */
static uint32_t *objectset_slot(const struct objectset *set, const unsigned char *id)
{
	uint32_t hash;

	memcpy(&hash, id, sizeof(hash));
	for (uint32_t i = hash & set->slot_mask;; i = (i + 1) & set->slot_mask) {
		uint32_t found = set->slots[i];

		if (found == 0 || memcmp(set->items[found - 1].id, id, 20) == 0)
			return &set->slots[i];
	}
}

static int objectset_grow(struct objectset *set)
{
	uint32_t room = set->room > 0 ? set->room * 2 : FIRST_ROOM;

	if (room > LAST_ROOM)
		return -1;
	struct objectset_item *items = reallocarray(set->items, room, sizeof(*items));

	if (items == NULL)
		return -1;
	set->items = items;
	uint32_t *slots = calloc((size_t)room * 2, sizeof(*slots));

	if (slots == NULL)
		return -1;
	free(set->slots);
	set->slots = slots;
	set->slot_mask = room * 2 - 1;
	set->room = room;
	for (uint32_t i = 0; i < set->count; i++)
		*objectset_slot(set, items[i].id) = i + 1;
	return 0;
}

int objectset_add(struct objectset *set, const unsigned char *id, unsigned char type)
{
	if (set->count == set->room && objectset_grow(set) < 0)
		return -1;
	uint32_t *slot = objectset_slot(set, id);

	if (*slot != 0)
		return 0;
	struct objectset_item *item = &set->items[set->count++];

	memcpy(item->id, id, sizeof(item->id));
	item->type = type;
	*slot = set->count;
	return 1;
}

bool objectset_has(const struct objectset *set, const unsigned char *id)
{
	return set->count > 0 && *objectset_slot(set, id) != 0;
}

void objectset_release(struct objectset *set)
{
	free(set->items);
	free(set->slots);
	*set = (struct objectset){ 0 };
}
