#include "sandbox/docker/buildkit_progress.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/engine_word.h"
#include "sandbox/docker/proto.h"

/* Of StatusResponse (api/services/control/control.proto) */
static const struct {
	unsigned part, field;
} masked[] = {
	{ 1, 7 }, /* Vertex.error */
	{ 3, 4 }, /* VertexLog.msg: what the step has printed, and what runc says of it */
	{ 4, 3 }, /* VertexWarning.short */
	{ 4, 4 }, /* VertexWarning.detail, one a line */
};

enum { WIRE_VARINT, WIRE_64, WIRE_BYTES, WIRE_32 = 5 };

struct part {
	char *at, *end;
	unsigned number, wire; /* of the field at hand */
	char *value;           /* its bytes, if that is what it is */
	size_t n;
};

static bool take_varint(struct part *p, uint64_t *ret)
{
	*ret = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (p->at == p->end)
			return false;
		byte = (unsigned char)*p->at++;
		*ret |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* The next field; false at what is none. */
static bool take_field(struct part *p)
{
	uint64_t tag, n = 0;

	if (!take_varint(p, &tag) || tag > UINT32_MAX)
		return false;
	p->number = (unsigned)(tag >> 3);
	p->wire = tag & 7;
	if (p->wire == WIRE_VARINT)
		return take_varint(p, &n);
	if (p->wire == WIRE_BYTES && !take_varint(p, &n))
		return false;
	if (p->wire != WIRE_BYTES)
		n = p->wire == WIRE_64 ? 8 : p->wire == WIRE_32 ? 4 : UINT64_MAX;
	if (n > (uint64_t)(p->end - p->at))
		return false;
	p->value = p->at;
	p->n = (size_t)n;
	p->at += n;
	return true;
}

static bool has_words(unsigned part, unsigned field)
{
	for (size_t i = 0; i < ARRAY_LEN(masked); i++)
		if (masked[i].part == part && masked[i].field == field)
			return true;
	return false;
}

static bool mask_part(const struct part *whole, const char *root)
{
	struct part p = { .at = whole->value, .end = whole->value + whole->n };

	while (p.at < p.end) {
		if (!take_field(&p))
			return false;
		if (p.wire == WIRE_BYTES && has_words(whole->number, p.number))
			engine_word_mask_paths(p.value, p.n, root);
	}
	return true;
}

bool buildkit_progress_mask(char *message, size_t n, const char *root)
{
	struct part p = { .at = message, .end = message + n };

	while (p.at < p.end)
		if (!take_field(&p) || (p.wire == WIRE_BYTES && !mask_part(&p, root)))
			return false;
	return true;
}

/* ---- what we say ---- */

static const struct proto_field time_fields[] = { { 1, "seconds", PROTO_INT, PROTO_ONE, NULL },
	{ 0 } };
static const struct proto_message time_message = { "Timestamp", time_fields };
static const struct proto_field vertex_fields[] = { { 1, "digest", PROTO_STRING, PROTO_ONE, NULL },
	{ 3, "name", PROTO_STRING, PROTO_ONE, NULL },
	{ 5, "started", PROTO_MESSAGE, PROTO_ONE, &time_message },
	{ 6, "completed", PROTO_MESSAGE, PROTO_ONE, &time_message }, { 0 } };
static const struct proto_message vertex = { "Vertex", vertex_fields };
static const struct proto_field status_fields[] = {
	{ 1, "vertexes", PROTO_MESSAGE, PROTO_MANY, &vertex }, { 0 }
};
static const struct proto_message status = { "StatusResponse", status_fields };

/* The digest of nothing that a build has. */
#define NOTE_DIGEST "sha256:0000000000000000000000000000000000000000000000000000000000000000"

int buildkit_progress_note(const char *words, uint64_t seconds, struct text *ret)
{
	own_text struct text json = { 0 };
	cJSON *tree, *step;
	int result = -1;

	text_format(&json,
		"{\"vertexes\":[{\"digest\":\"" NOTE_DIGEST "\",\"started\":{\"seconds\":%llu},"
		"\"completed\":{\"seconds\":%llu}}]}",
		(unsigned long long)seconds, (unsigned long long)seconds);
	tree = json.failed ? NULL : cJSON_Parse(json.s);
	step = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(tree, "vertexes"), 0);
	if (cJSON_AddStringToObject(step, "name", words) != NULL)
		result = proto_write(&status, tree, ret);
	cJSON_Delete(tree);
	return result;
}
