#include "sandbox/probe/probe.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int probe_answer(long result)
{
	return result < 0 ? errno : 0;
}

int probe_arrived(long result, int expected)
{
	return result < 0 && errno == expected ? 0 : probe_answer(result);
}

const char *probe_argument(int argc, char **argv, int i)
{
	if (i < argc)
		return argv[i];
	fprintf(stderr, "cofferdam-probe: argument %d is missing\n", i + 1);
	exit(2);
}

void probe_never_on_the_host(void)
{
	unsigned first = 1, outside = 1;
	unsigned long length = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");

	if (map == NULL || fscanf(map, "%u %u %lu", &first, &outside, &length) != 3)
		length = UINT32_MAX; /* in doubt it is the host */
	if (map != NULL)
		fclose(map);
	if (geteuid() == 0 && length == UINT32_MAX) {
		fprintf(stderr, "cofferdam-probe: not as root on the host itself\n");
		exit(2);
	}
}

int probe_hold(void)
{
	char c;

	puts("OK");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	return PROBE_PRINTED;
}
