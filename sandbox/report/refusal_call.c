#include "sandbox/report/refusal_call.h"

#include "seccomp/filter_policy.h"

#include <string.h>

#define CALL_NAME 64

static const char no_namespaces[] = "the build makes namespaces in which it has every capability: "
				    "much more of the kernel is in its reach";
static const char own_profile[] = "your profile takes the place of the whole filter: what it "
				  "lets pass of the kernel is in the build's reach";

/* Which call would be let pass by which option. What is not here needs a capability besides, and
 * nobody has one inside: no option gives it. */
static const struct call_permit {
	const char *calls, *option, *price;
} permits[] = {
	{ "unshare clone setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick "
	  "open_tree open_tree_attr move_mount mount_setattr sethostname setdomainname",
		"--allow-userns", no_namespaces },
	{ "io_uring_setup io_uring_enter io_uring_register perf_event_open userfaultfd kcmp "
	  "pidfd_getfd name_to_handle_at mbind set_mempolicy set_mempolicy_home_node "
	  "migrate_pages move_pages personality ioctl setpriority ioprio_set "
	  "sched_setscheduler sched_setparam sched_setattr sched_setaffinity prlimit64 setpgid",
		"--seccomp FILE", own_profile },
};

static bool has(const char *calls, const char *name)
{
	char call[CALL_NAME];

	while (policy_next_call(&calls, call, sizeof(call)))
		if (strcmp(call, name) == 0)
			return true;
	return false;
}

const char *refusal_call_option(const char *name, const char **ret_price)
{
	for (size_t i = 0; i < sizeof(permits) / sizeof(permits[0]); i++)
		if (has(permits[i].calls, name)) {
			*ret_price = permits[i].price;
			return permits[i].option;
		}
	*ret_price = NULL;
	return NULL;
}
