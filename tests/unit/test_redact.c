#include "sandbox/docker/redact.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void hides_what_is_the_hosts(void **state)
{
	static const struct {
		enum redact what;
		const char *given, *expected;
	} rows[] = {
		{ REDACT_CONTAINER,
			"{\"Id\":\"1\",\"ResolvConfPath\":\"/var/lib/x\",\"HostnamePath\":\"/a\","
			"\"HostsPath\":\"/a\",\"LogPath\":\"/a\",\"MountLabel\":\"m\","
			"\"ProcessLabel\":\"p\",\"AppArmorProfile\":\"docker-default\"}",
			"{\"Id\":\"1\",\"ResolvConfPath\":\"\",\"HostnamePath\":\"\","
			"\"HostsPath\":\"\",\"LogPath\":\"\",\"MountLabel\":\"\","
			"\"ProcessLabel\":\"\",\"AppArmorProfile\":\"\"}" },
		{ REDACT_CONTAINER,
			"{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":{\"UpperDir\":\"/x\"}},"
			"\"State\":{\"Pid\":77,\"ExitCode\":3}}",
			"{\"GraphDriver\":{\"Name\":\"overlay2\",\"Data\":{}},"
			"\"State\":{\"Pid\":0,\"ExitCode\":3}}" },
		{ REDACT_CONTAINER,
			"{\"HostConfig\":{\"CgroupParent\":\"/x\",\"ContainerIDFile\":\"/y\"},"
			"\"Mounts\":[{\"Name\":\"v\",\"Source\":\"/var/x\"},{\"Source\":\"/y\"}],"
			"\"NetworkSettings\":{\"SandboxKey\":\"/var/run/x\",\"Ports\":{}}}",
			"{\"HostConfig\":{\"CgroupParent\":\"\",\"ContainerIDFile\":\"\"},"
			"\"Mounts\":[{\"Name\":\"v\",\"Source\":\"\"},{\"Source\":\"\"}],"
			"\"NetworkSettings\":{\"SandboxKey\":\"\",\"Ports\":{}}}" },
		{ REDACT_CONTAINER,
			"{\"Config\":{\"Labels\":{\"a\":\"b\",\"io.cofferdam.owner\":\"secret\","
			"\"io.cofferdam.run\":\"x\"}}}",
			"{\"Config\":{\"Labels\":{\"a\":\"b\"}}}" },
		{ REDACT_CONTAINER_SUMMARY,
			"{\"Labels\":{\"io.cofferdam.owner\":\"s\"},\"Mounts\":[{\"Source\":\"/"
			"v\"}]}",
			"{\"Labels\":{},\"Mounts\":[{\"Source\":\"\"}]}" },
		{ REDACT_EXEC, "{\"Pid\":4,\"ExitCode\":0}", "{\"Pid\":0,\"ExitCode\":0}" },
		{ REDACT_VOLUME, "{\"Mountpoint\":\"/x\",\"Labels\":null,\"Status\":{\"a\":1}}",
			"{\"Mountpoint\":\"\",\"Labels\":null,\"Status\":{}}" },
		{ REDACT_NETWORK, "{\"Labels\":{\"io.cofferdam.owner\":\"s\"}}",
			"{\"Labels\":{}}" },
		{ REDACT_IMAGE,
			"{\"GraphDriver\":{\"Data\":{\"x\":1},\"Name\":\"o\"},"
			"\"ContainerConfig\":{\"Labels\":{\"io.cofferdam.tags\":\"t\"}}}",
			"{\"GraphDriver\":{\"Data\":{},\"Name\":\"o\"},"
			"\"ContainerConfig\":{\"Labels\":{}}}" },
		{ REDACT_IMAGE, "{\"GraphDriver\":{\"Data\":null}}",
			"{\"GraphDriver\":{\"Data\":null}}" },
		{ REDACT_EVENT,
			"{\"Actor\":{\"Attributes\":{\"image\":\"x\",\"io.cofferdam.owner\":\"s\"}"
			"},\"timeNano\":1700000000123456789}",
			"{\"Actor\":{\"Attributes\":{\"image\":\"x\"}},\"timeNano\":"
			"1700000000123456768}" },
		{ REDACT_EVENT, "{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":1.5}",
			"{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":1.5}" },
		{ REDACT_NETWORK, "[]", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *tree = cJSON_Parse(rows[i].given);
		own_mem char *got = NULL;

		assert_true(redact_object(rows[i].what, tree));
		got = cJSON_PrintUnformatted(tree);
		cJSON_Delete(tree);
		if (strcmp(got, rows[i].expected) != 0)
			fail_msg("expected %s\ngot      %s", rows[i].expected, got);
	}
}

static void writes_version_anew(void **state)
{
	cJSON *engine = cJSON_Parse(
		"{\"Platform\":{\"Name\":\"Docker Engine - Community\"},\"Components\":[{\"Name\":"
		"\"runc\"}],\"Version\":\"20.10.24\",\"ApiVersion\":\"1.41\",\"KernelVersion\":"
		"\"6.1.0-secret\",\"GitCommit\":\"5d6db84\",\"Os\":\"linux\",\"Arch\":\"amd64\"}");
	cJSON *version = redact_version(engine, 41);
	own_mem char *got = cJSON_PrintUnformatted(version);

	(void)state;
	cJSON_Delete(engine);
	cJSON_Delete(version);
	assert_string_equal(got,
		"{\"Platform\":{\"Name\":\"\"},\"Components\":[{\"Name\":\"Engine\","
		"\"Version\":\"20.10.24\",\"Details\":{\"ApiVersion\":\"1.41\","
		"\"MinAPIVersion\":\"1.22\",\"Os\":\"linux\",\"Arch\":\"amd64\",\"GoVersion\":\"\","
		"\"GitCommit\":\"\",\"BuildTime\":\"\"}}],\"Version\":\"20.10.24\","
		"\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.22\",\"Os\":\"linux\","
		"\"Arch\":\"amd64\",\"GoVersion\":\"\",\"GitCommit\":\"\",\"BuildTime\":\"\"}");
	assert_null(redact_version(NULL, 41));
}

static void writes_info_anew(void **state)
{
	struct policy policy = { .limits.memory_bytes = 4096, .limits.cpus_milli = 1500 };
	cJSON *engine = cJSON_Parse(
		"{\"ID\":\"secret\",\"Name\":\"secret\",\"NCPU\":8,\"MemTotal\":99999,"
		"\"HttpProxy\":\"http://secret\",\"DockerRootDir\":\"/secret\",\"Containers\":7,"
		"\"Labels\":[\"secret\"],\"ServerVersion\":\"20.10.24\",\"OSType\":\"linux\","
		"\"Swarm\":{\"NodeID\":\"secret\"},\"Runtimes\":{\"secret\":{}},\"Driver\":1}");
	cJSON *info = redact_info(engine, &policy);
	own_mem char *got = cJSON_PrintUnformatted(info);

	(void)state;
	assert_null(strstr(got, "secret"));
	assert_non_null(strstr(got, "\"NCPU\":2,\"MemTotal\":4096"));
	assert_non_null(strstr(got, "\"Swarm\":{\"LocalNodeState\":\"inactive\"}"));
	assert_non_null(strstr(got, "\"ServerVersion\":\"20.10.24\""));
	assert_non_null(strstr(got, "\"Containers\":0"));
	cJSON_Delete(info);
	policy = (struct policy){ .limits.memory_bytes = LIMIT_NONE,
		.limits.cpus_milli = LIMIT_NONE };
	info = redact_info(engine, &policy);
	free(got);
	got = cJSON_PrintUnformatted(info);
	assert_non_null(strstr(got, "\"NCPU\":8,\"MemTotal\":99999"));
	cJSON_Delete(info);
	cJSON_Delete(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_what_is_the_hosts),
		cmocka_unit_test(writes_version_anew),
		cmocka_unit_test(writes_info_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
