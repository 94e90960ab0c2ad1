#include "sandbox/rootfs/image_config.h"

#include "sandbox/base/own.h"

#include <string.h>

/* Others (encrypted ones, file system images) are not a tar that can be read here. */
static const char *const layer_types[] = {
	"application/vnd.oci.image.layer.v1.tar",
	"application/vnd.oci.image.layer.v1.tar+gzip",
	"application/vnd.oci.image.layer.v1.tar+zstd",
	"application/vnd.oci.image.layer.nondistributable.v1.tar",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar.zstd",
	"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
};

static int add_digest(
	struct image_layers *layers, const char *digest, const char *what, struct failure *f)
{
	if (layers->n == IMAGE_LAYERS_MAX)
		return fail(f, 0, "the image has more than %d layers", IMAGE_LAYERS_MAX);
	if (!digest_is_valid(digest))
		return fail(f, 0, "%s: '%.80s' is no digest of sha256", what, digest);
	strcpy(layers->digests[layers->n++], digest);
	return 0;
}

static int check_type(const char *type, struct failure *f)
{
	for (size_t i = 0; i < ARRAY_LEN(layer_types); i++)
		if (strcmp(type, layer_types[i]) == 0)
			return 0;
	return fail(f, 0, "a layer is of the type '%.100s', which is no tar", type);
}

int image_manifest_read(const cJSON *manifest, char ret_config[DIGEST_BYTES],
	struct image_layers *ret, struct failure *f)
{
	const char *config = json_text(json_member(manifest, "config"), "digest");
	const cJSON *layer;

	ret->n = 0;
	if (!digest_is_valid(config))
		return fail(f, 0, "a manifest: '%.80s' is no digest of sha256", config);
	strcpy(ret_config, config);
	cJSON_ArrayForEach(layer, json_member(manifest, "layers"))
	{
		if (check_type(json_text(layer, "mediaType"), f) < 0 ||
			add_digest(ret, json_text(layer, "digest"), "a layer", f) < 0)
			return -1;
	}
	return ret->n > 0 ? 0 : fail(f, 0, "the image has no layer");
}

static int read_diffs(const cJSON *config, struct image_layers *ret, struct failure *f)
{
	const cJSON *diff;

	ret->n = 0;
	cJSON_ArrayForEach(diff, json_member(json_member(config, "rootfs"), "diff_ids"))
	{
		if (add_digest(ret, cJSON_IsString(diff) ? diff->valuestring : "", "a diff_id", f) <
			0)
			return -1;
	}
	return 0;
}

static int add_text(struct image_config *ret, const char *word, struct failure *f)
{
	size_t n = strlen(word) + 1;

	if (n > sizeof(ret->text) - ret->length)
		return fail(f, 0, "the image's environment and commands have more than %d bytes",
			IMAGE_TEXT_BYTES);
	memcpy(ret->text + ret->length, word, n);
	ret->length += (uint32_t)n;
	return 0;
}

static int add_words(struct image_config *ret, const cJSON *words, const char *key, uint32_t *ret_n,
	struct failure *f)
{
	const cJSON *word;

	*ret_n = 0;
	cJSON_ArrayForEach(word, json_member(words, key))
	{
		if (!cJSON_IsString(word))
			return fail(f, 0, "the image's %s is no list of words", key);
		if (add_text(ret, word->valuestring, f) < 0)
			return -1;
		++*ret_n;
	}
	return 0;
}

/* A word without a name is no variable, and a process that has one is at odds with its shell. */
static int check_environment(const cJSON *words, struct failure *f)
{
	const cJSON *word;

	cJSON_ArrayForEach(word, json_member(words, "Env"))
	{
		const char *equals = cJSON_IsString(word) ? strchr(word->valuestring, '=') : NULL;

		if (equals == NULL || equals == word->valuestring)
			return fail(f, 0, "the image's Env has a row that is no NAME=VALUE");
	}
	return 0;
}

static int check_platform(const cJSON *config, struct failure *f)
{
	const char *os = json_text(config, "os"), *architecture = json_text(config, "architecture");

	if (strcmp(os, "linux") == 0 && strcmp(architecture, image_own_architecture) == 0)
		return 0;
	fail(f, 0, "the image is for %.40s/%.40s; this machine is linux/%s", os, architecture,
		image_own_architecture);
	return fail_remedy(f, "copy the one for linux/%s: skopeo copy --override-arch %s …",
		image_own_architecture, image_own_architecture);
}

static int copy_field(const cJSON *from, const char *key, char *ret, size_t size, struct failure *f)
{
	const char *text = json_text(from, key);

	if (strlen(text) >= size)
		return fail(f, 0, "the image's %s is too long", key);
	strcpy(ret, text);
	return 0;
}

int image_config_read(const cJSON *config, struct image_config *ret, struct image_layers *ret_diffs,
	struct failure *f)
{
	const cJSON *own = json_member(config, "config");

	*ret = (struct image_config){ 0 };
	if (check_platform(config, f) < 0 || read_diffs(config, ret_diffs, f) < 0 ||
		check_environment(own, f) < 0 ||
		copy_field(own, "User", ret->user, sizeof(ret->user), f) < 0 ||
		copy_field(own, "WorkingDir", ret->directory, sizeof(ret->directory), f) < 0 ||
		add_words(ret, own, "Env", &ret->environment_n, f) < 0 ||
		add_words(ret, own, "Entrypoint", &ret->entrypoint_n, f) < 0 ||
		add_words(ret, own, "Cmd", &ret->command_n, f) < 0)
		return -1;
	if (ret->directory[0] != '\0' && ret->directory[0] != '/')
		return fail(f, 0, "the image's WorkingDir is no absolute path");
	return 0;
}

bool image_config_is_whole(const struct image_config *config)
{
	const uint64_t words =
		(uint64_t)config->environment_n + config->entrypoint_n + config->command_n;
	uint64_t ends = 0;

	if (config->length > sizeof(config->text) ||
		memchr(config->user, '\0', sizeof(config->user)) == NULL ||
		memchr(config->directory, '\0', sizeof(config->directory)) == NULL)
		return false;
	for (uint32_t i = 0; i < config->length; i++)
		ends += config->text[i] == '\0' ? 1 : 0;
	return ends == words && (config->length == 0 || config->text[config->length - 1] == '\0');
}
