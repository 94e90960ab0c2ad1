/* FROM gets names without variables, a tag where there was none, and stages in lower case:
 * one meaning for every engine.
 */
#include "sandbox/docker/dockerfile_stages.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/dockerfile_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int note_image(struct dockerfile_reader *reader, const char *name)
{
	struct dockerfile_images *images = reader->images;

	for (size_t i = 0; i < images->n; i++)
		if (strcmp(images->names[i], name) == 0)
			return 0;
	if (images->n == DOCKERFILE_IMAGES)
		return refuse_line(reader, 400, "more than %d images", DOCKERFILE_IMAGES);
	images->names[images->n] = strdup(name);
	if (images->names[images->n] == NULL)
		return refuse_memory(reader->r);
	images->n++;
	return 0;
}

/* Is it a path or a store of podman's host ("oci:dir"), or an id and not a name? */
static bool is_no_name(struct span name)
{
	static const char *const words[] = { "containers-storage", "dir", "docker-archive",
		"docker-daemon", "oci", "oci-archive", "ostree", "sha256", "sha384", "sha512",
		"sif", "tarball" };
	struct span first = { name.s, 0 };

	while (first.n < name.n && name.s[first.n] != ':' && name.s[first.n] != '/')
		first.n++;
	if (first.n < name.n && name.s[first.n] == '/')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (span_folds_to(first, words[i]))
			return true;
	return false;
}

/* What is written for the name. */
static const char *pinned_id(const struct dockerfile_reader *reader, const char *name)
{
	const struct dockerfile_images *pinned = reader->onbuild ? NULL : reader->pinned;

	for (size_t i = 0; pinned != NULL && i < pinned->n; i++)
		if (strcmp(pinned->names[i], name) == 0 && pinned->ids[i][0] != '\0')
			return pinned->ids[i];
	return name;
}

/* A tag is put behind a name that has none: the engine takes a bare one of hexadecimal
 * digits for the beginning of an id. */
int image_write(struct dockerfile_reader *reader, struct span name)
{
	const char *slash = memrchr(name.s, '/', name.n);
	size_t path_n = slash != NULL ? (size_t)(slash - name.s) : 0;
	bool has_tag = memchr(name.s + path_n, ':', name.n - path_n) != NULL ||
		       memchr(name.s, '@', name.n) != NULL;
	char word[DOCKERFILE_NAME_BYTES + 1];

	for (size_t i = 0; i < name.n; i++)
		if (!isascii(name.s[i]) || name.s[i] == '\0' ||
			(!isalnum((unsigned char)name.s[i]) &&
				(i == 0 || strchr("._-/:@", name.s[i]) == NULL)))
			return refuse_line(
				reader, 400, "not the name of an image: %.*s", (int)name.n, name.s);
	if (name.n == 0 || name.n >= sizeof(word) - strlen(":latest") || span_is_number(name) ||
		is_no_name(name))
		return refuse_line(
			reader, 400, "not the name of an image: \"%.*s\"", (int)name.n, name.s);
	snprintf(word, sizeof(word), "%.*s%s", (int)name.n, name.s, has_tag ? "" : ":latest");
	text_word(reader->out, pinned_id(reader, word));
	return note_image(reader, word);
}

const char *stage_find(const struct dockerfile_reader *reader, struct span name, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (reader->stages[i] != NULL && span_folds_to(name, reader->stages[i]))
			return reader->stages[i];
	return NULL;
}

/* The name of the stage at hand: [a-z][a-z0-9-_.]*, in lower case, where docker's parser
 * puts it and podman's does not. */
int stage_name(struct dockerfile_reader *reader, struct span name)
{
	char **stage = &reader->stages[reader->stages_n - 1];
	bool is_good = name.n > 0 && name.n <= DOCKERFILE_NAME_BYTES && isascii(name.s[0]) &&
		       isalpha((unsigned char)name.s[0]);

	for (size_t i = 0; i < name.n; i++)
		is_good &= isascii(name.s[i]) &&
			   (isalnum((unsigned char)name.s[i]) || strchr("-_.", name.s[i]) != NULL);
	if (!is_good || span_folds_to(name, "scratch"))
		return refuse_line(
			reader, 400, "not a name for a stage: %.*s", (int)name.n, name.s);
	if (stage_find(reader, name, reader->stages_n - 1) != NULL)
		return refuse_line(reader, 400, "a second stage %.*s", (int)name.n, name.s);
	*stage = strndup(name.s, name.n);
	if (*stage == NULL)
		return refuse_memory(reader->r);
	for (char *s = *stage; *s != '\0'; s++)
		*s = (char)tolower((unsigned char)*s);
	text_format(reader->out, " AS %s", *stage);
	return 0;
}
