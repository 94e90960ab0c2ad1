#include "sandbox/engine/broker_client.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/engine/control_channel.h"
#include "sandbox/engine/policy_file.h"
#include "sandbox/plan/program.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ANSWER_MS    60000 /* an engine with many layers counts for long */
#define SURVEY_BYTES (8 * 1024 * 1024)

static const struct jsontext_limits look_limits = { SURVEY_BYTES, 8, 65536 };

/* ---- the broker ---- */

int broker_client_start(const struct engine_place *engine, const struct identity *identity,
	const struct policy *policy, struct companion *ret, struct failure *f)
{
	own_fd int exe_fd = -1, policy_fd = -1;
	struct policy placed = *policy;

	placed.level = DOCKER_RUN;
	placed.build_net = (char *)"none";
	placed.limits = limits_none;
	placed.socket = engine->socket.path;
	placed.socket_device = engine->socket.device;
	placed.socket_inode = engine->socket.inode;
	placed.user = identity->uid;
	if (program_find_broker(&exe_fd, f) < 0 || policy_file_make(&placed, &policy_fd, f) < 0)
		return -1;
	const struct companion_job job = {
		.kind = &broker_kind,
		.mode = "--cleanup",
		.exe_fd = exe_fd,
		.policy_fd = policy_fd,
		.extra_fd = -1,
		.identity = identity,
		.needs_group = engine->needs_group,
		.group = engine->group,
	};

	return companion_start(&job, ret, f);
}

int broker_client_open(const char *docker_host, const struct identity *identity,
	struct broker_client *ret, struct failure *f)
{
	const struct companion none = COMPANION_NONE;
	const struct policy policy = {
		.level = DOCKER_RUN, .doubted = identity->was_root, /* the ledger is that user's */
	};

	*ret = (struct broker_client){ .broker = none };
	if (engine_find(docker_host, identity, &ret->engine, f) < 0)
		return -1;
	if (broker_client_start(&ret->engine, identity, &policy, &ret->broker, f) == 0)
		return 0;
	engine_release(&ret->engine);
	return -1;
}

void broker_client_close(struct broker_client *client)
{
	companion_end(&client->broker);
	engine_release(&client->engine);
}

/* The next message but READY, or what went wrong. */
static int hear(struct broker_client *client, struct control *ret, struct failure *f)
{
	uint64_t deadline = clock_now_ms() + ANSWER_MS;

	do {
		int got = control_receive(client->broker.control, ret, NULL, deadline, f);

		if (got == 0)
			return fail(f, 0, "the broker ended without a message");
		if (got < 0)
			return f->errnum == ETIME ? fail(f, ETIME, "the engine does not answer")
						  : -1;
		if (ret->type == CONTROL_FAILED) {
			*f = ret->failure;
			return -1;
		}
	} while (ret->type == CONTROL_READY);
	return 0;
}

static int ask(struct broker_client *client, const struct control *order,
	const struct packet_fds *fds, uint32_t answer, struct control *ret, struct failure *f)
{
	/* If it gave up meanwhile, its reason stands behind that error. */
	control_send(client->broker.control, order, fds, f);
	if (hear(client, ret, f) < 0)
		return -1;
	return ret->type == answer || answer == 0
		       ? 0
		       : fail(f, 0, "the broker sent message %u", ret->type);
}

/* ---- what the engine has ---- */

static int parse(int fd, cJSON **ret, struct failure *f)
{
	struct jsontext_error error;
	own_mem char *text = NULL;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > SURVEY_BYTES)
		return fail(f, 0, "what the broker found is not to be read");
	text = malloc((size_t)st.st_size + 1);
	if (text == NULL || pread(fd, text, (size_t)st.st_size, 0) != st.st_size)
		return fail(f, errno, "read what the broker found");
	text[st.st_size] = '\0';
	if (jsontext_check(text, (size_t)st.st_size, &look_limits, &error) < 0)
		return fail(f, 0, "what the broker found is not JSON: %s", error.what);
	*ret = cJSON_Parse(text);
	return *ret != NULL ? 0 : fail(f, ENOMEM, "read what the broker found");
}

int broker_client_survey(struct broker_client *client, cJSON **ret, struct failure *f)
{
	const struct control order = { .type = CONTROL_SURVEY };
	own_fd int fd = memfd_create("look", MFD_CLOEXEC);
	struct packet_fds fds = { .n = 1 };
	struct control message;

	if (fd < 0)
		return fail(f, errno, "make a file for the broker");
	fds.at[0] = fd;
	if (ask(client, &order, &fds, CONTROL_SURVEYED, &message, f) < 0)
		return -1;
	return parse(fd, ret, f);
}

int broker_client_drop(struct broker_client *client, const char *tag, const char *image,
	const char *run, struct failure *f)
{
	struct control order = { .type = CONTROL_DROP }, message;

	snprintf(order.object.id, sizeof(order.object.id), "%s", tag);
	snprintf(order.object.note, sizeof(order.object.note), "%s %s", run, image);
	if (ask(client, &order, NULL, 0, &message, f) < 0)
		return -1;
	if (message.type == CONTROL_GONE)
		return 0;
	fail(f, 0, "%s", message.object.note);
	return message.type == CONTROL_LEFT ? 1 : -1;
}

int broker_client_prune(struct broker_client *client, uint64_t keep_bytes, uint64_t seconds,
	uint64_t *ret_bytes, struct failure *f)
{
	const struct control order = { .type = CONTROL_PRUNE,
		.prune = { .bytes = keep_bytes, .seconds = seconds } };
	struct control message;

	if (ask(client, &order, NULL, CONTROL_PRUNED, &message, f) < 0)
		return -1;
	*ret_bytes = message.prune.bytes;
	return 0;
}
