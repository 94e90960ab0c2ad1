#include "sandbox/report/outcome.h"

const char *cause_name(enum cause cause)
{
	static const char *const names[] = {
		[CAUSE_EXITED] = "exited",
		[CAUSE_SIGNALLED] = "signalled",
		[CAUSE_TIMEOUT] = "timeout",
		[CAUSE_IDLE_TIMEOUT] = "idle_timeout",
		[CAUSE_OOM] = "oom",
		[CAUSE_DISK_FULL] = "disk_full",
		[CAUSE_OUTPUT_LIMIT] = "output_limit",
		[CAUSE_OUTPUT_LOST] = "output_lost",
		[CAUSE_FETCH_FAILED] = "fetch_failed",
		[CAUSE_SETUP_FAILED] = "setup_failed",
		[CAUSE_INTERRUPTED] = "interrupted",
		[CAUSE_ARTIFACT_MISSING] = "artifact_missing",
		[CAUSE_ARTIFACT_REFUSED] = "artifact_refused",
		[CAUSE_ARTIFACT_FAILED] = "artifact_failed",
	};

	return names[cause];
}

const char *image_store_name(enum image_store store)
{
	static const char *const names[] = {
		[IMAGE_STORE_NONE] = "none",
		[IMAGE_STORE_FOUND] = "found",
		[IMAGE_STORE_KEPT] = "kept",
		[IMAGE_STORE_ABSENT] = "absent",
	};

	return names[store];
}

const char *phase_name(enum phase phase)
{
	static const char *const names[PHASE_COUNT] = {
		[PHASE_PREPARE] = "prepare",
		[PHASE_FETCH] = "fetch",
		[PHASE_BUILD] = "build",
		[PHASE_HOLD] = "hold",
		[PHASE_TEARDOWN] = "teardown",
	};

	return names[phase];
}
