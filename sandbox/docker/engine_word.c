#include "sandbox/docker/engine_word.h"

#include "sandbox/base/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- paths ---- */

/* Where engines keep what is theirs, beside the directory that they name themselves. */
static const char *const directories[] = { "/var/lib/docker", "/var/lib/containerd",
	"/var/lib/containers", "/run/docker", "/var/run/docker", "/run/containerd",
	"/var/run/containerd", "/run/containers", "/var/run/containers", "/run/user" };

static bool is_below(const char *path, size_t n, const char *directory)
{
	size_t length = strlen(directory);

	return length > 1 && n >= length && memcmp(path, directory, length) == 0 &&
	       (n == length || path[length] == '/');
}

/* Layers, containers and tasks have directories with such names. */
static bool has_full_id(const char *path, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n && digits < 64; i++)
		digits = strchr("0123456789abcdef", path[i]) != NULL ? digits + 1 : 0;
	return digits >= 64;
}

static bool is_engines(const char *path, size_t n, const char *root)
{
	bool found = is_below(path, n, root) || has_full_id(path, n);

	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		found |= is_below(path, n, directories[i]);
	return found;
}

static const char path_ends[] = " \t\r\n\"'`():;,=";

bool engine_word_hide_paths(char *text, const char *root)
{
	bool found = false;

	while (*(text += strcspn(text, "/")) != '\0') {
		size_t n = strcspn(text, path_ends);

		if (n > 3 && is_engines(text, n, root)) {
			memmove(text + 3, text + n, strlen(text + n) + 1);
			memcpy(text, "...", 3);
			n = 3;
			found = true;
		}
		text += n > 0 ? n : 1;
	}
	return found;
}

bool engine_word_mask_paths(char *bytes, size_t n, const char *root)
{
	char *end = bytes + n, *at = bytes;
	bool found = false;

	while (at < end && (at = memchr(at, '/', (size_t)(end - at))) != NULL) {
		size_t length = 0;

		while (at + length < end && strchr(path_ends, at[length]) == NULL)
			length++;
		if (length > 3 && is_engines(at, length, root)) {
			memset(at, '.', length);
			found = true;
		}
		at += length > 0 ? length : 1;
	}
	return found;
}

/* ---- processes ---- */

static int column_of(const cJSON *titles, const char *name)
{
	const cJSON *title;
	int i = 0;

	cJSON_ArrayForEach(title, titles)
	{
		if (cJSON_IsString(title) && strcasecmp(title->valuestring, name) == 0)
			return i;
		i++;
	}
	return -1;
}

static cJSON *cell_of(const cJSON *row, int column)
{
	cJSON *cell = column < 0 ? NULL : cJSON_GetArrayItem(row, column);

	return cJSON_IsString(cell) ? cell : NULL;
}

/* As which one it stands there; 0: it does not. */
static int number_of(const cJSON *rows, int column, const char *pid)
{
	const cJSON *row;
	int n = 0;

	cJSON_ArrayForEach(row, rows)
	{
		const cJSON *cell = cell_of(row, column);

		n++;
		if (cell != NULL && strcmp(cell->valuestring, pid) == 0)
			return n;
	}
	return 0;
}

static bool set_number(cJSON *cell, int number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", number);
	return cell == NULL || cJSON_SetValuestring(cell, digits) != NULL;
}

static bool hide_user(cJSON *cell)
{
	if (cell == NULL || strcmp(cell->valuestring, "root") == 0 ||
		strspn(cell->valuestring, "0123456789") == strlen(cell->valuestring))
		return true;
	return cJSON_SetValuestring(cell, "?") != NULL;
}

bool engine_word_number_processes(cJSON *answer)
{
	const cJSON *titles = cJSON_GetObjectItemCaseSensitive(answer, "Titles");
	const cJSON *rows = cJSON_GetObjectItemCaseSensitive(answer, "Processes");
	int pid = column_of(titles, "PID"), parent = column_of(titles, "PPID");
	int uid = column_of(titles, "UID"), user = column_of(titles, "USER");
	const cJSON *row;
	bool ok = true;
	int n = 0;

	/* Parents first: they are looked up by the numbers that the processes still have. */
	cJSON_ArrayForEach(row, rows)
	{
		cJSON *cell = cell_of(row, parent);

		ok &= cell == NULL || set_number(cell, number_of(rows, pid, cell->valuestring));
		ok &= hide_user(cell_of(row, uid)) && hide_user(cell_of(row, user));
	}
	cJSON_ArrayForEach(row, rows)
	{
		ok &= set_number(cell_of(row, pid), ++n);
	}
	return ok;
}
