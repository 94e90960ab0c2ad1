#include "sandbox/keeper/builder_landlock.h"

#include "namespaces/root_image.h"
#include "namespaces/root_script.h"
#include "namespaces/root_secret.h"
#include "sandbox/base/own.h"
#include "sandbox/privilege/landlock.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define BINDS_MAX 64 /* of the plan */
#define NAMES_MAX 96 /* at the root of an image */
#define READ_RUN  (LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_RUN)
#define WRITE_RUN (READ_RUN | LANDLOCK_WRITE | LANDLOCK_MAKE | LANDLOCK_NODE)

/* What the builder may do where. What is not beneath a row may be listed, no more. */
static const struct landlock_rule own_rows[] = {
	{ "/", LANDLOCK_LIST },
	{ "/sys", LANDLOCK_LIST | LANDLOCK_READ },
	/* Not to write: oom_score_adj would be put back, and mem is a way around W^X. */
	{ "/proc", LANDLOCK_LIST | LANDLOCK_READ },
	{ "/dev", LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_DEVICE },
	{ "/dev/mqueue", LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE },
	{ "/dev/shm",
		LANDLOCK_LIST | LANDLOCK_READ | LANDLOCK_WRITE | LANDLOCK_MAKE | LANDLOCK_NODE },
	{ "/app", WRITE_RUN },
	{ "/tmp", WRITE_RUN },
	{ "/var/tmp", WRITE_RUN },
	{ "/home/builder", WRITE_RUN },
};

/* Of the host; an image's have no list, and are found. */
static const struct landlock_rule host_rows[] = {
	{ "/usr", READ_RUN },
	{ "/bin", READ_RUN },
	{ "/sbin", READ_RUN },
	{ "/lib", READ_RUN },
	{ "/lib32", READ_RUN },
	{ "/lib64", READ_RUN },
	{ "/libx32", READ_RUN },
	{ "/etc", LANDLOCK_LIST | LANDLOCK_READ },
	{ "/var/lib", READ_RUN },
};

struct rules {
	struct landlock_rule rows[ARRAY_LEN(own_rows) + BINDS_MAX + NAMES_MAX + 2];
	char paths[BINDS_MAX + NAMES_MAX][258];
	size_t n, paths_n;
};

static void rule_add(struct rules *rules, const char *name, unsigned access)
{
	char *path = rules->paths[rules->paths_n];

	snprintf(path, sizeof(rules->paths[0]), "/%s", name);
	rules->rows[rules->n++] = (struct landlock_rule){ path, access };
	rules->paths_n++;
}

/* One for each name at the root: one for "/" itself would cover /proc and /dev too. */
static int image_rules(const struct keeper *k, struct rules *rules, struct failure *f)
{
	unsigned access = k->root.image_sealed[0] != '\0' ? READ_RUN : WRITE_RUN;
	own_dir DIR *dir = opendir("/");
	struct dirent *entry;

	if (dir == NULL)
		return fail(f, errno, "read the image's root");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' && strspn(entry->d_name, ".") == strlen(entry->d_name))
			continue;
		if (root_image_is_own(entry->d_name))
			continue;
		if (rules->paths_n == NAMES_MAX)
			return fail(
				f, 0, "the image has more than %d names at its root", NAMES_MAX);
		rule_add(rules, entry->d_name, access);
	}
	return 0;
}

/* The canary is a file of our own that no rule covers: it opens before and must not
 * after, or Landlock says that it restricts and does not. */
static int canary_opens(int directory)
{
	own_fd int fd = openat(directory, "canary", O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? 0 : errno;
}

int builder_landlock(const struct keeper *k, struct failure *f)
{
	const struct root_plan *mounts = &k->plan->root;
	struct rules rules = { .n = ARRAY_LEN(own_rows) };
	int before, after;

	if (!k->plan->landlock)
		return 0;
	memcpy(rules.rows, own_rows, sizeof(own_rows));
	if (mounts->image.path != NULL) {
		if (image_rules(k, &rules, f) < 0)
			return -1;
	} else {
		memcpy(rules.rows + rules.n, host_rows, sizeof(host_rows));
		rules.n += ARRAY_LEN(host_rows);
	}
	for (size_t i = 0; i < mounts->binds_n; i++) /* the plan allows 64, of 255 bytes */
		rule_add(&rules, mounts->binds[i].destination, READ_RUN);
	if (mounts->secrets_n > 0)
		rules.rows[rules.n++] =
			(struct landlock_rule){ ROOT_SECRETS, LANDLOCK_LIST | LANDLOCK_READ };
	if (mounts->script_fd >= 0)
		rules.rows[rules.n++] = (struct landlock_rule){ ROOT_SCRIPT, LANDLOCK_READ };
	before = canary_opens(k->root.hidden_fd);
	if (landlock_restrict(rules.rows, rules.n, 0, f) < 0)
		return -1;
	after = canary_opens(k->root.hidden_fd);
	if (before != 0 || after != EACCES)
		return fail(f, 0, "Landlock does not hold: the canary answers %d, then %d", before,
			after);
	return 0;
}
