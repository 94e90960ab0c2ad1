/* Runs a fuzz target over files instead of libFuzzer: any compiler can replay the
 * corpus, so a found input stays a test. Directories are not walked: name files.
 */
#include "sandbox/base/own.h"

#include <fcntl.h>
#include <stdint.h>

#define INPUT_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_exactly(const uint8_t *input, size_t size)
{
	uint8_t *exact = malloc(size + (size == 0)); /* no slack: ASan sees a byte too far */
	int result;

	if (exact == NULL)
		return -1;
	for (size_t i = 0; i < size; i++)
		exact[i] = input[i];
	result = LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return result;
}

static int replay(const char *path)
{
	static uint8_t input[INPUT_MAX];
	own_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, input, sizeof(input));

	if (size < 0) {
		perror(path);
		return -1;
	}
	return run_exactly(input, (size_t)size);
}

int main(int argc, char *argv[])
{
	if (argc < 2) {
		fprintf(stderr, "%s: name the inputs\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		if (replay(argv[i]) != 0)
			return 1;
	printf("%d inputs replayed\n", argc - 1);
	return 0;
}
