/* Names of images: what the engine makes of them, and what a pattern grants. */
#include "sandbox/docker/reference.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEX64  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA256 "sha256:" HEX64
#define SHA512 "sha512:" HEX64 HEX64
#define A64    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void normalises_as_the_engine_does(void **state)
{
	static const struct {
		const char *name, *tag, *canonical, *familiar;
	} rows[] = {
		{ "alpine", NULL, "docker.io/library/alpine:latest", "alpine:latest" },
		{ "alpine", "", "docker.io/library/alpine:latest", "alpine:latest" },
		{ "alpine:3", NULL, "docker.io/library/alpine:3", "alpine:3" },
		{ "alpine:3", "", "docker.io/library/alpine:3", "alpine:3" },
		{ "alpine", "3", "docker.io/library/alpine:3", "alpine:3" },
		{ "library/alpine", NULL, "docker.io/library/alpine:latest", "alpine:latest" },
		{ "docker.io/alpine", NULL, "docker.io/library/alpine:latest", "alpine:latest" },
		{ "docker.io/library/alpine:3", NULL, "docker.io/library/alpine:3", "alpine:3" },
		{ "index.docker.io/alpine", NULL, "docker.io/library/alpine:latest",
			"alpine:latest" },
		{ "index.docker.io/team/app", NULL, "docker.io/team/app:latest",
			"team/app:latest" },
		{ "team/app", NULL, "docker.io/team/app:latest", "team/app:latest" },
		{ "library/a/b", NULL, "docker.io/library/a/b:latest", "library/a/b:latest" },
		{ "foo.bar", NULL, "docker.io/library/foo.bar:latest", "foo.bar:latest" },
		{ "foo.bar/app", NULL, "foo.bar/app:latest", "foo.bar/app:latest" },
		{ "foo:1/app", NULL, "foo:1/app:latest", "foo:1/app:latest" },
		{ "localhost/app", NULL, "localhost/app:latest", "localhost/app:latest" },
		{ "localhost", NULL, "docker.io/library/localhost:latest", "localhost:latest" },
		{ "localhost:5000", NULL, "docker.io/library/localhost:5000", "localhost:5000" },
		{ "localhost:5000/app:V1.0_x-y", NULL, "localhost:5000/app:V1.0_x-y",
			"localhost:5000/app:V1.0_x-y" },
		{ "127.0.0.1:5000/a/b/c", "2", "127.0.0.1:5000/a/b/c:2", "127.0.0.1:5000/a/b/c:2" },
		{ "registry.example/library/x", NULL, "registry.example/library/x:latest",
			"registry.example/library/x:latest" },
		{ "docker.io:443/x", NULL, "docker.io:443/x:latest", "docker.io:443/x:latest" },
		{ "a__b.c-d---e_f", "_x", "docker.io/library/a__b.c-d---e_f:_x",
			"a__b.c-d---e_f:_x" },
		{ "alpine@" SHA256, NULL, "docker.io/library/alpine@" SHA256, "alpine@" SHA256 },
		{ "alpine", SHA256, "docker.io/library/alpine@" SHA256, "alpine@" SHA256 },
		{ "alpine:3@" SHA256, NULL, "docker.io/library/alpine@" SHA256, "alpine@" SHA256 },
		{ "r.io/a@" SHA512, NULL, "r.io/a@" SHA512, "r.io/a@" SHA512 },
		{ "team/" HEX64, NULL, "docker.io/team/" HEX64 ":latest", "team/" HEX64 ":latest" },
		{ A64 "a", NULL, "docker.io/library/" A64 "a:latest", A64 "a:latest" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char canonical[REFERENCE_TEXT_MAX], familiar[REFERENCE_TEXT_MAX];
		struct reference ref;
		struct refusal r;

		if (reference_read(rows[i].name, rows[i].tag, &ref, &r) < 0)
			fail_msg("%s: %s", rows[i].name, r.reason);
		reference_canonical(&ref, canonical, sizeof(canonical));
		reference_familiar(&ref, familiar, sizeof(familiar));
		if (strcmp(canonical, rows[i].canonical) != 0)
			fail_msg("%s: expected %s, got %s", rows[i].name, rows[i].canonical,
				canonical);
		if (strcmp(familiar, rows[i].familiar) != 0)
			fail_msg("%s: expected %s, got %s", rows[i].name, rows[i].familiar,
				familiar);
	}
}

static void refuses_what_is_no_name(void **state)
{
	static const struct {
		const char *name, *tag, *reason;
	} rows[] = {
		{ "", NULL, "not an image's name" },
		{ "/", NULL, "not an image's name" },
		{ "/a", NULL, "not an image's name" },
		{ "a/", NULL, "not an image's name" },
		{ "a//b", NULL, "not an image's name" },
		{ "r.io/", NULL, "not an image's name" },
		{ "r.io//a", NULL, "not an image's name" },
		{ "Alpine", NULL, "not an image's name" },
		{ "Team/app", NULL, "not an image's name" },
		{ "r.io/App", NULL, "not an image's name" },
		{ "-a", NULL, "not an image's name" },
		{ "a-", NULL, "not an image's name" },
		{ "a..b", NULL, "not an image's name" },
		{ "a.-b", NULL, "not an image's name" },
		{ "a___b", NULL, "not an image's name" },
		{ "a._b", NULL, "not an image's name" },
		{ "_a", NULL, "not an image's name" },
		{ ".a", NULL, "not an image's name" },
		{ "..", NULL, "not an image's name" },
		{ "a b", NULL, "not an image's name" },
		{ "a\nb", NULL, "not an image's name" },
		{ "a%2fb", NULL, "not an image's name" },
		{ "\xc3\xa9", NULL, "not an image's name" },
		{ "a*", NULL, "not an image's name" },
		{ "<none>", NULL, "not an image's name" },
		{ "<none>:<none>", NULL, "not an image's name" },
		{ "a:", NULL, "tag is empty" },
		{ "a:@" SHA256, NULL, "tag is empty" },
		{ "a:-x", NULL, "not a tag" },
		{ "a:.x", NULL, "not a tag" },
		{ "a:x:y", NULL, "not a tag" },
		{ "a:x/y", NULL, "registry" },
		{ "a:x y", NULL, "not a tag" },
		{ "a:\xc3\xa9", NULL, "not a tag" },
		{ "a", "-x", "not a tag" },
		{ "a", "x y", "not a tag" },
		{ "a", "x@" SHA256, "not a digest" },
		{ "a:1", "1", "another beside it" },
		{ "a@" SHA256, "1", "another beside it" },
		{ "a@" SHA256, SHA256, "another beside it" },
		{ "a@", NULL, "digest is empty" },
		{ "a@sha256:", NULL, "not a digest" },
		{ "a@sha256:00", NULL, "not a digest" },
		{ "a@" SHA256 "0", NULL, "not a digest" },
		{ "a@md5:" HEX64, NULL, "not a digest" },
		{ "a@sha512:" HEX64, NULL, "not a digest" },
		{ "a@SHA256:" HEX64, NULL, "not a digest" },
		{ "a@" SHA256 "@" SHA256, NULL, "too long" },
		{ "a@sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", NULL,
			"not a digest" },
		{ "a@" SHA512 "0", NULL, "too long" },
		{ "a", "sha256:00", "not a digest" },
		{ HEX64, NULL, "id, not a name" },
		{ HEX64, "x", "id, not a name" },
		{ HEX64 ":x", NULL, "id, not a name" },
		{ "docker.io/" HEX64, NULL, "id, not a name" },
		{ SHA256, NULL, "begins a digest" },
		{ "sha256", NULL, "begins a digest" },
		{ "docker.io/library/sha512:x", NULL, "begins a digest" },
		{ "docker.io/foo.bar/app", NULL, "another registry" },
		{ "docker.io/localhost/app", NULL, "another registry" },
		{ "Registry.example/app", NULL, "registry" },
		{ "DOCKER.IO/app", NULL, "registry" },
		{ "registry..example/app", NULL, "registry" },
		{ ".example/app", NULL, "registry" },
		{ "example./app", NULL, "registry" },
		{ "-a.example/app", NULL, "registry" },
		{ "a_b.example/app", NULL, "registry" },
		{ "a.example:/app", NULL, "registry" },
		{ "a.example:0/app", NULL, "registry" },
		{ "a.example:080/app", NULL, "registry" },
		{ "a.example:123456/app", NULL, "registry" },
		{ "a.example:80:80/app", NULL, "registry" },
		{ ":80/app", NULL, "registry" },
		{ "[::1]:5000/app", NULL, "registry" },
		{ "user@a.example/app", NULL, "registry" },
		{ "https://a.example/app", NULL, "registry" },
		{ "../app", NULL, "registry" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reference ref = { .tag = "untouched" };
		struct refusal r = { 0 };

		if (reference_read(rows[i].name, rows[i].tag, &ref, &r) == 0)
			fail_msg("%s (%s): accepted, expected '%s'", rows[i].name,
				rows[i].tag != NULL ? rows[i].tag : "", rows[i].reason);
		if (strstr(r.reason, rows[i].reason) == NULL || r.status != 400)
			fail_msg("%s: expected '%s', got %d '%s'", rows[i].name, rows[i].reason,
				r.status, r.reason);
		assert_string_equal(ref.tag, "untouched");
	}
}

/* name: 255 bytes with its domain; a tag 128. */
static void keeps_to_its_limits(void **state)
{
	char name[300] = "r.io/", tag[130], text[REFERENCE_TEXT_MAX];
	struct reference ref;
	struct refusal r;

	(void)state;
	memset(name + 5, 'n', 250);
	memset(tag, 't', 129);
	tag[128] = tag[129] = '\0';
	assert_int_equal(reference_read(name, tag, &ref, &r), 0);
	reference_canonical(&ref, text, sizeof(text));
	assert_int_equal(strlen(text), 255 + 1 + 128);
	name[255] = 'n';
	assert_int_equal(reference_read(name, NULL, &ref, &r), -1);
	name[255] = '\0';
	tag[128] = 't';
	assert_int_equal(reference_read(name, tag, &ref, &r), -1);

	/* docker.io/library/ counts, though it is not written there */
	memset(name, 'n', 237);
	name[237] = '\0';
	assert_int_equal(reference_read(name, NULL, &ref, &r), 0);
	name[237] = 'n';
	name[238] = '\0';
	assert_int_equal(reference_read(name, NULL, &ref, &r), -1);
}

static void matches_by_pattern(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{ "app", "app", true },
		{ "app", "app:1", true },
		{ "app", "docker.io/library/app:1", true },
		{ "app", "library/app", true },
		{ "app", "app@" SHA256, true },
		{ "app", "apps", false },
		{ "app", "team/app", false },
		{ "app", "localhost/app", false },
		{ "app", "localhost/library/app", false },
		{ "app:1", "app:1", true },
		{ "app:1", "app", false },
		{ "app:1", "app:11", false },
		{ "app:1", "app@" SHA256, false },
		{ "app:latest", "app", true },
		{ "app:*", "app:1", true },
		{ "app:*", "app@" SHA256, true },
		{ "app:v1.*", "app:v1.2", true },
		{ "app:v1.*", "app:v1", false },
		{ "app:v1.*", "app:v12", false },
		{ "app:v1.*", "app@" SHA256, false },
		{ "app-*", "app-x", true },
		{ "app-*", "app", false },
		{ "app-*", "app-x/y", false },
		{ "a*", "a", true },
		{ "a*b*c", "axbxbxc", true },
		{ "a*b*c", "axbxbx", false },
		{ "*b", "aab", true },
		{ "*b", "team/b", false },
		{ "team/*", "team/app:1", true },
		{ "team/*", "team/app/x", false },
		{ "team/*", "team2/app", false },
		{ "team/*", "app", false },
		{ "team/*/x", "team/app/x", true },
		{ "team/*/x", "team/a/b/x", false },
		{ "team-*/app", "team-1/app", true },
		{ "team-*/app", "team-1/x/app", false },
		{ "t*m/a*p", "team/app", true },
		{ "t*m/a*p", "team/x/ap", false },
		{ "library/*", "app", true },
		{ "library/*", "team/app", false },
		{ "docker.io/team/*", "team/app", true },
		{ "index.docker.io/team/*", "team/app", true },
		{ "registry.example/*", "registry.example/app:3", true },
		{ "registry.example/*", "registry.example/a/b", false },
		{ "registry.example/*/*", "registry.example/a/b", true },
		{ "registry.example/*", "registry.example:5000/app", false },
		{ "registry.example/*", "registryxexample/app", false },
		{ "registry.example/*", "evil.example/registry.example/app", false },
		{ "localhost:5000/*", "localhost:5000/app", true },
		{ "localhost:5000/*", "localhost/app", false },
		{ "localhost/box/*", "localhost/box/a", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reference ref;
		struct refusal r;
		struct failure f;

		if (reference_pattern_check("--docker-tag", rows[i].pattern, &f) < 0)
			fail_msg("%s: %s", rows[i].pattern, f.what);
		if (reference_read(rows[i].name, NULL, &ref, &r) < 0)
			fail_msg("%s: %s", rows[i].name, r.reason);
		if (reference_matches(&ref, rows[i].pattern) != rows[i].matches)
			fail_msg("%s and %s: expected %d", rows[i].pattern, rows[i].name,
				rows[i].matches);
	}
}

static void refuses_patterns(void **state)
{
	static const struct {
		const char *pattern, *reason;
	} rows[] = {
		{ "", "not an image's name" },
		{ "*", "everything" },
		{ "**", "everything" },
		{ "*:*", "everything" },
		{ "*:v1", "everything" },
		{ "*/*", "everything" },
		{ "*/app", "everything" },
		{ "*-*/app", "everything" },
		{ "*/*/app", "everything" },
		{ "docker.io/*", "everything" },
		{ "docker.io/*/*", "everything" },
		{ "docker.io/*/app", "everything" },
		{ "index.docker.io/*", "everything" },
		{ "*.example/app", "star in the registry" },
		{ "registry.*/app", "star in the registry" },
		{ "localhost:*/app", "star in the registry" },
		{ "*:5000/app", "star in the registry" },
		{ "app@" SHA256, "digest in a pattern" },
		{ "App", "not an image's name" },
		{ "a..*", "not an image's name" },
		{ "team/", "not an image's name" },
		{ "app:", "tag is empty" },
		{ "app:-*", "not a tag" },
		{ "app:[12]", "not a tag" },
		{ "app?", "not an image's name" },
		{ "docker.io/a.b/*", "another registry" },
		{ "Registry.example/*", "registry" },
		{ HEX64, "id, not a name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct failure f = { 0 };

		if (reference_pattern_check("--docker-tag", rows[i].pattern, &f) == 0)
			fail_msg("'%s': accepted, expected '%s'", rows[i].pattern, rows[i].reason);
		if (strstr(f.what, rows[i].reason) == NULL ||
			strstr(f.what, "--docker-tag") == NULL)
			fail_msg("'%s': expected '%s', got '%s'", rows[i].pattern, rows[i].reason,
				f.what);
		assert_true(f.remedy[0] != '\0');
	}
}

static uint32_t random_next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void check_again(const struct reference *ref, const char *name)
{
	char text[2][REFERENCE_TEXT_MAX];
	struct reference again;
	struct refusal r;

	reference_canonical(ref, text[0], sizeof(text[0]));
	reference_familiar(ref, text[1], sizeof(text[1]));
	for (int i = 0; i < 2; i++) {
		if (reference_read(text[i], NULL, &again, &r) < 0)
			fail_msg("%s became %s: %s", name, text[i], r.reason);
		if (strcmp(again.domain, ref->domain) != 0 || strcmp(again.path, ref->path) != 0 ||
			strcmp(again.tag, ref->tag) != 0 || strcmp(again.digest, ref->digest) != 0)
			fail_msg("%s became %s, which is another", name, text[i]);
	}
}

/* However a name is written, it is the same image. */
static void reads_its_own_words_again(void **state)
{
	static const char *const pieces[] = { "a", "b", "/", ":", "@" SHA256, ".", "-", "__",
		"docker.io/", "index.docker.io/", "library/", "localhost", ":1", "A", "sha256" };
	uint32_t seed = 3;
	unsigned accepted = 0;

	(void)state;
	for (int round = 0; round < 60000; round++) {
		char name[800] = "";
		unsigned n = 1 + random_next(&seed) % 7;
		struct reference ref;
		struct refusal r;

		for (unsigned i = 0; i < n; i++)
			strcat(name, pieces[random_next(&seed) % ARRAY_LEN(pieces)]);
		if (reference_read(name, NULL, &ref, &r) < 0)
			continue;
		accepted++;
		check_again(&ref, name);
	}
	if (accepted < 1000)
		fail_msg("only %u names were accepted", accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normalises_as_the_engine_does),
		cmocka_unit_test(refuses_what_is_no_name),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(matches_by_pattern),
		cmocka_unit_test(refuses_patterns),
		cmocka_unit_test(reads_its_own_words_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
