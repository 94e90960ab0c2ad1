#include "sandbox/verbs/doctor_docker.h"

#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "sandbox/base/value.h"
#include "sandbox/base/whole.h"
#include "sandbox/engine/broker_client.h"

#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

#define DAEMON_BYTES (1 << 20)

/* ---- what the engine cannot say ---- */

/* Two columns of /proc/net/tcp: "0100007F:0947" and "0A" for LISTEN. */
static bool look_at_ports(const char *path, struct benchmark_host *host)
{
	own_file FILE *file = fopen(path, "re");
	char line[512];

	if (file == NULL)
		return errno == ENOENT; /* a kernel without IPv6 */
	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned port, state;

		if (sscanf(line, " %*u: %*[0-9A-Fa-f]:%4x %*s %2x", &port, &state) != 2 ||
			state != 0x0a)
			continue;
		host->listens_plain |= port == 2375;
		host->listens_tls |= port == 2376;
	}
	return true;
}

static void look_at_socket(const struct engine_place *engine, const struct identity *identity,
	struct benchmark_host *host)
{
	struct stat st;
	const struct group *group;

	host->uid = identity->uid;
	host->direct = !engine->needs_group;
	host->owner = (uid_t)-1;
	if (fstat(engine->socket.fd, &st) < 0)
		return;
	host->mode = st.st_mode;
	host->owner = st.st_uid;
	group = getgrgid(st.st_gid);
	if (group != NULL)
		snprintf(host->group, sizeof(host->group), "%s", group->gr_name);
	else
		snprintf(host->group, sizeof(host->group), "%u", st.st_gid);
}

/* A file that is not there is one without anything in it. */
static void look_at_daemon(const char *path, struct benchmark_host *host)
{
	own_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	own_mem char *text = NULL;
	struct jsontext_error error;
	struct stat st;

	host->daemon_known = fd < 0 && errno == ENOENT;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > DAEMON_BYTES)
		return;
	text = calloc(1, (size_t)st.st_size + 1);
	if (text == NULL || whole_read(fd, text, (size_t)st.st_size) != st.st_size ||
		jsontext_check(text, (size_t)st.st_size, &jsontext_config_limits, &error) < 0)
		return;
	host->daemon = cJSON_Parse(text);
	host->daemon_known = host->daemon != NULL;
}

static void look_at_host(
	const cJSON *found, const struct identity *identity, struct benchmark_host *host)
{
	char path[512] = "/etc/docker/daemon.json";

	if (benchmark_is_rootless(found))
		snprintf(path, sizeof(path), "%s/.config/docker/daemon.json", identity->home);
	look_at_daemon(path, host);
	host->listens_known = look_at_ports("/proc/net/tcp", host);
	host->listens_known = look_at_ports("/proc/net/tcp6", host) && host->listens_known;
}

/* ---- the whole ---- */

int doctor_docker_examine(const struct config *config, struct identity *identity,
	struct benchmark *ret, struct failure *f)
{
	struct benchmark_host host = { 0 };
	struct failure reason = { 0 };
	struct broker_client client;
	cJSON *found = NULL;
	bool open = broker_client_open(config->docker_host, identity, &client, &reason) == 0;
	int result = identity_give_up(identity, f);

	*ret = (struct benchmark){ .ok = true };
	if (open && result == 0) {
		snprintf(ret->engine, sizeof(ret->engine), "%s", client.engine.socket.path);
		look_at_socket(&client.engine, identity, &host);
		if (broker_client_survey(&client, &found, &reason) == 0)
			look_at_host(found, identity, &host);
	}
	if (open)
		broker_client_close(&client);
	if (found != NULL)
		benchmark_judge(found, &host, ret);
	else if (result == 0)
		benchmark_missing(&reason, ret);
	cJSON_Delete(found);
	cJSON_Delete(host.daemon);
	return result;
}

/* ---- words ---- */

void doctor_docker_print(const struct benchmark *b, FILE *out)
{
	fprintf(out, "\nDocker%s%s %s (CIS Docker Benchmark 1.6.0)\n",
		b->engine[0] != '\0' ? " at " : "", b->engine, b->version);
	for (size_t i = 0; i < b->n; i++) {
		const struct benchmark_row *row = &b->rows[i];

		fprintf(out, "%-7s  %-6s  %-19s %s\n", benchmark_state_name(row->state),
			row->section, row->name, row->detail);
		if (row->remedy != NULL)
			fprintf(out, "%-7s  %-6s  %-19s → %s\n", "", "", "", row->remedy);
	}
	fprintf(out, "\n%s\n",
		b->ok ? "Nothing here gives the host away."
		      : "This gives the host away: see the lines marked fail.");
}

static cJSON *row_json(const struct benchmark_row *row)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = value_text(o, "section", row->section[0] != '\0' ? row->section : NULL);

	ok = ok && value_text(o, "name", row->name);
	ok = ok && value_text(o, "state", benchmark_state_name(row->state));
	ok = ok && value_text(o, "detail", row->detail);
	ok = ok && value_text(o, "remedy", row->remedy);
	if (ok)
		return o;
	cJSON_Delete(o);
	return NULL;
}

cJSON *doctor_docker_json(const struct benchmark *b)
{
	cJSON *o = cJSON_CreateObject(), *rows = cJSON_CreateArray();
	bool ok = value_item(o, "rows", rows);

	ok = ok && value_bool(o, "ok", b->ok);
	ok = ok && value_text(o, "engine", b->engine[0] != '\0' ? b->engine : NULL);
	ok = ok && value_text(o, "version", b->version[0] != '\0' ? b->version : NULL);
	for (size_t i = 0; ok && i < b->n; i++)
		ok = value_push(rows, row_json(&b->rows[i]));
	if (ok)
		return o;
	cJSON_Delete(o);
	return NULL;
}
