#include "sandbox/run/label.h"

#include "sandbox/own.h"

#include <fcntl.h>
#include <string.h>

#define APPARMOR_EXEC "/proc/self/attr/apparmor/exec"
#define SELINUX_EXEC  "/proc/self/attr/exec"

int label_check(const char *apparmor, const char *selinux, struct failure *f)
{
	if (apparmor != NULL && access("/sys/module/apparmor", F_OK) < 0) {
		fail(f, 0, "--apparmor %s: this kernel runs without AppArmor", apparmor);
		return fail_remedy(f, "boot with lsm=…,apparmor, or leave --apparmor away");
	}
	if (selinux != NULL && access("/sys/fs/selinux/enforce", F_OK) < 0) {
		fail(f, 0, "--selinux-label %s: this kernel runs without SELinux", selinux);
		return fail_remedy(f, "boot with SELinux, or leave --selinux-label away");
	}
	return 0;
}

static int attribute_write(
	const char *path, const char *text, const char *expect, struct failure *f)
{
	char back[512];
	own_fd int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return fail(f, errno, "open %s", path);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fail(f, errno, "ask for the label %s", expect);
	n = pread(fd, back, sizeof(back) - 1, 0);
	if (n < 0)
		return fail(f, errno, "read the label back");
	back[n] = '\0';
	if (strncmp(back, expect, strlen(expect)) != 0)
		return fail(f, 0, "the label %s was asked for, and %s stands", expect, back);
	return 0;
}

int label_apply(const char *apparmor, const char *selinux, struct failure *f)
{
	char text[512];

	if (apparmor != NULL) {
		if ((size_t)snprintf(text, sizeof(text), "exec %s", apparmor) >= sizeof(text))
			return fail(f, 0, "the AppArmor profile's name is too long");
		if (attribute_write(APPARMOR_EXEC, text, apparmor, f) < 0)
			return -1;
	}
	if (selinux != NULL)
		return attribute_write(SELINUX_EXEC, selinux, selinux, f);
	return 0;
}
