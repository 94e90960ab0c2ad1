#include "sandbox/selftest/canary.h"

#include "sandbox/base/own.h"
#include "sandbox/base/random.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>

int canary_tell(struct canary *canary, struct failure *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (canary->facts_n == CANARY_FACTS)
		return fail(f, 0, "tell the probe of more than %d things", CANARY_FACTS);
	va_start(ap, fmt);
	n = vasprintf(&canary->facts[canary->facts_n], fmt, ap);
	va_end(ap);
	if (n < 0) {
		canary->facts[canary->facts_n] = NULL;
		return fail(f, ENOMEM, "tell the probe of the host");
	}
	canary->facts_n++;
	return 0;
}

static int tell_namespaces(struct canary *canary, struct failure *f)
{
	static const char *const kinds[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		char path[40];
		struct stat st;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		if (stat(path, &st) == 0 && canary_tell(canary, f, "ns-%s=%llu", kinds[i],
						    (unsigned long long)st.st_ino) < 0)
			return -1;
	}
	return 0;
}

/* Field 22 of proc_pid_stat(5): our name, the second, has no space in it. */
static int tell_process(struct canary *canary, struct failure *f)
{
	unsigned long long start;
	own_file FILE *file = fopen("/proc/self/stat", "re");

	if (file == NULL || fscanf(file,
				    "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
				    "%*u %*d %*d %*d %*d %*d %*d %llu",
				    &start) != 1)
		return 0;
	if (canary_tell(canary, f, "start=%llu", start) < 0)
		return -1;
	return canary_tell(canary, f, "pid=%d", (int)getpid());
}

static int tell_host(struct canary *canary, struct failure *f)
{
	struct utsname name;
	char boot[40] = "";
	own_fd int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (uname(&name) == 0 && canary_tell(canary, f, "name=%s", name.nodename) < 0)
		return -1;
	if (fd < 0 || read(fd, boot, 36) != 36)
		return 0;
	return canary_tell(canary, f, "boot=%s", boot);
}

static int make_file(struct canary *canary, struct failure *f)
{
	static const char text[] = "a file of the host\n";
	char path[] = "/tmp/cofferdam-selftest.XXXXXX";

	canary->file_fd = mkostemp(path, O_CLOEXEC);
	if (canary->file_fd < 0)
		return fail(f, errno, "make a file in /tmp");
	memcpy(canary->file, path, sizeof(path));
	if (fchmod(canary->file_fd, 0644) < 0 ||
		write(canary->file_fd, text, sizeof(text) - 1) != sizeof(text) - 1)
		return fail(f, errno, "write %s", path);
	if (canary_tell(canary, f, "file=%s", path) < 0)
		return -1;
	return canary_tell(canary, f, "descriptor=%d", CANARY_DESCRIPTOR);
}

static int make_port(struct canary *canary, struct failure *f)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	canary->port_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (canary->port_fd < 0 ||
		bind(canary->port_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(canary->port_fd, 8) < 0 ||
		getsockname(canary->port_fd, (struct sockaddr *)&address, &length) < 0)
		return 0;
	return canary_tell(canary, f, "port=%d", ntohs(address.sin_port));
}

static int make_abstract(struct canary *canary, struct failure *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char id[RANDOM_HEX + 1];
	int n;

	if (random_hex(id, f) < 0)
		return -1;
	n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "cofferdam-%s", id);
	canary->abstract_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (canary->abstract_fd < 0 ||
		bind(canary->abstract_fd, (struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) < 0 ||
		listen(canary->abstract_fd, 8) < 0)
		return 0;
	return canary_tell(canary, f, "abstract=%s", address.sun_path + 1);
}

static int make_segment(struct canary *canary, struct failure *f)
{
	key_t key = 0x0c0f0000 | (key_t)(getpid() & 0xffff);

	canary->segment = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0666);
	return canary->segment < 0 ? 0 : canary_tell(canary, f, "segment=%d", (int)key);
}

int canary_make(struct canary *canary, struct failure *f)
{
	if (tell_namespaces(canary, f) < 0 || tell_process(canary, f) < 0 ||
		tell_host(canary, f) < 0)
		return -1;
	if (make_file(canary, f) < 0 || make_port(canary, f) < 0 || make_abstract(canary, f) < 0)
		return -1;
	if (make_segment(canary, f) < 0)
		return -1;
	return canary_tell(canary, f, "variable=" CANARY_VARIABLE);
}

void canary_show(const struct canary *canary)
{
	dup2(canary->file_fd, CANARY_DESCRIPTOR);
	setenv(CANARY_VARIABLE, "a variable of the host", 1);
}

void canary_release(struct canary *canary)
{
	if (canary->file[0] != '\0')
		unlink(canary->file);
	if (canary->segment >= 0)
		shmctl(canary->segment, IPC_RMID, NULL);
	own_fd_end(&canary->file_fd);
	own_fd_end(&canary->port_fd);
	own_fd_end(&canary->abstract_fd);
	for (int i = 0; i < canary->facts_n; i++)
		own_mem_end(&canary->facts[i]);
	canary->facts_n = 0;
}
