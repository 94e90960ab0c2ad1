#include "sandbox/store/root_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void root_record_format(const struct root_record *record, char ret[ROOT_RECORD_BYTES])
{
	/* The number is that of what unpacking means: another tree is made once that changes. */
	snprintf(ret, ROOT_RECORD_BYTES,
		"cofferdam-root 1 %s %s %" PRIu64 " %" PRId64 ".%09" PRIu32 " %" PRIu64 " %" PRIu64
		"\n",
		record->digest, record->ids, record->inode, record->changed_s, record->changed_ns,
		record->bytes, record->left_out);
}

bool root_record_parse(const char *text, struct root_record *ret)
{
	char again[ROOT_RECORD_BYTES];

	memset(ret, 0, sizeof(*ret));
	if (sscanf(text,
		    "cofferdam-root 1 %71s %39s %" SCNu64 " %" SCNd64 ".%" SCNu32 " %" SCNu64
		    " %" SCNu64,
		    ret->digest, ret->ids, &ret->inode, &ret->changed_s, &ret->changed_ns,
		    &ret->bytes, &ret->left_out) != 7 ||
		!digest_is_valid(ret->digest))
		return false;
	root_record_format(ret, again);
	return strcmp(text, again) == 0;
}

void root_record_name(const struct root_record *record, char ret[ROOT_NAME_BYTES])
{
	snprintf(ret, ROOT_NAME_BYTES, "%s.%s", record->digest + strlen(DIGEST_ALGORITHM),
		record->ids);
}

bool root_record_is_name(const char *name)
{
	const char *ids = name + DIGEST_HEX + 1;
	size_t n = strlen(name);

	return n > DIGEST_HEX + 1 && n < ROOT_NAME_BYTES &&
	       strspn(name, "0123456789abcdef") == DIGEST_HEX && name[DIGEST_HEX] == '.' &&
	       strspn(ids, "0123456789-eno") == strlen(ids);
}
