#include "sandbox/launcher/records.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/launcher/announce.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define PROGRESS_A_SECOND 100 /* ours sends twenty */

static void end_texts(struct fetch_record *r)
{
	switch (r->type) {
	case FETCH_FAILED:
		failure_heard(&r->failure);
		break;
	case FETCH_CONFINED:
		r->text[sizeof(r->text) - 1] = '\0';
		failure_sanitize(r->text);
		break;
	case FETCH_DONE:
		r->done_at.commit[sizeof(r->done_at.commit) - 1] = '\0';
		r->done_at.ref[sizeof(r->done_at.ref) - 1] = '\0';
		failure_sanitize(r->done_at.ref);
		break;
	case FETCH_SUBMODULE:
		r->submodule.path[sizeof(r->submodule.path) - 1] = '\0';
		r->submodule.url[sizeof(r->submodule.url) - 1] = '\0';
		r->submodule.commit[sizeof(r->submodule.commit) - 1] = '\0';
		break; /* never printed but as JSON, where control characters are escaped */
	default:
		break;
	}
}

static void on_done(struct records *records, const struct fetch_record *r)
{
	struct outcome *outcome = records->reporter->outcome;
	size_t n = strspn(r->done_at.commit, "0123456789abcdef");

	if (records->plain) {
		records->done = true;
		return;
	}
	if ((n != 40 && n != 64) || r->done_at.commit[n] != '\0')
		return; /* it says "done" and names no commit: the build is not begun */
	memcpy(outcome->commit, r->done_at.commit, n + 1);
	records->done = true;
	announce_fetched(records->reporter->events, outcome->commit, r->done_at.ref);
}

static void on_progress(struct records *records, const struct fetch_record *r)
{
	static const char *const stages[] = { "objects", "deltas", "checkout" };
	uint64_t now = clock_now_ms(), second = now / 1000;

	if (second != records->second)
		records->count = 0;
	records->second = second;
	if (r->stage >= ARRAY_LEN(stages) || ++records->count > PROGRESS_A_SECOND)
		return;
	progress_fetch(records->reporter->progress, r, now);
	announce_progress(records->reporter->events, stages[r->stage], r);
}

static void warn(const struct records *records, const char *line)
{
	progress_warn(records->reporter->progress, "%s", line);
	announce_warning(records->reporter->events, line);
}

static void tell(const struct records *records, uint64_t n, const char *what)
{
	char line[300];

	if (n == 0)
		return;
	snprintf(line, sizeof(line), "%" PRIu64 " %s", n, what);
	warn(records, line);
}

/* What a user may not expect of a clone. Once: a second record is a flood's. */
static void on_notice(struct records *records, const struct fetch_notice *n)
{
	if (records->noticed)
		return;
	records->noticed = true;
	tell(records, n->changed,
		"changed file(s) of the source are as they were committed; --worktree takes them "
		"as they are");
	tell(records, n->untracked,
		"new file(s) or directories of the source are in no commit and not in the build; "
		"--worktree takes them too");
	tell(records, n->left_out,
		"name(s) in the source are neither files nor links, or repositories of their own, "
		"and not in the build");
	tell(records, n->lfs_pointers,
		"file(s) are pointers of Git LFS, not what they point to; run git lfs pull in a "
		"clone of your own and give that with --worktree");
	tell(records, n->unconverted,
		"file(s) are in UTF-8 and not in their working-tree-encoding; git status shows "
		"them as changed");
	if (n->unknown != 0)
		warn(records, "whether the source has uncommitted changes could not be found out; "
			      "git status in it tells");
}

static void on_submodule(struct records *records, const struct fetch_submodule *s)
{
	struct submodulelog *log = &records->reporter->outcome->submodules;

	if (submodulelog_add(log, s->path, s->url, s->commit))
		return;
	fail(&records->failure, 0, "the fetcher told of a submodule that is none");
	records->refused = true;
}

static void take(struct records *records, struct fetch_record *r)
{
	end_texts(r);
	switch (r->type) {
	case FETCH_PROGRESS:
		on_progress(records, r);
		break;
	case FETCH_CONFINED:
		progress_detail(records->reporter->progress, "fetcher confined: %s", r->text);
		break;
	case FETCH_REQUEST:
		if (records->request == NULL &&
			(records->request = malloc(sizeof(*records->request))) != NULL)
			*records->request = r->request;
		break;
	case FETCH_NOTICE:
		on_notice(records, &r->notice);
		break;
	case FETCH_MIRROR:
		records->mirrored = true;
		records->mirror = r->mirror;
		break;
	case FETCH_SUBMODULE:
		on_submodule(records, &r->submodule);
		break;
	case FETCH_DONE:
		on_done(records, r);
		break;
	case FETCH_FAILED:
		records->failure = r->failure;
		records->refused = true;
		break;
	default: /* not a type: whoever sends this is not our fetcher any more */
		fail(&records->failure, 0, "the fetcher sent a record of type %u", r->type);
		records->refused = true;
		break;
	}
}

void records_take(struct records *records, int *socket, unsigned most)
{
	struct fetch_record record;

	while (*socket >= 0 && most-- > 0) {
		struct failure f;
		int got = packet_receive(*socket, &record, sizeof(record), NULL, MSG_DONTWAIT, &f);

		if (got > 0) {
			take(records, &record);
		} else if (got < 0 && f.errnum == EAGAIN) {
			return;
		} else {
			if (got < 0 && f.errnum == 0) {
				fail(&records->failure, 0, "the fetcher sent %s", f.what);
				records->refused = true;
			}
			own_fd_end(socket);
		}
	}
}

int records_judge(const struct records *records, int wait_status, struct failure *f)
{
	bool killed = WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL;

	if (records->refused) {
		*f = records->failure;
		return fail_step(f, "fetch");
	}
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0 && records->done)
		return 0;
	if (WIFSIGNALED(wait_status))
		fail(f, 0, "the fetcher was ended by signal %d (%s)", WTERMSIG(wait_status),
			strsignal(WTERMSIG(wait_status)));
	else
		fail(f, 0, "the fetcher ended with status %d and no result",
			WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1);
	fail_step(f, "fetch");
	return fail_remedy(
		f, killed ? "it may have run into --memory: give more, or a smaller "
			    "repository"
			  : "the repository may be hostile, or this is a bug: report it");
}

void records_release(struct records *records)
{
	free(records->request);
	records->request = NULL;
}
