#include "sandbox/fetch/fetch_arguments.h"

#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <string.h>

static int set_kind(struct fetch_arguments *a, const char *value, struct failure *f)
{
	static const struct {
		const char *word;
		enum source_kind kind;
	} kinds[] = {
		{ "local", SOURCE_LOCAL },
		{ "http", SOURCE_HTTP },
		{ "ssh", SOURCE_SSH },
		{ "git", SOURCE_GIT },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(value, kinds[i].word) == 0) {
			a->kind = kinds[i].kind;
			return 0;
		}
	}
	return fail(f, 0, "--kind=%s is not one of local, http, ssh, git", value);
}

static int set_url(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->url = value;
	return 0;
}

static int set_source(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->source = value;
	return 0;
}

static int set_source_at(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->source_at = value;
	return 0;
}

static int add_borrowed(struct fetch_arguments *a, const char *value, struct failure *f)
{
	if (a->borrowed_n == ARRAY_LEN(a->borrowed))
		return fail(f, 0, "--borrow stands more than %zu times", ARRAY_LEN(a->borrowed));
	a->borrowed[a->borrowed_n++] = value;
	return 0;
}

static int set_ref(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->ref = value;
	return 0;
}

static int set_into(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->into = value;
	return 0;
}

static int set_ca(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)f;
	a->ca = value;
	return 0;
}

static int set_depth(struct fetch_arguments *a, const char *value, struct failure *f)
{
	uint64_t depth;

	if (number_parse("--depth", value, 0, INT32_MAX, &depth, f) < 0)
		return -1;
	a->depth = (uint32_t)depth;
	return 0;
}

static int set_fd(const char *name, const char *value, int *ret, struct failure *f)
{
	uint64_t fd;

	if (number_parse(name, value, 3, 1023, &fd, f) < 0)
		return -1;
	*ret = (int)fd;
	return 0;
}

static int set_record_fd(struct fetch_arguments *a, const char *value, struct failure *f)
{
	return set_fd("--record-fd", value, &a->record_fd, f);
}

static int set_credential_fd(struct fetch_arguments *a, const char *value, struct failure *f)
{
	return set_fd("--credential-fd", value, &a->credential_fd, f);
}

static int set_submodules(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->submodules = true;
	return 0;
}

static int set_no_config(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->no_config = true;
	return 0;
}

static int set_tags(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->tags = true;
	return 0;
}

static int set_worktree(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->worktree = true;
	return 0;
}

static int set_copy(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->copy = true;
	return 0;
}

static int set_agent(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->agent = true;
	return 0;
}

static int set_mirror(struct fetch_arguments *a, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	a->mirror = true;
	return 0;
}

static const struct word {
	const char *name;
	bool takes_value;
	int (*set)(struct fetch_arguments *a, const char *value, struct failure *f);
} words[] = {
	{ "--record-fd", true, set_record_fd },
	{ "--kind", true, set_kind },
	{ "--url", true, set_url },
	{ "--source", true, set_source },
	{ "--source-at", true, set_source_at },
	{ "--borrow", true, add_borrowed },
	{ "--ref", true, set_ref },
	{ "--depth", true, set_depth },
	{ "--submodules", false, set_submodules },
	{ "--no-repo-config", false, set_no_config },
	{ "--tags", false, set_tags },
	{ "--worktree", false, set_worktree },
	{ "--copy", false, set_copy },
	{ "--into", true, set_into },
	{ "--credential-fd", true, set_credential_fd },
	{ "--ca", true, set_ca },
	{ "--agent", false, set_agent },
	{ "--mirror", false, set_mirror },
};

static const struct word *word_find(const char *argument, const char **ret_value)
{
	size_t length = strcspn(argument, "=");

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i].name) != length ||
			strncmp(argument, words[i].name, length) != 0)
			continue;
		if (words[i].takes_value != (argument[length] == '='))
			return NULL;
		*ret_value = argument + length + words[i].takes_value;
		return &words[i];
	}
	return NULL;
}

static int arguments_check(const struct fetch_arguments *a, struct failure *f)
{
	if (a->record_fd < 0 || a->into == NULL || a->kind == SOURCE_NONE)
		return fail(f, 0, "--record-fd, --kind and --into are needed");
	if (a->into[0] != '/')
		return fail(f, 0, "--into=%s is not an absolute path", a->into);
	if (a->kind == SOURCE_LOCAL && a->source == NULL)
		return fail(f, 0, "--kind=local needs --source");
	if (a->kind != SOURCE_LOCAL && a->copy)
		return fail(f, 0, "--copy is for --kind=local");
	if (a->kind == SOURCE_LOCAL && a->mirror)
		return fail(f, 0, "--mirror is for a remote kind");
	if (a->kind != SOURCE_LOCAL && a->url == NULL)
		return fail(f, 0, "a remote kind needs --url");
	if (a->record_fd == a->credential_fd)
		return fail(f, 0, "--record-fd and --credential-fd are one descriptor");
	return 0;
}

int fetch_arguments_parse(
	int argc, char *const argv[], struct fetch_arguments *ret, struct failure *f)
{
	uint32_t seen = 0;

	*ret = (struct fetch_arguments){
		.record_fd = -1, .credential_fd = -1, .kind = SOURCE_NONE
	};
	for (int i = 1; i < argc; i++) {
		const char *value = NULL;
		const struct word *word = word_find(argv[i], &value);

		if (word == NULL)
			return fail(f, 0, "%s is not an argument of the fetcher", argv[i]);
		uint32_t bit = 1U << (word - words);

		if (seen & bit && word->set != add_borrowed)
			return fail(f, 0, "%s stands twice", word->name);
		seen |= bit;
		if (word->set(ret, value, f) < 0)
			return -1;
	}
	return arguments_check(ret, f);
}

void fetch_arguments_places(const struct fetch_arguments *a, struct places *ret)
{
	static const char *const here[] = { "/run/fetch/borrowed/0", "/run/fetch/borrowed/1",
		"/run/fetch/borrowed/2", "/run/fetch/borrowed/3", "/run/fetch/borrowed/4",
		"/run/fetch/borrowed/5", "/run/fetch/borrowed/6", "/run/fetch/borrowed/7" };
	_Static_assert(ARRAY_LEN(here) == ARRAY_LEN(a->borrowed), "one for each");

	*ret = (struct places){ 0 };
	if (a->kind != SOURCE_LOCAL)
		return;
	place_add(ret, a->source_at != NULL ? a->source_at : a->source, a->source);
	for (size_t i = 0; i < a->borrowed_n; i++)
		place_add(ret, a->borrowed[i], here[i]);
}
