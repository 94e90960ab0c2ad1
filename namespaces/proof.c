#include "namespaces/proof.h"

#include "sandbox/base/own.h"

#include <fcntl.h>
#include <sys/stat.h>

const char *const proof_names[PROOF_COUNT] = { "user", "mnt", "pid", "net", "ipc", "uts",
	"cgroup" };

/* One walk to the directory serves all seven names. */
static int directory_open(struct failure *f)
{
	int fd = open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : fail(f, errno, "open /proc/self/ns");
}

static int inode_of(int directory, const char *name, uint64_t *ret, struct failure *f)
{
	struct stat st;

	if (fstatat(directory, name, &st, 0) < 0)
		return fail(f, errno, "look at /proc/self/ns/%s", name);
	*ret = st.st_ino;
	return 0;
}

int proof_host(uint64_t ret_inodes[PROOF_COUNT], struct failure *f)
{
	own_fd int directory = directory_open(f);

	if (directory < 0)
		return -1;
	for (int i = 0; i < PROOF_COUNT; i++)
		if (inode_of(directory, proof_names[i], &ret_inodes[i], f) < 0)
			return -1;
	return 0;
}

static int differs(int directory, enum proof_kind kind, uint64_t host_inode, struct failure *f)
{
	uint64_t inode = 0;

	if (inode_of(directory, proof_names[kind], &inode, f) < 0)
		return -1;
	if (inode == host_inode)
		return fail(f, 0, "the %s namespace is still the host's", proof_names[kind]);
	return 0;
}

int proof_namespace(enum proof_kind kind, uint64_t host_inode, struct failure *f)
{
	own_fd int directory = directory_open(f);

	return directory < 0 ? -1 : differs(directory, kind, host_inode, f);
}

int proof_namespaces(const uint64_t host_inodes[PROOF_COUNT], struct failure *f)
{
	own_fd int directory = directory_open(f);

	if (directory < 0)
		return -1;
	for (int i = 0; i < PROOF_COUNT; i++)
		if (differs(directory, (enum proof_kind)i, host_inodes[i], f) < 0)
			return -1;
	return 0;
}
