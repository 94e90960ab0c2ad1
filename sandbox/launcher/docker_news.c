#include "sandbox/launcher/docker_news.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/state/ledger.h"

#include <time.h>

#define REFUSED_A_SECOND 100 /* shown and written as events; all are counted */

static bool is_too_much(struct docker_news *news)
{
	uint64_t second = clock_now_ms() / 1000;

	if (second != news->refused_second)
		news->refused_count = 0;
	news->refused_second = second;
	return ++news->refused_count > REFUSED_A_SECOND;
}

static void on_refused(struct docker_news *news, const struct control *message)
{
	if (is_too_much(news))
		return;
	progress_detail(news->reporter->progress, "docker: refused %s %s: %s",
		message->refused.method, message->refused.path, message->refused.reason);
	announce_docker_refused(news->reporter->events, message);
}

static void on_changed(struct docker_news *news, const struct control *message)
{
	if (is_too_much(news))
		return;
	progress_detail(news->reporter->progress, "docker: changed %s %s: %s",
		message->refused.method, message->refused.path, message->refused.reason);
	announce_docker_changed(news->reporter->events, message);
}

static void on_object(const struct docker_news *news, const struct control *message)
{
	progress_detail(news->reporter->progress, "docker: %s %s %s%s%s",
		message->type == CONTROL_MADE   ? "made"
		: message->type == CONTROL_GONE ? "removed"
						: "could not remove",
		object_kind_name(message->kind), message->object.id,
		message->object.note[0] != '\0' ? ": " : "", message->object.note);
	announce_docker_object(news->reporter->events, message);
}

/* By its line `gc --images` knows later that this name is ours. A run that cannot write it has
 * still left the image, and says so. */
static void keep_image(const struct docker_news *news, const struct control *message)
{
	struct kept_image kept = { .time = (uint64_t)time(NULL) };
	struct failure f;
	own_fd int dir_fd = ledger_open(true, &f);

	snprintf(kept.run, sizeof(kept.run), "%s", news->reporter->outcome->id);
	snprintf(kept.image, sizeof(kept.image), "%.79s", message->object.note);
	snprintf(kept.tag, sizeof(kept.tag), "%s", message->object.id);
	snprintf(kept.socket, sizeof(kept.socket), "%s", news->socket);
	if (dir_fd < 0 || ledger_keep(dir_fd, &kept, &f) < 0)
		progress_warn(news->reporter->progress,
			"docker: gc --images will not know of %s: %s", kept.tag, f.what);
}

void docker_news_hear(void *data, const struct control *message)
{
	struct docker_news *news = data;

	if (message->type == CONTROL_KEPT) {
		keep_image(news, message);
		return;
	}
	dockerlog_take(&news->reporter->outcome->docker, message);
	if (message->type == CONTROL_REFUSED)
		on_refused(news, message);
	else if (message->type == CONTROL_CHANGED)
		on_changed(news, message);
	else if (message->type == CONTROL_MADE || message->type == CONTROL_GONE ||
		 message->type == CONTROL_LEFT)
		on_object(news, message);
}
