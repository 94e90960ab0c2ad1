#include "namespaces/root_image_etc.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define COPY_BYTES (1024 * 1024) /* of an image's passwd or group */

static const struct file_row {
	const char *path;
	bool copied; /* and what the image has follows */
	const char *text;
	const char *reason;
} file_rows[] = {
	{ "etc/passwd", true, "builder:x:1000:1000:builder:/home/builder:/bin/sh\n",
		"the image's, and the builder before it" },
	{ "etc/group", true, "builder:x:1000:\n", "the image's, and the builder before it" },
	{ "etc/hosts", false, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 cofferdam\n",
		"of the sandbox" },
	{ "etc/hostname", false, "cofferdam\n", "of the sandbox" },
	{ "etc/resolv.conf", false, "# no network, no name server\n",
		"of the sandbox; with --net the gateway's" },
};

/* apt gives its downloads to a user of its own, which takes two capabilities that nobody has here:
 * with them root inside could become the caller. Where root is to install packages, apt is told
 * in the image's directory of such words. */
#define APT_DIRECTORY "etc/apt/apt.conf.d"
#define APT_FILE      APT_DIRECTORY "/zz-cofferdam"
#define APT_TEXT      "APT::Sandbox::User \"root\";\n"

static const char *text_of(const struct file_row *row, const struct root_plan *plan)
{
	if (plan->resolv_conf != NULL && strcmp(row->path, "etc/resolv.conf") == 0)
		return plan->resolv_conf;
	return row->copied && plan->root_inside ? "" : row->text;
}

/* -1 without a failure: the image has none that could be copied. */
static int open_of_image(int image_fd, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	own_fd int fd = (int)syscall(SYS_openat2, image_fd, path, &how, sizeof(how));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > COPY_BYTES)
		return -1;
	return own_fd_give(&fd);
}

static int append_of_image(int fd, int image_fd, const char *path, struct failure *f)
{
	own_fd int from = open_of_image(image_fd, path);
	own_mem char *text = malloc(COPY_BYTES);
	ssize_t n;

	if (from < 0)
		return 0;
	if (text == NULL)
		return fail(f, ENOMEM, "copy the image's /%s", path);
	n = whole_read(from, text, COPY_BYTES);
	if (n < 0 || whole_write(fd, text, (size_t)n) < 0)
		return fail(f, errno, "copy the image's /%s", path);
	return 0;
}

static int write_new(int over_fd, const char *path, const char *text, struct failure *f)
{
	own_fd int fd = openat(over_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || whole_write(fd, text, strlen(text)) < 0)
		return fail(f, errno, "write /%s over the image", path);
	return own_fd_give(&fd);
}

static int write_apt(int over_fd, int image_fd, struct failure *f)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	own_fd int there = (int)syscall(SYS_openat2, image_fd, APT_DIRECTORY, &how, sizeof(how));
	own_fd int fd = -1;

	if (there < 0)
		return 0;
	if (mkdirat(over_fd, "etc/apt", 0755) < 0 || mkdirat(over_fd, APT_DIRECTORY, 0755) < 0)
		return fail(f, errno, "make /" APT_DIRECTORY " over the image");
	fd = write_new(over_fd, APT_FILE, APT_TEXT, f);
	return fd < 0 ? -1 : 0;
}

int root_image_etc_write(int over_fd, int image_fd, const struct root_plan *plan, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(file_rows); i++) {
		const struct file_row *row = &file_rows[i];
		const char *text = text_of(row, plan);
		own_fd int fd = write_new(over_fd, row->path, text, f);

		if (fd < 0)
			return -1;
		if (row->copied && append_of_image(fd, image_fd, row->path, f) < 0)
			return -1;
	}
	return plan->root_inside && plan->allow_chown ? write_apt(over_fd, image_fd, f) : 0;
}

void root_image_etc_each(root_row_fn row, void *data)
{
	for (size_t i = 0; i < ARRAY_LEN(file_rows); i++)
		root_row_say(row, data, "/", file_rows[i].path,
			file_rows[i].copied ? "copied" : "written anew", file_rows[i].reason);
	root_row_say(row, data, "/", APT_FILE, "written anew",
		"with --root-inside --allow-chown, where the image has apt");
}
