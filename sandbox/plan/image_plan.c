#include "sandbox/plan/image_plan.h"

#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/companion/companion.h"
#include "sandbox/plan/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>

#define DESCRIBE_MOST_S 300 /* an archive that is packed is unpacked to find an index in it */

/* ---- an image, described ---- */

static void tell_failure(int control, const struct failure *failure)
{
	static struct image_answer answer; /* of the child that ends with it */
	struct failure unsent;

	answer.failed = true;
	answer.failure = *failure;
	packet_send(control, &answer, sizeof(answer), NULL, 0, &unsent);
}

static const struct companion_kind kind = {
	.name = "the image's reader",
	.program = "cofferdam-unpack",
	.namespaces = CLONE_NEWNET,
	.descriptors = 64,
	.tell_failure = tell_failure,
};

/* What comes was written by who has read a stranger's bytes. */
static int check_answer(struct image_answer *answer, struct failure *f)
{
	if (answer->failed) {
		*f = answer->failure;
		failure_heard(f);
		return -1;
	}
	if (memchr(answer->digest, '\0', sizeof(answer->digest)) == NULL ||
		!digest_is_valid(answer->digest) || !image_config_is_whole(&answer->config))
		return fail(f, 0, "%s gave an answer that is none", kind.name);
	return 0;
}

/* The stranger's archive says how long it takes, and no clock of the run's goes yet. */
static int hear(int control, uint64_t within_s, struct image_answer *ret, struct failure *f)
{
	const int most_s = within_s < DESCRIBE_MOST_S ? (int)within_s : DESCRIBE_MOST_S;
	struct pollfd ready = { .fd = control, .events = POLLIN };
	int n;

	do
		n = poll(&ready, 1, most_s * 1000);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail(f, errno, "wait for %s", kind.name);
	if (n == 0) {
		fail(f, 0, "%s did not answer within %d s", kind.name, most_s);
		return fail_remedy(f, "it is waited for as long as --timeout, and %d s at most",
			DESCRIBE_MOST_S);
	}
	n = packet_receive(control, ret, sizeof(*ret), NULL, 0, f);
	if (n > 0)
		return check_answer(ret, f);
	if (n == 0)
		fail(f, 0, "%s ended without a word", kind.name);
	return fail_remedy(f, "install cofferdam-unpack and its libraries (libarchive)");
}

static int describe(const struct plan *plan, const char *reference, uint64_t within_s,
	const struct identity *identity, struct image_answer *ret, struct failure *f)
{
	const struct companion_job job = {
		.kind = &kind,
		.mode = IMAGE_DESCRIBE,
		.exe_fd = plan->unpack.exe_fd,
		.policy_fd = plan->unpack.input_fd,
		.extra_fd = -1,
		.identity = identity,
	};
	struct companion reader = COMPANION_NONE;
	struct image_question question = { 0 };
	int result;

	snprintf(question.reference, sizeof(question.reference), "%s", reference);
	if (companion_start(&job, &reader, f) < 0)
		return -1;
	result = packet_send(reader.control, &question, sizeof(question), NULL, 0, f);
	/* Where it could not start it has closed its end, and said why before. */
	if (result == 0 || f->errnum == EPIPE)
		result = hear(reader.control, within_s, ret, f);
	companion_end(&reader);
	return result;
}

/* ---- where it lies ---- */

/* It is read, by the unpacker alone: it is opened here, and no path of it is mounted. */
static int open_packed(struct plan *plan, struct failure *f)
{
	const struct host_path *image = &plan->root.image;
	const int flags = S_ISDIR(image->mode) ? O_DIRECTORY : O_NONBLOCK | O_NOCTTY;
	struct stat st;

	plan->unpack.input_fd = open(image->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
	if (plan->unpack.input_fd < 0 || fstat(plan->unpack.input_fd, &st) < 0)
		return fail(f, errno, "--rootfs %s", image->path);
	if (st.st_dev != image->device || st.st_ino != image->inode)
		return fail(f, 0, "--rootfs %s changed while it was looked at", image->path);
	plan->root.image_packed = true;
	return program_find_unpack(&plan->unpack.exe_fd, f);
}

static int plan_image(const struct rootfs_word *word, uint64_t within_s,
	const struct identity *identity, struct plan *plan, struct failure *f)
{
	if (open_packed(plan, f) < 0)
		return -1;
	plan->image = calloc(1, sizeof(*plan->image));
	if (plan->image == NULL)
		return fail(f, ENOMEM, "plan an image");
	if (describe(plan, word->reference, within_s, identity, plan->image, f) < 0)
		return -1;
	/* What was described is what is unpacked, whatever the index says by then. */
	snprintf(
		plan->unpack.word, sizeof(plan->unpack.word), IMAGE_WORD "%s", plan->image->digest);
	return 0;
}

int image_plan_make(const struct config *config, const struct identity *identity, struct plan *plan,
	struct failure *f)
{
	struct host_path *image = &plan->root.image;
	struct rootfs_word word;

	if (config->rootfs == NULL)
		return 0;
	if (rootfs_word_parse("--rootfs", config->rootfs, &word, f) < 0 ||
		host_path_open("--rootfs", word.path, image, f) < 0)
		return -1;
	if (!S_ISDIR(image->mode) && !S_ISREG(image->mode))
		return fail(f, 0, "--rootfs %s: neither a directory nor an archive", word.path);
	if (word.is_image)
		return plan_image(&word, config->limits.timeout_s, identity, plan, f);
	return S_ISREG(image->mode) ? open_packed(plan, f)
				    : host_path_allow_mount(image,
					      identity->home[0] != '\0' ? identity->home : NULL, f);
}
