#include "seccomp/refused_call.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void refused_call_add(
	struct refused_calls *calls, uint32_t arch, int32_t number, const char *program)
{
	struct refused_call *row;

	for (uint32_t i = 0; i < calls->n; i++) {
		row = &calls->rows[i];
		if (row->number == number && row->arch == arch &&
			strncmp(row->program, program, sizeof(row->program)) == 0) {
			row->times++;
			return;
		}
	}
	if (calls->n == REFUSED_CALLS) {
		calls->more++;
		return;
	}
	row = &calls->rows[calls->n];
	*row = (struct refused_call){ .arch = arch, .number = number, .times = 1 };
	snprintf(row->program, sizeof(row->program), "%s", program);
	calls->n++; /* last: a reader sees whole rows */
}

void refused_calls_copy(const struct refused_calls *from, struct refused_calls *ret)
{
	*ret = *from;
	if (ret->n > REFUSED_CALLS)
		ret->n = REFUSED_CALLS;
	for (uint32_t i = 0; i < ret->n; i++)
		ret->rows[i].program[REFUSED_CALL_PROGRAM - 1] = '\0';
}

const char *refused_call_name(const struct refused_call *call, char ret[REFUSED_CALL_NAME])
{
	char *name = seccomp_syscall_resolve_num_arch(call->arch, call->number);

	if (name != NULL)
		snprintf(ret, REFUSED_CALL_NAME, "%s", name);
	else
		snprintf(ret, REFUSED_CALL_NAME, "call %d", call->number);
	free(name);
	return ret;
}
