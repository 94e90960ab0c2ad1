/* Plays libselinux for tests/unit/test_label.c: one policy with one label, known under two
 * names. Built three times; FAKE_OFF: SELinux is off; FAKE_OLD: a function is not there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int is_selinux_enabled(void);
int security_check_context(const char *context);
int selinux_trans_to_raw_context(const char *context, char **raw);
void freecon(char *context);

int is_selinux_enabled(void)
{
#ifdef FAKE_OFF
	return 0;
#else
	return 1;
#endif
}

int security_check_context(const char *context)
{
	if (strcmp(context, "u:r:build_t:s0") == 0 || strcmp(context, "u:r:build_t:SystemLow") == 0)
		return 0;
	errno = EINVAL;
	return -1;
}

#ifndef FAKE_OLD
int selinux_trans_to_raw_context(const char *context, char **raw)
{
	(void)context;
	*raw = strdup("u:r:build_t:s0");
	return *raw == NULL ? -1 : 0;
}
#endif

void freecon(char *context)
{
	free(context);
}
