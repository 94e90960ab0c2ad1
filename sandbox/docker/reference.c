#include "sandbox/docker/reference.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/text.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN  "index.docker.io"
#define LIBRARY        "library/"
#define DEFAULT_TAG    "latest"
#define ID_DIGITS      64

#define PATTERNS                                                                                   \
	"a pattern is a name such as app, team/*, registry.example/*:v1.*; a star stands for "     \
	"characters of one part of the path, or of the tag"

static const struct {
	const char *name;
	size_t digits;
} digests[] = { { "sha256", 64 }, { "sha384", 96 }, { "sha512", 128 } };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_word(char c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_digit(s[i]) && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return true;
}

/* ---- the parts ---- */

/* How much of the name is its domain, 0 if none is written there. A first component that
 * has neither '.' nor ':' is a namespace of docker.io, whatever its letters. */
static size_t domain_length(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t n = slash != NULL ? (size_t)(slash - name) : 0;

	if (n == 0)
		return 0;
	if (memchr(name, '.', n) != NULL || memchr(name, ':', n) != NULL)
		return n;
	return n == strlen("localhost") && memcmp(name, "localhost", n) == 0 ? n : 0;
}

static int copy_part(const char *what, struct span part, char *ret, size_t size, struct refusal *r)
{
	if (part.n >= size)
		return refuse(r, 400, "the image's %s is too long", what);
	memcpy(ret, part.s, part.n);
	ret[part.n] = '\0';
	return 0;
}

static int split_domain(const char *name, struct reference *ret, struct refusal *r)
{
	size_t n = domain_length(name);
	struct span domain = { name, n };

	if (n == 0 || (n == strlen(LEGACY_DOMAIN) && memcmp(name, LEGACY_DOMAIN, n) == 0))
		domain = (struct span){ DEFAULT_DOMAIN, strlen(DEFAULT_DOMAIN) };
	return copy_part("domain", domain, ret->domain, sizeof(ret->domain), r);
}

static int split_path(struct span path, struct reference *ret, struct refusal *r)
{
	size_t prefix = 0;

	if (strcmp(ret->domain, DEFAULT_DOMAIN) == 0 && memchr(path.s, '/', path.n) == NULL)
		prefix = strlen(LIBRARY);
	if (strlen(ret->domain) + 1 + prefix + path.n > REFERENCE_NAME_MAX)
		return refuse(
			r, 400, "the image's name is longer than %d bytes", REFERENCE_NAME_MAX);
	memcpy(ret->path, LIBRARY, prefix);
	memcpy(ret->path + prefix, path.s, path.n);
	ret->path[prefix + path.n] = '\0';
	return 0;
}

/* Into parts as they are written, without a look at their characters; what is not there
 * is "". Patterns pass here as well. */
static int split(const char *name, struct reference *ret, struct refusal *r)
{
	size_t domain = domain_length(name);
	const char *rest = name + domain + (domain > 0);
	size_t whole = strlen(rest), tagged = strcspn(rest, "@");
	size_t path = strcspn(rest, ":@");

	*ret = (struct reference){ 0 };
	if (split_domain(name, ret, r) < 0 || split_path((struct span){ rest, path }, ret, r) < 0)
		return -1;
	if (path < tagged && tagged == path + 1)
		return refuse(r, 400, "the image's tag is empty");
	if (tagged < whole && whole == tagged + 1)
		return refuse(r, 400, "the image's digest is empty");
	if (path < tagged && copy_part("tag", (struct span){ rest + path + 1, tagged - path - 1 },
				     ret->tag, sizeof(ret->tag), r) < 0)
		return -1;
	if (tagged < whole)
		return copy_part("digest", (struct span){ rest + tagged + 1, whole - tagged - 1 },
			ret->digest, sizeof(ret->digest), r);
	return 0;
}

/* ---- their grammar ---- */

static bool label_is_valid(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_lower_alnum(s[i]) && s[i] != '-')
			return false;
	return n > 0 && s[0] != '-' && s[n - 1] != '-';
}

static bool port_is_valid(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (!is_digit(s[i]))
			return false;
	return n > 0 && n <= 5 && s[0] != '0';
}

/* Lower case only: the engine takes two spellings of a host for two registries. */
static bool domain_is_valid(const char *domain)
{
	size_t host = strcspn(domain, ":");

	for (const char *p = domain; p <= domain + host;) {
		size_t n = strcspn(p, ".:");

		if (!label_is_valid(p, n))
			return false;
		p += n + 1;
	}
	return domain[host] == '\0' || port_is_valid(domain + host + 1);
}

/* One '.', one or two '_', any number of '-'. */
static size_t separator_length(const char *p)
{
	if (*p == '.')
		return 1;
	if (*p == '_')
		return p[1] == '_' ? 2 : 1;
	return strspn(p, "-");
}

/* Words of letters and digits; between two of them a separator or a slash. */
static bool path_is_valid(const char *path)
{
	for (const char *p = path;;) {
		if (!is_lower_alnum(*p))
			return false;
		while (is_lower_alnum(*p))
			p++;
		if (*p == '\0')
			return true;
		p += *p == '/' ? 1 : separator_length(p);
	}
}

static bool tag_is_valid(const char *tag)
{
	if (!is_word(tag[0]))
		return false;
	for (const char *p = tag; *p != '\0'; p++)
		if (!is_word(*p) && *p != '.' && *p != '-')
			return false;
	return true;
}

static bool digest_is_valid(const char *digest)
{
	for (size_t i = 0; i < ARRAY_LEN(digests); i++) {
		size_t n = strlen(digests[i].name);

		if (strncmp(digest, digests[i].name, n) == 0 && digest[n] == ':')
			return strlen(digest + n + 1) == digests[i].digits &&
			       is_hex(digest + n + 1, digests[i].digits);
	}
	return false;
}

/* Names of docker.io that, as people write them, the engine reads as something else. */
static int check_ambiguous(const struct reference *ref, struct refusal *r)
{
	const char *name = ref->path;

	if (strcmp(ref->domain, DEFAULT_DOMAIN) != 0)
		return 0;
	if (domain_length(name) > 0)
		return refuse(
			r, 400, "'%s' on docker.io would be read as another registry's", ref->path);
	if (strncmp(name, LIBRARY, strlen(LIBRARY)) != 0)
		return 0;
	name += strlen(LIBRARY);
	if (strlen(name) == ID_DIGITS && is_hex(name, ID_DIGITS))
		return refuse(r, 400, "'%s' is an image's id, not a name", name);
	for (size_t i = 0; i < ARRAY_LEN(digests); i++)
		if (strcmp(name, digests[i].name) == 0)
			return refuse(r, 400, "'%s' begins a digest, and is not a name", name);
	return 0;
}

static int check(const struct reference *ref, struct refusal *r)
{
	if (!domain_is_valid(ref->domain))
		return refuse(
			r, 400, "'%s' is not a registry's name (host or host:port)", ref->domain);
	if (!path_is_valid(ref->path))
		return refuse(r, 400,
			"'%s' is not an image's name: lower-case letters and digits, with "
			"'.', '_', '-' between them",
			ref->path);
	if (ref->tag[0] != '\0' && !tag_is_valid(ref->tag))
		return refuse(r, 400, "'%s' is not a tag", ref->tag);
	if (ref->digest[0] != '\0' && !digest_is_valid(ref->digest))
		return refuse(r, 400, "'%s' is not a digest", ref->digest);
	return check_ambiguous(ref, r);
}

/* The tag that came apart from the name; clients put a digest there as well. */
static int add_tag(struct reference *ref, const char *tag, struct refusal *r)
{
	struct span word = { tag, strlen(tag) };

	if (ref->tag[0] != '\0' || ref->digest[0] != '\0')
		return refuse(r, 400, "the image has a tag in its name and another beside it");
	if (strchr(tag, ':') != NULL)
		return copy_part("digest", word, ref->digest, sizeof(ref->digest), r);
	return copy_part("tag", word, ref->tag, sizeof(ref->tag), r);
}

int reference_read(const char *name, const char *tag, struct reference *ret, struct refusal *r)
{
	struct reference ref;

	if (split(name, &ref, r) < 0)
		return -1;
	if (tag != NULL && tag[0] != '\0' && add_tag(&ref, tag, r) < 0)
		return -1;
	if (check(&ref, r) < 0)
		return -1;
	if (ref.digest[0] != '\0')
		ref.tag[0] = '\0'; /* the engine lets the digest decide */
	else if (ref.tag[0] == '\0')
		strcpy(ref.tag, DEFAULT_TAG);
	*ret = ref;
	return 0;
}

/* ---- written ---- */

static void write_behind(
	const struct reference *ref, const char *domain, const char *path, char *ret, size_t size)
{
	const char *slash = domain[0] != '\0' ? "/" : "";

	if (ref->digest[0] != '\0')
		snprintf(ret, size, "%s%s%s@%s", domain, slash, path, ref->digest);
	else
		snprintf(ret, size, "%s%s%s:%s", domain, slash, path, ref->tag);
}

void reference_canonical(const struct reference *reference, char *ret, size_t size)
{
	write_behind(reference, reference->domain, reference->path, ret, size);
}

void reference_familiar(const struct reference *reference, char *ret, size_t size)
{
	const char *domain = reference->domain, *path = reference->path;

	if (strcmp(domain, DEFAULT_DOMAIN) == 0) {
		domain = "";
		if (strncmp(path, LIBRARY, strlen(LIBRARY)) == 0 &&
			strchr(path + strlen(LIBRARY), '/') == NULL)
			path += strlen(LIBRARY);
	}
	write_behind(reference, domain, path, ret, size);
}

/* ---- patterns ---- */

static void fill_stars(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if (*p == '*')
			*p = 'a';
}

/* Is there nothing in the first part of the path but stars and what stands between words?
 * path: as written, for "library/" that is only implied would hide it. */
static bool is_everything(const char *path)
{
	size_t n = strcspn(path, "/:");

	for (size_t i = 0; i < n; i++)
		if (is_lower_alnum(path[i]))
			return false;
	return n > 0;
}

static int check_breadth(const char *pattern, const struct reference *parts, struct refusal *r)
{
	size_t domain = domain_length(pattern);

	if (strchr(parts->domain, '*') != NULL)
		return refuse(r, 400, "a star in the registry's name");
	if (strcmp(parts->domain, DEFAULT_DOMAIN) == 0 &&
		is_everything(pattern + domain + (domain > 0)))
		return refuse(r, 400, "it would match everything on docker.io");
	if (parts->digest[0] != '\0')
		return refuse(r, 400, "a digest in a pattern");
	return 0;
}

int reference_pattern_check(const char *option, const char *pattern, struct failure *f)
{
	struct reference parts;
	struct refusal r;
	int result = split(pattern, &parts, &r);

	if (result == 0)
		result = check_breadth(pattern, &parts, &r);
	if (result == 0) {
		fill_stars(parts.path);
		fill_stars(parts.tag);
		result = check(&parts, &r);
	}
	if (result == 0)
		return 0;
	fail(f, 0, "%s '%s': %s", option, pattern, r.reason);
	return fail_remedy(f, PATTERNS);
}

/* A star matches any run of characters but '/', also none. One place to come back to is
 * enough: what stands before an earlier star has matched as early as it can, and no star
 * reaches into the next component. */
static bool glob(const char *pattern, const char *text)
{
	const char *star = NULL, *mark = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			mark = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL && *mark != '/') {
			pattern = star;
			text = ++mark;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

bool reference_matches(const struct reference *reference, const char *pattern)
{
	struct reference parts;
	struct refusal r;
	bool any_tag;

	if (split(pattern, &parts, &r) < 0)
		return false;
	/* Where a digest stands there is no tag, which only a pattern for any tag matches. */
	any_tag = parts.tag[strspn(parts.tag, "*")] == '\0';
	return strcmp(reference->domain, parts.domain) == 0 && glob(parts.path, reference->path) &&
	       (any_tag || glob(parts.tag, reference->tag));
}
