#include "sandbox/verbs/shell.h"

#include "sandbox/launcher/attach.h"
#include "sandbox/verbs/run.h"

int verb_shell(const struct verb_call *call, struct failure *f)
{
	int exit_code, result;

	if (call->config->attach == NULL)
		return verb_run(call, f);
	result = attach_run(call->config, &exit_code, f);
	if (result >= 0)
		return result;
	call->tell(f);
	return exit_code;
}
