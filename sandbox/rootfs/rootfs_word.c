#include "sandbox/rootfs/rootfs_word.h"

#include "sandbox/rootfs/digest.h"

#include <string.h>

/* OCI's grammar of a reference name, and the colon and slash that docker's have. */
static bool is_reference(const char *text)
{
	return text[0] != '\0' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-._:@/+") == strlen(text);
}

/* Where a reference begins: behind the last '@', or behind the first ':' after the last '/'.
 * NULL: nowhere. */
static const char *find_reference(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash : path;
	const char *at = strrchr(path, '@');

	if (at != NULL && at > name)
		return at;
	return strchr(name, ':');
}

static int bad(const char *name, const char *word, const char *why, struct failure *f)
{
	fail(f, 0, "%s: '%.80s' %s", name, word, why);
	return fail_remedy(f, "give a directory, an archive, or oci:PATH with a tag or a digest");
}

static int parse_image(
	const char *name, const char *word, struct rootfs_word *ret, struct failure *f)
{
	const char *path = word + 4, *reference = find_reference(path);
	size_t n = reference != NULL ? (size_t)(reference - path) : strlen(path);

	if (n == 0)
		return bad(name, word, "names no path", f);
	if (n >= sizeof(ret->path))
		return bad(name, word, "is too long", f);
	memcpy(ret->path, path, n);
	ret->path[n] = '\0';
	ret->is_image = true;
	if (reference == NULL)
		return 0;
	if (strlen(reference + 1) >= sizeof(ret->reference) || !is_reference(reference + 1))
		return bad(name, word, "has no tag that could be one", f);
	if (*reference == '@' && !digest_is_valid(reference + 1))
		return bad(name, word, "has no digest of sha256", f);
	strcpy(ret->reference, reference + 1);
	return 0;
}

int rootfs_word_parse(
	const char *name, const char *word, struct rootfs_word *ret, struct failure *f)
{
	*ret = (struct rootfs_word){ 0 };
	if (strncmp(word, "oci:", 4) == 0)
		return parse_image(name, word, ret, f);
	if (word[0] == '\0' || strlen(word) >= sizeof(ret->path))
		return bad(name, word, "is no path", f);
	if (strstr(word, "://") != NULL || strncmp(word, "docker:", 7) == 0)
		return bad(name, word, "is of a registry, which cofferdam does not ask", f);
	strcpy(ret->path, word);
	return 0;
}
