#include "sandbox/verbs/version.h"

int verb_version(const struct verb_call *call, struct failure *f)
{
	(void)f;
	fprintf(call->out, "cofferdam %s\n", COFFERDAM_VERSION);
	return 0;
}
