#include "sandbox/broker/grpc_call.h"

#include <stdlib.h>

struct grpc_call *grpc_call_new(struct grpc *g, int32_t client_id)
{
	struct grpc_call *call = g->calls_n < GRPC_CALLS ? calloc(1, sizeof(*call)) : NULL;

	if (call == NULL)
		return NULL;
	call->grpc = g;
	call->client_id = client_id;
	call->next = g->calls;
	g->calls = call;
	g->calls_n++;
	return call;
}

/* The bytes of a request are ours from its first one on until it is understood. */
bool grpc_call_add(struct grpc_call *call, const uint8_t *bytes, size_t n)
{
	struct buildkit *buildkit = &call->grpc->x->broker->buildkit;

	if (buildkit->request_bytes + n > GRPC_ALL_REQUEST_BYTES)
		return false;
	buildkit->request_bytes += n;
	call->counted += n;
	text_add(&call->request, (const char *)bytes, n);
	return true;
}

void grpc_call_request_release(struct grpc_call *call)
{
	call->grpc->x->broker->buildkit.request_bytes -= call->counted;
	call->counted = 0;
	text_release(&call->request);
}

void grpc_call_free(struct grpc_call *call)
{
	buildkit_job_release(&call->job);
	grpc_call_request_release(call);
	text_release(&call->message);
	text_release(&call->answer);
	text_release(&call->held);
	text_release(&call->status);
	text_release(&call->words);
	text_release(&call->details);
	free(call);
}

void grpc_call_sweep(struct grpc *g)
{
	for (struct grpc_call **at = &g->calls; *at != NULL;) {
		struct grpc_call *call = *at;

		if (call->client_id != GRPC_GONE || call->engine_id > 0 || call->fibers > 0) {
			at = &call->next;
			continue;
		}
		*at = call->next;
		g->calls_n--;
		grpc_call_free(call);
	}
}
