/* A document of an image, read as each kind that it could be: what is accepted has digests that are
 * some, names that stay below a root, and a config that holds together.
 */
#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"
#include "sandbox/rootfs/image_config.h"
#include "sandbox/rootfs/image_json.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct image_archive archive; /* not on a stack: they are large */
static struct image_config config;
static struct image_layers layers;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_layers(void)
{
	require(layers.n <= IMAGE_LAYERS_MAX);
	for (size_t i = 0; i < layers.n; i++)
		require(digest_is_valid(layers.digests[i]));
}

static void check_name(const char *name)
{
	char again[ENTRY_PATH_BYTES];
	struct failure f;

	require(name[0] != '\0' && entry_path_clean("a name", name, again, &f) == 0);
	require(strcmp(name, again) == 0);
}

static void read_all(const cJSON *tree)
{
	static const char *const references[] = { "", "1", "app:1" };
	char digest[DIGEST_BYTES];
	struct failure f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(references); i++) {
		if (image_index_choose(tree, "index.json", references[i], digest, &f) == 0)
			require(digest_is_valid(digest));
		if (image_archive_choose(tree, references[i], &archive, &f) < 0)
			continue;
		require(digest_is_valid(archive.digest));
		check_name(archive.config);
		for (size_t k = 0; k < archive.layers_n; k++)
			check_name(archive.layers[k]);
	}
	if (image_manifest_read(tree, digest, &layers, &f) == 0) {
		require(digest_is_valid(digest) && layers.n > 0);
		check_layers();
	}
	if (image_config_read(tree, &config, &layers, &f) == 0) {
		require(image_config_is_whole(&config));
		check_layers();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure f = { 0 };
	own_json cJSON *tree = image_json_parse("a document", (const char *)data, size, &f);

	if (tree == NULL)
		require(f.what[0] != '\0');
	else
		read_all(tree);
	return 0;
}
