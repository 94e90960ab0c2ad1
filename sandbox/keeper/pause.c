#include "sandbox/keeper/pause.h"

#include "sandbox/base/clock.h"
#include "sandbox/base/own.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOK_MS    100
#define LOOK_SHARE 20 /* a look at thousands takes a while: so many times that until the next */
#define STAT_BYTES 512

/* proc_pid_stat(5), counted from the state, which follows the name. */
enum { FIELD_UTIME = 11, FIELD_STIME = 12, FIELD_STARTTIME = 19, FIELD_COUNT = 20 };

/* A field of numbers more or less: the digest needs no more than to differ. */
static uint64_t mixed(uint64_t a, uint64_t b)
{
	return (a ^ b) * UINT64_C(0x9e3779b97f4a7c15) ^ (a >> 29);
}

bool pause_see(const char *stat, struct pause_sight *ret)
{
	const char *at = strrchr(stat, ')'); /* the name is the builder's, and may hold any other */
	uint64_t fields[FIELD_COUNT] = { 0 };
	char state;

	if (at == NULL || at[1] != ' ' || at[2] == '\0' || at[3] != ' ')
		return false;
	state = at[2];
	at += 3;
	for (size_t i = 1; i < FIELD_COUNT; i++) {
		char *end;

		fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	ret->awake |= strchr("TtZX", state) == NULL;
	ret->ticks += fields[FIELD_UTIME] + fields[FIELD_STIME];
	/* The order of a directory may change: their sum does not. */
	ret->processes += mixed(strtoull(stat, NULL, 10), fields[FIELD_STARTTIME]);
	return true;
}

static void see_process(int proc_fd, const char *name, struct pause_sight *ret)
{
	char path[32], text[STAT_BYTES];
	own_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%.16s/stat", name);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n > 0)
		text[n] = '\0';
	if (n <= 0 || !pause_see(text, ret))
		ret->processes++; /* it went while we looked, so somebody ran */
}

/* By the calls that the keeper's filter has for it. */
static struct pause_sight look(int proc_fd)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct dirent64))));
	struct pause_sight ret = { 0 };
	long n = lseek(proc_fd, 0, SEEK_SET);

	while (n >= 0 && (n = syscall(SYS_getdents64, proc_fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < n;) {
			const struct dirent64 *e = (const struct dirent64 *)(buffer + at);

			at += e->d_reclen;
			if (isdigit((unsigned char)e->d_name[0]) && strcmp(e->d_name, "1") != 0)
				see_process(proc_fd, e->d_name, &ret);
		}
	ret.awake |= n < 0; /* who cannot look has not seen that they sleep */
	return ret;
}

static void looked(struct pause *p, const struct pause_sight *sight, uint64_t began_ms)
{
	uint64_t now = clock_now_ms(), later = LOOK_SHARE * (now - began_ms);

	p->sight = *sight;
	p->looked_ms = now;
	p->look_at_ms = now + (later > LOOK_MS ? later : LOOK_MS);
}

void pause_begin(struct pause *p, int proc_fd)
{
	uint64_t began = clock_now_ms();
	struct pause_sight sight = look(proc_fd);

	looked(p, &sight, began);
}

uint64_t pause_look(struct pause *p, int proc_fd, bool *ret_awake)
{
	uint64_t began = clock_now_ms(), since = p->looked_ms;
	struct pause_sight now = look(proc_fd);
	bool quiet =
		!now.awake && now.ticks == p->sight.ticks && now.processes == p->sight.processes;

	*ret_awake = now.awake;
	looked(p, &now, began);
	return quiet ? p->looked_ms - since : 0;
}
