#include "sandbox/fetch/attribute.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/encoding.h"
#include "sandbox/fetch/keyword.h"
#include "sandbox/fetch/library.h"

#include <stdio.h>
#include <string.h>

#define ENCODING_BYTES  64
#define LFS_POINTER_MAX 1024 /* by the specification of git-lfs */

/* In the order of filter->attributes. */
enum { ATTRIBUTE_IDENT, ATTRIBUTE_ENCODING, ATTRIBUTE_FILTER };

/* What is to be done with one file. */
struct conversion {
	bool ident, lfs;
	char encoding[ENCODING_BYTES]; /* "": none */
	char hex[GIT_OID_HEXSZ + 1];
};

/* Its content, until it is whole. */
struct collector {
	git_writestream stream; /* first */
	struct attribute_filter *filter;
	const struct conversion *conversion;
	git_writestream *next;
	FILE *memory;
	char *text;
	size_t length;
};

/* 0, or -1 without memory. */
static int remember(struct attribute_filter *filter, const char *path)
{
	size_t n = filter->filtered_n;

	if ((n & (n - 1)) == 0) { /* a power of two, as is the room */
		char **more = reallocarray(filter->filtered, n > 0 ? 2 * n : 1, sizeof(*more));

		if (more == NULL)
			return -1;
		filter->filtered = more;
	}
	filter->filtered[n] = strdup(path);
	if (filter->filtered[n] == NULL)
		return -1;
	filter->filtered_n++;
	return 0;
}

static int attribute_check(
	git_filter *self, void **payload, const git_filter_source *source, const char **values)
{
	struct conversion found = { 0 };
	const char *encoding = values[ATTRIBUTE_ENCODING];

	struct attribute_filter *filter = (struct attribute_filter *)self;
	bool driven = git_attr_value(values[ATTRIBUTE_FILTER]) == GIT_ATTR_VALUE_STRING;

	if (git_filter_source_mode(source) != GIT_FILTER_TO_WORKTREE)
		return GIT_PASSTHROUGH;
	if (driven && filter->keep_filtered && remember(filter, git_filter_source_path(source)) < 0)
		return -1;
	found.ident = git_attr_value(values[ATTRIBUTE_IDENT]) == GIT_ATTR_VALUE_TRUE;
	found.lfs = driven && strcmp(values[ATTRIBUTE_FILTER], "lfs") == 0;
	if (git_attr_value(encoding) == GIT_ATTR_VALUE_STRING &&
		strlen(encoding) < ENCODING_BYTES && encoding_is_named(encoding))
		snprintf(found.encoding, sizeof(found.encoding), "%s", encoding);
	if (!found.ident && !found.lfs && found.encoding[0] == '\0')
		return GIT_PASSTHROUGH;
	git_oid_tostr(found.hex, sizeof(found.hex), git_filter_source_id(source));
	*payload = malloc(sizeof(found));
	if (*payload == NULL)
		return -1;
	memcpy(*payload, &found, sizeof(found));
	return 0;
}

static bool is_lfs_pointer(const char *text, size_t length)
{
	static const char first[] = "version https://git-lfs.github.com/spec/v1\n";

	return length < LFS_POINTER_MAX && length > strlen(first) &&
	       memcmp(text, first, strlen(first)) == 0;
}

/* text takes the place of what the collector has. */
static void replace(struct collector *c, char *text, size_t length)
{
	free(c->text);
	c->text = text;
	c->length = length;
}

static int collector_convert(struct collector *c)
{
	size_t length;
	char *text;

	if (c->conversion->lfs && is_lfs_pointer(c->text, c->length))
		c->filter->lfs_pointers++;
	if (c->conversion->ident) {
		text = keyword_expand(c->text, c->length, c->conversion->hex, &length);
		if (text == NULL)
			return -1;
		replace(c, text, length);
	}
	if (c->conversion->encoding[0] != '\0' && c->length > 0) {
		text = encoding_convert(c->conversion->encoding, c->text, c->length, &length);
		if (text != NULL)
			replace(c, text, length);
		else
			c->filter->unconverted++;
	}
	return 0;
}

static int collector_write(git_writestream *stream, const char *bytes, size_t n)
{
	struct collector *c = (struct collector *)stream;

	return fwrite(bytes, 1, n, c->memory) == n ? 0 : -1;
}

static int collector_close(git_writestream *stream)
{
	struct collector *c = (struct collector *)stream;
	FILE *memory = c->memory;

	c->memory = NULL;
	if (fclose(memory) == EOF || collector_convert(c) < 0 ||
		c->next->write(c->next, c->text, c->length) < 0) {
		c->next->close(c->next);
		return -1;
	}
	return c->next->close(c->next);
}

static void collector_free(git_writestream *stream)
{
	struct collector *c = (struct collector *)stream;

	own_file_end(&c->memory);
	free(c->text);
	free(c);
}

static int attribute_stream(git_writestream **ret, git_filter *self, void **payload,
	const git_filter_source *source, git_writestream *next)
{
	struct collector *c = calloc(1, sizeof(*c));

	(void)source;
	if (c == NULL)
		return -1;
	c->stream = (git_writestream){
		.write = collector_write, .close = collector_close, .free = collector_free
	};
	c->filter = (struct attribute_filter *)self;
	c->conversion = *payload;
	c->next = next;
	c->memory = open_memstream(&c->text, &c->length);
	if (c->memory == NULL) {
		free(c);
		return -1;
	}
	*ret = &c->stream;
	return 0;
}

static void attribute_cleanup(git_filter *self, void *payload)
{
	(void)self;
	free(payload);
}

int attribute_register(struct attribute_filter *filter, struct failure *f)
{
	*filter = (struct attribute_filter){ .filter = {
						     .version = GIT_FILTER_VERSION,
						     .attributes =
							     "ident working-tree-encoding filter",
						     .check = attribute_check,
						     .stream = attribute_stream,
						     .cleanup = attribute_cleanup,
					     } };
	/* behind libgit2's own for ends of lines (0) and ident (100), before a driver's (200) */
	if (git_filter_register("cofferdam", &filter->filter, 150) < 0)
		return library_fail(f, NULL, "register the filter of attributes");
	return 0;
}
