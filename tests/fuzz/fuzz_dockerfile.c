/* What dockerfile.c writes has one instruction a line, which no reader continues in the
 * next one or takes for a comment; FROM and --from name nothing but what is in the list, a
 * stage or scratch; and it is read again as the same text and the same list.
 */
#include "sandbox/docker/dockerfile.h"

#include "sandbox/base/own.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dockerfile_arg args[] = { { "A", "team/app:7" }, { "B", "http://h" },
	{ "C", NULL } };

static void check_line(const char *line, size_t n, char escape)
{
	if (n < 4 || line[0] < 'A' || line[0] > 'Z')
		abort();
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	if (line[n - 1] == escape)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 && line[i] != '\t')
			abort();
	if (strncmp(line, "FROM ", 5) == 0 && memchr(line, '$', n) != NULL)
		abort();
}

static void check_lines(const struct text *text)
{
	static const char directive[] = "# escape=`\n";
	const char *line = text->s;
	char escape = '\\';

	if (strncmp(line, directive, strlen(directive)) == 0) {
		escape = '`';
		line += strlen(directive);
	}
	for (const char *end; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			abort();
		check_line(line, (size_t)(end - line), escape);
	}
}

static void check_images(const struct dockerfile_images *images)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->names[i][0] == '\0' || strpbrk(images->names[i], " \t$\\`'\"") != NULL)
			abort();
}

static void check_again(const struct text *text, const struct dockerfile_images *images)
{
	struct dockerfile_images again = { .n = 0 };
	own_text struct text same = { 0 };
	struct refusal r = { 0 };

	if (dockerfile_read((struct span){ text->s, text->n }, args, ARRAY_LEN(args), &same, &again,
		    &r) < 0)
		abort();
	if (strcmp(same.s, text->s) != 0 || again.n != images->n)
		abort();
	for (size_t i = 0; i < again.n; i++)
		if (strcmp(again.names[i], images->names[i]) != 0)
			abort();
	dockerfile_images_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dockerfile_images images = { .n = 0 };
	own_text struct text text = { 0 };
	struct refusal r = { 0 };

	if (dockerfile_read((struct span){ (const char *)data, size }, args, ARRAY_LEN(args), &text,
		    &images, &r) < 0) {
		if (r.reason[0] == '\0' || r.status < 400 || text.s != NULL || images.n > 0)
			abort();
		return 0;
	}
	check_lines(&text);
	check_images(&images);
	check_again(&text, &images);
	dockerfile_images_release(&images);
	return 0;
}
