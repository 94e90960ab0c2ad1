/* sandbox/docker/change.c: what is told of a container that was made otherwise. */
#include "sandbox/base/own.h"
#include "sandbox/docker/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HOST(members) "{\"HostConfig\":{" members "}}"

static void test_changes(void **state)
{
	static const struct {
		const char *asked, *made, *told; /* told NULL: nothing is */
	} rows[] = {
		{ "{}", HOST("\"Memory\":5"), NULL },
		{ HOST("\"Memory\":0,\"Dns\":[],\"RestartPolicy\":{\"Name\":\"\"}"),
			HOST("\"Memory\":5,\"Dns\":[\"192.0.2.1\"]"), NULL },
		{ HOST("\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}}"),
			HOST("\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{\"max-size\":\"10m\"}}"),
			NULL },
		{ HOST("\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0}"),
			HOST("\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0}"), NULL },
		{ HOST("\"Memory\":4"), HOST("\"Memory\":4"), NULL },
		{ HOST("\"RestartPolicy\":{\"Name\":\"always\"}"),
			HOST("\"RestartPolicy\":{\"Name\":\"no\"}"), "nothing outlives the run" },
		{ HOST("\"LogConfig\":{\"Type\":\"syslog\"}"),
			HOST("\"LogConfig\":{\"Type\":\"json-file\"}"),
			"HostConfig.LogConfig is {" },
		{ HOST("\"Dns\":[\"8.8.8.8\"]"), HOST("\"Dns\":[\"192.0.2.1\"]"),
			"HostConfig.Dns is [\"192.0.2.1\"] here" },
		{ HOST("\"DnsOptions\":[\"x\"]"), HOST(""), "HostConfig.DnsOptions is left out" },
		{ HOST("\"IpcMode\":\"host\""), HOST("\"IpcMode\":\"private\""),
			"namespaces of the host" },
		{ HOST("\"Memory\":9"), HOST("\"Memory\":5"), "HostConfig.Memory is 5 here" },
		{ HOST("\"Memory\":9"), "[]", "HostConfig.Memory is left out" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cJSON *asked = cJSON_Parse(rows[i].asked), *made = cJSON_Parse(rows[i].made);
		cJSON *list = change_list(asked, made);
		const cJSON *first = cJSON_GetArrayItem(list, 0);

		assert_non_null(list);
		assert_int_equal(cJSON_GetArraySize(list), rows[i].told != NULL);
		if (rows[i].told != NULL && strstr(first->valuestring, rows[i].told) == NULL)
			fail_msg("expected '%s' in '%s'", rows[i].told, first->valuestring);
		cJSON_Delete(asked);
		cJSON_Delete(made);
		cJSON_Delete(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_changes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
