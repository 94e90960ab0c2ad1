#include "sandbox/docker/body.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct policy limited = {
	.level = DOCKER_RUN,
	.run_id = "run1",
	.owner = "owner1",
	.limits.memory_bytes = UINT64_C(1073741824),
	.limits.swap_bytes = UINT64_C(536870912),
	.limits.cpus_milli = 2000,
	.limits.pids = 100,
};
static const struct policy unlimited = {
	.level = DOCKER_RUN,
	.run_id = "run1",
	.owner = "owner1",
	.limits.memory_bytes = LIMIT_NONE,
	.limits.swap_bytes = LIMIT_NONE,
	.limits.cpus_milli = LIMIT_NONE,
	.limits.pids = LIMIT_NONE,
};

struct applied {
	struct schema_run run;
	struct refusal r;
	cJSON *tree; /* NULL: refused */
};

static struct applied apply(
	const struct schema *schema, const struct policy *policy, const char *json)
{
	struct applied a = { .run = { .policy = policy } };
	cJSON *given;

	if (schema_parse((struct span){ json, strlen(json) }, 1024, &given, &a.r) < 0)
		return a;
	if (schema_apply(schema, given, &a.run, &a.tree, &a.r) < 0)
		a.tree = NULL;
	cJSON_Delete(given);
	return a;
}

static void applied_end(struct applied *a)
{
	cJSON_Delete(a->tree);
}
#define own_applied __attribute__((cleanup(applied_end)))

/* The item at "a/b/0", or NULL. */
static cJSON *at(cJSON *tree, const char *path)
{
	own_mem char *copy = strdup(path);
	char *rest = copy, *key;

	while (tree != NULL && (key = strsep(&rest, "/")) != NULL)
		tree = cJSON_IsArray(tree) ? cJSON_GetArrayItem(tree, atoi(key))
					   : cJSON_GetObjectItemCaseSensitive(tree, key);
	return tree;
}

static char *printed(cJSON *item)
{
	char *text = item != NULL ? cJSON_PrintUnformatted(item) : NULL;

	return text != NULL ? text : strdup("(absent)");
}

static char *read_file(const char *name)
{
	char path[128], *text = calloc(1, 16384);
	own_file FILE *file = NULL;

	snprintf(path, sizeof(path), "tests/unit/docker/%s.json", name);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("%s cannot be opened", path);
	if (fread(text, 1, 16383, file) == 0)
		fail_msg("%s is empty", path);
	return text;
}

static void takes_what_clients_send(void **state)
{
	static const struct {
		const char *file;
		const struct schema *schema;
		size_t claims;
	} rows[] = {
		{ "create-cli28", &body_container_create, 4 }, /* image, network, bind, mount */
		{ "create-cli28-zero", &body_container_create, 1 },
		{ "create-cli20", &body_container_create, 4 },
		{ "create-compose1", &body_container_create, 4 },
		{ "create-docker-py", &body_container_create, 3 },
		{ "network-cli28", &body_network_create, 0 },
		{ "network-cli20", &body_network_create, 0 },
		{ "network-compose1", &body_network_create, 0 },
		{ "volume-cli20", &body_volume_create, 0 },
		{ "exec-cli28", &body_exec_create, 0 },
		{ "exec-docker-py", &body_exec_create, 0 },
		{ "connect-compose1", &body_network_connect, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *json = read_file(rows[i].file);
		own_applied struct applied a = apply(rows[i].schema, &limited, json);

		if (a.tree == NULL)
			fail_msg("%s: refused: %s", rows[i].file, a.r.reason);
		if (a.run.claims_n != rows[i].claims)
			fail_msg("%s: expected %zu claims, got %zu", rows[i].file, rows[i].claims,
				a.run.claims_n);
	}
}

#define FORCED                                                                                     \
	"{\"Privileged\":false,\"CapDrop\":[\"AUDIT_WRITE\",\"MKNOD\",\"NET_RAW\",\"SETFCAP\","    \
	"\"SETPCAP\",\"SYS_CHROOT\"],\"SecurityOpt\":[\"no-new-privileges\"],"                     \
	"\"IpcMode\":\"private\",\"CgroupnsMode\":\"private\",\"PidMode\":\"\",\"UTSMode\":\"\","  \
	"\"UsernsMode\":\"\",\"CgroupParent\":\"\",\"NetworkMode\":\"none\","                      \
	"\"Dns\":[\"192.0.2.1\"],\"DnsSearch\":[\".\"],"                                           \
	"\"LogConfig\":{\"Config\":{\"max-size\":\"10m\",\"max-file\":\"1\"},"                     \
	"\"Type\":\"json-file\"},\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"     \
	"\"Memory\":1073741824,\"MemorySwap\":1610612736,\"NanoCpus\":2000000000,"                 \
	"\"PidsLimit\":100}"

static void makes_a_whole_host_config(void **state)
{
	static const char *const rows[] = {
		"{\"Image\":\"x\"}",
		"{\"Image\":\"x\",\"HostConfig\":null}",
		"{\"Image\":\"x\",\"HostConfig\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_applied struct applied a = apply(&body_container_create, &limited, rows[i]);
		own_mem char *got = printed(at(a.tree, "HostConfig"));
		own_mem char *labels = printed(at(a.tree, "Labels"));

		if (strcmp(got, FORCED) != 0)
			fail_msg("%s:\nexpected %s\ngot      %s", rows[i], FORCED, got);
		if (strcmp(labels,
			    "{\"io.cofferdam.run\":\"run1\",\"io.cofferdam.user\":\"0\",\"io.cofferdam.owner\":\"owner1\"}") !=
			0)
			fail_msg("%s: labels are %s", rows[i], labels);
	}
}

/* One row a field: what would harm, and what becomes of it. NULL: refused. */
static const struct {
	const char *field, *value, *becomes;
} host_rows[] = {
	{ "Binds", "[\"/etc:/x\"]", NULL },
	{ "Mounts", "[{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/x\"}]", NULL },
	{ "Tmpfs", "{\"/t\":\"\"}", "{\"/t\":\"size=1073741824\"}" },
	{ "VolumesFrom", "[\"other\"]", NULL },
	{ "VolumeDriver", "\"evil\"", NULL },
	{ "ContainerIDFile", "\"/etc/x\"", "(absent)" },
	{ "ReadonlyRootfs", "true", "true" },
	{ "StorageOpt", "{\"size\":\"1T\"}", NULL },
	{ "MaskedPaths", "[]", NULL },
	{ "ReadonlyPaths", "[]", NULL },
	{ "Privileged", "true", NULL },
	{ "CapAdd", "[\"SYS_ADMIN\"]", NULL },
	{ "CapDrop", "[]",
		"[\"AUDIT_WRITE\",\"MKNOD\",\"NET_RAW\",\"SETFCAP\",\"SETPCAP\",\"SYS_CHROOT\"]" },
	{ "SecurityOpt", "[\"seccomp=unconfined\"]", NULL },
	{ "GroupAdd", "[\"0\"]", NULL },
	{ "Devices", "[{\"PathOnHost\":\"/dev/sda\"}]", NULL },
	{ "DeviceCgroupRules", "[\"a *:* rwm\"]", NULL },
	{ "DeviceRequests", "[{\"Driver\":\"cdi\"}]", NULL },
	{ "Sysctls", "{\"kernel.core_pattern\":\"|/x\"}", NULL },
	{ "Runtime", "\"runc\"", NULL },
	{ "Annotations", "{\"run.oci.hooks.stdout\":\"/etc/x\"}", NULL },
	{ "Capabilities", "[\"SYS_ADMIN\"]", NULL },
	{ "IpcMode", "\"host\"", "\"private\"" },
	{ "CgroupnsMode", "\"host\"", "\"private\"" },
	{ "PidMode", "\"host\"", NULL },
	{ "UTSMode", "\"host\"", NULL },
	{ "UsernsMode", "\"host\"", NULL },
	{ "Cgroup", "\"container:x\"", NULL },
	{ "CgroupParent", "\"../../x\"", NULL },
	{ "NetworkMode", "\"host\"", NULL },
	{ "PortBindings", "{\"80/tcp\":[{\"HostPort\":\"80\"}]}", NULL },
	{ "PublishAllPorts", "true", NULL },
	{ "Links", "[\"db:db\"]", NULL },
	{ "ExtraHosts", "[\"h:host-gateway\"]", NULL },
	{ "Dns", "[\"198.51.100.53\"]", "[\"192.0.2.1\"]" },
	{ "DnsOptions", "[\"x\"]", "(absent)" },
	{ "DnsSearch", "[\"x\"]", "[\".\"]" },
	{ "Memory", "999999999999", "1073741824" },
	{ "MemorySwap", "-1", "1610612736" },
	{ "NanoCpus", "64000000000", "2000000000" },
	{ "CpuPeriod", "1000", "(absent)" },
	{ "CpuQuota", "1000000", "(absent)" },
	{ "PidsLimit", "-1", "100" },
	{ "ShmSize", "99999999999", "1073741824" },
	{ "CpuShares", "262144", "1024" },
	{ "CpusetCpus", "\"/x\"", NULL },
	{ "CpusetMems", "\"a\"", NULL },
	{ "Ulimits", "[{\"Name\":\"rtprio\",\"Soft\":99,\"Hard\":99}]", NULL },
	{ "MemoryReservation", "99999999999", "(absent)" },
	{ "KernelMemory", "99999999999", "(absent)" },
	{ "KernelMemoryTCP", "99999999999", "(absent)" },
	{ "MemorySwappiness", "100", NULL },
	{ "OomKillDisable", "true", NULL },
	{ "OomScoreAdj", "-1000", NULL },
	{ "CpuRealtimePeriod", "1000", NULL },
	{ "CpuRealtimeRuntime", "950", NULL },
	{ "BlkioWeight", "1000", NULL },
	{ "BlkioWeightDevice", "[{\"Path\":\"/dev/sda\",\"Weight\":1}]", NULL },
	{ "BlkioDeviceReadBps", "[{\"Path\":\"/dev/sda\",\"Rate\":1}]", NULL },
	{ "BlkioDeviceWriteBps", "[{\"Path\":\"/dev/sda\",\"Rate\":1}]", NULL },
	{ "BlkioDeviceReadIOps", "[{\"Path\":\"/dev/sda\",\"Rate\":1}]", NULL },
	{ "BlkioDeviceWriteIOps", "[{\"Path\":\"/dev/sda\",\"Rate\":1}]", NULL },
	{ "DiskQuota", "1", NULL },
	{ "LogConfig", "{\"Type\":\"syslog\",\"Config\":{\"syslog-address\":\"unix:///x\"}}",
		"{\"Config\":{\"max-size\":\"10m\",\"max-file\":\"1\"},\"Type\":\"json-file\"}" },
	{ "RestartPolicy", "{\"Name\":\"always\"}", "{\"Name\":\"no\",\"MaximumRetryCount\":0}" },
	{ "AutoRemove", "true", "true" },
	{ "Init", "true", "true" },
	{ "ConsoleSize", "[1,2]", "(absent)" },
	{ "Isolation", "\"process\"", "(absent)" },
	{ "CpuCount", "8", NULL },
	{ "CpuPercent", "100", NULL },
	{ "IOMaximumIOps", "1", NULL },
	{ "IOMaximumBandwidth", "1", NULL },
	{ "LxcConf", "{\"a\":\"b\"}", NULL },
};

static const struct schema *host_config(void)
{
	for (const struct schema *const *s = body_schemas; *s != NULL; s++)
		if (strcmp((*s)->name, "HostConfig") == 0)
			return *s;
	fail_msg("no schema HostConfig");
	return NULL;
}

static void has_a_row_for_every_host_config_field(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct field *field = host_config()->fields; field->name != NULL; field++, n++) {
		size_t i = 0;

		while (i < ARRAY_LEN(host_rows) && strcmp(host_rows[i].field, field->name) != 0)
			i++;
		if (i == ARRAY_LEN(host_rows))
			fail_msg("no row tries HostConfig.%s", field->name);
	}
	assert_int_equal(n, ARRAY_LEN(host_rows));
}

static void refuses_or_overwrites_what_harms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(host_rows); i++) {
		char json[512], path[64];
		own_applied struct applied a = { .tree = NULL };
		own_mem char *got = NULL;

		snprintf(json, sizeof(json), "{\"Image\":\"x\",\"HostConfig\":{\"%s\":%s}}",
			host_rows[i].field, host_rows[i].value);
		snprintf(path, sizeof(path), "HostConfig/%s", host_rows[i].field);
		a = apply(&body_container_create, &limited, json);
		if (host_rows[i].becomes == NULL) {
			if (a.tree != NULL)
				fail_msg("%s: expected a refusal", json);
			if (strstr(a.r.reason, host_rows[i].field) == NULL)
				fail_msg("%s: refused without its name: %s", json, a.r.reason);
			continue;
		}
		if (a.tree == NULL)
			fail_msg("%s: refused: %s", json, a.r.reason);
		got = printed(at(a.tree, path));
		if (strcmp(got, host_rows[i].becomes) != 0)
			fail_msg("%s: expected %s, got %s", json, host_rows[i].becomes, got);
	}
}

static char other_case(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? (char)(c ^ 0x20) : c;
}

/* The name as a decoder that folds would still know it; NULL: there is no such form. */
static char *folded(const char *name, int form)
{
	const char *s = strpbrk(name, form == 4 ? "sS" : "kK");
	char *text = calloc(1, strlen(name) + 8);

	strcpy(text, name);
	for (char *p = text; form <= 1 && *p != '\0'; p++)
		if ((*p & 0x20) == (form == 0 ? 0 : 0x20))
			*p = other_case(*p);
	if (form == 2)
		text[0] = other_case(text[0]);
	if (form == 3)
		text[strlen(text) - 1] = other_case(text[strlen(text) - 1]);
	if (form >= 4 && s != NULL)
		sprintf(text + (s - name), "%s%s", form == 4 ? "\xc5\xbf" : "\xe2\x84\xaa", s + 1);
	if (strcmp(text, name) != 0)
		return text;
	free(text);
	return NULL;
}

static void refuses(const char *json)
{
	own_applied struct applied a = apply(&body_container_create, &limited, json);

	if (a.tree != NULL)
		fail_msg("%s: expected a refusal", json);
}

static void refuses_other_spellings(void **state)
{
	char json[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(host_rows); i++)
		for (int form = 0; form <= 5; form++) {
			own_mem char *name = folded(host_rows[i].field, form);

			if (name == NULL)
				continue;
			snprintf(json, sizeof(json), "{\"Image\":\"x\",\"HostConfig\":{\"%s\":%s}}",
				name, host_rows[i].value);
			refuses(json);
		}
	refuses("{\"Image\":\"x\",\"hostConfig\":{}}");
	refuses("{\"Image\":\"x\",\"Ho\xc5\xbftConfig\":{}}");
	refuses("{\"Image\":\"x\",\"HostConfig\":{},\"hostconfig\":{}}");
	refuses("{\"Image\":\"x\",\"HostConfig\":{},\"HostConfig\":{}}");
	/* An escape is the same name. */
	refuses("{\"Image\":\"x\",\"HostConfig\":{\"\\u0042inds\":[\"/:/x\"]}}");
	refuses("{\"Image\":\"x\",\"\\u0048ostConfig\":{\"Privileged\":true}}");
}

static void refuses_host_config_at_the_top(void **state)
{
	char json[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(host_rows); i++) {
		snprintf(json, sizeof(json), "{\"Image\":\"x\",\"%s\":%s}", host_rows[i].field,
			host_rows[i].value);
		refuses(json);
		snprintf(json, sizeof(json), "{\"Image\":\"x\",\"HostConfig\":null,\"%s\":%s}",
			host_rows[i].field, host_rows[i].value);
		refuses(json);
	}
}

static void checks_values(void **state)
{
	/* expect: "path=value" in the new tree, NULL: refused */
	static const struct {
		const struct schema *schema;
		const char *json, *path, *value;
	} rows[] = {
#define HOST(json) &body_container_create, "{\"Image\":\"x\",\"HostConfig\":{" json "}}"
#define TOP(json)  &body_container_create, "{\"Image\":\"x\"," json "}"
		{ HOST("\"Binds\":[\"data:/x\"]"), "HostConfig/Binds", "[\"data:/x\"]" },
		{ HOST("\"Binds\":[\"data:/x:ro,z\"]"), "HostConfig/Binds/0", "\"data:/x:ro,z\"" },
		{ HOST("\"Binds\":[\"data:/x:rshared\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"data:/x:ro:z\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"../x:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"~/x:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\".x:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"a/b:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"a\\\\b:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"c:\\\\:/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\"data\"]"), NULL, NULL },
		{ HOST("\"Binds\":[\":/x\"]"), NULL, NULL },
		{ HOST("\"Binds\":\"data:/x\""), NULL, NULL },
		{ HOST("\"Mounts\":[{\"Type\":\"volume\",\"Target\":\"/x\"}]"),
			"HostConfig/Mounts/0", "{\"Type\":\"volume\",\"Target\":\"/x\"}" },
		{ HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"/etc\",\"Target\":\"/x\"}]"),
			NULL, NULL },
		{ HOST("\"Mounts\":[{\"Type\":\"Bind\",\"Source\":\"/etc\",\"Target\":\"/x\"}]"),
			NULL, NULL },
		{ HOST("\"Mounts\":[{\"Type\":\"image\",\"Source\":\"x\",\"Target\":\"/x\"}]"),
			NULL, NULL },
		{ HOST("\"Mounts\":[{\"Source\":\"/etc\",\"Target\":\"/x\"}]"), NULL, NULL },
		{ HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"vv\",\"Target\":\"/x\","
		       "\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"local\",\"Options\":"
		       "{\"o\":\"bind\",\"device\":\"/\"}}}}]"),
			NULL, NULL },
		{ HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"vv\",\"Target\":\"/x\","
		       "\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"\",\"Options\":{}}}}]"),
			"HostConfig/Mounts/0/VolumeOptions", "{}" },
		{ HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\"}]"),
			"HostConfig/Mounts/0/TmpfsOptions", "{\"SizeBytes\":1073741824}" },
		{ HOST("\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/x\",\"TmpfsOptions\":"
		       "{\"SizeBytes\":4096}}]"),
			"HostConfig/Mounts/0/TmpfsOptions", "{\"SizeBytes\":4096}" },
		{ HOST("\"Tmpfs\":{\"/t\":\"rw,size=64m,mode=1777\"}"), "HostConfig/Tmpfs",
			"{\"/t\":\"rw,mode=1777,size=67108864\"}" },
		{ HOST("\"Tmpfs\":{\"/t\":\"size=9g\"}"), "HostConfig/Tmpfs",
			"{\"/t\":\"size=1073741824\"}" },
		{ HOST("\"Tmpfs\":{\"/t\":\"size=50%\"}"), NULL, NULL },
		{ HOST("\"Tmpfs\":{\"/t\":\"dev\"}"), NULL, NULL },
		{ HOST("\"Tmpfs\":{\"/t\":\"mode=1777,suid\"}"), NULL, NULL },
		{ HOST("\"CapAdd\":[\"cap_chown\"]"), "HostConfig/CapAdd", "[\"cap_chown\"]" },
		{ HOST("\"CapAdd\":[\"ALL\"]"), NULL, NULL },
		{ HOST("\"CapAdd\":[\"NET_RAW\"]"), NULL, NULL },
		{ HOST("\"CapDrop\":[\"ALL\",\"cap_mknod\"]"), "HostConfig/CapDrop/6", "\"ALL\"" },
		{ HOST("\"CapDrop\":[\"ALL\",\"cap_mknod\"]"), "HostConfig/CapDrop/7", "(absent)" },
		{ HOST("\"SecurityOpt\":[\"no-new-privileges:false\"]"), NULL, NULL },
		{ HOST("\"SecurityOpt\":[\"no-new-privileges:true\"]"), "HostConfig/SecurityOpt",
			"[\"no-new-privileges\"]" },
		{ HOST("\"NetworkMode\":\"bridge\""), "HostConfig/NetworkMode", "\"none\"" },
		{ HOST("\"NetworkMode\":\"mine\""), "HostConfig/NetworkMode", "\"mine\"" },
		{ HOST("\"NetworkMode\":\"container:x\""), NULL, NULL },
		{ HOST("\"NetworkMode\":\"ns:/proc/1/ns/net\""), NULL, NULL },
		{ HOST("\"LogConfig\":{\"Type\":\"local\"}"), "HostConfig/LogConfig/Type",
			"\"local\"" },
		{ HOST("\"MemorySwappiness\":-1"), "HostConfig/MemorySwappiness", "(absent)" },
		{ HOST("\"Memory\":67108864"), "HostConfig/MemorySwap", "603979776" },
		{ HOST("\"Memory\":67108864,\"MemorySwap\":67108864"), "HostConfig/MemorySwap",
			"67108864" },
		{ HOST("\"CpuQuota\":50000"), "HostConfig/NanoCpus", "500000000" },
		{ HOST("\"CpuQuota\":50000,\"CpuPeriod\":1000"), "HostConfig/NanoCpus",
			"2000000000" },
		{ HOST("\"PidsLimit\":10"), "HostConfig/PidsLimit", "10" },
		{ HOST("\"Memory\":1e15"), NULL, NULL },
		{ HOST("\"Memory\":0.5"), NULL, NULL },
		{ HOST("\"Memory\":\"1\""), NULL, NULL },
		{ HOST("\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":1024,\"Hard\":2048}]"),
			"HostConfig/Ulimits/0/Hard", "2048" },
		{ HOST("\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":-1,\"Hard\":-1}]"), NULL, NULL },
		{ HOST("\"ExtraHosts\":[\"db:10.0.0.1\"]"), "HostConfig/ExtraHosts/0",
			"\"db:10.0.0.1\"" },
		{ HOST("\"Unheard\":1"), NULL, NULL },
		{ HOST("\"Unheard\":null"), "HostConfig/Unheard", "(absent)" },
		{ &body_container_create, "{}", NULL, NULL },
		{ &body_container_create, "{\"Image\":\"\"}", NULL, NULL },
		{ &body_container_create, "[]", NULL, NULL },
		{ &body_container_create, "{\"Image\":\"x\",\"HostConfig\":[]}", NULL, NULL },
		{ &body_container_create, "{\"Image\":\"x\",\"HostConfig\":\"\"}", NULL, NULL },
		{ TOP("\"Cmd\":\"true\""), "Cmd", "\"true\"" },
		{ TOP("\"Cmd\":[\"a\",1]"), NULL, NULL },
		{ TOP("\"Labels\":{\"a\":\"b\"}"), "Labels/a", "\"b\"" },
		{ TOP("\"Labels\":{\"io.cofferdam.run\":\"other\"}"), NULL, NULL },
		{ TOP("\"Labels\":{\"IO.Cofferdam.x\":\"\"}"), NULL, NULL },
		{ TOP("\"Labels\":[]"), NULL, NULL },
		{ TOP("\"Volumes\":{\"/data\":{}}"), "Volumes", "{\"/data\":{}}" },
		{ TOP("\"Volumes\":{\"/data\":{\"x\":1}}"), NULL, NULL },
		{ TOP("\"Volumes\":{\"/etc:/x\":{}}"), NULL, NULL },
		{ TOP("\"MacAddress\":\"02:42:00:00:00:01\""), "MacAddress", "(absent)" },
		{ TOP("\"Runtime\":null"), "Runtime", "(absent)" },
		{ TOP("\"VolumesFrom\":\"\""), "VolumesFrom", "(absent)" },
		{ TOP("\"VolumesFrom\":[]"), "VolumesFrom", "(absent)" },
		{ TOP("\"VolumesFrom\":[\"hostbox\"]"), NULL, NULL },
		{ &body_exec_create, "{\"Cmd\":[\"sh\"],\"containerId\":\"x\"}", "containerId",
			"(absent)" },
		{ TOP("\"Runtime\":\"x\""), NULL, NULL },
		{ TOP("\"NetworkingConfig\":{\"EndpointsConfig\":{\"bridge\":{},\"mine\":{}}}"),
			"NetworkingConfig", "{\"EndpointsConfig\":{\"mine\":{}}}" },
		{ TOP("\"NetworkingConfig\":{\"EndpointsConfig\":{\"host\":{}}}"), NULL, NULL },
		{ TOP("\"NetworkingConfig\":{\"mine\":{}}"), NULL, NULL },
		{ TOP("\"NetworkingConfig\":{\"EndpointsConfig\":{\"mine\":{\"IPAMConfig\":"
		      "{\"IPv4Address\":\"10.0.0.2\"}}}}"),
			NULL, NULL },
		{ &body_exec_create, "{\"Cmd\":[\"sh\"],\"Privileged\":true}", NULL, NULL },
		{ &body_exec_create, "{\"Cmd\":[\"sh\"]}", "Privileged", "false" },
		{ &body_exec_start, "{\"stdin\":true,\"Tty\":true}", "stdin", "(absent)" },
		{ &body_exec_start, "{\"Privileged\":true}", NULL, NULL },
		{ &body_network_create, "{\"Name\":\"nn\",\"Internal\":false}", "Internal",
			"true" },
		{ &body_network_create, "{\"Name\":\"nn\",\"Driver\":\"macvlan\"}", NULL, NULL },
		{ &body_network_create, "{\"Name\":\"nn\",\"Options\":{\"parent\":\"eth0\"}}", NULL,
			NULL },
		{ &body_network_create, "{\"Name\":\"nn\",\"Options\":{}}", "Options",
			"{\"com.docker.network.bridge.inhibit_ipv4\":\"true\"}" },
		{ &body_network_create, "{\"Name\":\"nn\",\"IPAM\":{\"Driver\":\"evil\"}}", NULL,
			NULL },
		{ &body_network_create,
			"{\"Name\":\"nn\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.0.0.0/8\"}]}}",
			NULL, NULL },
		{ &body_network_create, "{\"Name\":\"nn\",\"IPAM\":{\"Driver\":\"default\"}}",
			"IPAM", "(absent)" },
		{ &body_network_create, "{\"Name\":\"nn\",\"ConfigFrom\":{\"Network\":\"other\"}}",
			NULL, NULL },
		{ &body_network_create, "{\"Name\":\"nn\",\"ConfigFrom\":{\"Network\":\"\"}}",
			"ConfigFrom", "(absent)" },
		{ &body_volume_create, "{\"DriverOpts\":{\"o\":\"bind\",\"device\":\"/\"}}", NULL,
			NULL },
		{ &body_volume_create, "{\"Driver\":\"sshfs\"}", NULL, NULL },
		{ &body_volume_create, "{\"ClusterVolumeSpec\":{\"Group\":\"x\"}}", NULL, NULL },
		{ &body_volume_create, "{\"Name\":\"../x\"}", NULL, NULL },
		{ &body_volume_create, "{}", "Labels/io.cofferdam.owner", "\"owner1\"" },
		{ &body_network_connect, "{\"EndpointConfig\":{}}", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_applied struct applied a = apply(rows[i].schema, &limited, rows[i].json);
		own_mem char *got = NULL;

		if (a.tree == NULL && rows[i].path != NULL)
			fail_msg("%s: refused: %s", rows[i].json, a.r.reason);
		if (a.tree != NULL && rows[i].path == NULL)
			fail_msg("%s: expected a refusal", rows[i].json);
		if (a.tree == NULL)
			continue;
		got = printed(at(a.tree, rows[i].path));
		if (strcmp(got, rows[i].value) != 0)
			fail_msg("%s: expected %s, got %s", rows[i].json, rows[i].value, got);
	}
}

/* Claims must point into the tree that is sent, and nowhere else. */
static void claims_what_it_names(void **state)
{
	own_applied struct applied a = apply(&body_container_create, &limited,
		"{\"Image\":\"img\",\"HostConfig\":{\"NetworkMode\":\"net\",\"Binds\":[\"vol:/x\"],"
		"\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"vol2\",\"Target\":\"/y\"}]},"
		"\"NetworkingConfig\":{\"EndpointsConfig\":{\"net\":{},\"none\":{}}}}");
	static const struct {
		enum claim_kind kind;
		const char *path;
		bool first_part, is_key;
	} expected[] = {
		{ CLAIM_IMAGE, "Image", false, false },
		{ CLAIM_VOLUME, "HostConfig/Binds/0", true, false },
		{ CLAIM_VOLUME, "HostConfig/Mounts/0/Source", false, false },
		{ CLAIM_NETWORK, "HostConfig/NetworkMode", false, false },
		{ CLAIM_NETWORK, "NetworkingConfig/EndpointsConfig/net", false, true },
	};

	(void)state;
	assert_non_null(a.tree);
	assert_int_equal(a.run.claims_n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		const struct claim *claim = &a.run.claims[i];

		if (claim->kind != expected[i].kind ||
			claim->where != at(a.tree, expected[i].path) ||
			claim->first_part != expected[i].first_part ||
			claim->is_key != expected[i].is_key)
			fail_msg("claim %zu is not that of %s", i, expected[i].path);
	}
}

static void leaves_limits_alone_where_there_are_none(void **state)
{
	own_applied struct applied a = apply(&body_container_create, &unlimited,
		"{\"Image\":\"x\",\"HostConfig\":{\"Memory\":5000000000,\"MemorySwap\":-1,"
		"\"ShmSize\":2147483648,\"Tmpfs\":{\"/t\":\"\"}}}");
	static const char *const rows[][2] = {
		{ "HostConfig/Memory", "5000000000" },
		{ "HostConfig/MemorySwap", "-1" },
		{ "HostConfig/ShmSize", "2147483648" },
		{ "HostConfig/NanoCpus", "(absent)" },
		{ "HostConfig/PidsLimit", "(absent)" },
		{ "HostConfig/Tmpfs", "{\"/t\":\"\"}" },
	};

	(void)state;
	assert_non_null(a.tree);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		own_mem char *got = printed(at(a.tree, rows[i][0]));

		if (strcmp(got, rows[i][1]) != 0)
			fail_msg("%s: expected %s, got %s", rows[i][0], rows[i][1], got);
	}
}

static void caps_the_claims(void **state)
{
	own_text struct text json = { 0 };
	own_applied struct applied a = { .tree = NULL };

	(void)state;
	text_word(&json, "{\"Image\":\"x\",\"HostConfig\":{\"Binds\":[\"vol:/x\"");
	for (int i = 0; i < CLAIMS_MAX; i++)
		text_word(&json, ",\"vol:/x\"");
	text_word(&json, "]}}");
	a = apply(&body_container_create, &limited, json.s);
	assert_null(a.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_clients_send),
		cmocka_unit_test(makes_a_whole_host_config),
		cmocka_unit_test(has_a_row_for_every_host_config_field),
		cmocka_unit_test(refuses_or_overwrites_what_harms),
		cmocka_unit_test(refuses_other_spellings),
		cmocka_unit_test(refuses_host_config_at_the_top),
		cmocka_unit_test(checks_values),
		cmocka_unit_test(claims_what_it_names),
		cmocka_unit_test(leaves_limits_alone_where_there_are_none),
		cmocka_unit_test(caps_the_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
