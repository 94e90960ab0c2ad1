#include "sandbox/benchmark/escape.h"

#include "sandbox/base/own.h"

#include <stdio.h>
#include <string.h>

static const struct escape escapes[] = {
	{ "runc", "CVE-2019-5736", "1.0.0" }, { "runc", "CVE-2024-21626", "1.1.12" },
	{ "runc", "CVE-2025-31133", "1.2.8 1.3.3 1.4.0" }, { "crun", "CVE-2019-18837", "0.10.5" },
	{ "containerd", "CVE-2020-15257", "1.3.9 1.4.3" },
	{ "Engine", "CVE-2024-23652", "24.0.9 25.0.2" }, /* BuildKit 0.12.5 */
};

struct version {
	unsigned part[3];
};

/* "1.2.3", or "1.20", as crun numbers the first release of a branch. */
static bool parse(const char *text, struct version *ret, const char **ret_rest)
{
	int length = 0;

	*ret = (struct version){ 0 };
	if (text[0] == 'v')
		text++;
	if (sscanf(text, "%4u.%4u%n.%4u%n", &ret->part[0], &ret->part[1], &length, &ret->part[2],
		    &length) < 2)
		return false;
	*ret_rest = text + length;
	return true;
}

/* By part, up to and with the one of index last. */
static int compare(const struct version *a, const struct version *b, size_t last)
{
	for (size_t i = 0; i <= last; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return 0;
}

static bool is_mended(const struct version *version, const char *fixed)
{
	bool newer = false;

	while (fixed != NULL) {
		struct version first;
		const char *rest;

		if (!parse(fixed, &first, &rest))
			return false;
		if (compare(version, &first, 1) == 0)
			return compare(version, &first, 2) >= 0;
		newer = compare(version, &first, 1) > 0;
		fixed = rest[0] == ' ' ? rest + 1 : NULL;
	}
	return newer;
}

void escape_part(const char *component, const char *version, struct escape_part *ret)
{
	static const char podman[] = "OCI Runtime (", word[] = " version ";
	bool wrapped = strncmp(component, podman, sizeof(podman) - 1) == 0;
	const char *behind = strstr(version, word);

	*ret = (struct escape_part){ 0 };
	if (wrapped)
		component += sizeof(podman) - 1;
	if (wrapped && behind != NULL)
		version = behind + sizeof(word) - 1;
	snprintf(ret->name, sizeof(ret->name), "%.*s",
		(int)(wrapped ? strcspn(component, ")") : strlen(component)), component);
	snprintf(ret->version, sizeof(ret->version), "%.*s", (int)strcspn(version, " \n"), version);
}

bool escape_is_judged_runtime(const struct escape_part *part)
{
	struct version parts;
	const char *rest;

	return (strcmp(part->name, "runc") == 0 || strcmp(part->name, "crun") == 0) &&
	       parse(part->version, &parts, &rest);
}

const struct escape *escape_find(const struct escape_part *part, bool *ret_patched)
{
	struct version parts;
	const char *rest;

	*ret_patched = false;
	if (!parse(part->version, &parts, &rest))
		return NULL;
	/* "1.1.5+ds1", "1.1.0-0ubuntu1"; a release candidate comes before its release. */
	*ret_patched =
		rest[0] != '\0' && strncmp(rest, "-rc", 3) != 0 && strncmp(rest, "~rc", 3) != 0;
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++)
		if (strcmp(escapes[i].component, part->name) == 0 &&
			!is_mended(&parts, escapes[i].fixed))
			return &escapes[i];
	return NULL;
}
