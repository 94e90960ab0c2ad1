#include "sandbox/keeper/keeper_prove.h"

#include "namespaces/mount.h"
#include "namespaces/network.h"
#include "namespaces/proof.h"
#include "namespaces/root_image.h"
#include "sandbox/base/own.h"

#include <errno.h>
#include <sys/statfs.h>

/* What the kernel says that the budget is, not what we asked for. */
static int prove_disk(struct keeper *k, struct failure *f)
{
	bool shrunk = k->build.build.limits.app_size_bytes != LIMIT_NONE;
	uint64_t bytes = shrunk ? k->build.build.limits.app_size_bytes : k->plan->root.bytes;
	uint64_t inodes = shrunk ? k->build.build.limits.app_inodes : k->plan->root.inodes;
	struct statfs fs;
	uint64_t has, files;

	if (statfs("/app", &fs) < 0)
		return fail(f, errno, "look at /app");
	has = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize;
	files = (uint64_t)fs.f_files - k->root.inodes;
	if (has == 0 || has > bytes + (uint64_t)fs.f_bsize || fs.f_files == 0 || files > inodes)
		return fail(f, 0, "/app has %llu bytes and %llu inodes, not %llu and %llu",
			(unsigned long long)has, (unsigned long long)files,
			(unsigned long long)bytes, (unsigned long long)inodes);
	wall_set(k->walls, WALL_DISK, k->plan->root.allow_userns ? WALL_DEGRADED : WALL_ENFORCED,
		"%llu bytes, %llu inodes%s", (unsigned long long)has, (unsigned long long)files,
		k->plan->root.allow_userns ? "; what --allow-userns lets be mounted is not counted"
					   : "");
	return 0;
}

static void prove_egress(struct keeper *k)
{
	const struct net_plan *net = &k->plan->net;

	wall_set(k->walls, WALL_NETWORK, WALL_ENFORCED, "%s",
		net->full ? "a namespace of its own, joined to the host's by pasta"
			  : "loopback alone");
	wall_set(k->walls, WALL_EGRESS, net->full ? WALL_DEGRADED : WALL_ENFORCED, "%s",
		net->full ? NET_FULL_DETAIL
		: net->on ? "the named hosts, through the gateway"
			  : "none: no connection leaves");
}

static bool has_image(const struct keeper *k)
{
	return k->plan->root.image.path != NULL;
}

static int prove_root(const struct keeper *k, struct failure *f)
{
	return has_image(k) ? root_image_prove(&k->root, f) : root_prove(&k->root, f);
}

static void report_root(struct keeper *k)
{
	if (k->root.bound[0] != '\0')
		wall_set(k->walls, WALL_MOUNT, WALL_DEGRADED,
			"own root; no overlay over %s: sockets, FIFOs and locks there are "
			"the host's",
			k->root.bound);
	else if (!has_image(k))
		wall_set(k->walls, WALL_MOUNT, WALL_ENFORCED, "own root; the host's is gone");
	else if (k->root.image_sealed[0] != '\0')
		wall_set(k->walls, WALL_MOUNT, WALL_ENFORCED,
			"the image's root, read-only, for %s; the host's is gone",
			k->root.image_sealed);
	else
		wall_set(k->walls, WALL_MOUNT, WALL_ENFORCED,
			"the image's root beneath an overlay, %llu devices and the like left out; "
			"the host's is gone",
			(unsigned long long)k->image_left_out);
}

int keeper_prove(struct keeper *k, struct failure *f)
{
	static const enum wall own[] = { WALL_USER, WALL_PID, WALL_IPC, WALL_UTS, WALL_CGROUP_NS };

	if (proof_namespaces(k->plan->host_namespaces, f) < 0 ||
		(!k->plan->net.full && network_prove(f) < 0) || prove_root(k, f) < 0 ||
		prove_disk(k, f) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		wall_set(k->walls, own[i], WALL_ENFORCED, "a namespace of its own");
	if (k->unbounded[0] != '\0')
		wall_set(k->walls, WALL_IPC, WALL_ENFORCED,
			"a namespace of its own; not ours to bound here: %s", k->unbounded);
	if (k->root.unseen[0] != '\0')
		wall_set(k->walls, WALL_CGROUP_NS, WALL_ENFORCED,
			"a namespace of its own; not shown in /sys/fs/cgroup: %s", k->root.unseen);
	prove_egress(k);
	report_root(k);
	wall_set(k->walls, WALL_PROC_MASK, WALL_ENFORCED, "new instance, covers proved");
	return 0;
}
