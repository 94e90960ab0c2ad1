#include "sandbox/fetch/channel.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/packet.h"

#include <stdio.h>
#include <string.h>

#define PROGRESS_EVERY_MS 50

/* Every record is zeroed first, so no byte of our stack travels with it. */
static struct fetch_record record_of(enum fetch_record_type type)
{
	struct fetch_record record;

	memset(&record, 0, sizeof(record));
	record.type = type;
	return record;
}

static int channel_send(const struct channel *channel, const struct fetch_record *record, int flags,
	struct failure *f)
{
	return packet_send(channel->fd, record, sizeof(*record), NULL, flags, f);
}

void channel_init(struct channel *channel, int fd)
{
	*channel = (struct channel){ .fd = fd, .last_stage = UINT32_MAX };
}

void channel_progress(struct channel *channel, enum fetch_stage stage, uint64_t done,
	uint64_t total, uint64_t bytes)
{
	struct failure ignored; /* progress may be lost */
	uint64_t now = clock_now_ms();

	if (stage == channel->last_stage && now - channel->last_ms < PROGRESS_EVERY_MS &&
		(done < total || total == 0))
		return;
	if (stage == channel->last_stage && now == channel->last_ms)
		return;
	channel->last_ms = now;
	channel->last_stage = stage;
	struct fetch_record record = record_of(FETCH_PROGRESS);

	record.stage = stage;
	record.done = done;
	record.total = total;
	record.bytes = bytes;
	channel_send(channel, &record, MSG_DONTWAIT, &ignored);
}

int channel_confined(const struct channel *channel, const char *text, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_CONFINED);

	snprintf(record.text, sizeof(record.text), "%s", text);
	return channel_send(channel, &record, 0, f);
}

int channel_request(
	const struct channel *channel, const struct repo_request *request, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_REQUEST);

	record.request = *request;
	return channel_send(channel, &record, 0, f);
}

int channel_notice(
	const struct channel *channel, const struct fetch_notice *notice, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_NOTICE);

	record.notice = *notice;
	return channel_send(channel, &record, 0, f);
}

int channel_submodule(const struct channel *channel, const char *path, const char *url,
	const char *commit, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_SUBMODULE);
	struct fetch_submodule *s = &record.submodule;

	if (strlen(path) >= sizeof(s->path) || strlen(url) >= sizeof(s->url))
		return fail(
			f, 0, "its path or its URL is longer than %zu bytes", sizeof(s->path) - 1);
	snprintf(s->path, sizeof(s->path), "%s", path);
	snprintf(s->url, sizeof(s->url), "%s", url);
	snprintf(s->commit, sizeof(s->commit), "%s", commit);
	return channel_send(channel, &record, 0, f);
}

int channel_mirror(
	const struct channel *channel, const struct fetch_mirror *mirror, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_MIRROR);

	record.mirror = *mirror;
	return channel_send(channel, &record, 0, f);
}

int channel_done(
	const struct channel *channel, const char *commit, const char *ref, struct failure *f)
{
	struct fetch_record record = record_of(FETCH_DONE);

	snprintf(record.done_at.commit, sizeof(record.done_at.commit), "%s", commit);
	snprintf(record.done_at.ref, sizeof(record.done_at.ref), "%s", ref);
	failure_sanitize(record.done_at.ref);
	return channel_send(channel, &record, 0, f);
}

void channel_failed(const struct channel *channel, const struct failure *failure)
{
	struct fetch_record record = record_of(FETCH_FAILED);
	struct failure ignored;

	record.failure = *failure;
	channel_send(channel, &record, 0, &ignored);
}
