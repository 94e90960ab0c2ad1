#include "sandbox/docker/refusal.h"

#include "sandbox/base/failure.h"

#include <stdarg.h>
#include <stdio.h>

int refuse(struct refusal *r, int status, const char *fmt, ...)
{
	va_list ap;

	*r = (struct refusal){ .status = status };
	va_start(ap, fmt);
	vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	failure_sanitize(r->reason);
	return -1;
}

int refuse_memory(struct refusal *r)
{
	return refuse(r, 503, "out of memory");
}
