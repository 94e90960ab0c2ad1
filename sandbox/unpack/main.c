/* cofferdam-unpack: an archive or an image into the root of a sandbox.
 *
 * Started by the keeper with three descriptors (unpack_report.h), in the sandbox's namespaces and
 * in the root that the fetcher will have; or by the launcher as a companion, to say what an image
 * is (image_message.h). It confines itself before the first byte of the archive, and says once
 * how it went. */
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "sandbox/companion/companion.h"
#include "sandbox/companion/companion_identity.h"
#include "sandbox/companion/companion_root.h"
#include "sandbox/companion/image_message.h"
#include "sandbox/companion/unpack_report.h"
#include "sandbox/unpack/archive_reader.h"
#include "sandbox/unpack/image.h"
#include "sandbox/unpack/unpack_confine.h"

#include <locale.h>
#include <string.h>
#include <sys/stat.h>

static struct image image; /* not on a stack: it is large */

static int speak_utf8(struct failure *f)
{
	/* Or libarchive could not say names that are not ASCII; the C library has it built in. */
	return setlocale(LC_CTYPE, "C.UTF-8") != NULL ? 0
						      : fail(f, 0, "the C library has no C.UTF-8");
}

/* ---- in the sandbox ---- */

static int unpack_image(const char *digest, const struct tree *tree, struct unpack_report *report,
	struct failure *f)
{
	struct image_source source;

	return image_source_look(UNPACK_INPUT_FD, &source, f) < 0 ||
			       image_find(&source, digest, &image, f) < 0 ||
			       image_unpack(&source, &image, tree, report, f) < 0
		       ? -1
		       : 0;
}

/* digest: of the image, NULL for an archive that is the root itself. */
static int unpack(const struct tree *tree, const char *digest, struct unpack_report *report,
	struct failure *f)
{
	struct image_blob archive = { .fd = UNPACK_INPUT_FD };
	const struct landlock_place places[] = {
		{ UNPACK_TREE_FD, LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE },
		{ UNPACK_INPUT_FD, LANDLOCK_READ },
	};

	umask(0); /* modes are the archive's */
	if (speak_utf8(f) < 0)
		return -1;
	if (unpack_confine(places, digest != NULL ? 2 : 1, f) < 0)
		return fail_step(f, "unpacker: confine");
	if ((digest != NULL ? unpack_image(digest, tree, report, f)
			    : archive_unpack(&archive, ARCHIVE_ROOT, tree, report, f)) < 0)
		return fail_step(f, "unpacker: unpack");
	return 0;
}

static int unpack_main(const struct tree *tree, const char *digest)
{
	struct unpack_report report = { 0 };
	struct failure f = { 0 }, unsent;

	if (unpack(tree, digest, &report, &f) < 0) {
		report.failed = true;
		report.failure = f;
	}
	if (packet_send(UNPACK_REPORT_FD, &report, sizeof(report), NULL, 0, &unsent) < 0)
		return 1;
	return report.failed ? 1 : 0;
}

/* ---- beside the launcher ---- */

static int confine(struct failure *f)
{
	const struct landlock_place places[] = { { COMPANION_POLICY_FD, LANDLOCK_READ } };

	/* Locales are files, of which there are none afterwards. */
	if (speak_utf8(f) < 0 || companion_identity(f) < 0 ||
		companion_root_files(NULL, 0, f) < 0 || companion_drop(f) < 0 ||
		unpack_confine(places, ARRAY_LEN(places), f) < 0)
		return fail_step(f, "image: confine");
	return 0;
}

static int describe(struct image_answer *answer, struct failure *f)
{
	struct image_question question;
	struct image_source source;
	int got = packet_receive(COMPANION_CONTROL_FD, &question, sizeof(question), NULL, 0, f);

	if (got <= 0)
		return got < 0 ? -1 : fail(f, 0, "nothing is asked");
	question.reference[sizeof(question.reference) - 1] = '\0';
	if (confine(f) < 0)
		return -1;
	if (image_source_look(COMPANION_POLICY_FD, &source, f) < 0 ||
		image_find(&source, question.reference, &image, f) < 0)
		return fail_step(f, "image: find");
	strcpy(answer->digest, image.digest);
	answer->config = image.config;
	return 0;
}

static int describe_main(void)
{
	static struct image_answer answer;
	struct failure f = { 0 }, unsent;

	if (describe(&answer, &f) < 0) {
		answer.failed = true;
		answer.failure = f;
	}
	return packet_send(COMPANION_CONTROL_FD, &answer, sizeof(answer), NULL, 0, &unsent) < 0;
}

int main(int argc, char *argv[])
{
	struct tree tree = { .fd = UNPACK_TREE_FD, .most_bytes = UINT64_MAX };
	const char *digest = NULL;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("cofferdam-unpack %s\n", COFFERDAM_VERSION);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (argc == 2 && strcmp(argv[1], IMAGE_DESCRIBE) == 0)
		return describe_main();
	for (int i = 1; i < argc; i++) {
		tree.has_ids = tree.has_ids || strcmp(argv[i], "--ids") == 0;
		if (strncmp(argv[i], UNPACK_MOST, strlen(UNPACK_MOST)) == 0)
			tree.most_bytes = strtoull(argv[i] + strlen(UNPACK_MOST), NULL, 10);
		if (strncmp(argv[i], IMAGE_WORD, strlen(IMAGE_WORD)) == 0)
			digest = argv[i] + strlen(IMAGE_WORD);
	}
	return unpack_main(&tree, digest);
}
