/* sandbox/companion/image_message.h: what the launcher asks of an image before there is a sandbox.
 *
 * cofferdam-unpack --describe is a companion (companion.h): its policy is the image's directory or
 * archive. It is told once which image is meant, confines itself, answers once, and ends.
 */
#ifndef SANDBOX_COMPANION_IMAGE_MESSAGE_H
#define SANDBOX_COMPANION_IMAGE_MESSAGE_H

#include "sandbox/base/failure.h"
#include "sandbox/rootfs/image_config.h"
#include "sandbox/rootfs/rootfs_word.h"

#include <stdbool.h>

#define IMAGE_DESCRIBE "--describe"
#define IMAGE_WORD     "--image=" /* and a digest: that of the archive is to be unpacked */

struct image_question {
	char reference[ROOTFS_REFERENCE_BYTES]; /* "": the only one */
};

struct image_answer {
	bool failed; /* failure says why, and nothing else is filled */
	struct failure failure;
	char digest[DIGEST_BYTES];
	struct image_config config;
};

#endif
