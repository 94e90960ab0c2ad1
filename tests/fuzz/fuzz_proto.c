/* Whatever the bytes of a message are: what is understood of them, written and read again, is
 * the same, and what the rows make of it can be written. The first byte chooses the message.
 */
#include "sandbox/docker/buildkit.h"
#include "sandbox/docker/buildkit_message.h"
#include "sandbox/docker/buildkit_progress.h"
#include "sandbox/docker/buildkit_solve.h"

#include "sandbox/base/own.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_again(const struct proto_message *message, const cJSON *tree)
{
	own_text struct text out = { 0 };
	struct refusal r = { 0 };
	cJSON *again;

	require(proto_write(message, tree, &out) == 0);
	require(proto_read(message, (struct span){ out.s, out.n }, PROTO_STRICT, &again, &r) == 0);
	require(cJSON_Compare(tree, again, true));
	cJSON_Delete(again);
}

static void check_rows(const struct buildkit_call *call, const cJSON *tree)
{
	static const struct policy policy = { .run_id = "fedcba9876543210fedcba9876543210",
		.build_net = (char *)"none" };
	struct schema_run run = { .policy = &policy };
	own_text struct text out = { 0 };
	struct refusal r = { 0 };
	cJSON *anew;

	if (schema_apply(call->schema, tree, &run, &anew, &r) < 0) {
		require(r.reason[0] != '\0' && r.status >= 400 && r.status < 500);
		return;
	}
	require(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(anew, "Entitlements")) == 0);
	require(cJSON_GetObjectItemCaseSensitive(anew, "Definition") == NULL);
	require(proto_write(call->request, anew, &out) == 0);
	cJSON_Delete(anew);
}

/* Bytes of a build's progress are changed in place, and none twice. */
static void check_progress(struct span bytes)
{
	own_mem char *copy = malloc(bytes.n + 1), *again = malloc(bytes.n + 1);

	require(copy != NULL && again != NULL);
	memcpy(copy, bytes.s, bytes.n);
	if (!buildkit_progress_mask(copy, bytes.n, "/d"))
		return;
	memcpy(again, copy, bytes.n);
	require(buildkit_progress_mask(again, bytes.n, "/d"));
	require(memcmp(copy, again, bytes.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t calls = 0, chosen;
	const struct buildkit_call *call;
	struct refusal r = { 0 };
	struct span bytes;
	cJSON *tree;

	while (buildkit_calls[calls].path != NULL)
		calls++;
	if (size == 0)
		return 0;
	chosen = data[0] % (2 * calls);
	call = &buildkit_calls[chosen % calls];
	bytes = (struct span){ (const char *)data + 1, size - 1 };
	check_progress(bytes);
	if (chosen >= calls) { /* an engine's answer */
		if (call->response != NULL &&
			proto_read(call->response, bytes, PROTO_LENIENT, &tree, &r) == 0) {
			check_again(call->response, tree);
			cJSON_Delete(tree);
		}
		return 0;
	}
	if (call->request == NULL || proto_read(call->request, bytes, PROTO_STRICT, &tree, &r) < 0)
		return 0;
	check_again(call->request, tree);
	check_rows(call, tree);
	cJSON_Delete(tree);
	return 0;
}
