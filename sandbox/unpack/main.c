/* cofferdam-unpack: an archive into the root of a sandbox.
 *
 * Started by the keeper with three descriptors (unpack_report.h), in the sandbox's namespaces and
 * in the root that the fetcher will have. It confines itself before the first byte of the archive,
 * and says once how it went. */
#include "sandbox/base/packet.h"
#include "sandbox/companion/unpack_report.h"
#include "sandbox/unpack/archive_reader.h"
#include "sandbox/unpack/unpack_confine.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int unpack(bool has_ids, struct unpack_report *report, struct failure *f)
{
	const struct tree tree = { .fd = UNPACK_TREE_FD, .has_ids = has_ids };

	umask(0); /* modes are the archive's */
	/* Or libarchive could not say names that are not ASCII; the C library has it built in. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return fail(f, 0, "the C library has no C.UTF-8");
	if (unpack_confine(f) < 0)
		return fail_step(f, "unpacker: confine");
	if (archive_unpack(UNPACK_INPUT_FD, &tree, report, f) < 0)
		return fail_step(f, "unpacker: unpack");
	return 0;
}

int main(int argc, char *argv[])
{
	struct unpack_report report = { 0 };
	struct failure f = { 0 }, unsent;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("cofferdam-unpack %s\n", COFFERDAM_VERSION);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (unpack(argc == 2 && strcmp(argv[1], "--ids") == 0, &report, &f) < 0) {
		report.failed = true;
		report.failure = f;
	}
	if (packet_send(UNPACK_REPORT_FD, &report, sizeof(report), NULL, 0, &unsent) < 0)
		return 1;
	return report.failed ? 1 : 0;
}
