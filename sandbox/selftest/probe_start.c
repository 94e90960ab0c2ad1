#include "sandbox/selftest/probe_start.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"
#include "sandbox/config/setting.h"
#include "sandbox/docker/policy.h"
#include "sandbox/launcher/launcher.h"
#include "sandbox/privilege/identity.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#define PROBE_INSIDE "/opt/cofferdam-probe"
#define WORDS_MOST   (CANARY_FACTS + 8)

typedef void child_fn(const struct probe_start *start, const char *command, int end_fd);

/* Only /dev/null and our pipe: nothing of the terminal's. */
static void own_stdio(int text_fd)
{
	own_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(text_fd, STDOUT_FILENO);
}

static int prepare(const struct probe_start *start, struct config *config, struct failure *f)
{
	own_mem char *bind = NULL;

	if (asprintf(&bind, "%s:" PROBE_INSIDE, start->probe_path) < 0) {
		bind = NULL;
		return fail(f, ENOMEM, "name the probe");
	}
	config->source = strdup("none");
	if (config->source == NULL)
		return fail(f, ENOMEM, "name the source");
	if (strings_add(&config->ro_bind, bind, f) < 0 ||
		strings_add(&config->command, PROBE_INSIDE, f) < 0)
		return -1;
	for (const char *const *word = start->words; *word != NULL; word++)
		if (strings_add(&config->command, *word, f) < 0)
			return -1;
	return 0;
}

/* The child owns its copy of everything; its end releases it. */
static void child_inside(const struct probe_start *start, const char *command, int end_fd)
{
	struct config config = *start->config;
	struct outcome outcome = { .cause = CAUSE_SETUP_FAILED };
	struct sandbox_end end = { .failed = true };
	struct progress progress;

	(void)command;
	config.command = (struct strings){ NULL, 0 };
	config.quiet = true;
	config.docker = DOCKER_OFF;
	canary_show(start->canary);
	progress_open(&progress, &config, STDERR_FILENO);
	if (prepare(start, &config, &end.error) == 0) {
		launcher_run(&config, &progress, &outcome, &end.error);
		end.failed = outcome.failed;
		end.cause = outcome.cause;
		memcpy(end.walls, outcome.walls, sizeof(end.walls));
	}
	_exit(whole_write(end_fd, &end, sizeof(end)) < 0);
}

static void become_user(const struct probe_start *start)
{
	struct identity identity;
	struct failure f;

	if (identity_find(start->config->run_as, &identity, &f) < 0 ||
		identity_give_up(&identity, &f) < 0)
		_exit(EXIT_FAILURE);
	canary_show(start->canary);
}

static void child_outside(const struct probe_start *start, const char *command, int end_fd)
{
	const char *words[WORDS_MOST + 2] = { "cofferdam-probe" };

	(void)command, (void)end_fd;
	become_user(start);
	for (size_t i = 0; i < WORDS_MOST && start->words[i] != NULL; i++)
		words[i + 1] = start->words[i];
	fexecve(start->probe_fd, (char *const *)words, environ);
	_exit(EXIT_FAILURE);
}

static void child_against(const struct probe_start *start, const char *command, int end_fd)
{
	own_mem char *script = NULL;
	const char *words[WORDS_MOST + 6] = { "sh", "-c", NULL, "sh", start->probe_path };

	(void)end_fd;
	become_user(start);
	setenv("COFFERDAM_PROBE", start->probe_path, 1);
	if (asprintf(&script, "%s \"$@\"", command) < 0)
		_exit(EXIT_FAILURE);
	words[2] = script;
	for (size_t i = 0; i < WORDS_MOST && start->words[i] != NULL; i++)
		words[i + 5] = start->words[i];
	execv("/bin/sh", (char *const *)words);
	_exit(EXIT_FAILURE);
}

static int collect(int fd, char **ret_text, struct failure *f)
{
	own_mem char *text = malloc(PROBE_TEXT + 1);
	ssize_t n = text != NULL ? whole_read(fd, text, PROBE_TEXT) : -1;

	if (n < 0)
		return fail(f, errno, "read what the probe says");
	text[n] = '\0';
	*ret_text = own_mem_give(text);
	return 0;
}

static int start_child(child_fn *child, const struct probe_start *start, const char *command,
	char **ret_text, struct sandbox_end *ret_end, struct failure *f)
{
	int text[2], ends[2], status, result;
	pid_t pid;

	if (pipe2(text, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	own_fd int text_r = text[0], text_w = text[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail(f, errno, "make a pipe");
	own_fd int end_r = ends[0], end_w = ends[1];
	pid = fork();
	if (pid < 0)
		return fail(f, errno, "fork");
	if (pid == 0) {
		own_stdio(text_w);
		own_fd_end(&text_w);
		child(start, command, end_w);
		_exit(EXIT_FAILURE);
	}
	own_fd_end(&text_w);
	own_fd_end(&end_w);
	result = collect(text_r, ret_text, f);
	own_fd_end(&text_r); /* what comes beyond that is not waited for */
	if (ret_end != NULL && result == 0 &&
		whole_read(end_r, ret_end, sizeof(*ret_end)) != sizeof(*ret_end))
		result = fail(f, 0, "the sandbox ended without saying how");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return result;
}

int probe_inside(const struct probe_start *start, char **ret_text, struct sandbox_end *ret_end,
	struct failure *f)
{
	if (start_child(child_inside, start, NULL, ret_text, ret_end, f) < 0)
		return -1;
	/* A limit that ends a run is a failure of the run, not of ours. */
	if (!ret_end->failed || ret_end->cause != CAUSE_SETUP_FAILED)
		return 0;
	own_mem_end(ret_text);
	*f = ret_end->error;
	return -1;
}

int probe_outside(const struct probe_start *start, char **ret_text, struct failure *f)
{
	return start_child(child_outside, start, NULL, ret_text, NULL, f);
}

int probe_against(
	const struct probe_start *start, const char *command, char **ret_text, struct failure *f)
{
	return start_child(child_against, start, command, ret_text, NULL, f);
}
