#include "sandbox/broker/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Where memory ends the answer is one and the same, and nothing of another one is out yet. */
static void memory_ended(const struct exchange *x, int result)
{
	assert_int_equal(result, -1);
	assert_int_equal(x->refusal.status, 503);
	assert_string_equal(x->refusal.reason, "out of memory");
	assert_false(x->begun);
}

static void *no_memory(size_t size)
{
	(void)size;
	return NULL;
}

static void a_path_that_does_not_fit(void **state)
{
	struct exchange x = { .match = { .route = &routes[0] } };
	struct text path = { 0 };

	(void)state;
	assert_int_equal(exchange_path(&x, &path), 0);
	assert_string_equal(path.s, routes[0].path);
	text_release(&path);
	path.failed = true; /* as a failed allocation leaves it */
	memory_ended(&x, exchange_path(&x, &path));
}

static void json_that_cannot_be_printed(void **state)
{
	cJSON_Hooks none = { .malloc_fn = no_memory, .free_fn = free };
	cJSON *json = cJSON_CreateObject();
	struct exchange x = { 0 };
	int result;

	(void)state;
	cJSON_InitHooks(&none);
	result = exchange_json(&x, 200, json);
	cJSON_InitHooks(NULL);
	memory_ended(&x, result);
	cJSON_Delete(json);
}

static void an_error_that_cannot_be_written(void **state)
{
	cJSON_Hooks none = { .malloc_fn = no_memory, .free_fn = free };
	struct exchange x = { 0 };
	int result;

	(void)state;
	cJSON_InitHooks(&none);
	result = exchange_error(&x, 502, "the engine is not well");
	cJSON_InitHooks(NULL);
	memory_ended(&x, result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_that_does_not_fit),
		cmocka_unit_test(json_that_cannot_be_printed),
		cmocka_unit_test(an_error_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
