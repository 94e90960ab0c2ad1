#include "sandbox/verbs/report_merge.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/report/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct reader {
	const struct verb_call *call;
	struct merge merge;
	char *text; /* of one report */
	size_t unread;
};

static void leave_out(struct reader *r, const char *name, struct failure *why)
{
	struct failure f;
	char text[FAILURE_TEXT];

	r->unread++;
	fail(&f, 0, "%s: %s", name, failure_text(why, text));
	fail_step(&f, "report");
	r->call->tell(&f);
}

/* fd is used up. */
static int read_report(struct reader *r, int fd, const char *name, struct failure *f)
{
	own_fd int owned = fd;
	struct stat st;
	ssize_t n;

	if (owned < 0 || fstat(owned, &st) < 0)
		return fail(f, errno, "open it");
	if (!S_ISREG(st.st_mode))
		return fail(f, 0, "it is no file");
	n = whole_read(owned, r->text, MERGE_BYTES + 1);
	if (n < 0)
		return fail(f, errno, "read it");
	return merge_add(&r->merge, name, r->text, (size_t)n, f);
}

static void take(struct reader *r, int directory, const char *entry, const char *name)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int follow = directory == AT_FDCWD ? 0 : O_NOFOLLOW;
	struct failure f;

	if (read_report(r, openat(directory, entry, flags | follow), name, &f) < 0)
		leave_out(r, name, &f);
}

static int is_json(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name), m = strlen(".json");

	return entry->d_name[0] != '.' && n > m && strcmp(entry->d_name + n - m, ".json") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* alphasort(3) would ask the locale */
}

static int take_directory(struct reader *r, int fd, const char *place, struct failure *f)
{
	struct dirent **entries = NULL;
	int n = scandirat(fd, ".", &entries, is_json, by_bytes);

	if (n < 0)
		return fail(f, errno, "list it");
	if (n == 0) {
		free(entries);
		return fail(f, 0, "no file of it ends in .json");
	}
	for (int i = 0; i < n; i++) {
		own_mem char *name = NULL;

		if (asprintf(&name, "%s/%s", place, entries[i]->d_name) < 0)
			name = NULL;
		take(r, fd, entries[i]->d_name, name != NULL ? name : entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

static void take_place(struct reader *r, const char *place)
{
	own_fd int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct failure f;

	if (fd < 0 && errno == ENOTDIR)
		take(r, AT_FDCWD, place, place);
	else if (fd < 0) {
		fail(&f, errno, "open it");
		leave_out(r, place, &f);
	} else if (take_directory(r, fd, place, &f) < 0) {
		leave_out(r, place, &f);
	}
}

static int print(struct reader *r, struct failure *f)
{
	const struct config *config = r->call->config;

	if (config->json)
		return merge_print_json(&r->merge, r->unread, r->call->out, f);
	if (config->junit)
		merge_print_junit(&r->merge, r->call->out);
	else
		merge_print(&r->merge, r->unread, r->call->out);
	return 0;
}

static int check_words(const struct strings *words, struct failure *f)
{
	if (words->n > 1 && strcmp(words->v[0], "merge") == 0)
		return 0;
	if (words->n == 0 || strcmp(words->v[0], "merge") != 0)
		fail(f, 0, "what is to be done with reports is not said");
	else
		fail(f, 0, "no DIR is given");
	return fail_remedy(f, "cofferdam report merge DIR");
}

int verb_report(const struct verb_call *call, struct failure *f)
{
	const struct strings *words = &call->config->words;
	own_mem char *text = malloc(MERGE_BYTES + 1);
	struct reader r = { .call = call, .text = text };
	struct identity identity;
	int result;

	if (check_words(words, f) < 0)
		return fail_step(f, "report");
	if (text == NULL)
		return fail(f, ENOMEM, "read reports");
	if (identity_check(f) < 0 || identity_find(call->config->run_as, &identity, f) < 0 ||
		identity_give_up(&identity, f) < 0)
		return -1;
	for (size_t i = 1; i < words->n; i++)
		take_place(&r, words->v[i]);
	result = print(&r, f);
	merge_release(&r.merge);
	if (result < 0)
		return -1;
	return r.unread > 0 ? 1 : 0;
}
