/* sandbox/probe/probe_entry.c: the other entries of the kernel, i386 and x32, and calls by their number. */
#include "sandbox/probe/probe_entry.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
/* The i386 entry of the kernel, from a 64-bit program: pointers must fit 32 bits. */
static int entry_i386(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory", "r8", "r9", "r10", "r11");
	if (result < 0) {
		errno = (int)-result;
		return -1;
	}
	return (int)result;
}
#endif

static int i386_getpid(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef __x86_64__
	return probe_answer(entry_i386(20, 0, 0, 0));
#else
	return ENOSYS;
#endif
}

static int i386_socketcall(int argc, char **argv)
{
#ifdef __x86_64__
	uint32_t *args = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (args == MAP_FAILED)
		return errno;
	args[0] = (uint32_t)atoi(probe_argument(argc, argv, 0));
	args[1] = (uint32_t)atoi(probe_argument(argc, argv, 1));
	args[2] = 0;
	return probe_answer(entry_i386(102, 1 /* SYS_SOCKET */, (long)(intptr_t)args, 0));
#else
	(void)argc, (void)argv;
	return ENOSYS;
#endif
}

static int i386_socket(int argc, char **argv)
{
	int family = atoi(probe_argument(argc, argv, 0)),
	    type = atoi(probe_argument(argc, argv, 1));

#ifdef __x86_64__
	return probe_answer(entry_i386(359, family, type, 0));
#else
	(void)family, (void)type;
	return ENOSYS;
#endif
}

static int i386_mount(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef __x86_64__
	return probe_arrived(entry_i386(21, 0, 0, 0), EFAULT);
#else
	return ENOSYS;
#endif
}

static int x32_getpid(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(0x40000000L + 39));
}

/* A number of a system call with arguments that nothing accepts. */
static int number(int argc, char **argv)
{
	return probe_answer(
		syscall(atol(probe_argument(argc, argv, 0)), -1L, -1L, -1L, -1L, -1L, -1L));
}

const struct probe probes_entry[] = {
	{ "i386-getpid", i386_getpid },
	{ "i386-socket", i386_socket },
	{ "i386-socketcall", i386_socketcall },
	{ "i386-mount", i386_mount },
	{ "x32-getpid", x32_getpid },
	{ "number", number },
	{ NULL, NULL },
};
