#include "sandbox/docker/proto.h"

#include "sandbox/base/base64.h"
#include "sandbox/base/own.h"
#include "sandbox/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BELOW UINT64_C(1000000000000000) /* cJSON prints more as 1e+15 */

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_LENGTH = 2, WIRE_FIXED32 = 5 };

struct reader {
	const char *name; /* of the message, for reasons */
	const unsigned char *at, *end;
	enum proto_strictness strictness;
	struct refusal *r;
};

static int broken(struct reader *in, const char *why)
{
	return refuse(in->r, 400, "%s: %s", in->name, why);
}

/* ---- the wire ---- */

static int read_varint(struct reader *in, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && in->at < in->end; shift += 7) {
		unsigned char byte = *in->at++;

		if (shift == 63 && byte > 1)
			return broken(in, "a number of more than 64 bits");
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) != 0)
			continue;
		if (byte == 0 && shift > 0)
			return broken(in, "a number that is longer than it need be");
		*ret = value;
		return 0;
	}
	return broken(in, "a number that does not end");
}

static int read_length(struct reader *in, struct span *ret)
{
	uint64_t n;

	if (read_varint(in, &n) < 0)
		return -1;
	if (n > (uint64_t)(in->end - in->at))
		return broken(in, "a field that is longer than its message");
	*ret = (struct span){ (const char *)in->at, (size_t)n };
	in->at += n;
	return 0;
}

static int skip(struct reader *in, unsigned wire)
{
	size_t fixed = wire == WIRE_FIXED64 ? 8 : 4;
	struct span span;
	uint64_t number;

	switch (wire) {
	case WIRE_VARINT:
		return read_varint(in, &number);
	case WIRE_LENGTH:
		return read_length(in, &span);
	case WIRE_FIXED64:
	case WIRE_FIXED32:
		if ((size_t)(in->end - in->at) < fixed)
			return broken(in, "a field that is longer than its message");
		in->at += fixed;
		return 0;
	default:
		return broken(in, "a wire type that is not used any more");
	}
}

/* ---- values ---- */

static char *text_of(struct reader *in, struct span span)
{
	char *text = malloc(span.n + 1);

	if (text == NULL) {
		refuse_memory(in->r);
		return NULL;
	}
	if (span.n > 0)
		memcpy(text, span.s, span.n);
	text[span.n] = '\0';
	if (strlen(text) != span.n) {
		broken(in, "a NUL in a text");
	} else {
		const char *p = text;

		while (*p != '\0' && utf8_length(p) > 0)
			p += utf8_length(p);
		if (*p == '\0')
			return text;
		broken(in, "text that is not UTF-8");
	}
	free(text);
	return NULL;
}

static cJSON *bytes_item(struct span span)
{
	own_mem char *text = base64_encode(span.s, span.n);

	return text != NULL ? cJSON_CreateString(text) : NULL;
}

int proto_bytes(const char *base64, struct text *ret)
{
	size_t n = 0;
	own_mem char *bytes = base64_decode(base64, &n);

	if (bytes == NULL)
		return -1;
	text_add(ret, bytes, n);
	return 0;
}

static int read_message(struct reader *in, const struct proto_message *message, cJSON **ret);

static int item_of_span(
	struct reader *in, const struct proto_field *field, struct span span, cJSON **ret)
{
	struct reader inner = { field->sub != NULL ? field->sub->name : in->name,
		(const unsigned char *)span.s, (const unsigned char *)span.s + span.n,
		in->strictness, in->r };
	own_mem char *text = NULL;

	if (field->type == PROTO_MESSAGE)
		return read_message(&inner, field->sub, ret);
	if (field->type == PROTO_BYTES) {
		*ret = bytes_item(span);
	} else {
		text = text_of(in, span);
		if (text == NULL)
			return -1;
		*ret = cJSON_CreateString(text);
	}
	return *ret != NULL ? 0 : refuse_memory(in->r);
}

static int item_of_number(
	struct reader *in, const struct proto_field *field, uint64_t number, cJSON **ret)
{
	int64_t value = (int64_t)number;

	if (field->type == PROTO_BOOL) {
		if (number > 1)
			return broken(in, "a truth that is neither 0 nor 1");
		*ret = cJSON_CreateBool(number == 1);
	} else {
		if ((value < 0 ? 0 - number : number) >= NUMBER_BELOW)
			return broken(in, "a number of more than 15 digits");
		*ret = cJSON_CreateNumber((double)value);
	}
	return *ret != NULL ? 0 : refuse_memory(in->r);
}

static bool is_number(const struct proto_field *field)
{
	return field->type == PROTO_BOOL || field->type == PROTO_INT;
}

/* One value of the field's type, whatever its label. */
static int read_value(
	struct reader *in, const struct proto_field *field, unsigned wire, cJSON **ret)
{
	struct span span;
	uint64_t number;

	if (wire != (is_number(field) ? WIRE_VARINT : WIRE_LENGTH))
		return refuse(in->r, 400, "%s.%s: not of its type", in->name, field->name);
	if (is_number(field))
		return read_varint(in, &number) < 0 ? -1 : item_of_number(in, field, number, ret);
	return read_length(in, &span) < 0 ? -1 : item_of_span(in, field, span, ret);
}

/* ---- messages ---- */

static int read_tag(struct reader *in, unsigned *ret_number, unsigned *ret_wire)
{
	uint64_t tag;

	if (read_varint(in, &tag) < 0)
		return -1;
	if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
		return broken(in, "a field number that cannot be");
	*ret_number = (unsigned)(tag >> 3);
	*ret_wire = (unsigned)(tag & 7);
	return 0;
}

static bool put(cJSON *object, const char *key, cJSON *item)
{
	if (item != NULL && cJSON_AddItemToObject(object, key, item))
		return true;
	cJSON_Delete(item);
	return false;
}

/* An entry of a map is a message {1: key, 2: value}; what is absent is its zero. */
static int read_entry(struct reader *in, const struct proto_field *field, struct span span,
	char **ret_key, cJSON **ret_value)
{
	const struct proto_field keys = { 1, field->name, PROTO_STRING, PROTO_ONE, NULL };
	struct reader entry = { field->name, (const unsigned char *)span.s,
		(const unsigned char *)span.s + span.n, in->strictness, in->r };
	const struct span nothing = { "", 0 };

	while (entry.at < entry.end) {
		unsigned number = 0, wire = 0;
		cJSON *item = NULL;

		if (read_tag(&entry, &number, &wire) < 0)
			return -1;
		if (number > 2 || (number == 1 ? *ret_key != NULL : *ret_value != NULL))
			return broken(&entry, "an entry of a map that is more than key and value");
		if (read_value(&entry, number == 1 ? &keys : field, wire, &item) < 0)
			return -1;
		if (number == 2) {
			*ret_value = item;
			continue;
		}
		*ret_key = strdup(item->valuestring);
		cJSON_Delete(item);
	}
	if (*ret_key == NULL)
		*ret_key = strdup("");
	if (*ret_key == NULL)
		return refuse_memory(in->r);
	return *ret_value != NULL ? 0 : item_of_span(in, field, nothing, ret_value);
}

static int read_map(struct reader *in, const struct proto_field *field, cJSON *map)
{
	own_mem char *key = NULL;
	cJSON *value = NULL;
	struct span span;

	if (read_length(in, &span) < 0)
		return -1;
	if (read_entry(in, field, span, &key, &value) < 0) {
		cJSON_Delete(value);
		return -1;
	}
	if (cJSON_GetObjectItemCaseSensitive(map, key) != NULL) {
		cJSON_Delete(value);
		return refuse(in->r, 400, "%s.%s: a key stands there twice", in->name, field->name);
	}
	return put(map, key, value) ? 0 : refuse_memory(in->r);
}

/* The array or map of a field, made when its first item comes. */
static cJSON *container_of(struct reader *in, const struct proto_field *field, cJSON *object)
{
	cJSON *items = cJSON_GetObjectItemCaseSensitive(object, field->name);

	if (items != NULL) {
		if (cJSON_GetArraySize(items) < PROTO_ITEMS)
			return items;
		refuse(in->r, 413, "%s.%s: more than %d", in->name, field->name, PROTO_ITEMS);
		return NULL;
	}
	items = field->label == PROTO_MAP ? cJSON_CreateObject() : cJSON_CreateArray();
	if (put(object, field->name, items))
		return items;
	refuse_memory(in->r);
	return NULL;
}

static int read_many(
	struct reader *in, const struct proto_field *field, unsigned wire, cJSON *object)
{
	cJSON *items = container_of(in, field, object), *item = NULL;

	if (items == NULL)
		return -1;
	if (field->label == PROTO_MAP)
		return wire == WIRE_LENGTH ? read_map(in, field, items)
					   : broken(in, "a map that is none");
	if (read_value(in, field, wire, &item) < 0)
		return -1;
	if (cJSON_AddItemToArray(items, item))
		return 0;
	cJSON_Delete(item);
	return refuse_memory(in->r);
}

static int read_field(
	struct reader *in, const struct proto_field *field, unsigned wire, cJSON *object)
{
	cJSON *item = NULL;
	struct span span;

	if (field->type == PROTO_SKIP)
		return wire == WIRE_LENGTH ? read_length(in, &span)
					   : broken(in, "a field that is not of its type");
	if (field->label != PROTO_ONE)
		return read_many(in, field, wire, object);
	if (cJSON_GetObjectItemCaseSensitive(object, field->name) != NULL)
		return refuse(in->r, 400, "%s.%s stands there twice", in->name, field->name);
	if (read_value(in, field, wire, &item) < 0)
		return -1;
	return put(object, field->name, item) ? 0 : refuse_memory(in->r);
}

static const struct proto_field *field_find(const struct proto_message *message, unsigned number)
{
	for (const struct proto_field *f = message->fields; f->name != NULL; f++)
		if (f->number == number)
			return f;
	return NULL;
}

static int read_fields(struct reader *in, const struct proto_message *message, cJSON *object)
{
	while (in->at < in->end) {
		const struct proto_field *field;
		unsigned number = 0, wire = 0;

		if (read_tag(in, &number, &wire) < 0)
			return -1;
		field = field_find(message, number);
		if (field == NULL && in->strictness == PROTO_STRICT)
			return refuse(
				in->r, 403, "%s: field %u is not known here", in->name, number);
		if (field == NULL ? skip(in, wire) < 0 : read_field(in, field, wire, object) < 0)
			return -1;
	}
	return 0;
}

static int read_message(struct reader *in, const struct proto_message *message, cJSON **ret)
{
	cJSON *object = cJSON_CreateObject();

	if (object == NULL)
		return refuse_memory(in->r);
	if (read_fields(in, message, object) < 0) {
		cJSON_Delete(object);
		return -1;
	}
	*ret = object;
	return 0;
}

int proto_read(const struct proto_message *message, struct span bytes,
	enum proto_strictness strictness, cJSON **ret, struct refusal *r)
{
	const unsigned char *begin =
		bytes.s != NULL ? (const unsigned char *)bytes.s : (const unsigned char *)"";
	struct reader in = { message->name, begin, begin + bytes.n, strictness, r };

	return read_message(&in, message, ret);
}

/* ---- writing ---- */

static void write_varint(struct text *out, uint64_t value)
{
	char byte;

	for (; value >= 0x80; value >>= 7) {
		byte = (char)(value | 0x80);
		text_add(out, &byte, 1);
	}
	byte = (char)value;
	text_add(out, &byte, 1);
}

static void write_span(struct text *out, unsigned number, const struct text *bytes)
{
	write_varint(out, (uint64_t)number << 3 | WIRE_LENGTH);
	write_varint(out, bytes->n);
	text_add(out, bytes->s, bytes->n);
	out->failed |= bytes->failed;
}

static int write_number(struct text *out, unsigned number, const cJSON *item)
{
	if (!cJSON_IsNumber(item) && !cJSON_IsBool(item))
		return -1;
	write_varint(out, (uint64_t)number << 3 | WIRE_VARINT);
	write_varint(out, cJSON_IsNumber(item) ? (uint64_t)(int64_t)item->valuedouble
					       : (uint64_t)cJSON_IsTrue(item));
	return 0;
}

static int write_value(
	struct text *out, unsigned number, const struct proto_field *field, const cJSON *item)
{
	own_text struct text bytes = { 0 };
	int result = 0;

	if (is_number(field))
		return write_number(out, number, item);
	if (field->type == PROTO_MESSAGE)
		result = proto_write(field->sub, item, &bytes);
	else if (!cJSON_IsString(item))
		return -1;
	else if (field->type == PROTO_BYTES)
		result = proto_bytes(item->valuestring, &bytes);
	else
		text_word(&bytes, item->valuestring);
	write_span(out, number, &bytes);
	return result;
}

static int write_field(struct text *out, const struct proto_field *field, const cJSON *item)
{
	const struct proto_field keys = { 1, field->name, PROTO_STRING, PROTO_ONE, NULL };
	const cJSON *inner;

	if (field->label == PROTO_ONE)
		return write_value(out, field->number, field, item);
	if (field->label == PROTO_MAP ? !cJSON_IsObject(item) : !cJSON_IsArray(item))
		return -1;
	cJSON_ArrayForEach(inner, item)
	{
		own_text struct text entry = { 0 };
		cJSON key = { .type = cJSON_String, .valuestring = inner->string };

		if (field->label == PROTO_MANY) {
			if (write_value(out, field->number, field, inner) < 0)
				return -1;
			continue;
		}
		if (write_value(&entry, 1, &keys, &key) < 0 ||
			write_value(&entry, 2, field, inner) < 0)
			return -1;
		write_span(out, field->number, &entry);
	}
	return 0;
}

int proto_write(const struct proto_message *message, const cJSON *tree, struct text *ret)
{
	const cJSON *item;

	if (!cJSON_IsObject(tree))
		return -1;
	cJSON_ArrayForEach(item, tree)
	{
		const struct proto_field *field = message->fields;

		while (field->name != NULL && strcmp(field->name, item->string) != 0)
			field++;
		if (field->name == NULL || field->type == PROTO_SKIP ||
			write_field(ret, field, item) < 0)
			return -1;
	}
	return ret->failed ? -1 : 0;
}
