#include "sandbox/broker/image_load.h"

#include "sandbox/base/json.h"
#include "sandbox/base/own.h"
#include "sandbox/broker/archive.h"
#include "sandbox/broker/context_source.h"
#include "sandbox/broker/image_record.h"
#include "sandbox/broker/image_tag.h"
#include "sandbox/broker/layer_digest.h"
#include "sandbox/broker/lines.h"
#include "sandbox/broker/lookup.h"
#include "sandbox/docker/saved_image.h"

#include <string.h>

#define ARCHIVE_BYTES (4ULL * 1024 * 1024 * 1024) /* packed or not, and of its layers unpacked */
#define PIECE_BYTES   (64 * 1024)
#define ID_BYTES      (7 + SHA256_DIGEST_STRING_LENGTH)

struct image_load {
	struct context_source source;
	struct saved_archive archive;
	struct saved_images images;
	struct image_tags tags;           /* of all of them */
	size_t tagged[IMAGE_TAGS];        /* which image each of these is for */
	struct reservation reserved;      /* for the images */
	char ids[SAVED_IMAGES][ID_BYTES]; /* as we have described them, and as the engine says */
	char told[SAVED_IMAGES][ID_BYTES];
	size_t told_n;
	uint64_t unpacked;
	char piece[PIECE_BYTES];
};

static void load_release(struct image_load *load)
{
	context_source_release(&load->source);
	saved_images_release(&load->images);
	image_archive_release(&load->archive);
	image_tags_leave(&load->tags);
	reservation_leave(&load->reserved);
	free(load);
}

/* ---- on its way ---- */

static int put(struct sink *to, const char *bytes, size_t n, struct refusal *r)
{
	return n > 0 && sink_write(to, bytes, n) < 0
		       ? refuse(r, 502, "the engine closed the connection")
		       : 0;
}

static int put_file(
	struct sink *to, const char *name, const struct text *content, struct refusal *r)
{
	own_text struct text file = { 0 };

	tar_write_file(&file, name, content);
	return file.failed ? refuse_memory(r) : put(to, file.s, file.n, r);
}

/* Some writers leave the padding of the last entry away. */
static int skip_padding(struct image_load *load, uint64_t size, struct refusal *r)
{
	char padding[TAR_BLOCK];
	size_t n = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;

	return context_source_read(&load->source, padding, n, r) < 0 ? -1 : 0;
}

/* The next piece of an entry of which `left` bytes are to come. */
static ssize_t take_piece(struct image_load *load, uint64_t left, struct refusal *r)
{
	size_t want = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
	ssize_t got = context_source_read(&load->source, load->piece, want, r);

	if (got >= 0 && (size_t)got < want)
		return refuse(r, 400, "the archive is cut short");
	return got;
}

/* One piece of an entry: kept, or on its way. */
static int pass_piece(struct image_load *load, struct sink *to, struct image_entry *entry, size_t n,
	struct refusal *r)
{
	if (!entry->is_held)
		return put(to, load->piece, n, r);
	text_add(&entry->content, load->piece, n);
	return entry->content.failed ? refuse_memory(r) : 0;
}

static int begin_file(struct image_load *load, struct sink *to, struct image_entry *entry,
	uint64_t size, struct refusal *r)
{
	own_text struct text header = { 0 };
	char name[32];

	entry->is_held = image_archive_holds(entry, load->piece[0], size);
	if (entry->is_held)
		return size > IMAGE_ARCHIVE_FILE ? refuse(r, 413, "%s of more than %d bytes",
							   entry->name, IMAGE_ARCHIVE_FILE)
						 : 0;
	snprintf(name, sizeof(name), SAVED_IMAGE_LAYER_NAME,
		(size_t)(entry - load->archive.entries));
	tar_write_header(&header, name, size);
	return header.failed ? refuse_memory(r) : put(to, header.s, header.n, r);
}

static int end_file(struct image_load *load, struct sink *to, struct image_entry *entry,
	uint64_t size, struct refusal *r)
{
	static const char zeros[TAR_BLOCK];

	if (skip_padding(load, size, r) < 0)
		return -1;
	return entry->is_held ? image_archive_hold(&load->archive, entry, r)
			      : put(to, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK, r);
}

static int take_file(struct exchange *x, struct image_load *load, struct sink *to, uint64_t size,
	struct refusal *r)
{
	struct image_entry *entry = &load->archive.entries[load->archive.n - 1];
	struct layer_digest digest = { .begun = false };
	uint64_t left = size;
	ssize_t n = take_piece(load, left, r);
	int result = n < 0 ? -1 : begin_file(load, to, entry, size, r);

	while (result == 0 && left > 0) {
		layer_digest_add(&digest, load->piece, (size_t)n);
		if (load->unpacked + digest.bytes > ARCHIVE_BYTES)
			result = refuse(r, 413, "layers of more than %llu bytes", ARCHIVE_BYTES);
		else
			result = pass_piece(load, to, entry, (size_t)n, r);
		left -= (uint64_t)n;
		fiber_yield(&x->broker->loop);
		if (result == 0 && left > 0 && (n = take_piece(load, left, r)) < 0)
			result = -1;
	}
	load->unpacked += digest.bytes;
	layer_digest_end(&digest, entry->digest);
	return result < 0 ? -1 : end_file(load, to, entry, size, r);
}

static int take_about(struct image_load *load, uint64_t size, struct refusal *r)
{
	own_text struct text pax = { 0 };

	for (ssize_t n; size > 0; size -= (uint64_t)n) {
		if ((n = take_piece(load, size, r)) < 0)
			return -1;
		text_add(&pax, load->piece, (size_t)n);
	}
	if (pax.failed)
		return refuse_memory(r);
	return skip_padding(load, pax.n, r) < 0 ? -1 : image_archive_about(&pax, r);
}

static int take_entries(
	struct exchange *x, struct image_load *load, struct sink *to, struct refusal *r)
{
	char block[TAR_BLOCK];
	enum image_data data;
	uint64_t size;

	for (;;) {
		ssize_t got = context_source_read(&load->source, block, sizeof(block), r);

		if (got < 0)
			return -1;
		if (got == 0 && !load->archive.about_next)
			return 0; /* without an end marker, as some writers leave it */
		if (got != sizeof(block))
			return refuse(r, 400, "the archive is cut short");
		if (image_archive_header(&load->archive, block, &data, &size, r) < 0)
			return -1;
		if (data == IMAGE_DATA_END)
			return 0;
		if (data == IMAGE_DATA_ABOUT && take_about(load, size, r) < 0)
			return -1;
		if (data == IMAGE_DATA_FILE && take_file(x, load, to, size, r) < 0)
			return -1;
	}
}

/* ---- behind it all ---- */

/* Granted, or nothing is loaded; and room for each. */
static int take_names(struct exchange *x, struct image_load *load, struct refusal *r)
{
	for (size_t i = 0; i < load->images.n; i++) {
		const struct saved_image *image = &load->images.at[i];

		if (reservation_intend(&load->reserved, &x->broker->own, OBJECT_IMAGE, "", r) < 0)
			return -1;
		for (size_t k = 0; k < image->tags_n; k++) {
			if (image_tags_add(
				    &load->tags, x->broker, &x->client->end, image->tags[k], r) < 0)
				return -1;
			load->tagged[load->tags.n - 1] = i;
		}
	}
	return 0;
}

/* The names of one image alone, as image_tags_list() writes them. */
static void list_tags(const struct image_load *load, size_t image, struct text *ret)
{
	char canonical[REFERENCE_TEXT_MAX];

	text_word(ret, "");
	for (size_t i = 0; i < load->tags.n; i++)
		if (load->tagged[i] == image) {
			reference_canonical(&load->tags.tags[i], canonical, sizeof(canonical));
			text_format(ret, "%s%s", ret->n > 0 ? "," : "", canonical);
		}
}

/* LABEL_OWNER, which a container has, never stands on an image. */
static int describe(
	struct exchange *x, struct image_load *load, size_t i, struct text *ret, struct refusal *r)
{
	const struct policy *policy = &x->broker->policy;
	own_text struct text tags = { 0 };
	char user[POLICY_USER_SIZE];

	list_tags(load, i, &tags);
	if (tags.failed)
		return refuse_memory(r);
	return saved_image_describe(&load->images.at[i],
		(const struct saved_label[]){ { LABEL_RUN, policy->run_id },
			{ LABEL_USER, policy_user(policy, user) }, { LABEL_TAGS, tags.s },
			{ LABEL_OWNER, "" } },
		4, ret, r);
}

/* Its id, where an engine makes it from the description; others tell. */
static void take_id(struct image_load *load, size_t i, const struct text *description)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];

	SHA256Data((const uint8_t *)description->s, description->n, digest);
	snprintf(load->ids[i], sizeof(load->ids[i]), "sha256:%s", digest);
}

static int put_images(
	struct exchange *x, struct image_load *load, struct sink *to, struct refusal *r)
{
	char name[32];

	for (size_t i = 0; i < load->images.n; i++) {
		own_text struct text description = { 0 };

		snprintf(name, sizeof(name), SAVED_IMAGE_NAME, i);
		if (describe(x, load, i, &description, r) < 0 ||
			put_file(to, name, &description, r) < 0)
			return -1;
		take_id(load, i, &description);
	}
	return 0;
}

/* A layer that was held, for it looked like a description. */
static int put_held_layers(struct image_load *load, struct sink *to, struct refusal *r)
{
	char name[32];

	for (size_t i = 0; i < load->images.n; i++)
		for (size_t k = 0; k < load->images.at[i].layers_n; k++) {
			size_t number = load->images.at[i].layers[k];
			struct image_entry *entry = &load->archive.entries[number];

			if (!entry->is_held)
				continue;
			snprintf(name, sizeof(name), SAVED_IMAGE_LAYER_NAME, number);
			if (put_file(to, name, &entry->content, r) < 0)
				return -1;
		}
	return 0;
}

static int load_pass(struct exchange *x, struct sink *to, void *data, struct refusal *r)
{
	static const char end[2 * TAR_BLOCK];
	struct image_load *load = data;
	own_text struct text list = { 0 };

	if (take_entries(x, load, to, r) < 0 ||
		saved_images_read(&load->archive, &load->images, r) < 0 ||
		take_names(x, load, r) < 0 || put_held_layers(load, to, r) < 0 ||
		put_images(x, load, to, r) < 0 || saved_images_list(&load->images, &list, r) < 0)
		return -1;
	/* Before it nothing is an image. */
	return put_file(to, IMAGE_ARCHIVE_LIST, &list, r) < 0 ? -1 : put(to, end, sizeof(end), r);
}

/* ---- what the engine says ---- */

/* It says in the end which images it has got, one a line, in the order of the list. We say it
 * ourselves, with the names. */
static bool load_seen(struct exchange *x, cJSON *line, void *data)
{
	static const char loaded[] = "Loaded image";
	struct image_load *load = data;
	const char *at = json_text(line, "stream");
	bool is_told = strncmp(at, loaded, strlen(loaded)) == 0;

	(void)x;
	while (is_told && load->told_n < SAVED_IMAGES && (at = strstr(at, "sha256:")) != NULL) {
		snprintf(load->told[load->told_n], ID_BYTES, "%s", at);
		if (lookup_is_image_id(load->told[load->told_n]))
			load->told_n++;
		at += 7;
	}
	return !is_told;
}

/* By its label it is ours, whichever of the two ids it has. */
static const char *find_id(struct exchange *x, const struct image_load *load, size_t i)
{
	if (image_record(x->broker, load->ids[i]))
		return load->ids[i];
	if (i < load->told_n && image_record(x->broker, load->told[i]))
		return load->told[i];
	return NULL;
}

static void say(struct text *ret, const char *key, const char *words, const char *what)
{
	own_json cJSON *line = cJSON_CreateObject();
	own_mem char *printed = NULL;
	own_text struct text text = { 0 };

	text_format(&text, "%s%s\n", words, what);
	if (text.failed || cJSON_AddStringToObject(line, key, text.s) == NULL ||
		(printed = cJSON_PrintUnformatted(line)) == NULL)
		ret->failed = true;
	else
		text_format(ret, "%s\n", printed);
}

static void name_image(
	struct exchange *x, const struct image_load *load, size_t i, struct text *ret)
{
	const char *id = find_id(x, load, i);
	char familiar[REFERENCE_TEXT_MAX];
	struct refusal r;
	bool named = false;

	if (id == NULL) {
		say(ret, "error", "cofferdam: the engine has not got the image ", load->ids[i]);
		return;
	}
	for (size_t k = 0; k < load->tags.n; k++) {
		const struct reference *tag = &load->tags.tags[k];

		if (load->tagged[k] != i)
			continue;
		named = true;
		reference_familiar(tag, familiar, sizeof(familiar));
		if (image_tag_may_give(x->broker, NULL, tag, &r) < 0 ||
			image_tag_give(x->broker, id, tag, &r) < 0)
			say(ret, "error", "cofferdam: ", r.reason);
		else
			say(ret, "stream", "Loaded image: ", familiar);
	}
	if (!named)
		say(ret, "stream", "Loaded image ID: ", id);
}

static void load_end(struct exchange *x, struct text *ret, void *data)
{
	const struct image_load *load = data;

	for (size_t i = 0; i < load->images.n; i++)
		name_image(x, load, i, ret);
}

static int load_answer(struct exchange *x, void *data)
{
	static const struct line_hooks hooks = {
		.seen = load_seen, .end = load_end, .redact = REDACT_KINDS, .is_late = true
	};

	return x->head.status == 200 ? lines_relay(x, &hooks, data) : exchange_relay(x);
}

int image_load(struct exchange *x)
{
	static const struct archive_hooks hooks = { .pass = load_pass, .answer = load_answer };
	const char *quiet = target_value(&x->target, "quiet");
	bool is_quiet = quiet != NULL && quiet[0] != '\0' && strcmp(quiet, "0") != 0;
	struct image_load *load = calloc(1, sizeof(*load));
	int result;

	if (load == NULL)
		return refuse_memory(&x->refusal);
	context_source_init(&load->source, &x->body, ARCHIVE_BYTES);
	x->makes = true; /* what comes of it carries the label, and goes by that */
	broker_making(x->broker, OBJECT_IMAGE, 1);
	result = archive_send(
		x, is_quiet ? "/images/load?quiet=1" : "/images/load?quiet=0", &hooks, load);
	broker_made(x->broker, OBJECT_IMAGE, 1);
	load_release(load);
	return result;
}
