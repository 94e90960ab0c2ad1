/* The launcher's side of the gateway: what it may reach is decided here, before root is given up
 * and before anything untrusted exists; afterwards the launcher listens, and counts. */
#include "sandbox/launcher/egress.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"
#include "sandbox/docker/text.h"
#include "sandbox/launcher/announce.h"
#include "sandbox/launcher/login.h"
#include "sandbox/launcher/pasta.h"
#include "sandbox/plan/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define READY_MS        20000 /* from its start to its first message */
#define FINISH_MS       2000  /* for its last */
#define DYING_MS        500
#define MESSAGES_A_TURN 256
#define TOLD_A_SECOND   100          /* shown and written as events; all are counted */
#define RULES_BYTES     (128 * 1024) /* of one file */

static void tell_failure(int control, const struct failure *failure)
{
	struct egress_message message = { .type = EGRESS_FAILED, .failure = *failure };
	struct failure unsent;

	egress_message_send(control, &message, NULL, 0, &unsent);
}

/* The network is the host's: that is what it is for. */
static const struct companion_kind kind = {
	.name = "the gateway",
	.program = "cofferdam-egress",
	.descriptors = 12544, /* 2048 connections, and some */
	.tell_failure = tell_failure,
};

/* What it starts ends with its PID namespace. */
static const struct companion_kind full_kind = {
	.name = "the network's warden",
	.program = "cofferdam-egress",
	.namespaces = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS,
	.within = true,
	.descriptors = 65536,
	.tell_failure = tell_failure,
};

void egress_begin(struct egress *egress, const struct config *config,
	const struct identity *identity, const struct reporter *reporter)
{
	*egress = (struct egress){
		.config = config,
		.identity = identity,
		.reporter = reporter,
		.gateway = COMPANION_NONE,
		.exe_fd = -1,
		.pasta_fd = -1,
	};
}

static bool is_wanted(const struct egress *egress)
{
	return egress->config->net.n > 0;
}

/* ---- the launcher's steps ---- */

int egress_find(struct egress *egress, struct failure *f)
{
	if (egress->config->net_full && pasta_find(&egress->pasta_fd, f) < 0)
		return -1;
	return is_wanted(egress) || egress->config->net_full
		       ? program_find_egress(&egress->exe_fd, f)
		       : 0;
}

/* As whom we become: root's own files are nobody's to name. */
static int add_file(
	const struct identity *identity, const char *path, struct net_rules *ret, struct failure *f)
{
	own_fd int fd = identity_open(identity, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	own_mem char *bytes = malloc(RULES_BYTES);
	size_t n = 0;
	struct stat st;
	ssize_t got = 1;

	if (bytes == NULL)
		return fail(f, ENOMEM, "read rules");
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(f, errno, "--net allow:@%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size >= RULES_BYTES)
		return fail(f, 0, "--net allow:@%s: not a file of less than %d bytes", path,
			RULES_BYTES);
	while (n < RULES_BYTES && got > 0) {
		got = read(fd, bytes + n, RULES_BYTES - n);
		n += got > 0 ? (size_t)got : 0;
	}
	if (got < 0)
		return fail(f, errno, "--net allow:@%s", path);
	return net_rules_add_lines(ret, path, bytes, n, f);
}

static int add_words(const struct identity *identity, const char *words, struct net_rules *ret,
	struct failure *f)
{
	while (*words != '\0') {
		size_t n = strcspn(words, ",");
		own_mem char *rule = strndup(words, n);

		if (rule == NULL)
			return fail(f, ENOMEM, "copy a rule");
		if ((rule[0] == '@' ? add_file(identity, rule + 1, ret, f)
				    : net_rules_add(ret, "--net", rule, f)) < 0)
			return -1;
		words += n + (words[n] == ',' ? 1 : 0);
	}
	return 0;
}

int egress_rules(const struct config *config, const struct identity *identity,
	struct net_rules *ret, struct failure *f)
{
	for (size_t i = 0; i < config->net.n; i++)
		if (add_words(identity, config->net.v[i], ret, f) < 0)
			return -1;
	return 0;
}

/* One line each, as they are understood: nothing else crosses to the gateway. */
static int write_rules(const struct net_rules *rules, int *ret_fd, struct failure *f)
{
	own_text struct text text = { 0 };
	struct iovec part;
	char line[HOST_NAME_BYTES + 40];

	for (size_t i = 0; i < rules->n; i++) {
		net_rule_write(&rules->v[i], line, sizeof(line));
		text_word(&text, line);
		text_word(&text, "\n");
	}
	if (text.failed || text.n == 0)
		return fail(f, text.failed ? ENOMEM : 0, "--net: no rule is left");
	part = (struct iovec){ text.s, text.n };
	return sealed_file_make("network rules", &part, 1, ret_fd, f);
}

int egress_start(struct egress *egress, struct failure *f)
{
	own_fd int rules_fd = -1, credentials_fd = -1;
	struct companion_job job;

	if (!is_wanted(egress))
		return 0;
	if (egress_rules(egress->config, egress->identity, &egress->rules, f) < 0 ||
		write_rules(&egress->rules, &rules_fd, f) < 0 ||
		login_write(egress->config, &egress->rules, &credentials_fd, f) < 0)
		return -1;
	job = (struct companion_job){
		.kind = &kind,
		.mode = "--serve",
		.exe_fd = egress->exe_fd,
		.policy_fd = rules_fd,
		.extra_fd = credentials_fd,
		.identity = egress->identity,
	};
	egress->started_ms = clock_now_ms();
	return companion_start(&job, &egress->gateway, f);
}

static int send_rule(struct egress *egress, const struct net_rule *rule, struct failure *f)
{
	struct egress_message message = { .type = EGRESS_NARROW };

	if (rule != NULL)
		net_rule_write(rule, message.rule, sizeof(message.rule));
	return egress_message_send(egress->gateway.control, &message, NULL, 0, f);
}

/* Nothing asked for is nothing to be taken away. */
static int narrow(
	struct egress *egress, const struct net_rules *asked, const char *rules, struct failure *f)
{
	if (!net_rules_within(asked, &egress->rules)) {
		fail(f, 0,
			".cofferdam.json: net: it asks for allow:%.100s, which is more than is allowed",
			rules);
		return fail_remedy(f,
			"a repository may only take away hosts and ports; give "
			"--net=allow:%.100s yourself if you accept it",
			rules);
	}
	if (!is_wanted(egress))
		return 0;
	if (send_rule(egress, NULL, f) < 0)
		return -1;
	for (size_t i = 0; i < asked->n; i++)
		if (send_rule(egress, &asked->v[i], f) < 0)
			return -1;
	return 0;
}

int egress_narrow(struct egress *egress, const char *rules, struct failure *f)
{
	struct net_rules asked = { 0 };
	int result = 0;

	if (egress->config->net_full) {
		fail(f, 0, ".cofferdam.json: net: --net full cannot be narrowed");
		return fail_remedy(f, "give --net=%s%.100s instead",
			rules[0] != '\0' ? "allow:" : "none", rules);
	}
	if (rules[0] != '\0')
		result = net_rules_add(&asked, ".cofferdam.json: net", rules, f);
	if (result == 0)
		result = narrow(egress, &asked, rules, f);
	net_rules_release(&asked);
	return result;
}

int egress_plan(const struct egress *egress, struct net_plan *ret, struct failure *f)
{
	*ret = (struct net_plan){ .on = is_wanted(egress) };
	if (egress->config->net_full)
		return pasta_plan(ret, f);
	if (!ret->on)
		return 0;
	for (size_t i = 0; i < egress->rules.n; i++) {
		const struct address *literal = &egress->rules.v[i].literal;

		if (literal->family != AF_INET)
			continue;
		if (ret->literals_n == NET_LITERALS)
			return fail(f, 0, "--net: more than %d addresses", NET_LITERALS);
		ret->literals[ret->literals_n++] = literal->v4;
	}
	return net_rules_ports(&egress->rules, ret->ports, &ret->ports_n, f);
}

/* ---- its messages ---- */

int egress_poll_fd(const struct egress *egress)
{
	return egress->gateway.control;
}

uint64_t egress_deadline(const struct egress *egress, uint64_t paused_ms)
{
	return egress->gateway.pid != 0 && !egress->ready && !egress->ended
		       ? egress->started_ms + READY_MS + paused_ms
		       : UINT64_MAX;
}

bool egress_can_serve(const struct egress *egress)
{
	return !is_wanted(egress) || egress->ready;
}

static void on_record(struct egress *egress, const struct egress_record *record)
{
	const struct reporter *reporter = egress->reporter;
	uint64_t second = clock_now_ms() / 1000;

	netlog_take(&reporter->outcome->net, record);
	if (second != egress->told_second)
		egress->told_count = 0;
	egress->told_second = second;
	if (++egress->told_count > TOLD_A_SECOND)
		return;
	progress_detail(reporter->progress, "network: %s %s:%u%s%s",
		netlog_verdict(record->verdict), netlog_host(record), record->port,
		record->reason[0] != '\0' ? ": " : "", record->reason);
	announce_egress(reporter->events, record);
}

static const char *name_of(const struct egress *egress)
{
	return egress->config->net_full ? full_kind.name : kind.name;
}

static void describe_end(struct egress *egress)
{
	int status = 0;

	fail_step(&egress->ending, "egress");
	if (egress->ending.what[0] != '\0')
		return; /* it said why itself */
	if (companion_has_ended(&egress->gateway, DYING_MS, &status) && WIFSIGNALED(status))
		fail(&egress->ending, 0, "%s was ended by signal %d (%s)", name_of(egress),
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		fail(&egress->ending, 0, "%s ended without a message", name_of(egress));
	fail_step(&egress->ending, "egress");
}

/* Before the build that fails the run; then the builder goes on, and reaches nobody. */
static int on_end(struct egress *egress, bool building, struct failure *f)
{
	describe_end(egress);
	egress->ended = true;
	own_fd_end(&egress->gateway.control);
	if (!building) {
		egress->failed = true;
		*f = egress->ending;
		return -1;
	}
	wall_set(egress->reporter->outcome->walls, WALL_EGRESS,
		egress->config->net_full ? WALL_DEGRADED : WALL_ENFORCED,
		"%s died while the builder ran, and every connection with it: %s", name_of(egress),
		egress->ending.what);
	progress_warn(egress->reporter->progress, "network: %s; the build goes on without it",
		egress->ending.what);
	announce_warning(egress->reporter->events, egress->ending.what);
	return 0;
}

/* 1: a message was taken; 0: none is there; -1: it has ended. */
static int take_one(struct egress *egress, bool *ret_finished)
{
	struct egress_message message;
	struct failure unheard = { 0 };
	int got = egress_message_receive(
		egress->gateway.control, &message, NULL, MSG_DONTWAIT, &unheard);

	if (got < 0 && unheard.errnum == EAGAIN)
		return 0;
	if (got < 0)
		egress->ending = unheard;
	else if (got > 0 && message.type == EGRESS_FAILED)
		egress->ending = message.failure;
	if (got <= 0 || message.type == EGRESS_FAILED)
		return -1;
	if (message.type == EGRESS_READY) {
		egress->ready = true;
		progress_detail(egress->reporter->progress, "network: %s", message.note);
	} else if (message.type == EGRESS_RECORD) {
		on_record(egress, &message.record);
	} else if (message.type == EGRESS_FINISHED) {
		egress->reporter->outcome->net.lost = message.lost;
		*ret_finished = true;
	}
	return 1;
}

int egress_take(struct egress *egress, bool building, struct failure *f)
{
	bool finished = false;

	for (unsigned i = 0; i < MESSAGES_A_TURN && egress->gateway.control >= 0; i++) {
		int got = take_one(egress, &finished);

		if (got < 0)
			return on_end(egress, building, f);
		if (got == 0)
			break;
	}
	return 0;
}

int egress_watch_the_clock(
	struct egress *egress, uint64_t now_ms, uint64_t paused_ms, struct failure *f)
{
	if (now_ms < egress_deadline(egress, paused_ms))
		return 0;
	egress->failed = true;
	fail(f, 0, "%s is not ready within %d s", name_of(egress), READY_MS / 1000);
	return fail_step(f, "egress: start");
}

static int start_full(struct egress *egress, const struct packet_fds *fds, struct failure *f)
{
	const struct companion_job job = {
		.kind = &full_kind,
		.mode = "--full",
		.exe_fd = egress->exe_fd,
		.policy_fd = egress->pasta_fd,
		.extra_fd = fds->at[1],
		.user_fd = fds->at[0],
		.identity = egress->identity,
	};

	if (!egress->config->net_full || egress->gateway.pid != 0 || fds->n != 2)
		return fail(f, 0, "the keeper sent namespaces that were not due");
	egress->started_ms = clock_now_ms();
	return companion_start(&job, &egress->gateway, f);
}

bool egress_take_joined(struct egress *egress)
{
	bool now = egress->config->net_full && egress->ready && !egress->joined;

	egress->joined |= now;
	return now;
}

int egress_pass(
	struct egress *egress, size_t place, const struct packet_fds *fds, struct failure *f)
{
	const struct egress_message message = { .type = EGRESS_LISTEN, .place = (uint32_t)place };

	if (!is_wanted(egress))
		return start_full(egress, fds, f);
	if (egress->ended)
		return 0; /* the builder's connections end where nobody listens */
	return egress_message_send(egress->gateway.control, &message, fds, 0, f);
}

/* ---- the end ---- */

static void say_refused(const struct egress *egress)
{
	const struct netlog *log = &egress->reporter->outcome->net;
	const uint64_t crowded = netlog_crowded(log);
	char list[600], first[HOST_NAME_BYTES], permits[HOST_NAME_BYTES + 40] = "";

	netlog_refused(log, list, sizeof(list), first, sizeof(first));
	if (first[0] != '\0')
		snprintf(permits, sizeof(permits), "; --net allow:%s permits it", first);
	if (list[0] != '\0')
		progress_warn(egress->reporter->progress, "network: refused: %s%s", list, permits);
	if (crowded > 0)
		progress_warn(egress->reporter->progress,
			"network: refused: %llu connections for which there was no room",
			(unsigned long long)crowded);
}

/* Else a build that asked again for a minute would end with its own words alone. */
static void say_alone(const struct egress *egress)
{
	const uint64_t unheard = egress->reporter->outcome->unheard;

	if (unheard > 0)
		progress_warn(egress->reporter->progress,
			"network: the build asked %llu times for names or hosts, and has no network; "
			"--net allow:HOST names what it may reach",
			(unsigned long long)unheard);
}

void egress_finish(struct egress *egress)
{
	const struct egress_message order = { .type = EGRESS_FINISH };
	uint64_t end = clock_now_ms() + FINISH_MS, now;
	struct failure unsent;
	bool finished = false;

	if (egress->gateway.pid == 0) {
		say_alone(egress);
		return;
	}
	if (egress->gateway.control >= 0 && egress_message_send(egress->gateway.control, &order,
						    NULL, MSG_DONTWAIT, &unsent) == 0)
		while (!finished && (now = clock_now_ms()) < end) {
			struct pollfd next = { .fd = egress->gateway.control, .events = POLLIN };

			if (poll(&next, 1, (int)(end - now)) > 0 && take_one(egress, &finished) < 0)
				break;
		}
	companion_end(&egress->gateway);
	egress->ended = true;
	say_refused(egress);
}

void egress_release(struct egress *egress)
{
	companion_end(&egress->gateway);
	net_rules_release(&egress->rules);
	own_fd_end(&egress->exe_fd);
	own_fd_end(&egress->pasta_fd);
	egress_begin(egress, egress->config, egress->identity, egress->reporter);
}
