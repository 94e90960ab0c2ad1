/* sandbox/probe/probe_kernel.c: doors into the kernel that no build needs: keyrings, io_uring, bpf and the like. */
#include "sandbox/probe/probe_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/userfaultfd.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- keyrings ---- */

static int keyctl_describe(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}

static int key_add(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(
		syscall(SYS_add_key, "user", "cofferdam", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int key_request(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_arrived(syscall(SYS_request_key, "user", "cofferdam-none", NULL, 0), ENOKEY);
}

/* ---- doors to more kernel ---- */

static int io_uring(int argc, char **argv)
{
	struct io_uring_params params = { 0 };

	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_io_uring_setup, 1, &params));
}

static int bpf(int argc, char **argv)
{
	static char attr[8192]; /* larger than a page is refused before any privilege is asked */

	(void)argc, (void)argv;
	return probe_arrived(syscall(SYS_bpf, BPF_MAP_CREATE, attr, sizeof(attr)), E2BIG);
}

static int perf(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_arrived(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0), EFAULT);
}

static int userfaultfd_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
}

static int fanotify(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_fanotify_init, 0x200 /* FAN_REPORT_FID */, 0));
}

static int handle_name(int argc, char **argv)
{
	struct {
		struct file_handle handle;
		unsigned char bytes[128];
	} h = { .handle.handle_bytes = 128 };
	int mount_id;

	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_name_to_handle_at, AT_FDCWD, "/tmp", &h, &mount_id, 0));
}

static int handle_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	/* The directory is a good one, for 6.12 looks at it first. */
	return probe_arrived(syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0), EFAULT);
}

static int personality_read_exec(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_personality, READ_IMPLIES_EXEC));
}

static int ldt(int argc, char **argv)
{
	(void)argc, (void)argv;
#ifdef SYS_modify_ldt
	char entries[64];

	return probe_answer(syscall(SYS_modify_ldt, 0, entries, sizeof(entries)));
#else
	return ENOSYS;
#endif
}

static int vmsplice_page(int argc, char **argv)
{
	static char page[64];
	struct iovec v = { page, sizeof(page) };
	int ends[2];

	(void)argc, (void)argv;
	if (pipe(ends) < 0)
		return errno;
	return probe_answer(vmsplice(ends[1], &v, 1, 0));
}

static int kernel_log(int argc, char **argv)
{
	(void)argc, (void)argv;
	/* SYSLOG_ACTION_READ_ALL with a negative length */
	return probe_arrived(syscall(SYS_syslog, 3, NULL, -1), EINVAL);
}

static int quota(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_arrived(syscall(SYS_quotactl, -1, NULL, 0, NULL), EINVAL);
}

static int swap_on(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(syscall(SYS_swapon, NULL, -1), EINVAL);
}

static int reboot_bad_magic(int argc, char **argv)
{
	(void)argc, (void)argv;
	probe_never_on_the_host();
	return probe_arrived(syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL);
}

static int memory_policy(int argc, char **argv)
{
	(void)argc, (void)argv;
	return probe_answer(syscall(SYS_set_mempolicy, 0 /* MPOL_DEFAULT */, NULL, 0));
}

const struct probe probes_kernel[] = {
	{ "keyctl", keyctl_describe },
	{ "add-key", key_add },
	{ "request-key", key_request },
	{ "io-uring", io_uring },
	{ "bpf", bpf },
	{ "perf", perf },
	{ "userfaultfd", userfaultfd_open },
	{ "fanotify", fanotify },
	{ "name-to-handle", handle_name },
	{ "open-by-handle", handle_open },
	{ "personality", personality_read_exec },
	{ "modify-ldt", ldt },
	{ "vmsplice", vmsplice_page },
	{ "syslog", kernel_log },
	{ "quotactl", quota },
	{ "swapon", swap_on },
	{ "reboot", reboot_bad_magic },
	{ "set-mempolicy", memory_policy },
	{ NULL, NULL },
};
