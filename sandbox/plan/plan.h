/* sandbox/plan/plan.h: everything that is decided before the first clone.
 *
 * Made by  plan_make() in the launcher, as the user that the sandbox runs as.
 * After    the first clone it is const: launcher, keeper, fetcher and builder read the
 *          same one. Nothing in it is looked up, parsed or allocated again.
 */
#ifndef SANDBOX_PLAN_PLAN_H
#define SANDBOX_PLAN_PLAN_H

#include "namespaces/fence.h"
#include "namespaces/proof.h"
#include "namespaces/root.h"
#include "namespaces/sysctl.h"
#include "namespaces/user.h"
#include "sandbox/companion/image_message.h"
#include "sandbox/config/config.h"
#include "sandbox/config/source.h"
#include "sandbox/limits/rlimits.h"
#include "sandbox/net/net_rule.h"
#include "sandbox/privilege/identity.h"
#include "sandbox/store/root_store.h"
#include "seccomp/filter.h"

#include <sys/ioctl.h>
#include <termios.h>

/* What the fetcher alone gets of the host, and where it finds it. */
enum fetch_input {
	FETCH_SOURCE,      /* a local repository */
	FETCH_CA,          /* --git-ca */
	FETCH_KNOWN_HOSTS, /* host keys that the user trusts */
	FETCH_AGENT,       /* the ssh agent's socket */
	FETCH_RESOLV_CONF, /* the host's name servers */
	FETCH_HOSTS,       /* the host's own names */
	FETCH_KEPT,        /* what earlier runs fetched of a server */
	FETCH_BORROWED,    /* directories that the source leads to, the first of */
	FETCH_INPUTS = FETCH_BORROWED + 8,
};

struct fetch_plan {
	struct host_path inputs[FETCH_INPUTS];
	int exe_fd; /* cofferdam-fetch, O_PATH; executed by descriptor */
	char **argv;
	int credential_fd; /* sealed memfd for sandbox/fetch/secret.h, or -1 */
	bool mirror;       /* what it fetches may be kept: it has room for that */
	bool as_user;      /* it must be our own host id: it reads our files or our agent */
};

/* An archive or an image that is to be the root (--rootfs). */
struct unpack_plan {
	int exe_fd;    /* cofferdam-unpack, O_PATH; -1: nothing to unpack, as the next */
	int input_fd;  /* the archive, or the image's directory, to read */
	char word[96]; /* which image, as the program is told it; "": the archive is the root */
};
#define UNPACK_PLAN_NONE                                                                           \
	{                                                                                          \
		-1, -1, ""                                                                         \
	}

#define NET_LITERALS    64  /* addresses that the rules name */
#define NET_OWN         256 /* addresses that the host has */
#define NET_FULL_DETAIL "--net full: any host but this one and the clouds' metadata may be reached"
struct net_plan {
	bool on;                   /* --net allow: */
	bool full;                 /* --net full, and none of the rows below */
	uint16_t ports[NET_PORTS]; /* each with a listener inside */
	size_t ports_n;
	struct in_addr literals[NET_LITERALS]; /* that are dialled as they are */
	size_t literals_n;
	struct fence_address own[NET_OWN]; /* with full: the host's, which stay out of reach */
	size_t own_n;
};

struct plan {
	struct source source;
	bool source_failed; /* it is local, and not there, or nothing that can be read */
	int exit_code;      /* that its failure has; 0: the usual one */
	struct fetch_plan fetch;
	struct unpack_plan unpack;
	struct root_store store;    /* where it may be unpacked already, or be kept */
	struct image_answer *image; /* what --rootfs oci: names; NULL: none */

	uint64_t clone_flags;
	bool network_at_clone; /* cut from the first moment: nothing remote is fetched */
	uint64_t host_namespaces[PROOF_COUNT];
	struct user_plan user;
	struct sysctl_plan sysctl;
	struct root_plan root;

	char **argv; /* the command, NULL if the repository is to name it */
	char **envp;
	char clone[128];       /* where the clone is: /app, or /app/NAME (--source-dir) */
	char *workdir;         /* --workdir, from the root on; owned; NULL: not given */
	const char *directory; /* that the command starts in; borrowed */
	size_t classic_words;  /* the first of envp select Docker's classic builder: they are left
				 away where BuildKit is offered */
	struct rlimits rlimits, fetch_rlimits;
	struct filter filter;
	struct filter told; /* the same, and PID 1 hears of refusals; empty with --seccomp */
	bool filter_owned;  /* compiled from --seccomp */
	bool allow_chown;   /* the builder keeps what that takes, if there are several ids */
	bool landlock;
	const char *apparmor;     /* borrowed from the config */
	char *selinux_label;      /* as the kernel writes it */
	bool tty;                 /* stdin is a terminal: the builder gets its own */
	bool tty_out, tty_err;    /* stdout, stderr go through it as well */
	struct termios tty_modes; /* and those of its own, from its first instruction on */
	struct winsize tty_size;
	uint64_t cpus_milli;      /* LIMIT_NONE: as many as the caller may use */
	unsigned processor_first; /* of those that it gets instead */
	size_t groups_kept;
	bool docker;         /* there is a /run/docker.sock */
	bool artifacts;      /* somebody will read what it wrote, who needs its user namespace */
	bool hold;           /* when the builder has ended, all stays until we let go of it */
	bool door;           /* its user may enter while it runs */
	bool stdout_is_kept; /* for a tar of them: the builder's goes to our stderr */
	struct net_plan net;
};

/* fetch_fd is taken. The rlimits are left for plan_limit(). */
int plan_make(const struct config *config, const struct identity *identity, int fetch_fd,
	struct plan *ret, struct failure *f);
/* Which of the host's /etc is shown. Apart from plan_make(), because the keeper waits for it last:
 * a run looks while its keeper is at work. */
int plan_public(const struct plan *plan, struct etc_public *ret, struct failure *f);
/* Once the control group stands: what it does not limit gets an rlimit, the next best;
 * and what /proc says fits both. */
void plan_limit(struct plan *plan, const struct config *config, const struct limits *cgroup);
/* The end of it: what it holds afterwards is stale. */
void plan_release(struct plan *plan);

#endif
