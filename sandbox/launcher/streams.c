#include "sandbox/launcher/streams.h"

#include "sandbox/base/own.h"

#include <fcntl.h>

void streams_reopen(struct streams *streams)
{
	/* stdin is an output only as a terminal; a pipe of which we held the other end would
	 * never end. -1: relay.c has a way without. */
	for (int i = 0; i < 3; i++)
		streams->reopened[i] = i > 0 || isatty(i) == 1 ? relay_reopen(i, O_WRONLY) : -1;
	streams->keys = relay_reopen(STDIN_FILENO, O_RDONLY);
}

/* Keys go in and what is on the screen comes out by one terminal. */
static int start_terminal(struct streams *streams, const struct plan *plan, struct failure *f)
{
	int in = fcntl(streams->master_fd, F_DUPFD_CLOEXEC, 3);
	int out = fcntl(streams->master_fd, F_DUPFD_CLOEXEC, 3);
	int screen = plan->tty_out ? STDOUT_FILENO : STDIN_FILENO;

	if (in < 0 || out < 0)
		return fail(f, errno, "share the terminal's master");
	relay_input(&streams->relays[STREAM_IN], STDIN_FILENO, own_fd_give(&streams->keys), in);
	relay_output(&streams->relays[STREAM_TERMINAL], out, screen,
		own_fd_give(&streams->reopened[screen]));
	terminal_start(&streams->terminal, STDIN_FILENO, streams->master_fd,
		plan->tty_out && plan->tty_err);
	streams->terminal_used = true;
	return 0;
}

int streams_start(struct streams *streams, int stdio[3], const struct plan *plan, struct failure *f)
{
	const int outputs[] = {
		[STREAM_OUT] = plan->stdout_is_kept ? STDERR_FILENO : STDOUT_FILENO,
		[STREAM_ERR] = STDERR_FILENO,
	};

	streams->relays = calloc(STREAMS, sizeof(*streams->relays));
	if (streams->relays == NULL)
		return fail(f, ENOMEM, "make the relays");
	for (int i = 0; i < STREAMS; i++)
		streams->relays[i].from = streams->relays[i].to = -1;
	for (int i = STREAM_OUT; i <= STREAM_ERR; i++)
		if (stdio[i] >= 0)
			relay_output(&streams->relays[i], own_fd_give(&stdio[i]), outputs[i],
				plan->stdout_is_kept && i == STREAM_OUT
					? fcntl(streams->reopened[outputs[i]], F_DUPFD_CLOEXEC, 3)
					: own_fd_give(&streams->reopened[outputs[i]]));
	if (plan->tty)
		return start_terminal(streams, plan, f);
	relay_input(&streams->relays[STREAM_IN], STDIN_FILENO, own_fd_give(&streams->keys),
		own_fd_give(&stdio[0]));
	return 0;
}

bool streams_started(const struct streams *streams)
{
	return streams->relays != NULL;
}

void streams_poll(struct streams *streams, struct pollfd polls[STREAMS_POLLS])
{
	bool may_read = !streams->terminal_used || terminal_foreground(&streams->terminal);

	/* A shell's `fg` tells a job that it had not stopped nothing: it has to look. */
	if (streams->terminal_used && may_read && !streams->terminal.raw)
		terminal_make_raw(&streams->terminal);
	for (int i = 0; i < STREAMS; i++) {
		struct pollfd *pair = &polls[2 * i];

		pair[0] = pair[1] = (struct pollfd){ .fd = -1 };
		if (streams->relays != NULL)
			relay_poll(&streams->relays[i], pair);
	}
	if (!may_read) /* a background job that reads its terminal is stopped */
		polls[2 * STREAM_IN].fd = -1;
}

/* What came last stands at the beginning of the relay's buffer, also when it is on its way. */
static void log_output(const struct streams *streams, enum stream which, uint64_t n)
{
	static const enum outputlog_stream names[] = {
		[STREAM_OUT] = OUTPUTLOG_OUT,
		[STREAM_ERR] = OUTPUTLOG_ERR,
		[STREAM_TERMINAL] = OUTPUTLOG_TERMINAL,
	};

	if (streams->log != NULL)
		outputlog_take(
			streams->log, names[which], streams->relays[which].buffer, (size_t)n);
}

static void pump_output(struct streams *streams, enum stream which, const struct pollfd polls[2],
	uint64_t limit, struct streams_news *news)
{
	struct relay *relay = &streams->relays[which];
	uint64_t before = relay->bytes;
	uint64_t so_far = streams_bytes(streams), left = so_far < limit ? limit - so_far : 0;

	if (left == 0 && (polls[0].revents & POLLIN) != 0)
		news->over = true;
	else if (relay_pump(relay, polls, left > 0 ? left : 1)) /* at the limit only an end comes */
		news->came = true;
	if (relay->bytes > before)
		log_output(streams, which, relay->bytes - before);
}

static void look_for_losses(const struct streams *streams, struct streams_news *news)
{
	static const char *const names[] = {
		[STREAM_OUT] = "stdout", [STREAM_ERR] = "stderr", [STREAM_TERMINAL] = "the terminal"
	};

	for (int i = STREAM_OUT; i < STREAMS && news->lost == 0; i++)
		if (streams->relays[i].lost != 0) {
			news->lost = streams->relays[i].lost;
			news->lost_where = names[i];
		}
}

struct streams_news streams_pump(
	struct streams *streams, const struct pollfd polls[STREAMS_POLLS], uint64_t limit)
{
	struct streams_news news = { 0 };

	if (streams->relays == NULL)
		return news;
	relay_pump(&streams->relays[STREAM_IN], &polls[2 * STREAM_IN], UINT64_MAX);
	for (int i = STREAM_OUT; i < STREAMS && !news.over; i++)
		pump_output(streams, (enum stream)i, &polls[2 * i], limit, &news);
	look_for_losses(streams, &news);
	return news;
}

uint64_t streams_bytes(const struct streams *streams)
{
	uint64_t sum = 0;

	for (int i = STREAM_OUT; i < STREAMS && streams->relays != NULL; i++)
		sum += streams->relays[i].bytes;
	return sum;
}

bool streams_blocked(const struct streams *streams)
{
	for (int i = STREAM_OUT; i < STREAMS && streams->relays != NULL; i++)
		if (streams->relays[i].have > 0)
			return true;
	return false;
}

bool streams_done(const struct streams *streams)
{
	for (int i = STREAM_OUT; i < STREAMS && streams->relays != NULL; i++)
		if (!relay_done(&streams->relays[i]))
			return false;
	return true;
}

void streams_cut(struct streams *streams)
{
	for (int i = STREAM_OUT; i < STREAMS && streams->relays != NULL; i++)
		relay_close_from(&streams->relays[i]);
}

void streams_end_input(struct streams *streams)
{
	if (streams->relays != NULL)
		relay_release(&streams->relays[STREAM_IN]);
}

void streams_let_go(struct streams *streams)
{
	streams_restore(streams);
	streams->terminal_used = false;
	streams_end_input(streams);
}

void streams_make_raw(struct streams *streams)
{
	if (streams->terminal_used)
		terminal_make_raw(&streams->terminal);
}

void streams_resize(const struct streams *streams)
{
	if (streams->terminal_used)
		terminal_resize(&streams->terminal);
}

void streams_restore(struct streams *streams)
{
	if (streams->terminal_used)
		terminal_restore(&streams->terminal);
}

void streams_release(struct streams *streams)
{
	streams_restore(streams);
	for (int i = 0; i < 3; i++)
		own_fd_end(&streams->reopened[i]);
	own_fd_end(&streams->master_fd);
	free(streams->relays);
	streams->relays = NULL;
}
