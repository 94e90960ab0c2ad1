#include "sandbox/docker/dockerfile_add.h"

#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "user@host:path" */
static bool is_scp_like(struct span source)
{
	size_t n = 0;

	while (n < source.n && (isalnum((unsigned char)source.s[n]) ||
				       (source.s[n] != '\0' && strchr("._-", source.s[n]))))
		n++;
	return n > 0 && n < source.n && source.s[n] == '@' &&
	       memchr(source.s + n, ':', strcspn(source.s + n, "/")) != NULL;
}

int add_source_check(struct dockerfile_reader *reader, struct span source)
{
	static const char *const remote[] = { "http://", "https://", "git://", "git@",
		"github.com/", "ftp://", "ssh://" };
	struct span known = { source.s, 0 };
	bool is_remote, is_cut;

	while (known.n < source.n && strchr("$'\"\\`", known.s[known.n]) == NULL)
		known.n++;
	is_cut = known.n < source.n;
	is_remote = known.n == 0 || memmem(known.s, known.n, "://", 3) != NULL ||
		    (!is_cut && is_scp_like(known));
	for (size_t i = 0; i < ARRAY_LEN(remote) && !is_remote; i++) {
		size_t n = strlen(remote[i]);

		is_remote = strncasecmp(known.s, remote[i], known.n < n ? known.n : n) == 0 &&
			    (known.n >= n || is_cut);
	}
	if (is_remote)
		return refuse_line(reader, 403,
			"ADD of %.*s, which is or could become a URL; COPY adds what is in the "
			"context",
			source.n > 80 ? 80 : (int)source.n, source.s);
	return 0;
}

int add_json_write(struct dockerfile_reader *reader, struct span args)
{
	const struct jsontext_limits limits = { DOCKERFILE_BYTES_MAX, 1, 1 };
	struct jsontext_error error;
	cJSON *list, *item;
	char *printed = NULL;
	int result = 0;

	if (jsontext_check(args.s, args.n, &limits, &error) < 0)
		return refuse_line(reader, 400, "ADD [ that is not JSON, column %u: %s",
			error.column, error.what);
	list = cJSON_ParseWithLength(args.s, args.n);
	if (cJSON_GetArraySize(list) < 2)
		result = refuse_line(reader, 400, "ADD needs a source and a destination");
	cJSON_ArrayForEach(item, list)
	{
		if (result == 0 && !cJSON_IsString(item))
			result = refuse_line(reader, 400, "ADD [ takes strings only");
		if (result == 0 && item->next != NULL)
			result = add_source_check(reader,
				(struct span){ item->valuestring, strlen(item->valuestring) });
	}
	if (result == 0 && (printed = cJSON_PrintUnformatted(list)) == NULL)
		result = refuse_memory(reader->r);
	if (result == 0)
		text_format(reader->out, "%s\n", printed);
	cJSON_free(printed);
	cJSON_Delete(list);
	return result;
}
