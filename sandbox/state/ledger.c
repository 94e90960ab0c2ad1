#include "sandbox/state/ledger.h"

#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/base/user_directory.h"
#include "sandbox/base/whole.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COUNTERS       "counters"
#define IMAGES         "images"
#define LINE           1024
#define COUNTERS_BYTES 65536

int ledger_open(bool make, struct failure *f)
{
	static const struct user_directory place = { "the ledger", "XDG_STATE_HOME", ".local/state",
		"cofferdam", 022 };

	return user_directory_open(&place, make, f);
}

static int lock(int dir_fd, struct failure *f)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	own_fd int fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fcntl(fd, F_OFD_SETLKW, &whole) < 0)
		return fail(f, errno, "lock the ledger");
	return own_fd_give(&fd);
}

static int replace(int dir_fd, const char *name, const char *text, struct failure *f)
{
	char fresh[32];
	own_fd int fd = -1;

	snprintf(fresh, sizeof(fresh), "%s.new", name);
	fd = openat(dir_fd, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || whole_write(fd, text, strlen(text)) < 0 ||
		renameat(dir_fd, fresh, dir_fd, name) < 0)
		return fail(f, errno, "write %s of the ledger", name);
	return 0;
}

static void put_aside(int dir_fd, const char *name)
{
	char bad[32];

	snprintf(bad, sizeof(bad), "%s.bad", name);
	renameat(dir_fd, name, dir_fd, bad);
}

/* ---- counters ---- */

static cJSON *zero(void)
{
	cJSON *counters = cJSON_CreateObject();

	cJSON_AddObjectToObject(counters, "builds");
	cJSON_AddNumberToObject(counters, "seconds", 0);
	cJSON_AddNumberToObject(counters, "refused", 0);
	cJSON_AddNumberToObject(counters, "bytes", 0);
	return counters;
}

/* 0; ENOENT in f->errnum: nobody counts here. */
static int read_counters(int dir_fd, cJSON **ret, struct failure *f)
{
	own_fd int fd = openat(dir_fd, COUNTERS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	own_mem char *text = malloc(COUNTERS_BYTES);
	struct jsontext_error error;
	ssize_t n;

	if (fd < 0 || text == NULL)
		return fail(f, errno, "open the counters");
	n = whole_read(fd, text, COUNTERS_BYTES - 1);
	if (n > 0 && jsontext_check(text, (size_t)n, &jsontext_config_limits, &error) == 0) {
		text[n] = '\0';
		*ret = cJSON_Parse(text);
		if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(*ret, "builds")))
			return 0;
		cJSON_Delete(*ret);
	}
	put_aside(dir_fd, COUNTERS);
	*ret = zero();
	return 0;
}

static void add(cJSON *object, const char *key, double more)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	double sum = cJSON_IsNumber(item) && item->valuedouble >= 0 ? item->valuedouble : 0;

	cJSON_DeleteItemFromObjectCaseSensitive(object, key);
	cJSON_AddNumberToObject(object, key, sum + more);
}

static int write_counters(int dir_fd, const cJSON *counters, struct failure *f)
{
	own_mem char *text = cJSON_PrintUnformatted(counters);

	return text == NULL ? fail(f, ENOMEM, "write the counters")
			    : replace(dir_fd, COUNTERS, text, f);
}

static double seconds_of(const struct outcome *outcome)
{
	double ms = 0;

	for (int i = 0; i < PHASE_COUNT; i++)
		if (outcome->phase_ms[i] > 0)
			ms += outcome->phase_ms[i];
	return ms / 1000;
}

int ledger_count(int dir_fd, const struct outcome *outcome, struct failure *f)
{
	const struct counters *docker = &outcome->docker.counters;
	own_fd int locked = -1;
	cJSON *counters = NULL;
	int result;

	if (faccessat(dir_fd, COUNTERS, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	locked = lock(dir_fd, f);
	if (locked < 0 || read_counters(dir_fd, &counters, f) < 0)
		return -1;
	add(cJSON_GetObjectItemCaseSensitive(counters, "builds"), cause_name(outcome->cause), 1);
	add(counters, "seconds", seconds_of(outcome));
	add(counters, "refused", (double)outcome->docker.refused_total);
	add(counters, "bytes", (double)(docker->from_builder_bytes + docker->to_builder_bytes));
	result = write_counters(dir_fd, counters, f);
	cJSON_Delete(counters);
	return result;
}

int ledger_count_from_now(int dir_fd, struct failure *f)
{
	own_fd int locked = lock(dir_fd, f);
	cJSON *counters;
	int result;

	if (locked < 0)
		return -1;
	if (faccessat(dir_fd, COUNTERS, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	counters = zero();
	result = write_counters(dir_fd, counters, f);
	cJSON_Delete(counters);
	return result;
}

int ledger_counters(int dir_fd, cJSON **ret, struct failure *f)
{
	own_fd int locked = lock(dir_fd, f);

	return locked < 0 ? -1 : read_counters(dir_fd, ret, f);
}

/* ---- images ---- */

static bool is_word(const char *word)
{
	for (const char *p = word; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return false;
	return word[0] != '\0';
}

static int format_line(const struct kept_image *k, char line[LINE])
{
	int n = snprintf(line, LINE, "%" PRIu64 " %s %s %s %s\n", k->time, k->run, k->image, k->tag,
		k->socket);

	/* A blank in a word would make another line of it. */
	return n > 0 && n < LINE && is_word(k->run) && is_word(k->image) && is_word(k->tag) &&
			       is_word(k->socket)
		       ? n
		       : -1;
}

int ledger_keep(int dir_fd, const struct kept_image *kept, struct failure *f)
{
	own_fd int locked = lock(dir_fd, f), fd = -1;
	char line[LINE];
	int n = format_line(kept, line);

	if (locked < 0 || n < 0)
		return n < 0 ? fail(f, 0, "an image that has no line in the ledger") : -1;
	fd = openat(dir_fd, IMAGES, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, (size_t)n) != n)
		return fail(f, errno, "write images of the ledger");
	return 0;
}

static bool parse_line(const char *line, struct kept_image *ret)
{
	char end;

	*ret = (struct kept_image){ 0 };
	return sscanf(line, "%" SCNu64 " %32[0-9a-f] %79s %511s %107s%c", &ret->time, ret->run,
		       ret->image, ret->tag, ret->socket, &end) == 6 &&
	       end == '\n';
}

static int read_kept(int dir_fd, struct kept_image **ret, size_t *ret_n, struct failure *f)
{
	int fd = openat(dir_fd, IMAGES, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	own_file FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[LINE];

	*ret = calloc(LEDGER_IMAGES, sizeof(**ret));
	*ret_n = 0;
	if (*ret == NULL)
		return fail(f, ENOMEM, "read images of the ledger");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (*ret_n == LEDGER_IMAGES) {
			memmove(*ret, *ret + 1, (LEDGER_IMAGES - 1) * sizeof(**ret));
			(*ret_n)--;
		}
		*ret_n += parse_line(line, &(*ret)[*ret_n]);
	}
	return 0;
}

int ledger_kept(int dir_fd, struct kept_image **ret, size_t *ret_n, struct failure *f)
{
	own_fd int locked = lock(dir_fd, f);

	return locked < 0 ? -1 : read_kept(dir_fd, ret, ret_n, f);
}

int ledger_forget(int dir_fd, bool (*gone)(void *data, size_t i), void *data, struct failure *f)
{
	own_fd int locked = lock(dir_fd, f);
	own_mem struct kept_image *kept = NULL;
	own_mem char *text = NULL;
	size_t n, used = 0;

	if (locked < 0 || read_kept(dir_fd, &kept, &n, f) < 0)
		return -1;
	text = calloc(n + 1, LINE);
	if (text == NULL)
		return fail(f, ENOMEM, "write images of the ledger");
	for (size_t i = 0; i < n; i++) {
		int length = gone(data, i) ? 0 : format_line(&kept[i], text + used);

		used += length > 0 ? (size_t)length : 0;
	}
	text[used] = '\0';
	return replace(dir_fd, IMAGES, text, f);
}
