/* sandbox/broker/grpc_call.h: one call, from its first header until nobody has to do with it. */
#ifndef SANDBOX_BROKER_GRPC_CALL_H
#define SANDBOX_BROKER_GRPC_CALL_H

#include "sandbox/broker/buildkit_job.h"
#include "sandbox/broker/grpc_sides.h"

#define GRPC_CALLS             64
#define GRPC_REQUEST_BYTES     (4 * 1024 * 1024)
#define GRPC_ALL_REQUEST_BYTES (64 * 1024 * 1024)
#define GRPC_ANSWER_BYTES      (1024 * 1024)     /* of one that is read */
#define GRPC_PROGRESS_BYTES    (4 * 1024 * 1024) /* of one message of a build's progress */
#define GRPC_HEADER_BYTES      (16 * 1024)

#define GRPC_GONE              (-1) /* of a stream's id */
#define GRPC_PREFIX            5    /* of a message: a flag and its length */

struct grpc_call {
	struct grpc_call *next;
	struct grpc *grpc;
	int32_t client_id, engine_id; /* 0: not yet; GRPC_GONE */
	unsigned fibers;              /* that work on it */
	/* the request */
	char path[128], build[65], timeout[24];
	bool is_post, is_grpc;
	size_t header_bytes;
	struct text request;
	size_t counted; /* of it, among the bytes of all connections */
	bool complete, begun, overflowed, crowded;
	struct buildkit_job job;
	struct text message; /* as it goes to the engine */
	size_t message_at;
	/* the answer */
	struct text answer; /* as it goes to the client, from answer_at on */
	size_t answer_at;
	struct text held; /* the beginning of a message that is looked at once it is whole */
	size_t prepaid;   /* bytes for which the engine has got room before the client took them */
	char time[48];
	struct text status, words, details; /* grpc-status, grpc-message, grpc-status-details-bin */
	bool headed;                        /* the client has the headers of it */
	bool ended;                         /* nothing more will be added */
};

/* NULL: too many at once, or no memory. */
struct grpc_call *grpc_call_new(struct grpc *g, int32_t client_id);
/* The bytes of a request are ours from its first one on until it is understood. False: those
 * of all connections are too many. */
bool grpc_call_add(struct grpc_call *call, const uint8_t *bytes, size_t n);
void grpc_call_request_release(struct grpc_call *call);
void grpc_call_free(struct grpc_call *call);
/* Free those that nobody has to do with any more. */
void grpc_call_sweep(struct grpc *g);

#endif
