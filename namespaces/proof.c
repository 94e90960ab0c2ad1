#include "namespaces/proof.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

const char *const proof_names[PROOF_COUNT] = { "user", "mnt", "pid", "net", "ipc", "uts",
	"cgroup" };

static int inode_of(const char *name, uint64_t *ret, struct failure *f)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &st) < 0)
		return fail(f, errno, "look at %s", path);
	*ret = st.st_ino;
	return 0;
}

int proof_host(uint64_t ret_inodes[PROOF_COUNT], struct failure *f)
{
	for (int i = 0; i < PROOF_COUNT; i++)
		if (inode_of(proof_names[i], &ret_inodes[i], f) < 0)
			return -1;
	return 0;
}

int proof_namespace(const char *name, uint64_t host_inode, struct failure *f)
{
	uint64_t inode;

	if (inode_of(name, &inode, f) < 0)
		return -1;
	if (inode == host_inode)
		return fail(f, 0, "the %s namespace is still the host's", name);
	return 0;
}
