#include "sandbox/engine/auth.h"

#include "namespaces/spawn.h"
#include "sandbox/base/base64.h"
#include "sandbox/base/json.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/number.h"
#include "sandbox/base/own.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define AUTH_BYTES (64 * 1024)
#define AUTHS_MAX  64
#define DOCKER_HUB "docker.io"

/* ---- reading ---- */

/* Room for what is read, wiped when the function is left. */
struct secret {
	char text[AUTH_BYTES + 1];
	size_t length;
};

static void secret_end(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

static int target_open(const char *target, struct failure *f)
{
	uint64_t number;
	struct stat st;
	own_fd int fd = -1;

	if (strncmp(target, "fd:", 3) == 0) {
		if (number_parse("--docker-auth fd", target + 3, 0, 1 << 20, &number, f) < 0)
			return -1;
		fd = fcntl((int)number, F_DUPFD_CLOEXEC, 3);
		return fd >= 0 ? own_fd_give(&fd) : fail(f, errno, "--docker-auth %s", target);
	}
	fd = open(target, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return fail(f, errno, "--docker-auth %s", target);
	if (fstat(fd, &st) < 0 || (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)) {
		fail(f, 0, "--docker-auth %s can be read by others", target);
		return fail_remedy(f, "chmod 600 %s", target);
	}
	return own_fd_give(&fd);
}

static int secret_read(int fd, const char *target, struct secret *s, struct failure *f)
{
	ssize_t n = 1;

	s->length = 0;
	while (s->length <= AUTH_BYTES && n > 0) {
		n = read(fd, s->text + s->length, AUTH_BYTES + 1 - s->length);
		if (n < 0 && errno != EINTR)
			return fail(f, errno, "read --docker-auth %s", target);
		if (n < 0)
			n = 1;
		else
			s->length += (size_t)n;
	}
	if (s->length > AUTH_BYTES)
		return fail(f, 0, "--docker-auth %s is longer than %d bytes", target, AUTH_BYTES);
	return 0;
}

static int secret_take(const char *target, struct secret *s, struct failure *f)
{
	own_fd int fd = target_open(target, f);

	return fd < 0 ? -1 : secret_read(fd, target, s, f);
}

/* What the child sends back, in memory that both have. */
struct reading {
	struct secret secret;
	struct failure failure;
};

static void read_as(const struct identity *identity, const char *target, struct reading *shared)
	__attribute__((noreturn));
static void read_as(const struct identity *identity, const char *target, struct reading *shared)
{
	struct identity other = *identity;

	if (identity_give_up(&other, &shared->failure) < 0 ||
		secret_take(target, &shared->secret, &shared->failure) < 0)
		_exit(1);
	_exit(0);
}

static int secret_take_as(
	const struct identity *identity, const char *target, struct secret *s, struct failure *f)
{
	struct reading *shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	own_fd int pidfd = -1;
	int status = 1;
	pid_t pid;

	if (shared == MAP_FAILED)
		return fail(f, errno, "share memory with a child");
	pid = spawn("a reader of --docker-auth", 0, -1, &pidfd, f);
	if (pid == 0)
		read_as(identity, target, shared);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && status == 0)
		memcpy(s, &shared->secret, sizeof(*s));
	else if (pid > 0)
		*f = shared->failure;
	explicit_bzero(shared, sizeof(*shared));
	munmap(shared, sizeof(*shared));
	return pid > 0 && status == 0 ? 0 : -1;
}

/* ---- meaning ---- */

static void word_end(char **word)
{
	if (*word != NULL)
		explicit_bzero(*word, strlen(*word));
	free(*word);
}

#define own_word __attribute__((cleanup(word_end)))

/* "https://index.docker.io/v1/" is docker.io; of others the scheme and the path are cut. */
static char *registry_name(const char *address)
{
	const char *host = strstr(address, "://") != NULL ? strstr(address, "://") + 3 : address;
	size_t n = strcspn(host, "/");
	char *name = strndup(host, n);

	if (name != NULL && (strcmp(name, "index.docker.io") == 0 ||
				    strcmp(name, "registry-1.docker.io") == 0)) {
		free(name);
		name = strdup(DOCKER_HUB);
	}
	return name;
}

static int auth_make(const char *address, const char *username, const char *password,
	struct docker_auth *ret, struct failure *f)
{
	own_json_secret cJSON *json = cJSON_CreateObject();
	own_word char *text = NULL;

	if (json == NULL || cJSON_AddStringToObject(json, "username", username) == NULL ||
		cJSON_AddStringToObject(json, "password", password) == NULL ||
		cJSON_AddStringToObject(json, "serveraddress", address) == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	text = cJSON_PrintUnformatted(json);
	ret->registry = registry_name(address);
	ret->header = text != NULL ? base64_encode_url(text, strlen(text)) : NULL;
	if (ret->registry == NULL || ret->header == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	return 0;
}

static int entry_take(const char *target, const char *address, const cJSON *entry,
	struct docker_auth *ret, struct failure *f)
{
	const char *username = json_text_or(entry, "username", NULL),
		   *password = json_text_or(entry, "password", NULL);
	const char *both = json_text(entry, "auth");
	size_t n = 0;
	own_word char *decoded = both[0] != '\0' ? base64_decode(both, &n) : NULL;
	char *colon = decoded != NULL && strlen(decoded) == n ? strchr(decoded, ':') : NULL;

	if (address == NULL || address[0] == '\0')
		return fail(f, 0, "--docker-auth %s names no registry", target);
	if (colon != NULL) {
		*colon = '\0';
		return auth_make(address, decoded, colon + 1, ret, f);
	}
	if (username != NULL && password != NULL)
		return auth_make(address, username, password, ret, f);
	fail(f, 0, "--docker-auth %s has no user and password for %.80s", target, address);
	return fail_remedy(f, "credential helpers are not asked: write \"auth\" (base64 of "
			      "USER:PASSWORD), or \"username\" and \"password\"");
}

static int entries_take(const char *target, const cJSON *auths, struct docker_auth **ret,
	size_t *ret_n, struct failure *f)
{
	int n = cJSON_GetArraySize(auths);
	struct docker_auth *made;
	const cJSON *entry;
	size_t i = 0;

	if (n == 0 || n > AUTHS_MAX)
		return fail(f, 0, "--docker-auth %s has %d registries, not 1 to %d", target, n,
			AUTHS_MAX);
	made = calloc((size_t)n, sizeof(*made));
	if (made == NULL)
		return fail(f, ENOMEM, "keep the passwords of registries");
	cJSON_ArrayForEach(entry, auths)
	{
		if (entry_take(target, entry->string, entry, &made[i++], f) < 0) {
			dockerauth_release(made, (size_t)n);
			return -1;
		}
	}
	*ret = made;
	*ret_n = (size_t)n;
	return 0;
}

int dockerauth_parse(const char *target, const char *text, size_t length, struct docker_auth **ret,
	size_t *ret_n, struct failure *f)
{
	own_json_secret cJSON *json = NULL;
	struct jsontext_error error;
	const cJSON *auths;
	struct docker_auth *one;

	if (jsontext_check(text, length, &jsontext_config_limits, &error) < 0)
		return fail(f, 0, "--docker-auth %s:%u:%u: %s", target, error.line, error.column,
			error.what);
	json = cJSON_ParseWithLength(text, length);
	auths = json_member(json, "auths");
	if (cJSON_IsObject(auths))
		return entries_take(target, auths, ret, ret_n, f);
	if (json_text_or(json, "serveraddress", NULL) == NULL) {
		fail(f, 0, "--docker-auth %s has neither \"auths\" nor \"serveraddress\"", target);
		return fail_remedy(f,
			"write it as docker's config.json: {\"auths\": {\"REGISTRY\": "
			"{\"auth\": …}}}");
	}
	one = calloc(1, sizeof(*one));
	if (one == NULL)
		return fail(f, ENOMEM, "keep the password of a registry");
	if (entry_take(target, json_text_or(json, "serveraddress", NULL), json, one, f) < 0) {
		dockerauth_release(one, 1);
		return -1;
	}
	*ret = one;
	*ret_n = 1;
	return 0;
}

int dockerauth_read(const char *target, const struct identity *identity, struct docker_auth **ret,
	size_t *ret_n, struct failure *f)
{
	__attribute__((cleanup(secret_end))) struct secret secret = { .length = 0 };
	bool of_root = geteuid() == 0 && identity->was_root && strncmp(target, "fd:", 3) != 0;

	if ((of_root ? secret_take_as(identity, target, &secret, f)
		     : secret_take(target, &secret, f)) < 0)
		return -1;
	return dockerauth_parse(target, secret.text, secret.length, ret, ret_n, f);
}

void dockerauth_release(struct docker_auth *auths, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(auths[i].registry);
		word_end(&auths[i].header);
	}
	free(auths);
}
