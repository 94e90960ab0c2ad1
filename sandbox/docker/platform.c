#include "sandbox/docker/platform.h"

#include "sandbox/base/own.h"

#include <string.h>
#include <strings.h>

/* What else an architecture is called (containerd, platforms/database.go). */
static const struct {
	const char *other, *name;
} names[] = { { "x86_64", "amd64" }, { "x86-64", "amd64" }, { "aarch64", "arm64" },
	{ "i386", "386" }, { "i686", "386" }, { "armhf", "arm" } };

static bool is_part(const char *part, size_t n, const char *of, size_t of_n)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i].other) == n && strncasecmp(part, names[i].other, n) == 0) {
			part = names[i].name;
			n = strlen(part);
			break;
		}
	return n == of_n && strncasecmp(part, of, n) == 0;
}

bool platform_is(const char *named, const char *engine)
{
	size_t n = strcspn(named, "/"), os = strcspn(engine, "/");
	const char *arch = engine[os] == '/' ? engine + os + 1 : "", *rest = named + n;

	if (named[0] == '\0')
		return true;
	if (*rest == '\0')
		return is_part(named, n, engine, os) || is_part(named, n, arch, strlen(arch));
	rest++;
	return is_part(named, n, engine, os) &&
	       is_part(rest, strcspn(rest, "/"), arch, strlen(arch)) && strchr(rest, ',') == NULL;
}
