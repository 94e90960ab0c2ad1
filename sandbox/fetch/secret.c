#include "sandbox/fetch/secret.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The next word, and *at behind its NUL; NULL: there is none that ends. */
static const char *next_word(const char **at, const char *end)
{
	const char *word = *at, *nul = word < end ? memchr(word, '\0', (size_t)(end - word)) : NULL;

	*at = nul != NULL ? nul + 1 : end;
	return nul != NULL ? word : NULL;
}

static int refuse_words(struct failure *f)
{
	return fail(f, 0, "the credential is not a user name and a password");
}

static int split_hosts(struct secret *secret, const char *at, const char *end, struct failure *f)
{
	while (at < end) {
		struct secret_host *host = &secret->hosts[secret->hosts_n];
		const char *goal = next_word(&at, end);

		if (secret->hosts_n == CREDENTIALS_MOST || goal == NULL ||
			http_goal_read((struct span){ goal, strlen(goal) }, &host->goal) < 0)
			return refuse_words(f);
		host->username = next_word(&at, end);
		host->password = next_word(&at, end);
		if (host->username == NULL || host->password == NULL || host->username[0] == '\0')
			return refuse_words(f);
		secret->hosts_n++;
	}
	return 0;
}

static int secret_split(struct secret *secret, size_t length, struct failure *f)
{
	const char *at = secret->page, *end = at + length;

	secret->username = next_word(&at, end);
	secret->password = next_word(&at, end);
	if (secret->password == NULL)
		return refuse_words(f);
	if (secret->username[0] == '\0') {
		if (at == end || secret->password[0] != '\0')
			return refuse_words(f);
		secret->username = secret->password = NULL;
	}
	return split_hosts(secret, at, end, f);
}

int secret_read(int fd, struct secret *ret, struct failure *f)
{
	own_fd int owned = fd;

	*ret = (struct secret){ 0 };
	if (fd < 0)
		return 0;
	char *page = mmap(
		NULL, SECRET_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return fail(f, errno, "map memory for the credential");
	ret->page = page;
	madvise(page, SECRET_BYTES, MADV_DONTDUMP);
	mlock(page, SECRET_BYTES); /* RLIMIT_MEMLOCK may forbid it; then swap is the host's */
	ssize_t length = whole_read(owned, page, SECRET_BYTES);

	if (length < 0)
		fail(f, errno, "read the credential");
	else if (length == SECRET_BYTES)
		fail(f, EMSGSIZE, "the credential is longer than %d bytes", SECRET_BYTES - 1);
	else if (secret_split(ret, (size_t)length, f) == 0)
		return 0;
	secret_wipe(ret);
	return -1;
}

void secret_wipe(struct secret *secret)
{
	if (secret->page != NULL) {
		explicit_bzero(secret->page, SECRET_BYTES);
		munmap(secret->page, SECRET_BYTES);
	}
	*secret = (struct secret){ 0 };
}
