#include "sandbox/limits/oom_score.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OOM_SCORE_MOST 1000

static int score_read(int fd, int *ret)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	*ret = atoi(text); /* the kernel's own number */
	return 0;
}

int oom_score_raise(struct failure *f)
{
	own_fd int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	int before, wanted, after;
	char text[16];

	if (fd < 0 || score_read(fd, &before) < 0)
		return fail(f, errno, "read our own oom_score_adj");
	wanted = before + OOM_SCORE_RAISE;
	if (wanted > OOM_SCORE_MOST)
		wanted = OOM_SCORE_MOST;
	snprintf(text, sizeof(text), "%d", wanted);
	if (pwrite(fd, text, strlen(text), 0) < 0)
		return fail(f, errno, "raise our own oom_score_adj to %d", wanted);
	if (score_read(fd, &after) < 0 || after != wanted)
		return fail(f, 0, "oom_score_adj is not %d after it was set", wanted);
	return 0;
}
