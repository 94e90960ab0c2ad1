#include "sandbox/run/caps.h"

#include <errno.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* Nothing is regained by uid 0, by a change of ids, by keeping, or by the ambient set. */
#define SECUREBITS                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
		SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |                          \
		SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

int caps_forbid_regain(struct failure *f)
{
	if (cap_set_secbits(SECUREBITS) < 0)
		return fail(f, errno, "lock the securebits");
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		if (cap_drop_bound(cap) < 0)
			return fail(f, errno, "drop capability %d from the bounding set", cap);
	/* cap_reset_ambient(3) first asks for each capability whether it is set. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail(f, errno, "empty the ambient set");
	return 0;
}

int caps_drop(bool keep_kill, struct failure *f)
{
	const cap_value_t kill_cap[] = { CAP_KILL };
	cap_t caps = cap_init();
	int result = caps == NULL ? -1 : 0;

	if (result == 0 && keep_kill)
		result = cap_set_flag(caps, CAP_PERMITTED, 1, kill_cap, CAP_SET) < 0 ||
					 cap_set_flag(caps, CAP_EFFECTIVE, 1, kill_cap, CAP_SET) < 0
				 ? -1
				 : 0;
	if (result == 0)
		result = cap_set_proc(caps);
	if (result < 0)
		fail(f, errno, "drop capabilities");
	cap_free(caps);
	return result;
}

int caps_prove(struct failure *f)
{
	cap_t now = cap_get_proc(), empty = cap_init();
	int differs = now == NULL || empty == NULL ? -1 : cap_compare(now, empty);

	cap_free(now);
	cap_free(empty);
	if (differs != 0)
		return fail(f, 0, "capabilities are left after dropping them");
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		if (cap_get_bound(cap) != 0)
			return fail(f, 0, "capability %d is still in the bounding set", cap);
		if (cap_get_ambient(cap) > 0)
			return fail(f, 0, "capability %d is still in the ambient set", cap);
	}
	if (cap_get_secbits() != SECUREBITS)
		return fail(f, 0, "the securebits are not what was set");
	return 0;
}

int caps_no_new_privileges(struct failure *f)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail(f, errno, "set no_new_privs");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return fail(f, 0, "no_new_privs was set and is not");
	return 0;
}
