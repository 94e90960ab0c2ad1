#include "sandbox/report/submodulelog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_commit(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");

	return text[n] == '\0' && (n == 40 || n == 64);
}

bool submodulelog_add(
	struct submodulelog *log, const char *path, const char *url, const char *commit)
{
	struct submodule_record row = { .path = NULL }, *rows;

	if (!is_commit(commit) || log->n == SUBMODULES_MOST)
		return false;
	rows = reallocarray(log->rows, log->n + 1, sizeof(*rows));
	if (rows == NULL)
		return false;
	log->rows = rows;
	row.path = strdup(path);
	row.url = strdup(url);
	snprintf(row.commit, sizeof(row.commit), "%s", commit);
	log->rows[log->n++] = row; /* its words are the log's from here on */
	return row.path != NULL && row.url != NULL;
}

void submodulelog_release(struct submodulelog *log)
{
	for (size_t i = 0; i < log->n; i++) {
		free(log->rows[i].path);
		free(log->rows[i].url);
	}
	free(log->rows);
	*log = (struct submodulelog){ .rows = NULL };
}
