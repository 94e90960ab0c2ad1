#include "sandbox/engine/policy_file.h"

#include "sandbox/base/own.h"
#include "sandbox/base/sealed_file.h"

#include <string.h>

int policy_file_make(const struct policy *policy, int *ret_fd, struct failure *f)
{
	own_mem char *text = policy_print(policy);
	struct iovec part;
	int result;

	if (text == NULL)
		return fail(f, ENOMEM, "write the Docker policy");
	part = (struct iovec){ text, strlen(text) };
	if (part.iov_len > POLICY_BYTES_MAX)
		result = fail(f, 0, "the Docker policy is larger than %d bytes", POLICY_BYTES_MAX);
	else
		result = sealed_file_make("Docker policy", &part, 1, ret_fd, f);
	explicit_bzero(text, part.iov_len);
	return result;
}
