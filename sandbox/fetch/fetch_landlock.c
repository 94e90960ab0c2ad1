#include "sandbox/fetch/fetch_landlock.h"

#include "sandbox/base/own.h"
#include "sandbox/fetch/mirror.h"
#include "sandbox/privilege/landlock.h"

#include <stdbool.h>

#define READ  (LANDLOCK_LIST | LANDLOCK_READ)
#define WRITE (READ | LANDLOCK_WRITE | LANDLOCK_MAKE)

/* No row lets it execute anything, make a socket or a fifo, or reach a device. */
int fetch_landlock(const struct fetch_arguments *arguments, int *ret_abi, struct failure *f)
{
	const bool local = arguments->kind == SOURCE_LOCAL;
	const struct landlock_rule rules[] = {
		{ local ? NULL : "/usr", READ },         /* libraries that getaddrinfo loads */
		{ local ? NULL : "/lib", READ },         /* the same, where it is not a link */
		{ local ? NULL : "/lib64", READ },       /* the same */
		{ local ? NULL : "/etc", READ },         /* name servers, certificates */
		{ local ? NULL : "/dev/urandom", READ }, /* TLS and ssh */
		{ local ? NULL : getenv("HOME"), READ }, /* known_hosts */
		{ "/run/fetch", READ },                  /* what was bound for it */
		{ local ? arguments->source : NULL, READ }, { arguments->ca, READ },
		{ arguments->mirror ? MIRROR_NEW : NULL, WRITE }, /* the kept one lies beside it */
		{ "/tmp", WRITE }, { arguments->into, WRITE },    /* the clone */
	};

	*ret_abi = landlock_abi();
	if (*ret_abi == 0)
		return 0;
	/* It listens to nobody; a local one talks to nobody either. */
	return landlock_restrict(
		rules, ARRAY_LEN(rules), LANDLOCK_NO_BIND | (local ? LANDLOCK_NO_CONNECT : 0), f);
}
