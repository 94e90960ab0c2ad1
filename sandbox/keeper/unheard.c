#include "sandbox/keeper/unheard.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SNMP_BYTES 4096

/* Two lines that begin alike: names, and numbers in the order of the names. */
uint64_t unheard_read(const char *text)
{
	const char *names = strstr(text, "\nUdp: "), *numbers;
	size_t column = 0;

	if (names == NULL || (numbers = strstr(names + 1, "\nUdp: ")) == NULL)
		return 0;
	for (const char *at = names + 5; strncmp(at, " NoPorts", 8) != 0; column++) {
		at = memchr(at + 1, ' ', (size_t)(numbers - at - 1));
		if (at == NULL)
			return 0;
	}
	for (numbers += 5; column > 0; column--)
		if ((numbers = strchr(numbers + 1, ' ')) == NULL)
			return 0;
	return strtoull(numbers, NULL, 10);
}

uint64_t unheard_count(int proc_fd)
{
	own_fd int fd = openat(proc_fd, "self/net/snmp", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[SNMP_BYTES];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return unheard_read(text);
}
