#include "sandbox/launcher/source_key.h"

#include "sandbox/base/own.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <sha2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define TRUST_BYTES    (16UL * 1024 * 1024)
#define AGENT_BYTES    (256UL * 1024) /* OpenSSH's own limit for a message */
#define AGENT_WAIT_S   5
#define AGENT_LIST     11 /* SSH_AGENTC_REQUEST_IDENTITIES */
#define AGENT_IDENTITY 12 /* SSH_AGENT_IDENTITIES_ANSWER */

static void digest(const void *bytes, size_t n, char ret[CACHE_KEY_BYTES])
{
	SHA2_CTX hash;

	SHA256Init(&hash);
	SHA256Update(&hash, bytes, n);
	SHA256End(&hash, ret);
}

/* Nothing changes the credential, which is sealed, nor moves where it is read next. */
static int digest_credential(int fd, char ret[CACHE_KEY_BYTES], struct failure *f)
{
	struct stat st;
	void *bytes;

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return fail(f, errno, "look at the credential");
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return fail(f, errno, "read the credential");
	digest(bytes, (size_t)st.st_size, ret);
	munmap(bytes, (size_t)st.st_size);
	return 0;
}

static int digest_file(const struct host_path *input, char ret[CACHE_KEY_BYTES], struct failure *f)
{
	own_fd int fd = -1;
	own_mem char *bytes = NULL;
	char path[32];
	ssize_t n;

	if (input->path == NULL)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", input->fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bytes = malloc(TRUST_BYTES);
	n = fd < 0 || bytes == NULL ? -1 : whole_read(fd, bytes, TRUST_BYTES);
	if (n < 0 || (size_t)n == TRUST_BYTES)
		return fail(f, n < 0 ? errno : EFBIG, "read %s", input->path);
	digest(bytes, (size_t)n, ret);
	return 0;
}

/* ---- the ssh agent ---- */

static int agent_connect(const char *path, int *ret_fd, struct failure *f)
{
	const struct timeval wait = { .tv_sec = AGENT_WAIT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	own_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return fail(f, ENAMETOOLONG, "connect to the ssh agent");
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(f, errno, "connect to the ssh agent");
	*ret_fd = own_fd_give(&fd);
	return 0;
}

/* All keys that it would log in with (draft-miller-ssh-agent, section 3.5). */
static int digest_agent(const struct host_path *agent, char ret[CACHE_KEY_BYTES], struct failure *f)
{
	static const unsigned char request[] = { 0, 0, 0, 1, AGENT_LIST };
	own_mem unsigned char *answer = malloc(AGENT_BYTES);
	own_fd int fd = -1;
	unsigned char head[4];
	char path[48];
	size_t n;

	if (agent->path == NULL)
		return 0;
	if (answer == NULL)
		return fail(f, ENOMEM, "ask the ssh agent");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", agent->fd);
	if (agent_connect(path, &fd, f) < 0)
		return -1;
	if (whole_write(fd, request, sizeof(request)) < 0 ||
		whole_read(fd, head, sizeof(head)) != sizeof(head))
		return fail(f, errno, "ask the ssh agent for its keys");
	n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (n == 0 || n > AGENT_BYTES || whole_read(fd, answer, n) != (ssize_t)n ||
		answer[0] != AGENT_IDENTITY)
		return fail(f, 0, "the ssh agent does not tell its keys");
	digest(answer, n, ret);
	return 0;
}

/* ---- the whole ---- */

int source_key(const struct config *config, const struct plan *plan, char ret[CACHE_KEY_BYTES],
	struct failure *f)
{
	const struct host_path *inputs = plan->fetch.inputs;
	const struct host_path *own_hosts = &inputs[FETCH_KNOWN_HOSTS], none = { .fd = -1 };
	char ids[ROOT_IDS_BYTES], depth[16];
	char credential[CACHE_KEY_BYTES] = "", agent[CACHE_KEY_BYTES] = "";
	char ca[CACHE_KEY_BYTES] = "", hosts[CACHE_KEY_BYTES] = "";
	const char *words[] = { plan->source.url, depth, ids, credential, agent, ca, hosts };

	root_store_ids(&plan->user, ids);
	snprintf(depth, sizeof(depth), "%u", config->depth);
	if (digest_credential(plan->fetch.credential_fd, credential, f) < 0 ||
		digest_agent(&inputs[FETCH_AGENT], agent, f) < 0 ||
		digest_file(&inputs[FETCH_CA], ca, f) < 0 ||
		digest_file(config->known_hosts != NULL ? own_hosts : &none, hosts, f) < 0)
		return -1;
	cache_key_source(words, ARRAY_LEN(words), ret);
	return 0;
}
