/* sandbox/broker/grpc_answer.h: what a client is told of its call. */
#ifndef SANDBOX_BROKER_GRPC_ANSWER_H
#define SANDBOX_BROKER_GRPC_ANSWER_H

#include "sandbox/broker/grpc_call.h"

enum grpc_code {
	GRPC_OK = 0,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_NOT_FOUND = 5,
	GRPC_ALREADY_EXISTS = 6,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_UNAVAILABLE = 14,
};

#define GRPC_HEADER(name, value, length)                                                           \
	{                                                                                          \
		(uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, length,                   \
			NGHTTP2_NV_FLAG_NONE                                                       \
	}

/* There is more of it: bytes, or its end. The headers go first. */
void grpc_answer_more(struct grpc_call *call);
/* It ends with this code; words are ours. */
void grpc_answer_code(struct grpc_call *call, int code, const char *words);
void grpc_answer_message(struct grpc_call *call, const char *bytes, size_t n);
/* A message of ours before those of the engine. */
void grpc_answer_note(struct grpc_call *call, const char *bytes, size_t n);
/* More of a build's progress, whose messages go on one by one, without paths of the engine's host.
 * -1: it is no such stream. */
int grpc_answer_progress(struct grpc_call *call, int32_t id, const uint8_t *bytes, size_t n);
/* The engine refused: what that means here is said behind its words. */
void grpc_answer_hint(struct grpc_call *call);
void grpc_answer_refusal(struct grpc_call *call, const struct refusal *r);
/* Only what the client has taken makes room for more of the engine's. */
void grpc_answer_taken(struct grpc_call *call, size_t n);

#endif
