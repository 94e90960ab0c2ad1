#include "sandbox/probe/attempt_run.h"

#include "sandbox/probe/attempt.h"
#include "sandbox/probe/probe_find.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MOST      8
#define SECONDS_AT_MOST 10
#define ANSWER_SIZE     24
#define UNTRIED         "-"
#define WORDS_ROOM      512
#define NAMESPACES_BARE (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET)

struct words {
	char text[WORDS_ROOM];
	char *v[WORDS_MOST + 1];
	int n;
};

static const char *fact_find(char *const facts[], const char *key)
{
	size_t length = strlen(key);

	for (; *facts != NULL; facts++)
		if (strncmp(*facts, key, length) == 0 && (*facts)[length] == '=')
			return *facts + length + 1;
	return NULL;
}

/* False: a fact is not told. */
static bool words_fill(const struct attempt *a, char *const facts[], struct words *ret)
{
	char *rest = ret->text, *word;

	ret->n = 0;
	snprintf(ret->text, sizeof(ret->text), "%s", a->words != NULL ? a->words : "");
	while (ret->n < WORDS_MOST && (word = strtok_r(rest, " ", &rest)) != NULL) {
		const char *value = word[0] == '@' ? fact_find(facts, word + 1) : word;

		if (value == NULL)
			return false;
		ret->v[ret->n++] = (char *)value;
	}
	ret->v[ret->n] = NULL;
	return true;
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(2);
	close(fd);
}

/* As `unshare --map-root-user` does. */
static void become_bare(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(NAMESPACES_BARE) < 0)
		_exit(2);
	write_text("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_text("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_text("/proc/self/gid_map", map);
}

static void attempt_child(const struct attempt *a, struct words *words, bool bare, int answer_fd)
{
	const struct probe *probe = probe_find(a->probe);
	struct rlimit core;
	int error, null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = core.rlim_max < 1 ? core.rlim_max : 1; /* 1: no handler of cores either */
	setrlimit(RLIMIT_CORE, &core);
	alarm(SECONDS_AT_MOST);
	dup2(null, STDERR_FILENO);
	if (bare)
		become_bare();
	error = probe->run(words->n, words->v);
	if (write(answer_fd, &error, sizeof(error)) != sizeof(error))
		_exit(2);
	_exit(0);
}

/* No answer, but an end: by a signal, or because it is not to be tried here. */
static void answer_of_end(int status, char ret[ANSWER_SIZE])
{
	if (WIFSIGNALED(status))
		snprintf(ret, ANSWER_SIZE, "SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		snprintf(ret, ANSWER_SIZE, UNTRIED);
}

static void attempt_try(
	const struct attempt *a, struct words *words, bool bare, char ret[ANSWER_SIZE])
{
	int ends[2], error, status = 0;
	pid_t pid;
	ssize_t n;

	snprintf(ret, ANSWER_SIZE, UNTRIED);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		attempt_child(a, words, bare, ends[1]);
	close(ends[1]);
	n = read(ends[0], &error, sizeof(error));
	close(ends[0]);
	if (pid < 0)
		return;
	waitpid(pid, &status, 0);
	if (n == sizeof(error))
		snprintf(ret, ANSWER_SIZE, "%s", error == 0 ? "OK" : strerrorname_np(error));
	else
		answer_of_end(status, ret);
}

static bool is_among(const char *word, const char *list)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)) != NULL; at += length)
		if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static const char *verdict(const struct attempt *a, const char *answer)
{
	if (strcmp(answer, UNTRIED) == 0)
		return "untried";
	if (strcmp(answer, "OK") == 0)
		return "open";
	return is_among(answer, a->held) ? "held" : "unclear";
}

void attempts_run(bool bare, char *const facts[])
{
	for (size_t i = 0; i < attempts_n; i++) {
		const struct attempt *a = &attempts[i];
		char answer[ANSWER_SIZE] = UNTRIED;
		struct words words = { .n = 0 };

		if (words_fill(a, facts, &words))
			attempt_try(a, &words, bare && a->outside == BARE, answer);
		printf("%s\t%s\t%s\t%s\t%s\n", a->wall, verdict(a, answer), answer, a->tried,
			a->reason);
	}
	puts("end");
}
