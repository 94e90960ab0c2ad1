/* sandbox/docker/dockerfile_reader.h: a Dockerfile that is being read, for dockerfile*.c only. */
#ifndef SANDBOX_DOCKER_DOCKERFILE_READER_H
#define SANDBOX_DOCKER_DOCKERFILE_READER_H

#include "sandbox/docker/dockerfile.h"

#define DOCKERFILE_STAGES     128
#define DOCKERFILE_VARIABLES  256
#define DOCKERFILE_NAME_BYTES 512

/* An ARG before the first FROM. */
struct variable {
	char *name;
	char *value;   /* NULL: declared without one */
	bool is_known; /* false: its default is nothing that is understood here */
};

struct dockerfile_reader {
	const char *p, *end;
	unsigned line, first_line; /* the one at hand; where its instruction begins */
	char escape;
	bool onbuild; /* the instruction at hand is one of ONBUILD */
	const struct dockerfile_arg *args;
	size_t args_n;
	struct variable variables[DOCKERFILE_VARIABLES];
	size_t variables_n;
	char *stages[DOCKERFILE_STAGES]; /* lower case; NULL: has no name */
	size_t stages_n;                 /* the one at hand counted */
	struct text joined;              /* the instruction at hand */
	struct text *out;
	struct dockerfile_images *images;
	const struct dockerfile_images *pinned; /* NULL: names are written */
	struct refusal *r;
};

#define refuse_line(reader, status, fmt, ...)                                                      \
	refuse((reader)->r, (status), "Dockerfile line %u: " fmt, (reader)->first_line,            \
		##__VA_ARGS__)

#endif
