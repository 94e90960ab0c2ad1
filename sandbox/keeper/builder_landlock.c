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
#define RULES_MAX (BINDS_MAX + ROOT_CACHES_MOST + NAMES_MAX)
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
	struct landlock_rule rows[ARRAY_LEN(own_rows) + RULES_MAX + 2];
	char (*paths)[258]; /* of those that are no literals; NULL: all are, as in most runs */
	size_t n, paths_n;
};

/* 40 KiB, which are nobody's business in a run without an image and binds. */
static int paths_make(const struct root_plan *mounts, struct rules *rules, struct failure *f)
{
	size_t n =
		mounts->binds_n + mounts->caches_n + (mounts->image.path != NULL ? NAMES_MAX : 0);

	if (n == 0)
		return 0;
	rules->paths = calloc(n, sizeof(*rules->paths));
	return rules->paths == NULL ? fail(f, ENOMEM, "name what Landlock permits") : 0;
}

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

static int rules_fill(const struct keeper *k, struct rules *rules, struct failure *f)
{
	const struct root_plan *mounts = &k->plan->root;

	memcpy(rules->rows, own_rows, sizeof(own_rows));
	rules->n = ARRAY_LEN(own_rows);
	if (paths_make(mounts, rules, f) < 0)
		return -1;
	if (mounts->image.path != NULL) {
		if (image_rules(k, rules, f) < 0)
			return -1;
	} else {
		memcpy(rules->rows + rules->n, host_rows, sizeof(host_rows));
		rules->n += ARRAY_LEN(host_rows);
	}
	for (size_t i = 0; i < mounts->binds_n; i++) /* the plan allows 64, of 255 bytes */
		rule_add(rules, mounts->binds[i].destination, READ_RUN);
	for (size_t i = 0; i < mounts->caches_n; i++)
		rule_add(rules, mounts->caches[i].destination, WRITE_RUN);
	if (mounts->secrets_n > 0)
		rules->rows[rules->n++] =
			(struct landlock_rule){ ROOT_SECRETS, LANDLOCK_LIST | LANDLOCK_READ };
	if (mounts->script_fd >= 0)
		rules->rows[rules->n++] = (struct landlock_rule){ ROOT_SCRIPT, LANDLOCK_READ };
	return 0;
}

int builder_landlock(const struct keeper *k, struct failure *f)
{
	struct rules rules;
	int before, after, result;

	if (!k->plan->landlock)
		return 0;
	rules.paths = NULL;
	rules.paths_n = 0;
	result = rules_fill(k, &rules, f);
	before = canary_opens(k->root.hidden_fd);
	if (result == 0)
		result = landlock_restrict(rules.rows, rules.n, 0, f);
	free(rules.paths);
	if (result < 0)
		return -1;
	after = canary_opens(k->root.hidden_fd);
	if (before != 0 || after != EACCES)
		return fail(f, 0, "Landlock does not hold: the canary answers %d, then %d", before,
			after);
	return 0;
}
