/* What the fetcher decides without a network: its arguments, its credential, whose
 * host a URL is, where a submodule's URL leads. */
#include "sandbox/base/own.h"
#include "sandbox/fetch/fetch_arguments.h"
#include "sandbox/fetch/revision.h"
#include "sandbox/fetch/secret.h"
#include "sandbox/fetch/submodule.h"
#include "sandbox/fetch/trust.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

/* argv is not const in C, and nothing writes to it. */
static char *word(const char *text)
{
	return (char *)(uintptr_t)text;
}

static int parse(struct fetch_arguments *ret, struct failure *f, const char *const words[])
{
	char *argv[16] = { word("cofferdam-fetch"), word("--record-fd=5"), word("--into=/app") };
	int argc = 3;

	for (; *words != NULL; words++)
		argv[argc++] = word(*words);
	return fetch_arguments_parse(argc, argv, ret, f);
}

static void arguments_are_read(void **state)
{
	const char *words[] = { "--kind=ssh", "--url=ssh://git@example.org/x", "--ref=v1=2",
		"--depth=7", "--submodules", "--credential-fd=6", "--ca=/run/fetch/ca.pem",
		"--agent", NULL };
	struct fetch_arguments a;
	struct failure f;

	(void)state;
	assert_int_equal(parse(&a, &f, words), 0);
	assert_int_equal(a.kind, SOURCE_SSH);
	assert_int_equal(a.record_fd, 5);
	assert_int_equal(a.credential_fd, 6);
	assert_int_equal(a.depth, 7);
	assert_string_equal(a.ref, "v1=2");
	assert_string_equal(a.into, "/app");
	assert_string_equal(a.ca, "/run/fetch/ca.pem");
	assert_true(a.submodules && a.agent);
}

static void wrong_arguments_are_refused(void **state)
{
	static const char *const rows[][5] = {
		{ NULL },
		{ "--kind=local" },
		{ "--kind=http" },
		{ "--kind=none", "--source=/x" },
		{ "--kind", "--source=/x" },
		{ "--kind=local", "--source=/x", "--source=/x" },
		{ "--kind=local", "--source=/x", "--submodules=yes" },
		{ "--kind=local", "--source=/x", "--depth=-1" },
		{ "--kind=git", "--url=git://h/x", "--copy" },
		{ "--kind=local", "--source=/x", "--depth=4294967296" },
		{ "--kind=local", "--source=/x", "--credential-fd=2" },
		{ "--kind=local", "--source=/x", "--credential-fd=5" },
		{ "--kind=local", "--source=/x", "--into=/app" },
		{ "--kind=local", "--source=/x", "--sourc" },
		{ "--kind=local", "--source=/x", "x" },
		{ "--kind=local", "--source=/x", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fetch_arguments a;
		struct failure f;

		assert_int_equal(parse(&a, &f, rows[i]), -1);
		assert_int_not_equal(f.what[0], '\0');
		assert_int_equal(a.record_fd, 5); /* so that the failure can be told */
	}
}

static int read_secret(const char *bytes, size_t length, struct secret *ret, struct failure *f)
{
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	own_fd int writer = pair[1];
	int size = 1 << 20;

	assert_int_equal(setsockopt(writer, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	assert_int_equal(send(writer, bytes, length, MSG_DONTWAIT), length);
	assert_int_equal(shutdown(writer, SHUT_WR), 0);
	int rc = secret_read(pair[0], ret, f);

	/* whatever came of it, the descriptor is gone */
	assert_int_equal(fcntl(pair[0], F_GETFD), -1);
	return rc;
}

static void a_credential_is_two_words(void **state)
{
	struct secret secret;
	struct failure f;

	(void)state;
	assert_int_equal(secret_read(-1, &secret, &f), 0);
	assert_null(secret.username);
	assert_int_equal(read_secret("me\0p:w \n", 9, &secret, &f), 0);
	assert_string_equal(secret.username, "me");
	assert_string_equal(secret.password, "p:w \n");
	secret_wipe(&secret);
	assert_null(secret.password);
	assert_int_equal(read_secret("me\0", 4, &secret, &f), 0);
	assert_string_equal(secret.password, "");
	secret_wipe(&secret);
}

static void credentials_of_hosts_follow(void **state)
{
	static const char both[] = "me\0pw\0git.example\0you\0a:b\0[::1]:8443\0it\0c";
	static const char hosts[] = "\0\0git.example\0you\0pw";
	struct secret secret;
	struct failure f;

	(void)state;
	assert_int_equal(read_secret(both, sizeof(both), &secret, &f), 0);
	assert_string_equal(secret.username, "me");
	assert_int_equal(secret.hosts_n, 2);
	assert_string_equal(secret.hosts[0].goal.name, "git.example");
	assert_string_equal(secret.hosts[0].password, "a:b");
	assert_int_equal(secret.hosts[1].goal.port, 8443);
	secret_wipe(&secret);
	assert_int_equal(read_secret(hosts, sizeof(hosts), &secret, &f), 0);
	assert_null(secret.username);
	assert_int_equal(secret.hosts_n, 1);
	secret_wipe(&secret);
}

static void a_wrong_credential_is_refused_unnamed(void **state)
{
	static char long_one[SECRET_BYTES + 1];
	static const struct {
		const char *bytes;
		size_t length;
	} rows[] = {
		{ "", 0 },
		{ "marker", 6 },
		{ "marker\0", 7 },
		{ "marker\0x", 8 },
		{ "\0marker\0", 8 },
		{ "a\0b\0marker\0", 11 },
		{ "\0\0", 2 },
		{ "a\0b\0marker\0x\0", 13 },
		{ "a\0b\0marker\0\0x\0", 14 },
		{ "a\0b\0*marker\0x\0y\0", 16 },
		{ long_one, sizeof(long_one) },
	};

	(void)state;
	memset(long_one, 'x', sizeof(long_one));
	long_one[1] = long_one[SECRET_BYTES] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct secret secret;
		struct failure f;

		assert_int_equal(read_secret(rows[i].bytes, rows[i].length, &secret, &f), -1);
		assert_null(secret.page);
		assert_null(strstr(f.what, "marker"));
		assert_null(strstr(f.remedy, "marker"));
	}
}

static void places_are_scheme_host_and_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://example.org/a/b.git", "https://example.org/c", true },
		{ "https://example.org", "https://EXAMPLE.org/", true },
		{ "https://user@example.org/a", "https://example.org/a", true },
		{ "ssh://git@example.org/a", "git@example.org:a", true },
		{ "https://example.org/a", "http://example.org/a", false },
		{ "https://example.org/a", "https://example.org:8443/a", false },
		{ "https://example.org/a", "https://example.org.evil.net/a", false },
		{ "https://example.org/a", "https://example.org@evil.net/a", false },
		{ "https://example.org/a", "https://evil.net/example.org", false },
		{ "https://example.org/a", "https://evil.net?@example.org/a", false },
		{ "https://example.org/a", "https://evil.net#@example.org/a", false },
		{ "https://example.org/a", "/example.org/a", false },
		{ "https:///a", "https:///a", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(trust_same_place(rows[i].a, rows[i].b), rows[i].same);
		assert_int_equal(trust_same_place(rows[i].b, rows[i].a), rows[i].same);
	}
}

static void submodule_urls_are_resolved_as_git_does(void **state)
{
	static const struct {
		const char *parent, *url, *want; /* want NULL: refused */
	} rows[] = {
		{ "https://h/a/b.git", "../c.git", "https://h/a/c.git" },
		{ "https://h/a/b.git/", "../c.git", "https://h/a/c.git" },
		{ "https://h/a/b.git", "./c.git", "https://h/a/b.git/c.git" },
		{ "https://h/a/b.git", "../../c.git", "https://h/c.git" },
		{ "https://h/a/b.git", "../.././../c", NULL },
		{ "https://h/a/b.git", "../../../c", NULL },
		{ "https://h", "../c", NULL },
		{ "https://h/a", "http://other/c", "http://other/c" },
		{ "https://h/a", "..c", "..c" },
		{ "git@h:a/b", "../c", "git@h:a/c" },
		{ "git@h:a", "../c", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *got = NULL;
		struct failure f;
		int rc = submodule_resolve_url(rows[i].parent, rows[i].url, &got, &f);

		assert_int_equal(rc, rows[i].want != NULL ? 0 : -1);
		if (rows[i].want != NULL)
			assert_string_equal(got, rows[i].want);
	}
}

static void commits_are_four_to_forty_digits(void **state)
{
	(void)state;
	assert_false(revision_is_hex(""));
	assert_false(revision_is_hex("abc"));
	assert_true(revision_is_hex("abcd"));
	assert_true(revision_is_hex("ABCDEF0123456789abcdef0123456789abcdef01"));
	assert_false(revision_is_hex("ABCDEF0123456789abcdef0123456789abcdef012"));
	assert_false(revision_is_hex("abcg"));
	assert_false(revision_is_hex("abcd "));
}

static void a_missing_name_comes_with_what_there_is(void **state)
{
	struct revision_names names = { 0 };
	struct failure f;
	char name[64];

	(void)state;
	revision_names_add(&names, "refs/heads/main");
	revision_names_add(&names, "refs/tags/v1");
	revision_names_add(&names, "refs/tags/v1^{}");
	revision_names_add(&names, "refs/pull/1/head");
	assert_int_equal(revision_not_found("nope", &names, &f), -1);
	assert_non_null(strstr(f.what, "nope"));
	assert_non_null(strstr(f.remedy, "main, v1"));
	assert_null(strstr(f.remedy, "pull"));
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "refs/heads/branch-number-%u", i);
		revision_names_add(&names, name);
	}
	revision_not_found("nope", &names, &f);
	assert_non_null(strstr(f.remedy, "more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_are_read),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(a_credential_is_two_words),
		cmocka_unit_test(credentials_of_hosts_follow),
		cmocka_unit_test(a_wrong_credential_is_refused_unnamed),
		cmocka_unit_test(places_are_scheme_host_and_port),
		cmocka_unit_test(submodule_urls_are_resolved_as_git_does),
		cmocka_unit_test(commits_are_four_to_forty_digits),
		cmocka_unit_test(a_missing_name_comes_with_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
