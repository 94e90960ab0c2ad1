#include "sandbox/docker/context.h"

#include "sandbox/docker/context_path.h"
#include "sandbox/docker/pax.h"
#include "sandbox/docker/tar_header.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define IGNORE_NAME ".dockerignore"

int context_init(struct context *context, const char *dockerfile, struct refusal *r)
{
	size_t n = strlen(dockerfile);

	*context = (struct context){ .taking = CONTEXT_TAKING_NONE };
	if (dockerfile[0] == '/' || context_path_climbs(dockerfile))
		return refuse(r, 400, "dockerfile %s is not inside of the context", dockerfile);
	if (n >= sizeof(context->dockerfile))
		return refuse(r, 400, "dockerfile with a name of %zu bytes", n);
	memcpy(context->dockerfile, n > 0 ? dockerfile : "Dockerfile",
		n > 0 ? n + 1 : sizeof("Dockerfile"));
	context_clean_path(context->dockerfile);
	if (context->dockerfile[0] == '\0' || strcmp(context->dockerfile, IGNORE_NAME) == 0)
		return refuse(r, 400, "dockerfile %s is none", dockerfile);
	return 0;
}

void context_release(struct context *context)
{
	text_release(&context->file);
	text_release(&context->ignore);
	text_release(&context->taken);
}

static void read_path(const struct context *context, const char *block, char *ret)
{
	if (context->next_path[0] != '\0')
		memcpy(ret, context->next_path, sizeof(context->next_path));
	else
		tar_header_path(block, ret);
}

/* ---- what belongs to the next entry ---- */

static int set_path(struct context *context, struct span path, struct refusal *r)
{
	if (path.n >= sizeof(context->next_path))
		return refuse(r, 400, "context with a path of %zu bytes", path.n);
	memcpy(context->next_path, path.s, path.n);
	context->next_path[path.n] = '\0';
	return 0;
}

static int set_size(struct context *context, struct span value, struct refusal *r)
{
	uint64_t size = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.s[i] < '0' || value.s[i] > '9' || size > INT64_MAX / 10 - 1)
			return refuse(r, 400, "context with a wrong size in a pax header");
		size = size * 10 + (uint64_t)(value.s[i] - '0');
	}
	context->has_next_size = true;
	context->next_size = size;
	return 0;
}

static int use_record(struct context *context, const struct pax_record *record, struct refusal *r)
{
	bool is_path = pax_is(record, "path"), is_size = pax_is(record, "size");

	if (pax_is_sparse(record))
		return refuse(r, 400, "context with a sparse file; make the tar without -S");
	if (context->taking == CONTEXT_TAKING_GLOBAL)
		return is_path || is_size
			       ? refuse(r, 400, "context with a path or a size for all entries")
			       : 0;
	if (record->value.n == 0)
		return 0; /* what the header has stands */
	if (is_path && memchr(record->value.s, '\0', record->value.n) != NULL)
		return refuse(r, 400, "context with a NUL in a path");
	if (is_path)
		return set_path(context, record->value, r);
	return is_size ? set_size(context, record->value, r) : 0;
}

static int use_pax(struct context *context, struct refusal *r)
{
	struct span rest = { context->taken.s, context->taken.n };
	struct pax_record record;
	int more;

	while ((more = pax_next(&rest, &record)) > 0)
		if (use_record(context, &record, r) < 0)
			return -1;
	return more < 0 ? refuse(r, 400, "context with a broken pax header") : 0;
}

/* ---- entries ---- */

/* All bytes of it are there. */
static int end_taking(struct context *context, struct refusal *r)
{
	enum context_taking taking = context->taking;
	struct text *kept = taking == CONTEXT_TAKING_FILE ? &context->file : &context->ignore;
	int result = 0;

	if (context->taken.failed)
		return refuse_memory(r);
	if (taking == CONTEXT_TAKING_PAX || taking == CONTEXT_TAKING_GLOBAL) {
		result = use_pax(context, r);
	} else if (taking == CONTEXT_TAKING_NAME) {
		const char *s = context->taken.s != NULL ? context->taken.s : "";

		result = set_path(context, (struct span){ s, strnlen(s, context->taken.n) }, r);
	} else {
		text_release(kept);
		*kept = context->taken;
		context->taken = (struct text){ 0 };
		if (taking == CONTEXT_TAKING_FILE)
			context->file_seen = true;
		else
			context->ignore_seen = true;
	}
	text_clear(&context->taken);
	context->taking = CONTEXT_TAKING_NONE;
	return result;
}

static int begin_taking(
	struct context *context, enum context_taking taking, uint64_t size, struct refusal *r)
{
	static const char *const names[] = { [CONTEXT_TAKING_FILE] = "Dockerfile",
		[CONTEXT_TAKING_IGNORE] = IGNORE_NAME,
		[CONTEXT_TAKING_PAX] = "pax header",
		[CONTEXT_TAKING_GLOBAL] = "pax header",
		[CONTEXT_TAKING_NAME] = "long name" };

	if (size > CONTEXT_TAKE_MAX)
		return refuse(r, 413, "context with a %s of more than %d bytes", names[taking],
			CONTEXT_TAKE_MAX);
	text_clear(&context->taken);
	context->taking = taking;
	context->taking_left = size;
	return size == 0 ? end_taking(context, r) : 0;
}

/* An entry that has a name of its own; whatever stood for it before is used up. */
static int begin_entry(
	struct context *context, const char *block, char type, uint64_t size, struct refusal *r)
{
	char path[sizeof(context->next_path)];
	bool is_regular = type == '0' || type == '\0' || type == '7', is_file;
	size_t n;

	read_path(context, block, path);
	context->next_path[0] = '\0';
	context->has_next_size = false;
	n = strlen(path);
	if (type == '\0' && n > 0 && path[n - 1] == '/')
		is_regular = false; /* a directory of old */
	context_clean_path(path);
	is_file = strcmp(path, context->dockerfile) == 0;
	if (!is_file && strcmp(path, IGNORE_NAME) != 0)
		return 0;
	if (is_regular && is_file)
		context->entry = CONTEXT_ENTRY_DOCKERFILE;
	if (is_regular)
		return begin_taking(
			context, is_file ? CONTEXT_TAKING_FILE : CONTEXT_TAKING_IGNORE, size, r);
	if (!is_file && type != '1' && type != '2')
		return refuse(r, 400, "context with a %s that is not a file", IGNORE_NAME);
	if (is_file) {
		context->entry = CONTEXT_ENTRY;
		context->file_seen = false;
		context->file_irregular = true;
	} else {
		context->ignore_seen = false;
	}
	return 0;
}

static int begin_by_type(
	struct context *context, const char *block, char type, uint64_t size, struct refusal *r)
{
	switch (type) {
	case 'x':
		return begin_taking(context, CONTEXT_TAKING_PAX, size, r);
	case 'g':
		return begin_taking(context, CONTEXT_TAKING_GLOBAL, size, r);
	case 'L':
		return begin_taking(context, CONTEXT_TAKING_NAME, size, r);
	case 'K':
		return 0; /* where a link leads is of no interest */
	default:
		return begin_entry(context, block, type, size, r);
	}
}

/* Does it only say something about the next entry? */
static bool is_about_next(char type)
{
	return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

int context_end(const struct context *context, struct refusal *r)
{
	if (context->taking != CONTEXT_TAKING_NONE || context->next_path[0] != '\0' ||
		context->has_next_size)
		return refuse(r, 400, "context that ends before its last entry");
	return 0;
}

int context_header(struct context *context, const char block[TAR_BLOCK], uint64_t *ret_bytes,
	struct refusal *r)
{
	char type = block[TAR_TYPE];
	uint64_t size;

	assert(context->taking == CONTEXT_TAKING_NONE);
	*ret_bytes = 0;
	if (tar_is_end(block))
		return context_end(context, r);
	if (context->bytes == 0 && tar_is_compressed(block))
		return refuse(r, 400, "context that is compressed; send it as a plain tar");
	if (!tar_header_is_sound(block))
		return refuse(r, 400, "context that is not a tar (wrong checksum at byte %llu)",
			(unsigned long long)context->bytes);
	if (type != '\0' && strchr("01234567xgLK", type) == NULL)
		return refuse(r, 400, "context with an entry of type '%c'", type);
	if (tar_header_size(block, &size) < 0)
		return refuse(r, 400, "context with a wrong size in a header");
	if (context->has_next_size && !is_about_next(type))
		size = context->next_size;
	if (type >= '1' && type <= '6')
		size = 0; /* such have a header only, whatever it says */
	if (size > INT64_MAX - TAR_BLOCK - context->bytes)
		return refuse(r, 400, "context with a wrong size in a header");
	context->entry =
		is_about_next(type) && type != 'g' ? CONTEXT_ENTRY_ABOUT_NEXT : CONTEXT_ENTRY;
	if (begin_by_type(context, block, type, size, r) < 0)
		return -1;
	*ret_bytes = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	context->padding = *ret_bytes - size;
	context->bytes += TAR_BLOCK + *ret_bytes;
	return 1;
}

int context_data(struct context *context, const char *bytes, size_t n, struct refusal *r)
{
	if (context->taking == CONTEXT_TAKING_NONE)
		return 0; /* padding */
	if (n > context->taking_left)
		n = (size_t)context->taking_left;
	text_add(&context->taken, bytes, n);
	context->taking_left -= n;
	return context->taking_left == 0 ? end_taking(context, r) : 0;
}

bool context_excludes(const struct context *context)
{
	const struct span lines = { context->ignore.s, context->ignore.n };

	return context->ignore_seen && context_ignores(lines, context->dockerfile);
}

/* ---- what is written ---- */

void context_finish(const struct context *context, const char *name, const struct text *dockerfile,
	struct text *ret)
{
	static const char end[2 * TAR_BLOCK];
	own_text struct text ignore = { 0 };
	struct refusal unsaid;

	if (context_end(context, &unsaid) < 0) {
		ret->failed = true; /* what was said of the next entry would be said of ours */
		return;
	}
	if (context->ignore_seen && context->ignore.n > 0) {
		text_add(&ignore, context->ignore.s, context->ignore.n);
		text_word(&ignore, "\n");
	}
	text_format(&ignore, IGNORE_NAME "\n%s\n", name);
	ret->failed |= ignore.failed;
	tar_write_file(ret, IGNORE_NAME, &ignore);
	tar_write_file(ret, name, dockerfile);
	text_add(ret, end, sizeof(end));
}
