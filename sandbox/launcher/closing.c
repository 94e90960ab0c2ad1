#include "sandbox/launcher/closing.h"

#include "sandbox/base/own.h"
#include "sandbox/config/options.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

/* What most often stands behind a signal in a sandbox; 0: behind any other. */
static const struct {
	int signal;
	const char *remedy;
} signal_rows[] = {
	{ SIGKILL, "somebody inside killed it, or the host had no memory left (dmesg says so)" },
	{ SIGSYS, "a profile of --seccomp kills for a system call, where it says so; the built-in "
		  "filter refuses and never kills: then somebody sent it" },
	{ SIGXFSZ, "a file met the limit that the command set itself, or that you have "
		   "(ulimit -Hf): cofferdam sets none" },
	{ SIGXCPU, "it set itself a limit of processor time" },
	{ SIGPIPE, "it wrote to what nobody reads any more" },
	{ SIGBUS, "a mapped file may have met the end of --app-size or --memory: give more" },
	{ SIGTERM, "somebody inside ended it" },
	{ 0, "a fault of its own, unless it does not happen outside: `cofferdam doctor` says what "
	     "this host withholds" },
};

/* "--memory 200M", as the option is written. */
static const char *met(const struct config *config, const char *name, char ret[64])
{
	const struct option *option = option_find(name, strlen(name));
	char text[NUMBER_TEXT_SIZE];
	uint64_t value = number_load(config, option->offset, option->width);

	snprintf(ret, 64, "--%s %s", name, number_format(&option->range, value, text));
	return ret;
}

/* The last phase that began before the teardown. */
static enum phase reached(const struct outcome *o)
{
	enum phase ret = PHASE_BUILD;

	while (ret > PHASE_PREPARE && o->phase_ms[ret] < 0)
		ret--;
	return ret;
}

/* Far from its own limit: then it was that of the job, or of the container, that this is in. */
static bool met_one_above(const struct outcome *o)
{
	uint64_t own = o->applied.memory_bytes;

	return own != LIMIT_NONE && o->usage.memory_peak_bytes < own - own / 8;
}

static void say_oom(const struct config *config, const struct outcome *o, struct failure *ret)
{
	char setting[64];

	if (met_one_above(o)) {
		fail(ret, 0,
			"out of memory: a limit above the run's was met, with %" PRIu64
			" MiB used of %s, and the kernel killed %" PRIu64 " process%s",
			o->usage.memory_peak_bytes >> 20, met(config, "memory", setting),
			o->usage.oom_kills, o->usage.oom_kills == 1 ? "" : "es");
		fail_remedy(
			ret, "give the job or the container that cofferdam runs in more memory");
		return;
	}
	fail(ret, 0, "out of memory: %s was met, and the kernel killed %" PRIu64 " process%s",
		met(config, "memory", setting), o->usage.oom_kills,
		o->usage.oom_kills == 1 ? "" : "es");
	fail_remedy(ret, "--memory SIZE gives more%s; files in /app and /tmp count as well",
		reached(o) == PHASE_BUILD ? ", fewer jobs at once (make -j) take less" : "");
}

static void say_disk_full(
	const struct ending *ending, const struct config *config, struct failure *ret)
{
	char setting[64];
	bool inodes = ending->inodes_were_full;

	fail(ret, 0, "the work space was full: %s was met",
		met(config, inodes ? "app-inodes" : "app-size", setting));
	fail_remedy(ret, "%s",
		inodes ? "--app-inodes N gives more files and directories"
		       : "--app-size SIZE gives more; its files count for --memory too");
}

static void say_signal(int number, struct failure *ret)
{
	size_t i = 0;

	while (signal_rows[i].signal != number && signal_rows[i].signal != 0)
		i++;
	fail(ret, 0, "the command was ended by signal %d (%s)", number, strsignal(number));
	fail_remedy(ret, "%s", signal_rows[i].remedy);
}

bool closing_words(const struct ending *ending, const struct config *config,
	const struct outcome *outcome, struct failure *ret)
{
	if (ending->stopped) /* its failure says why */
		return false;
	switch (outcome->cause) {
	case CAUSE_OOM:
		say_oom(config, outcome, ret);
		break;
	case CAUSE_DISK_FULL:
		say_disk_full(ending, config, ret);
		break;
	case CAUSE_SIGNALLED:
		say_signal(outcome->signal, ret);
		break;
	case CAUSE_INTERRUPTED:
		fail(ret, 0, "interrupted by signal %d (%s)", ending->interrupted_by,
			strsignal(ending->interrupted_by));
		fail_remedy(ret, "start it again: nothing of it is left");
		break;
	default:
		return false;
	}
	fail_step(ret, phase_name(reached(outcome)));
	return true;
}
