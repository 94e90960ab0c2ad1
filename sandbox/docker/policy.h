/* sandbox/docker/policy.h: what one run grants its builder of Docker.
 *
 * Pure     a struct, and the JSON text of it. The text holds credentials of registries: whoever
 *          keeps it wipes it.
 * Decided  by the launcher, const afterwards; handed to the broker as one JSON object in a
 *          sealed file (sandbox/base/sealed_file.h), which it reads before it confines itself.
 * Owns     every string and array in it; policy_release() frees them.
 */
#ifndef SANDBOX_DOCKER_POLICY_H
#define SANDBOX_DOCKER_POLICY_H

#include "sandbox/base/failure.h"
#include "sandbox/base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_MINOR_MIN    41 /* that an engine has to speak: under older prefixes it relaxes defaults */
/* That a client may speak. Its request goes to the engine in a newer version, written anew; what
 * differs is the answer's shape. Testcontainers for Java says 1.32, skopeo 1.9 says 1.22. */
#define API_MINOR_OLDEST 22
#define API_MINOR_MAX    45 /* the newest that the tables were written against */

/* Cumulative: what build may, run may. */
enum docker_level { DOCKER_OFF, DOCKER_BUILD, DOCKER_RUN, DOCKER_RAW };
const char *docker_level_name(enum docker_level level);

/* On everything that is made: containers, networks, volumes and images. */
#define LABEL_PREFIX "io.cofferdam."
#define LABEL_RUN    "io.cofferdam.run"  /* the run's id; also on images that stay */
#define LABEL_TAGS   "io.cofferdam.tags" /* on images: the names that the run gave, commas */
#define LABEL_USER   "io.cofferdam.user" /* as whom the run ran: a uid of the host */
#define LABEL_OWNER                                                                                \
	"io.cofferdam.owner" /* never on images: a secret of the run, by which
					     what a killed run left is found */

struct docker_auth {
	char *registry; /* "docker.io", "registry.example:5000" */
	char *header;   /* X-Registry-Auth: base64url of the JSON that the engine wants */
};

struct policy {
	enum docker_level level;
	char run_id[33]; /* as in the report */
	char owner[33];  /* 128 random bits */
	char *socket;    /* the engine's, resolved: absolute, no symlink in it */
	uint64_t socket_device, socket_inode;
	char *build_net; /* "none", or the name of a network of the engine */
	char **tags, **bases, **pulls, **pushes; /* patterns, NULL-terminated; NULL: none */
	struct docker_auth *auths;
	size_t auths_n;
	struct limits limits; /* the run's, imposed on what it makes: memory, swap, cpus, pids */
	uint64_t started;     /* CLOCK_REALTIME seconds: nothing of the run is older */
	uint32_t user;        /* uid of the host, that the run runs as */
	/* 1: the journal or ledger to remove by is another user's word (root's, for it). Then
	 * an object goes only if it says by its own labels that it is of that run and that
	 * user: an id, an age, a name or a size in the record says nothing. */
	uint32_t doubted;
	uint32_t limits_required; /* 1: what cannot be limited may not be used */
};

#define POLICY_BYTES_MAX (4 * 1024 * 1024) /* credentials of some registries among them */

/* The caller's, to wipe and free; NULL: no memory. */
char *policy_print(const struct policy *policy);
/* Strict: an unknown key is an error. */
int policy_parse(const char *text, size_t n, struct policy *ret, struct failure *f);
void policy_release(struct policy *policy);

/* The value of LABEL_USER. */
#define POLICY_USER_SIZE 12
const char *policy_user(const struct policy *policy, char ret[POLICY_USER_SIZE]);

/* Does any of the patterns (NULL: none) match? */
struct reference;
bool policy_matches(char *const *patterns, const struct reference *reference);

#endif
