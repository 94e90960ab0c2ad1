#include "sandbox/report/resource_uri.h"

#include "sandbox/base/own.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* RFC 3986, appendix A: what a path may have besides letters and digits, and a whole URI. */
#define IN_PATH "-._~!$&'()*+,;=:@/"
#define IN_URI  IN_PATH "?#[]%"
#define OCI     "oci:"

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static void put(FILE *out, const char *text, const char *permitted)
{
	for (; *text != '\0'; text++)
		if (is_alphanumeric(*text) || strchr(permitted, *text) != NULL)
			fputc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
}

/* Scheme or authority. */
static void put_lower(FILE *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char one[] = { text[i], '\0' };

		if (text[i] >= 'A' && text[i] <= 'Z')
			fputc(text[i] - 'A' + 'a', out);
		else
			put(out, one, IN_URI);
	}
}

/* A path without a beginning is one of the working directory. */
static bool put_file(FILE *out, const char *path)
{
	own_mem char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);

	if (path[0] != '/' && here == NULL)
		return false;
	fputs("file://", out);
	if (here != NULL) {
		put(out, here, IN_PATH);
		fputc('/', out);
	}
	put(out, path, IN_PATH);
	return true;
}

static void put_url(FILE *out, const char *url, const char *authority)
{
	size_t n = strcspn(authority, "/?#");

	put_lower(out, url, (size_t)(authority - url) + n);
	put(out, authority + n, IN_URI);
}

/* "host:path": the path is beneath the home there, or absolute; a URI knows only one of them. */
static void put_scp(FILE *out, const char *host)
{
	const char *path = strchr(host, ':');

	fputs("ssh://", out);
	put_lower(out, host, (size_t)(path - host));
	path++;
	fputs(path[0] == '/' ? "" : "/", out);
	put(out, path, IN_PATH);
}

/* As source.h has it: "host:path" is ssh's, whatever else has no scheme is a path. */
static bool is_path(const char *url)
{
	return strchr("/.", url[0]) != NULL || url[strcspn(url, ":/")] != ':';
}

static bool put_git(FILE *out, const char *url)
{
	const char *authority = strstr(url, "://");

	fputs("git+", out);
	if (is_path(url))
		return put_file(out, url);
	if (authority != NULL)
		put_url(out, url, authority + strlen("://"));
	else
		put_scp(out, url);
	return true;
}

static char *finish(FILE *out, char **text, bool ok)
{
	ok = fclose(out) == 0 && ok;
	if (ok)
		return *text;
	free(*text);
	return NULL;
}

char *resource_uri_git(const char *url, const char *ref)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool ok;

	if (out == NULL)
		return NULL;
	ok = put_git(out, url);
	if (ref != NULL) {
		fputc('@', out);
		put(out, ref, IN_PATH);
	}
	return finish(out, &text, ok);
}

char *resource_uri_root(const char *root)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool ok = true;

	if (out == NULL)
		return NULL;
	if (strncmp(root, OCI, strlen(OCI)) == 0)
		put(out, root, IN_PATH);
	else
		ok = put_file(out, root);
	return finish(out, &text, ok);
}
