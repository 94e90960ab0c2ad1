#include "sandbox/config/credential_word.h"
#include "sandbox/config/source.h"

#include "sandbox/base/own.h"
#include "sandbox/config/ref_suffix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *shown(const char *text)
{
	return text != NULL ? text : "(null)";
}

static void takes_sources_apart(void **state)
{
	static const struct {
		const char *word;
		struct {
			enum source_kind kind;
			const char *url, *path, *ref, *username, *password;
		} s;
	} rows[] = {
		{ "none", { SOURCE_NONE, "none", NULL, NULL, NULL, NULL } },
		{ "./none", { SOURCE_LOCAL, "./none", "./none", NULL, NULL, NULL } },
		{ "/srv/git/x", { SOURCE_LOCAL, "/srv/git/x", "/srv/git/x", NULL, NULL, NULL } },
		{ ".", { SOURCE_LOCAL, ".", ".", NULL, NULL, NULL } },
		{ "repo", { SOURCE_LOCAL, "repo", "repo", NULL, NULL, NULL } },
		{ "a/b:c", { SOURCE_LOCAL, "a/b:c", "a/b:c", NULL, NULL, NULL } },
		{ "./a:b", { SOURCE_LOCAL, "./a:b", "./a:b", NULL, NULL, NULL } },
		{ "./a::b", { SOURCE_LOCAL, "./a::b", "./a::b", NULL, NULL, NULL } },
		{ "user@dir", { SOURCE_LOCAL, "user@dir", "user@dir", NULL, NULL, NULL } },
		{ "a/x://y", { SOURCE_LOCAL, "a/x://y", "a/x://y", NULL, NULL, NULL } },
		{ "/a#main", { SOURCE_LOCAL, "/a", "/a", "main", NULL, NULL } },
		{ "/a#b#HEAD", { SOURCE_LOCAL, "/a#b", "/a#b", "HEAD", NULL, NULL } },
		{ "/a b/\xc3\xa9",
			{ SOURCE_LOCAL, "/a b/\xc3\xa9", "/a b/\xc3\xa9", NULL, NULL, NULL } },
		{ "/a%20b", { SOURCE_LOCAL, "/a%20b", "/a%20b", NULL, NULL, NULL } },
		{ "file:///a%20b", { SOURCE_LOCAL, "file:///a%20b", "/a b", NULL, NULL, NULL } },
		{ "file:///a%23b#v1", { SOURCE_LOCAL, "file:///a%23b", "/a#b", "v1", NULL, NULL } },
		{ "file://localhost/a", { SOURCE_LOCAL, "file:///a", "/a", NULL, NULL, NULL } },
		{ "FILE:///a", { SOURCE_LOCAL, "file:///a", "/a", NULL, NULL, NULL } },
		{ "https://h.example/x/y.git",
			{ SOURCE_HTTP, "https://h.example/x/y.git", NULL, NULL, NULL, NULL } },
		{ "HTTPS://h/x", { SOURCE_HTTP, "https://h/x", NULL, NULL, NULL, NULL } },
		{ "http://h:8080/x#refs/heads/a",
			{ SOURCE_HTTP, "http://h:8080/x", NULL, "refs/heads/a", NULL, NULL } },
		{ "https://[::1]:443/x",
			{ SOURCE_HTTP, "https://[::1]:443/x", NULL, NULL, NULL, NULL } },
		{ "https://[2001:db8::7]/x",
			{ SOURCE_HTTP, "https://[2001:db8::7]/x", NULL, NULL, NULL, NULL } },
		{ "https://u@h/x", { SOURCE_HTTP, "https://h/x", NULL, NULL, "u", NULL } },
		{ "https://u:p@h/x", { SOURCE_HTTP, "https://h/x", NULL, NULL, "u", "p" } },
		{ "https://u:p:q@h/x", { SOURCE_HTTP, "https://h/x", NULL, NULL, "u", "p:q" } },
		{ "https://:t@h/x", { SOURCE_HTTP, "https://h/x", NULL, NULL, "", "t" } },
		{ "https://u%40d:p%2F%23%3a@h:1/x#v1.0",
			{ SOURCE_HTTP, "https://h:1/x", NULL, "v1.0", "u@d", "p/#:" } },
		{ "https://u:p@[::1]/x", { SOURCE_HTTP, "https://[::1]/x", NULL, NULL, "u", "p" } },
		{ "https://h/a@b", { SOURCE_HTTP, "https://h/a@b", NULL, NULL, NULL, NULL } },
		{ "ssh://git@h/x", { SOURCE_SSH, "ssh://git@h/x", NULL, NULL, NULL, NULL } },
		{ "ssh://h:2222/~u/x",
			{ SOURCE_SSH, "ssh://h:2222/~u/x", NULL, NULL, NULL, NULL } },
		{ "ssh://g@[fe80::1]:22/x",
			{ SOURCE_SSH, "ssh://g@[fe80::1]:22/x", NULL, NULL, NULL, NULL } },
		{ "git@h:x/y.git", { SOURCE_SSH, "git@h:x/y.git", NULL, NULL, NULL, NULL } },
		{ "git@h:/x#abc123", { SOURCE_SSH, "git@h:/x", NULL, "abc123", NULL, NULL } },
		{ "h:x", { SOURCE_SSH, "h:x", NULL, NULL, NULL, NULL } },
		{ "git@[::1]:x", { SOURCE_SSH, "git@[::1]:x", NULL, NULL, NULL, NULL } },
		{ "git://h/x", { SOURCE_GIT, "git://h/x", NULL, NULL, NULL, NULL } },
		{ "git://h:9418/", { SOURCE_GIT, "git://h:9418/", NULL, NULL, NULL, NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct failure f;
		struct source s;

		if (source_parse(rows[i].word, &s, &f) < 0)
			fail_msg("%s: %s", rows[i].word, f.what);
		if (s.kind != rows[i].s.kind)
			fail_msg("%s: kind %d, expected %d", rows[i].word, s.kind, rows[i].s.kind);
		assert_string_equal(shown(s.url), shown(rows[i].s.url));
		assert_string_equal(shown(s.path), shown(rows[i].s.path));
		assert_string_equal(shown(s.ref), shown(rows[i].s.ref));
		assert_string_equal(shown(s.username), shown(rows[i].s.username));
		assert_string_equal(shown(s.password), shown(rows[i].s.password));
		source_release(&s);
		assert_null(s.url);
	}
}

static void refuses_what_is_no_source(void **state)
{
	static const struct {
		const char *word, *what;
	} rows[] = {
		{ "", "empty" },
		{ "#x", "before the '#'" },
		{ "none#main", "none has no ref" },
		{ "ext::sh -c id", "remote helper" },
		{ "fd::17", "remote helper" },
		{ "x@h::y", "remote helper" },
		{ "https://u[@h/ext::x", "remote helper" },
		{ "[ext::x]", "remote helper" },
		{ "ssh://h/a::b", "remote helper" },
		{ "https://h/ext::x", "remote helper" },
		{ "ftp://h/x", "scheme 'ftp'" },
		{ "git+ssh://h/x", "scheme 'git+ssh'" },
		{ "javascript://x", "scheme" },
		{ "-x", "begins with '-'" },
		{ "--upload-pack=x", "begins with '-'" },
		{ "-h:x", "a host begins" },
		{ "u@-oProxyCommand=x:y", "a host begins" },
		{ "-u@h:y", "ssh user" },
		{ "@h:y", "ssh user" },
		{ "u:p@h:y", "" },
		{ "h:-x", "path begins" },
		{ "h:", "no path" },
		{ ":x", "host is empty" },
		{ "u@:x", "host is empty" },
		{ "h:a'b", "quote" },
		{ "ssh://h/a'b", "quote" },
		{ "ssh://h/a%27b", "quote" },
		{ "ssh://-h/x", "a host begins" },
		{ "ssh://-u@h/x", "ssh user" },
		{ "ssh://u:p@h/x", "ssh user" },
		{ "ssh://u%0a@h/x", "ssh user" },
		{ "https:///x", "host is empty" },
		{ "https://", "host is empty" },
		{ "https://u@/x", "host is empty" },
		{ "https://:80/x", "host is empty" },
		{ "https://h", "no path" },
		{ "https://h:/x", "port" },
		{ "https://h:0/x", "port" },
		{ "https://h:65536/x", "port" },
		{ "https://h:1000000/x", "port" },
		{ "https://h:4294967297/x", "port" },
		{ "https://h:080/x", "port" },
		{ "https://h:+1/x", "port" },
		{ "https://h:80a/x", "port" },
		{ "https://[::1/x", "without its ']'" },
		{ "https://[::g]/x", "IPv6" },
		{ "https://[::1]x/y", "IPv6" },
		{ "https://[::1%25eth0]/y", "IPv6" },
		{ "https://[]/y", "IPv6" },
		{ "https://h..x/y", "a host begins" },
		{ "https://.h/y", "a host begins" },
		{ "https://h x/y", "no host name has" },
		{ "https://h%2fx/y", "no host name has" },
		{ "https://h\\x/y", "no host name has" },
		{ "https://\xc3\xa9/y", "no host name has" },
		{ "https://u@v@h/y", "two '@'" },
		{ "https://u:%zz@h/y", "password has a '%'" },
		{ "https://u%00:p@h/y", "user has a '%'" },
		{ "https://u:p%0a@h/y", "password has a '%'" },
		{ "https://u:p%4@h/y", "password has a '%'" },
		{ "https://h/x?token=1", "'?'" },
		{ "https://h/a b", "a space" },
		{ "https://h/a%0d%0ab", "control" },
		{ "git://u@h/x", "no place for a user" },
		{ "file://host/x", "another host" },
		{ "file://relative", "another host" },
		{ "file://", "without a path" },
		{ "file:///a%00b", "path has a '%'" },
		{ "file:///a%", "path has a '%'" },
		{ "/a\nb", "control" },
		{ "/a\x1b[31m", "control" },
		{ "https://h/a\tb", "control" },
		{ "/a#", "not a ref" },
		{ "/a#-x", "not a ref" },
		{ "/a#b..c", "not a ref" },
		{ "/a#main~2x", "not a ref" },
		{ "/a#~1", "not a ref" },
		{ "/a#main~1000001", "not a ref" },
		{ "/a#HEAD@{1}", "not a ref" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct source s = { .url = (char *)"untouched" };
		struct failure f;

		if (source_parse(rows[i].word, &s, &f) == 0)
			fail_msg("accepted %s", rows[i].word);
		if (strstr(f.what, rows[i].what) == NULL)
			fail_msg("%s: expected '%s', got '%s'", rows[i].word, rows[i].what, f.what);
		assert_string_equal(s.url, "untouched");
	}
}

static void never_quotes_a_secret(void **state)
{
	static const char *const words[] = { "https://u:MARKER@h:x/y", "https://u:MARKER@@h/y",
		"https://u:MARKER@h/y?z", "https://u:MARKER%zz@h/y", "https://u:MARKER@h /y",
		"https://u:MARKER@h", "https://u:MARKER", "https://u:MARKER/x@h/y",
		"https://u:MARKER#z@h/y", "https://u:a#MARKER@h/y", "https://u:80/a#MARKER~@h/y",
		"https://u:MARKER@h/y#..", "ssh://u:MARKER@h/y", "git://u:MARKER@h/y",
		"file://u:MARKER@h/y", "u:MARKER@h:'", "u:MARKER@h:x", "u:MARKER@h:x#main",
		"https://u:MARKER@\xc3\xa9/y", "https://u:MARKER@-h/y", "https://MARKER\x01@h/y" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct source s;
		struct failure f;

		if (source_parse(words[i], &s, &f) == 0)
			fail_msg("accepted %s", words[i]);
		if (strstr(f.what, "MARKER") != NULL || strstr(f.remedy, "MARKER") != NULL)
			fail_msg("%s is quoted: %s; %s", words[i], f.what, f.remedy);
	}
}

static void knows_git_refs(void **state)
{
	static const char *const good[] = { "main", "HEAD", "v1.0", "refs/heads/x", "a/b/c", "a@b",
		"@x", "x@", "feature-1", "0", "deadbeef", "a.b", "a.locker", "\xc3\xa9", "a{b",
		"a'b", "a\"b", "$x", "a#b", "0123456789012345678901234567890123456789",
		"0123456789012345678901234567890123456789012345678901234567890123" };
	static const char *const bad[] = { "", "-a", "@", "a..b", "..", ".", ".a", "a/.b", "a.",
		"a.lock", "a.lock/b", "a//b", "/a", "a/", "a@{b", "a b", "a~b", "a^b", "a:b", "a?b",
		"a*b", "a[b", "a\\b", "a\x01", "a\x7f", "a\n", "a/./b", "a./b/." };
	char longest[252];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (!source_ref_is_valid(good[i]))
			fail_msg("refused %s", good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (source_ref_is_valid(bad[i]))
			fail_msg("accepted %s", bad[i]);
	memset(longest, 'a', sizeof(longest));
	longest[250] = '\0';
	assert_true(source_ref_is_valid(longest));
	longest[250] = 'a';
	longest[251] = '\0';
	assert_false(source_ref_is_valid(longest));
}

static void knows_what_may_stand_behind_a_ref(void **state)
{
	static const struct {
		const char *word;
		uint32_t generations;
	} good[] = {
		{ "main", 0 },
		{ "@", 0 },
		{ "@~", 1 },
		{ "HEAD~1", 1 },
		{ "HEAD~10", 10 },
		{ "a/b~~", 2 },
		{ "HEAD^", 1 },
		{ "HEAD^2", 1 },
		{ "HEAD^0", 0 },
		{ "HEAD^0~2", 2 },
		{ "v1^{}", 0 },
		{ "v1^{commit}", 0 },
		{ "v1^{}~3^2", 4 },
		{ "HEAD^^^", 3 },
		{ "HEAD~1000000", 1000000 },
		{ "HEAD~0", 0 },
	};
	static const char *const bad[] = { "", "^", "~1", "^main", "main~-1", "main~1x", "main^x",
		"main^{tree}", "main^{/x}", "main^{", "main^{}x", "main@{1}", "@{u}", "main:a",
		":/x", "main~1000001", "main~4294967297", "main~999999~2", "main..x", "main~1..x",
		"-a~1", "main^-", "main^!", "main^@" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const char *suffix = good[i].word + ref_suffix_at(good[i].word);
		uint32_t generations = 77;

		if (!source_revision_is_valid(good[i].word))
			fail_msg("refused %s", good[i].word);
		if (!ref_suffix_generations(suffix, &generations) ||
			generations != good[i].generations)
			fail_msg("%s: expected %u generations, got %u", good[i].word,
				good[i].generations, generations);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (source_revision_is_valid(bad[i]))
			fail_msg("accepted %s", bad[i]);
}

static void refuses_what_is_too_long(void **state)
{
	own_mem char *word = malloc(5000);
	struct source s;
	struct failure f;

	(void)state;
	assert_non_null(word);
	memset(word, 'a', 4999);
	word[0] = '/';
	word[4999] = '\0';
	assert_int_equal(source_parse(word, &s, &f), -1);
	word[4096] = '\0';
	assert_int_equal(source_parse(word, &s, &f), 0);
	source_release(&s);
	memcpy(word, "https://", 8);
	word[8 + 254] = '/';
	word[8 + 255] = '\0';
	assert_int_equal(source_parse(word, &s, &f), -1);
	word[8 + 253] = '/';
	assert_int_equal(source_parse(word, &s, &f), 0);
	source_release(&s);
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* What is accepted is clean, and says the same when it is read again. */
static void reads_its_own_words_again(void **state)
{
	static const char *const pieces[] = { "https://", "ssh://", "git@", "h", "host", ":", "/",
		"x", "#", "main", "@", "%41", "%00", "-", "..", "::", "[::1]", "8", " ", "\n", "'",
		"?", ".", "file://", "none" };
	uint32_t seed = 11;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		char word[128] = "", again[300];
		unsigned n = 1 + random_next(&seed) % 8;
		struct source s, t;
		struct failure f;

		for (unsigned i = 0; i < n; i++)
			strcat(word, pieces[random_next(&seed) % ARRAY_LEN(pieces)]);
		if (source_parse(word, &s, &f) < 0)
			continue;
		accepted++;
		for (const char *p = s.url; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		assert_true(s.url[0] != '-');
		assert_true(s.kind != SOURCE_HTTP || strchr(s.url + 8, '@') == NULL ||
			    strchr(s.url + 8, '@') > strchr(s.url + 8, '/'));
		snprintf(again, sizeof(again), "%s%s%s", s.url, s.kind == SOURCE_NONE ? "" : "#",
			s.kind == SOURCE_NONE ? ""
			: s.ref != NULL       ? s.ref
					      : "HEAD");
		if (source_parse(again, &t, &f) < 0)
			fail_msg("%s became %s: %s", word, again, f.what);
		assert_int_equal(s.kind, t.kind);
		assert_string_equal(s.url, t.url);
		source_release(&s);
		source_release(&t);
	}
	assert_true(accepted > 1000);
}

static void a_credential_fits_its_host_alone(void **state)
{
	static const struct {
		const char *word, *url, *named;
		bool fits;
	} rows[] = {
		{ "a.org=f", "https://a.org/x.git", "none", true },
		{ "a.org=f", "https://A.ORG./x.git", "none", true },
		{ "a.org=f", "https://me@a.org:443?x", "none", true },
		{ "a.org:8443=f", "https://a.org:8443/x", "none", true },
		{ "a.org:8443=f", "http://a.org:8443/x", "none", true },
		{ "[::1]:80=f", "http://[::1]/x", "none", true },
		{ "10.0.0.1=f", "https://10.0.0.1/x", "none", true },
		/* in the clear only where the user himself said so */
		{ "a.org=f", "http://a.org/x", "https://a.org/y", false },
		{ "a.org=f", "http://a.org/x", "http://b.org/y", false },
		{ "a.org=f", "http://a.org/x", "http://a.org:81/y", false },
		{ "a.org=f", "http://a.org/x", "http://a.org/y", true },
		{ "a.org:80=f", "http://a.org/x", "https://b.org/y", true },
		{ "a.org=f", "https://a.org:8443/x", "https://a.org:8443/x", false },
		{ "a.org:443=f", "https://a.org:8443/x", "none", false },
		{ "a.org=f", "https://b.a.org/x", "none", false },
		{ "a.org=f", "https://a.org.evil.net/x", "none", false },
		{ "a.org=f", "https://a.org@evil.net/x", "none", false },
		{ "a.org=f", "https://evil.net/a.org", "none", false },
		{ "a.org=f", "https://evil.net?@a.org/x", "none", false },
		{ "a.org=f", "https://evil.net#@a.org/x", "none", false },
		{ "a.org=f", "ssh://a.org/x", "ssh://a.org/x", false },
		{ "a.org=f", "git://a.org/x", "git://a.org/x", false },
		{ "a.org=f", "/a.org", "/a.org", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct credential_word word;
		struct failure f;

		assert_int_equal(credential_word_parse("--credential", rows[i].word, &word, &f), 0);
		if (credential_fits(&word.goal, rows[i].url, rows[i].named) != rows[i].fits)
			fail_msg("%s for %s, SOURCE %s", rows[i].word, rows[i].url, rows[i].named);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_credential_fits_its_host_alone),
		cmocka_unit_test(takes_sources_apart),
		cmocka_unit_test(refuses_what_is_no_source),
		cmocka_unit_test(never_quotes_a_secret),
		cmocka_unit_test(knows_git_refs),
		cmocka_unit_test(knows_what_may_stand_behind_a_ref),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(reads_its_own_words_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
