#include "sandbox/config/source.h"

#include "sandbox/base/own.h"
#include "sandbox/config/ref_suffix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define WORD_BYTES_MAX 4096
#define REF_BYTES_MAX  250 /* 255 is what a file name may have, and git adds ".lock" */
#define HOST_BYTES_MAX 253 /* RFC 1035 */

#define SOURCES                                                                                    \
	"a source is https://, http://, ssh://, git://, file://, user@host:path, a local path "    \
	"or none, with #REF behind it if wanted"

enum userinfo {
	USERINFO_REFUSED,     /* the protocol has no place for it */
	USERINFO_USER,        /* a user only, and he stays in the URL */
	USERINFO_CREDENTIALS, /* taken out of the URL */
};

static const struct scheme {
	const char *name;
	enum source_kind kind;
	enum userinfo userinfo;
} schemes[] = {
	{ "https", SOURCE_HTTP, USERINFO_CREDENTIALS },
	{ "http", SOURCE_HTTP, USERINFO_CREDENTIALS },
	{ "ssh", SOURCE_SSH, USERINFO_USER },
	{ "git", SOURCE_GIT, USERINFO_REFUSED },
	{ "file", SOURCE_LOCAL, USERINFO_REFUSED },
};

/* A piece of the word. */
struct span {
	const char *p;
	size_t n;
};

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool span_is(struct span s, const char *text)
{
	return strlen(text) == s.n && strncasecmp(text, s.p, s.n) == 0;
}

static int span_copy(struct span s, char **ret, struct failure *f)
{
	*ret = strndup(s.p, s.n);
	return *ret != NULL ? 0 : fail(f, ENOMEM, "copy the source");
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* The byte that "%XX" at s.p stands for, or -1. */
static int percent_byte(struct span s)
{
	if (s.n < 3 || s.p[0] != '%' || hex_digit(s.p[1]) < 0 || hex_digit(s.p[2]) < 0)
		return -1;
	return hex_digit(s.p[1]) * 16 + hex_digit(s.p[2]);
}

/* what names the piece, for it may be a password and is never quoted. */
static int percent_decode(const char *what, struct span s, char **ret, struct failure *f)
{
	char *out = malloc(s.n + 1);
	size_t n = 0;

	if (out == NULL)
		return fail(f, ENOMEM, "copy the source");
	for (size_t i = 0; i < s.n; i++) {
		int byte = (unsigned char)s.p[i];

		if (byte == '%') {
			byte = percent_byte((struct span){ s.p + i, s.n - i });
			i += 2;
		}
		if (byte < 0 || is_control((char)byte)) {
			explicit_bzero(out, n);
			free(out);
			fail(f, 0,
				"source: the %s has a '%%' that stands for no printable character",
				what);
			return fail_remedy(f, "write a '%%' of its own as %%25");
		}
		out[n++] = (char)byte;
	}
	out[n] = '\0';
	*ret = out;
	return 0;
}

/* git check-ref-format(1), the rules on single characters and pairs. */
static bool ref_character_is_valid(const char *ref, size_t i)
{
	char c = ref[i], next = ref[i + 1];

	if (is_control(c) || is_one_of(c, " ~^:?*[\\"))
		return false;
	if (c == '.' && next == '.')
		return false;
	if (c == '@' && next == '{')
		return false;
	if (c == '/' && (next == '/' || next == '\0' || i == 0))
		return false;
	return !(c == '.' && (i == 0 || ref[i - 1] == '/' || next == '\0'));
}

bool source_ref_is_valid(const char *ref)
{
	static const char lock[] = ".lock";
	size_t length = strlen(ref);

	if (length == 0 || length > REF_BYTES_MAX || ref[0] == '-' || strcmp(ref, "@") == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!ref_character_is_valid(ref, i))
			return false;
		/* No component may end so: git names its lock files by it. */
		if (strncmp(ref + i, lock, strlen(lock)) == 0 &&
			(ref[i + strlen(lock)] == '/' || ref[i + strlen(lock)] == '\0'))
			return false;
	}
	return true;
}

bool source_revision_is_valid(const char *word)
{
	size_t length = ref_suffix_at(word);
	char ref[REF_BYTES_MAX + 2];
	uint32_t generations;

	if (length > REF_BYTES_MAX || strlen(word + length) > REF_BYTES_MAX ||
		!ref_suffix_generations(word + length, &generations))
		return false;
	memcpy(ref, word, length);
	ref[length] = '\0';
	return strcmp(ref, "@") == 0 || source_ref_is_valid(ref);
}

static int host_check(struct span host, struct failure *f)
{
	char text[HOST_BYTES_MAX + 1];
	struct in6_addr address;

	if (host.n == 0)
		return fail(f, 0, "source: the host is empty"), fail_remedy(f, SOURCES);
	if (host.n > HOST_BYTES_MAX)
		return fail(f, 0, "source: the host is longer than %d characters", HOST_BYTES_MAX);
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (host.p[0] == '[') {
		text[host.n - 1] = '\0';
		if (host.p[host.n - 1] == ']' && inet_pton(AF_INET6, text + 1, &address) == 1)
			return 0;
		return fail(f, 0, "source: what stands in brackets is not an IPv6 address");
	}
	if (text[0] == '-' || text[0] == '.' || strstr(text, "..") != NULL)
		return fail(f, 0, "source: a host begins with a letter or digit");
	for (size_t i = 0; i < host.n; i++)
		if (!is_alnum(text[i]) && !is_one_of(text[i], "-._")) {
			fail(f, 0, "source: the host has a character that no host name has");
			return fail_remedy(f,
				"write other alphabets as xn--, and '@', ':' or '/' in a "
				"user or password as %%40, %%3A, %%2F");
		}
	return 0;
}

/* Five digits or fewer after the colon; never quoted, see host_check(). */
static int port_check(struct span port, struct failure *f)
{
	unsigned value = 0;

	for (size_t i = 0; i < port.n && i < 6; i++) {
		if (port.p[i] < '0' || port.p[i] > '9') {
			value = 0;
			break;
		}
		value = value * 10 + (unsigned)(port.p[i] - '0');
	}
	if (value < 1 || value > 65535 || port.p[0] == '0')
		return fail(f, 0, "source: the port is not a number from 1 to 65535");
	return 0;
}

static int user_check(struct span user, struct failure *f)
{
	bool good = user.n > 0 && user.p[0] != '-';

	for (size_t i = 0; i < user.n; i++)
		good = good && (is_alnum(user.p[i]) || is_one_of(user.p[i], "._+~-"));
	if (!good) {
		fail(f, 0, "source: the ssh user has a character that is not allowed");
		return fail_remedy(f,
			"a user is letters, digits and . _ + ~ -, and no password stands in "
			"an ssh source: use an agent or --git-credential");
	}
	return 0;
}

/* Paths that go to a server. */
static int remote_path_check(enum source_kind kind, struct span path, struct failure *f)
{
	if (path.n == 0)
		return fail(f, 0, "source: no path to a repository"), fail_remedy(f, SOURCES);
	if (path.p[0] == '-')
		return fail(f, 0, "source: the path begins with '-'");
	if (memmem(path.p, path.n, "::", 2) != NULL)
		return fail(f, 0, "source: '::' in the path, as calls to a remote helper have it");
	for (size_t i = 0; i < path.n; i++) {
		int byte = percent_byte((struct span){ path.p + i, path.n - i });
		int c = byte >= 0 ? byte : path.p[i];

		/* libgit2 hands the path to the server's shell between two of these. */
		if (kind == SOURCE_SSH && c == '\'')
			return fail(f, 0, "source: a quote in an ssh path");
		if (byte >= 0 && is_control((char)byte))
			return fail(f, 0, "source: a control character in the path");
		if (kind == SOURCE_HTTP && is_one_of(path.p[i], " ?\\")) {
			fail(f, 0, "source: a space, '?' or '\\' in the path");
			return fail_remedy(f,
				"a query is not part of a repository's address; write the "
				"characters as %%20, %%3F, %%5C if they are");
		}
	}
	return 0;
}

/* The '@' that ends the userinfo, NULL if there is none. */
static const char *find_userinfo(struct span authority, struct failure *f, int *ret)
{
	const char *at = memchr(authority.p, '@', authority.n);

	*ret = 0;
	if (at != NULL &&
		memchr(at + 1, '@', authority.n - (size_t)(at + 1 - authority.p)) != NULL) {
		fail(f, 0, "source: two '@' before the path");
		*ret = fail_remedy(f, "write an '@' in a user or password as %%40");
	}
	return at;
}

static int take_credentials(struct span userinfo, struct source *s, struct failure *f)
{
	const char *colon = memchr(userinfo.p, ':', userinfo.n);
	struct span user = userinfo, password = { NULL, 0 };

	if (colon != NULL) {
		user.n = (size_t)(colon - userinfo.p);
		password = (struct span){ colon + 1, userinfo.n - user.n - 1 };
	}
	if (percent_decode("user", user, &s->username, f) < 0)
		return -1;
	return colon == NULL ? 0 : percent_decode("password", password, &s->password, f);
}

static int take_userinfo(
	const struct scheme *scheme, struct span userinfo, struct source *s, struct failure *f)
{
	switch (scheme->userinfo) {
	case USERINFO_CREDENTIALS:
		return take_credentials(userinfo, s, f);
	case USERINFO_USER:
		return user_check(userinfo, f);
	case USERINFO_REFUSED:
		break;
	}
	return fail(f, 0, "source: %s:// has no place for a user", scheme->name);
}

/* Split host[:port]; a bracketed host keeps its colons. */
static int host_and_port_check(struct span authority, struct failure *f)
{
	const char *end = authority.p + authority.n, *from = authority.p, *colon;
	struct span host = authority;

	if (authority.n > 0 && *from == '[') {
		from = memchr(from, ']', authority.n);
		if (from == NULL)
			return fail(f, 0, "source: a '[' without its ']'");
	}
	colon = memchr(from, ':', (size_t)(end - from));
	if (colon != NULL) {
		struct span port = { colon + 1, (size_t)(end - colon - 1) };

		host.n = (size_t)(colon - authority.p);
		if (host_check(host, f) < 0)
			return -1;
		return port_check(port, f);
	}
	return host_check(host, f);
}

static int make_url(struct source *s, const struct scheme *scheme, struct span authority,
	struct span path, struct failure *f)
{
	if (asprintf(&s->url, "%s://%.*s%.*s", scheme->name, (int)authority.n, authority.p,
		    (int)path.n, path.p) < 0) {
		s->url = NULL;
		return fail(f, ENOMEM, "copy the source");
	}
	return 0;
}

static int parse_file_url(const struct scheme *scheme, struct span authority, struct span path,
	struct source *s, struct failure *f)
{
	if (authority.n > 0 && !span_is(authority, "localhost")) {
		fail(f, 0, "source: file:// names another host");
		return fail_remedy(f, "a local file is file:///absolute/path or just its path");
	}
	if (path.n == 0)
		return fail(f, 0, "source: file:// without a path");
	if (percent_decode("path", path, &s->path, f) < 0)
		return -1;
	return make_url(s, scheme, (struct span){ "", 0 }, path, f);
}

static int parse_remote_url(const struct scheme *scheme, struct span authority, struct span path,
	struct source *s, struct failure *f)
{
	int result;
	const char *at = find_userinfo(authority, f, &result);
	struct span shown = authority, host = authority;

	if (result < 0)
		return -1;
	if (at != NULL) {
		struct span userinfo = { authority.p, (size_t)(at - authority.p) };

		host = (struct span){ at + 1, authority.n - userinfo.n - 1 };
		if (take_userinfo(scheme, userinfo, s, f) < 0)
			return -1;
	}
	if (scheme->userinfo == USERINFO_CREDENTIALS)
		shown = host;
	if (host_and_port_check(host, f) < 0 || remote_path_check(scheme->kind, path, f) < 0)
		return -1;
	return make_url(s, scheme, shown, path, f);
}

static const struct scheme *scheme_find(struct span name)
{
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (span_is(name, schemes[i].name))
			return &schemes[i];
	return NULL;
}

/* after: what follows "://". */
static int parse_url(struct span name, struct span after, struct source *s, struct failure *f)
{
	const struct scheme *scheme = scheme_find(name);
	const char *slash = memchr(after.p, '/', after.n);
	struct span authority = after, path = { after.p + after.n, 0 };

	if (scheme == NULL) {
		fail(f, 0, "source: the scheme '%.*s' is not known", name.n > 40 ? 40 : (int)name.n,
			name.p);
		return fail_remedy(f, SOURCES);
	}
	if (slash != NULL) {
		authority.n = (size_t)(slash - after.p);
		path = (struct span){ slash, after.n - authority.n };
	}
	s->kind = scheme->kind;
	if (scheme->kind == SOURCE_LOCAL)
		return parse_file_url(scheme, authority, path, s, f);
	return parse_remote_url(scheme, authority, path, s, f);
}

/* [user@]host:path; colon is the one that ends the host. */
static bool is_scheme(struct span host)
{
	static const char *const names[] = { "http", "https", "ssh", "git", "file" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (host.n == strlen(names[i]) && strncasecmp(host.p, names[i], host.n) == 0)
			return true;
	return false;
}

static int parse_scp(struct span word, const char *colon, struct source *s, struct failure *f)
{
	struct span host = { word.p, (size_t)(colon - word.p) };
	struct span path = { colon + 1, word.n - host.n - 1 };
	const char *at = memchr(host.p, '@', host.n);

	s->kind = SOURCE_SSH;
	if (at != NULL) {
		struct span user = { host.p, (size_t)(at - host.p) };

		host = (struct span){ at + 1, host.n - user.n - 1 };
		if (user_check(user, f) < 0)
			return -1;
	}
	/* "https:/user:password@host" would read as a host named https, and be printed. */
	if (at == NULL && is_scheme(host)) {
		fail(f, 0, "source: a scheme without ://");
		return fail_remedy(f, "write scheme://host/path; %s", SOURCES);
	}
	/* "user:password@host:path" would read as a host named user, and be printed. */
	if (at == NULL && memchr(path.p, '@', strcspn(path.p, "/#")) != NULL) {
		fail(f, 0, "source: an '@' behind the first ':'");
		return fail_remedy(f,
			"no password stands in an ssh source; a path that begins so is "
			"written ssh://host/path");
	}
	if (host_check(host, f) < 0 || remote_path_check(SOURCE_SSH, path, f) < 0)
		return fail_remedy(
			f, "a local path with a ':' in it is written ./a:b; %s", SOURCES);
	return span_copy(word, &s->url, f);
}

static int parse_local(struct span word, struct source *s, struct failure *f)
{
	s->kind = SOURCE_LOCAL;
	if (word.p[0] == '-') {
		fail(f, 0, "source: the path begins with '-'");
		return fail_remedy(f, "write it as ./-name");
	}
	if (span_copy(word, &s->path, f) < 0)
		return -1;
	return span_copy(word, &s->url, f);
}

/* The length of a URL scheme at the front, 0 if "://" does not follow one. */
static size_t scheme_length(struct span word)
{
	size_t n = 0;

	while (n < word.n && (is_alnum(word.p[n]) || is_one_of(word.p[n], "+-.")))
		n++;
	return word.n >= n + 3 && strncmp(word.p + n, "://", 3) == 0 ? n : 0;
}

/* The first colon before the first slash and outside brackets, or NULL. */
static const char *scp_colon(struct span word)
{
	bool bracketed = false;

	for (size_t i = 0; i < word.n && word.p[i] != '/'; i++) {
		if (word.p[i] == '[')
			bracketed = true;
		else if (word.p[i] == ']')
			bracketed = false;
		else if (word.p[i] == ':' && !bracketed)
			return word.p + i;
	}
	return NULL;
}

/* "ext::sh -c …": git's remote helpers run programs. Only an IPv6 address in its
 * brackets may have two colons. */
static bool has_helper(struct span word)
{
	for (size_t i = 0; i + 1 < word.n; i++) {
		size_t address = strspn(word.p + i + 1, "0123456789abcdefABCDEF:.");

		if (word.p[i] == '[' && i + 1 + address < word.n && word.p[i + 1 + address] == ']')
			i += address + 1;
		else if (word.p[i] == ':' && word.p[i + 1] == ':')
			return true;
	}
	return false;
}

static int parse_place(struct span word, struct source *s, struct failure *f)
{
	size_t scheme;
	const char *colon;

	if (word.n == 0)
		return fail(f, 0, "source: nothing stands before the '#'"), fail_remedy(f, SOURCES);
	if (word.p[0] == '/' || word.p[0] == '.')
		return parse_local(word, s, f);
	scheme = scheme_length(word);
	if (scheme == 0 && has_helper(word)) {
		fail(f, 0, "source: '::' calls a remote helper, which is never run");
		return fail_remedy(f, SOURCES);
	}
	if (scheme > 0)
		return parse_url((struct span){ word.p, scheme },
			(struct span){ word.p + scheme + 3, word.n - scheme - 3 }, s, f);
	colon = scp_colon(word);
	return colon != NULL ? parse_scp(word, colon, s, f) : parse_local(word, s, f);
}

static int take_ref(const char *hash, struct source *s, struct failure *f)
{
	if (hash == NULL)
		return 0;
	/* Not quoted when it could be the end of a password with a '#' in it. */
	if (!source_revision_is_valid(hash + 1)) {
		if (hash[1] == '\0' || strpbrk(hash + 1, "@/:") != NULL)
			fail(f, 0, "source: what follows the last '#' is not a ref");
		else
			fail(f, 0, "source: '%.80s' is not a ref that git allows", hash + 1);
		return fail_remedy(f,
			"give a branch, tag or commit after the last '#', with ~N, ^N or ^{} "
			"behind it if wanted, or leave it out; "
			"a local path that has a '#' in it is written with #HEAD behind it");
	}
	return span_copy((struct span){ hash + 1, strlen(hash + 1) }, &s->ref, f);
}

static int parse_word(const char *word, struct source *s, struct failure *f)
{
	const char *hash = strrchr(word, '#');
	struct span place = { word, hash != NULL ? (size_t)(hash - word) : strlen(word) };

	if (strlen(word) > WORD_BYTES_MAX)
		return fail(f, 0, "source: longer than %d bytes", WORD_BYTES_MAX);
	for (const char *p = word; *p != '\0'; p++)
		if (is_control(*p))
			return fail(f, 0, "source: a control character in it");
	if (place.n == strlen("none") && strncmp(word, "none", place.n) == 0) {
		if (hash != NULL)
			return fail(f, 0, "source: none has no ref"),
			       fail_remedy(f, "a directory of that name is ./none");
		return span_copy(place, &s->url, f);
	}
	if (parse_place(place, s, f) < 0)
		return -1;
	return take_ref(hash, s, f);
}

int source_parse(const char *word, struct source *ret, struct failure *f)
{
	struct source s = { .kind = SOURCE_NONE };

	if (word[0] == '\0')
		return fail(f, 0, "source: it is empty"), fail_remedy(f, SOURCES);
	if (parse_word(word, &s, f) < 0) {
		source_release(&s);
		return -1;
	}
	*ret = s;
	return 0;
}

void source_release(struct source *source)
{
	free(source->url);
	free(source->path);
	free(source->ref);
	free(source->username);
	own_secret_end(&source->password);
	*source = (struct source){ .kind = SOURCE_NONE };
}
