#include "sandbox/verbs/help.h"

#include "sandbox/config/usage.h"

int verb_help(const struct verb_call *call, struct failure *f)
{
	(void)f;
	config_usage(call->topic, call->out);
	return 0;
}
