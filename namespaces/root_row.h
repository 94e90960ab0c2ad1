/* namespaces/root_row.h: one row of the root, as `cofferdam explain` prints it.
 */
#ifndef NAMESPACES_ROOT_ROW_H
#define NAMESPACES_ROOT_ROW_H

/* A path inside, and what is there. */
typedef void (*root_row_fn)(void *data, const char *path, const char *what);

/* Put the row's path (directory, name) and description (what, reason) together. */
void root_row_say(root_row_fn row, void *data, const char *directory, const char *name,
	const char *what, const char *reason);

#endif
