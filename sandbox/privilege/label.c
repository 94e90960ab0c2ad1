#include "sandbox/privilege/label.h"

#include "sandbox/base/own.h"

#include <dlfcn.h>
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

/* The few functions that we want of it, selinux(8). Not linked: every start would pay. */
struct selinux {
	int (*is_enabled)(void);
	int (*check)(const char *context);
	int (*to_raw)(const char *context, char **ret_raw);
	void (*release)(char *context);
};

static int selinux_load(const char *library, struct selinux *ret, struct failure *f)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	const struct {
		const char *name;
		void *function;
	} rows[] = {
		{ "is_selinux_enabled", &ret->is_enabled },
		{ "security_check_context", &ret->check },
		{ "selinux_trans_to_raw_context", &ret->to_raw },
		{ "freecon", &ret->release },
	};

	if (handle == NULL) {
		fail(f, 0, "load %s: %s", library, dlerror());
		return fail_remedy(f, "apt-get install libselinux1");
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		void *function = dlsym(handle, rows[i].name);

		if (function == NULL)
			return fail(f, 0, "%s has no %s", library, rows[i].name);
		memcpy(rows[i].function, &function, sizeof(function));
	}
	return 0;
}

int label_selinux_raw(const char *library, const char *label, char **ret, struct failure *f)
{
	struct selinux selinux;
	char *raw = NULL;

	if (selinux_load(library, &selinux, f) < 0)
		return -1;
	if (selinux.is_enabled() != 1) {
		fail(f, 0, "--selinux-label %s: SELinux is off here, or has no policy", label);
		return fail_remedy(f, "boot with SELinux, or leave --selinux-label away");
	}
	if (selinux.check(label) < 0) {
		fail(f, errno, "--selinux-label %s: the loaded policy has no such label", label);
		return fail_remedy(f, "seinfo -t lists types; a label is user:role:type[:level]");
	}
	if (selinux.to_raw(label, &raw) < 0 || raw == NULL)
		return fail(f, errno, "translate the label %s", label);
	*ret = strdup(raw);
	selinux.release(raw);
	return *ret == NULL ? fail(f, ENOMEM, "translate the label %s", label) : 0;
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
