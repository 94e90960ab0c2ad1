#include "sandbox/doctor/trial.h"

#include <stdarg.h>
#include <stdio.h>

int trial_say(struct trial *trial, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(trial->detail, sizeof(trial->detail), fmt, ap);
	va_end(ap);
	return 0;
}
