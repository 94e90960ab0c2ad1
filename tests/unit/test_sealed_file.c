/* sandbox/base/sealed_file.c: what was checked is what is read. */
#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define MOST  16

static void crosses_whole_and_stays(void **state)
{
	char one[] = "one", two[] = "two";
	const struct iovec parts[] = { { one, sizeof(one) }, { two, 3 } };
	struct failure f;
	own_fd int fd = -1;
	char text[MOST] = "";
	void *map;
	size_t n;

	(void)state;
	assert_int_equal(sealed_file_make("test", parts, ARRAY_LEN(parts), &fd, &f), 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS), SEALS);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(read(fd, text, sizeof(text)), 7); /* it stands at its beginning */
	assert_memory_equal(text, "one\0two", 7);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(sealed_file_map(fd, "test", MOST, &map, &n, &f), 0);
	assert_int_equal(n, 7);
	assert_memory_equal(map, "one\0two", 7);
	munmap(map, n);
}

/* A file of this text, with these seals. */
static int file_with(const char *text, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void wants_a_sealed_file(void **state)
{
	own_fd int open_fd = file_with("text", F_SEAL_GROW), empty = file_with("", SEALS);
	own_fd int shrinks = file_with("text", SEALS & ~F_SEAL_SHRINK);
	own_fd int is_written = file_with("text", SEALS & ~F_SEAL_WRITE);
	own_fd int large = file_with("seventeen letters", SEALS);
	own_fd int just = file_with("sixteen letters.", SEALS);
	own_fd int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct failure f;
	void *map;
	size_t n;

	(void)state;
	assert_int_equal(sealed_file_map(open_fd, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(shrinks, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(is_written, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(empty, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(large, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(null_fd, "test", MOST, &map, &n, &f), -1);
	assert_int_equal(sealed_file_map(just, "test", MOST, &map, &n, &f), 0);
	munmap(map, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crosses_whole_and_stays),
		cmocka_unit_test(wants_a_sealed_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
