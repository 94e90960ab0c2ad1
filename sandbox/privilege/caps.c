#include "sandbox/privilege/caps.h"

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

/* What is left of the permitted and effective sets. */
static const struct {
	size_t n;
	cap_value_t caps[4];
	bool inherited; /* and of the inheritable and ambient ones: a program keeps it */
} kept_rows[] = {
	[CAPS_NONE] = { 0 },
	[CAPS_KILL] = { 1, { CAP_KILL }, false },
	[CAPS_READ] = { 1, { CAP_DAC_READ_SEARCH }, false },
	[CAPS_CHOWN] = { 3, { CAP_CHOWN, CAP_FOWNER, CAP_FSETID }, true },
	[CAPS_FILES] = { 4, { CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_DAC_OVERRIDE }, true },
};

static bool is_inherited(enum caps_kept kept, cap_value_t cap)
{
	for (size_t i = 0; kept_rows[kept].inherited && i < kept_rows[kept].n; i++)
		if (kept_rows[kept].caps[i] == cap)
			return true;
	return false;
}

/* The sets that are to stand in the end; NULL without memory. */
static cap_t caps_left(enum caps_kept kept)
{
	cap_t caps = cap_init();
	int n = (int)kept_rows[kept].n;
	const cap_value_t *list = kept_rows[kept].caps;

	if (caps == NULL || n == 0)
		return caps;
	if (cap_set_flag(caps, CAP_PERMITTED, n, list, CAP_SET) < 0 ||
		cap_set_flag(caps, CAP_EFFECTIVE, n, list, CAP_SET) < 0 ||
		(kept_rows[kept].inherited &&
			cap_set_flag(caps, CAP_INHERITABLE, n, list, CAP_SET) < 0)) {
		cap_free(caps);
		return NULL;
	}
	return caps;
}

/* With SECBIT_NOROOT a program starts with the ambient set, and nothing else. */
static int raise_ambient(enum caps_kept kept, struct failure *f)
{
	cap_t caps = cap_get_proc();
	int n = (int)kept_rows[kept].n;
	int result = caps == NULL ? -1 : 0;

	if (result == 0)
		result = cap_set_flag(caps, CAP_INHERITABLE, n, kept_rows[kept].caps, CAP_SET);
	if (result == 0)
		result = cap_set_proc(caps);
	for (int i = 0; result == 0 && i < n; i++)
		result = cap_set_ambient(kept_rows[kept].caps[i], CAP_SET);
	if (result < 0)
		fail(f, errno, "keep what --allow-chown or an archive asks for");
	cap_free(caps);
	return result;
}

int caps_forbid_regain(enum caps_kept kept, struct failure *f)
{
	/* cap_reset_ambient(3) first asks for each capability whether it is set. */
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail(f, errno, "empty the ambient set");
	if (kept_rows[kept].inherited && raise_ambient(kept, f) < 0)
		return -1;
	if (cap_set_secbits(SECUREBITS) < 0)
		return fail(f, errno, "lock the securebits");
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++)
		if (cap_drop_bound(cap) < 0)
			return fail(f, errno, "drop capability %d from the bounding set", cap);
	return 0;
}

int caps_drop(enum caps_kept kept, struct failure *f)
{
	cap_t caps = caps_left(kept);
	int result = caps == NULL ? -1 : cap_set_proc(caps);

	if (result < 0)
		fail(f, errno, "drop capabilities");
	cap_free(caps);
	return result;
}

int caps_prove(enum caps_kept kept, struct failure *f)
{
	cap_t now = cap_get_proc(), left = caps_left(kept);
	int differs = now == NULL || left == NULL ? -1 : cap_compare(now, left);

	cap_free(now);
	cap_free(left);
	if (differs != 0)
		return fail(f, 0, "capabilities are left after dropping them");
	for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
		if (cap_get_bound(cap) != 0)
			return fail(f, 0, "capability %d is still in the bounding set", cap);
		if ((cap_get_ambient(cap) > 0) != is_inherited(kept, cap))
			return fail(f, 0, "capability %d in the ambient set is not as it was left",
				cap);
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
