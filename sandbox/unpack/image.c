#include "sandbox/unpack/image.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/image_json.h"
#include "sandbox/unpack/archive_open.h"
#include "sandbox/unpack/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sha2.h>
#include <string.h>

#define INDEX_DEPTH 4 /* an index that names an index that … */
#define BLOCK       (256 * 1024)
#define BLOB_BYTES  128

static void blob_name(const char *digest, char ret[BLOB_BYTES])
{
	snprintf(ret, BLOB_BYTES, "blobs/sha256/%s", digest + strlen(DIGEST_ALGORITHM));
}

/* The document of that name; with a digest only if it has that. 1, 0: there is none, -1. */
static int read_json(const struct image_source *source, const char *name, const char *digest,
	cJSON **ret, struct failure *f)
{
	own_mem char *text = NULL;
	size_t n = 0;
	int found = image_source_text(source, name, &text, &n, f);
	char is[DIGEST_BYTES] = DIGEST_ALGORITHM;

	if (found <= 0)
		return found;
	SHA256Data((const uint8_t *)text, n, is + strlen(is));
	if (digest != NULL && n <= IMAGE_JSON_BYTES && strcmp(is, digest) != 0)
		return fail(f, 0, "the image's %.100s has the digest %s", name, is);
	*ret = image_json_parse(name, text, n, f);
	return *ret == NULL ? -1 : 1;
}

static int read_blob(
	const struct image_source *source, const char *digest, cJSON **ret, struct failure *f)
{
	char name[BLOB_BYTES];
	int found;

	blob_name(digest, name);
	found = read_json(source, name, digest, ret, f);
	return found == 0 ? fail(f, 0, "the image lacks its %.100s", name) : found;
}

/* ---- which ---- */

static int read_config(const struct image_source *source, const char *name, const char *digest,
	struct image *ret, struct failure *f)
{
	own_json cJSON *config = NULL;
	int found = read_json(source, name, digest, &config, f);

	if (found == 0)
		return fail(f, 0, "the image lacks its config %.100s", name);
	return found < 0 ? -1 : image_config_read(config, &ret->config, &ret->diffs, f);
}

static int find_in_layout(const struct image_source *source, const cJSON *index,
	const char *reference, struct image *ret, struct failure *f)
{
	own_json cJSON *document = NULL;
	char config[DIGEST_BYTES], name[BLOB_BYTES];
	unsigned depth = 0;

	/* A digest may be that of any manifest, not only of one that the index names. */
	if (digest_is_valid(reference))
		strcpy(ret->digest, reference);
	else if (image_index_choose(index, "index.json", reference, ret->digest, f) < 0)
		return -1;
	while (read_blob(source, ret->digest, &document, f) > 0) {
		if (json_member(document, "manifests") == NULL) {
			if (image_manifest_read(document, config, &ret->layers, f) < 0)
				return -1;
			blob_name(config, name);
			return read_config(source, name, config, ret, f);
		}
		if (++depth > INDEX_DEPTH)
			return fail(f, 0, "the image is an index of an index, more than %d deep",
				INDEX_DEPTH);
		if (image_index_check(document, f) < 0 ||
			image_index_choose(document, NULL, "", ret->digest, f) < 0)
			return -1;
		json_end(&document);
	}
	return -1;
}

static int find_in_archive(const struct image_source *source, const cJSON *list,
	const char *reference, struct image *ret, struct failure *f)
{
	if (image_archive_choose(list, reference, &ret->archive, f) < 0 ||
		read_config(source, ret->archive.config, ret->archive.digest, ret, f) < 0)
		return -1;
	if (ret->archive.layers_n != ret->diffs.n || ret->diffs.n == 0)
		return fail(f, 0, "manifest.json names %zu layers, the config %zu",
			ret->archive.layers_n, ret->diffs.n);
	strcpy(ret->digest, ret->archive.digest);
	return 0;
}

int image_find(const struct image_source *source, const char *reference, struct image *ret,
	struct failure *f)
{
	own_json cJSON *index = NULL;
	int found;

	*ret = (struct image){ 0 };
	found = read_json(source, "index.json", NULL, &index, f);
	if (found > 0)
		return find_in_layout(source, index, reference, ret, f);
	if (found == 0)
		found = read_json(source, "manifest.json", NULL, &index, f);
	if (found > 0)
		return find_in_archive(source, index, reference, ret, f);
	if (found < 0)
		return -1;
	fail(f, 0, "neither index.json nor manifest.json is there");
	return fail_remedy(f, "oci: is for an image: skopeo copy docker://NAME oci:PATH:TAG, or "
			      "docker save; a tar of a root is given without oci:");
}

/* ---- its layers ---- */

/* One that is read once more, and was found to be this. */
struct layer {
	const char *name;
	char digest[DIGEST_BYTES]; /* of the bytes as they lie there */
};

/* Open it so that its bytes are counted in. */
static int open_layer(const struct image_source *source, const struct layer *layer, SHA2_CTX *hash,
	struct image_blob *ret, struct failure *f)
{
	int found = image_source_open(source, layer->name, ret, f);

	if (found == 0)
		return fail(f, 0, "the image lacks its %.100s", layer->name);
	SHA256Init(hash);
	ret->hash = hash;
	return found < 0 ? -1 : 0;
}

/* Who may write the image may do so between two looks at it. */
static int check_same(struct image_blob *blob, const struct layer *layer, struct failure *f)
{
	char is[DIGEST_BYTES];

	if (image_blob_digest(blob, is, f) < 0)
		return -1;
	return strcmp(is, layer->digest) == 0
		       ? 0
		       : fail(f, 0, "the image's %.100s changed while it was read", layer->name);
}

static int hash_unpacked(struct image_blob *blob, char ret[DIGEST_BYTES], struct failure *f)
{
	own_archive struct archive *a = NULL;
	own_mem uint8_t *block = malloc(BLOCK);
	struct archive_entry *e;
	SHA2_CTX hash;
	la_ssize_t n;

	if (block == NULL)
		return fail(f, ENOMEM, "read the image");
	if (archive_open_raw(blob, &a, f) < 0)
		return -1;
	if (archive_read_next_header(a, &e) != ARCHIVE_OK)
		return archive_fail(a, f);
	SHA256Init(&hash);
	while ((n = archive_read_data(a, block, BLOCK)) > 0)
		SHA256Update(&hash, block, (size_t)n);
	if (n < 0)
		return archive_fail(a, f);
	strcpy(ret, DIGEST_ALGORITHM);
	SHA256End(&hash, ret + strlen(DIGEST_ALGORITHM));
	return 0;
}

/* What docker's archive has a digest of is the tar, and some writers pack that. */
static int check_unpacked(const struct image_source *source, const struct layer *layer,
	const char *digest, struct failure *f)
{
	own_blob struct image_blob blob = IMAGE_BLOB_NONE;
	char is[DIGEST_BYTES];
	SHA2_CTX hash;

	if (open_layer(source, layer, &hash, &blob, f) < 0 || hash_unpacked(&blob, is, f) < 0 ||
		check_same(&blob, layer, f) < 0)
		return -1;
	return strcmp(is, digest) == 0
		       ? 0
		       : fail(f, 0, "the image's %.100s has the digest %s", layer->name, is);
}

static int check_layer(const struct image_source *source, const struct image *image, size_t i,
	struct layer *layer, struct failure *f)
{
	const bool docker = image->archive.layers_n > 0;
	const char *digest = docker ? image->diffs.digests[i] : image->layers.digests[i];

	if (image_source_digest(source, layer->name, layer->digest, f) < 0)
		return -1;
	if (strcmp(layer->digest, digest) == 0)
		return 0;
	return docker ? check_unpacked(source, layer, digest, f)
		      : fail(f, 0, "the image's %.100s has the digest %s", layer->name,
				layer->digest);
}

static int read_layer(const struct image_source *source, const struct layer *layer,
	enum archive_use use, const struct tree *tree, struct unpack_report *report,
	struct failure *f)
{
	own_blob struct image_blob blob = IMAGE_BLOB_NONE;
	SHA2_CTX hash;

	return open_layer(source, layer, &hash, &blob, f) < 0 ||
			       archive_unpack(&blob, use, tree, report, f) < 0 ||
			       check_same(&blob, layer, f) < 0
		       ? -1
		       : 0;
}

int image_unpack(const struct image_source *source, const struct image *image,
	const struct tree *tree, struct unpack_report *report, struct failure *f)
{
	const bool docker = image->archive.layers_n > 0;
	const size_t n = docker ? image->archive.layers_n : image->layers.n;

	for (size_t i = 0; i < n; i++) {
		char blob[BLOB_BYTES];
		struct layer layer = { .name = docker ? image->archive.layers[i] : blob };

		if (!docker)
			blob_name(image->layers.digests[i], blob);
		if (check_layer(source, image, i, &layer, f) < 0 ||
			(i > 0 && read_layer(source, &layer, ARCHIVE_WHITEOUTS, tree, report, f) <
					  0) ||
			read_layer(source, &layer, ARCHIVE_LAYER, tree, report, f) < 0)
			return -1;
	}
	return report->entries > 0 ? 0 : fail(f, 0, "the image holds no file");
}
