#include "sandbox/rootfs/image_index.h"

#include "sandbox/base/own.h"
#include "sandbox/rootfs/entry_path.h"

#include <stdbool.h>
#include <string.h>

#define NAMES_BYTES 200 /* of the list in a message */

#if defined(__x86_64__)
const char image_own_architecture[] = "amd64";
#elif defined(__aarch64__)
const char image_own_architecture[] = "arm64";
#else
const char image_own_architecture[] = "unknown"; /* no image is for it */
#endif

/* ---- names ---- */

/* "1.0", "app:1.0" and "host/app:1.0" are the same wish for what is called by the last. */
static bool is_named(const char *name, const char *reference)
{
	size_t n = strlen(name), m = strlen(reference);

	if (n == m + strlen(":latest") && strncmp(name, reference, m) == 0)
		return strcmp(name + m, ":latest") == 0;
	if (n < m || strcmp(name + n - m, reference) != 0)
		return false;
	return n == m || name[n - m - 1] == ':' || name[n - m - 1] == '/';
}

/* Names that are there, for a message; "…" where they are too many. */
static void list_name(char list[NAMES_BYTES], const char *name)
{
	size_t used = strlen(list), n = strlen(name);

	if (n == 0 || strstr(list, name) != NULL)
		return;
	if (used + n + 2 + sizeof(", …") > NAMES_BYTES) {
		if (used + sizeof(", …") <= NAMES_BYTES && strstr(list, "…") == NULL)
			strcpy(list + used, used > 0 ? ", …" : "…");
		return;
	}
	snprintf(list + used, NAMES_BYTES - used, "%s%s", used > 0 ? ", " : "", name);
}

static int fail_absent(const char *reference, const char *list, struct failure *f)
{
	if (list[0] == '\0')
		fail(f, 0, "no image is called '%.80s': none has a name", reference);
	else
		fail(f, 0, "no image is called '%.80s'; there is: %s", reference, list);
	return fail_remedy(f, "name one that is there: oci:PATH:TAG, or oci:PATH@DIGEST");
}

static int fail_ambiguous(const char *list, struct failure *f)
{
	fail(f, 0, "several images lie there%s%s", list[0] != '\0' ? ": " : "", list);
	return fail_remedy(f, "name one of them: oci:PATH:TAG, or oci:PATH@DIGEST");
}

/* ---- an index ---- */

static const char *row_name(const cJSON *row, const char *key)
{
	return json_text(json_member(row, "annotations"), key);
}

static const char *const name_keys[] = { "org.opencontainers.image.ref.name",
	"io.containerd.image.name" };

static bool is_wanted(const cJSON *row, const char *reference)
{
	if (reference[0] == '\0' || strcmp(json_text(row, "digest"), reference) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(name_keys); i++)
		if (is_named(row_name(row, name_keys[i]), reference))
			return true;
	return false;
}

static bool is_ours(const cJSON *row)
{
	const cJSON *platform = json_member(row, "platform");

	return platform == NULL ||
	       (strcmp(json_text(platform, "os"), "linux") == 0 &&
		       strcmp(json_text(platform, "architecture"), image_own_architecture) == 0);
}

static int fail_foreign(const char *list, struct failure *f)
{
	fail(f, 0, "the image is for %s; this machine is %s", list, image_own_architecture);
	return fail_remedy(f, "copy the one for linux/%s: skopeo copy --override-arch %s …",
		image_own_architecture, image_own_architecture);
}

int image_index_choose(const cJSON *index, const char *where, const char *reference,
	char ret_digest[DIGEST_BYTES], struct failure *f)
{
	char names[NAMES_BYTES] = "", foreign[NAMES_BYTES] = "";
	const cJSON *row, *chosen = NULL;

	cJSON_ArrayForEach(row, json_member(index, "manifests"))
	{
		for (size_t i = 0; i < ARRAY_LEN(name_keys); i++)
			list_name(names, row_name(row, name_keys[i]));
		if (!is_wanted(row, reference))
			continue;
		if (!is_ours(row)) {
			list_name(foreign, json_text_or(json_member(row, "platform"),
						   "architecture", "unknown"));
			continue;
		}
		if (chosen != NULL && where != NULL &&
			strcmp(json_text(chosen, "digest"), json_text(row, "digest")) != 0)
			return fail_ambiguous(names, f);
		chosen = chosen != NULL ? chosen : row;
	}
	if (chosen == NULL && foreign[0] != '\0')
		return fail_foreign(foreign, f);
	if (chosen == NULL && reference[0] != '\0')
		return fail_absent(reference, names, f);
	if (chosen == NULL)
		return fail(f, 0, "%s names no image", where != NULL ? where : "an index");
	if (!digest_is_valid(json_text(chosen, "digest")))
		return fail(f, 0, "%s: '%.80s' is no digest of sha256",
			where != NULL ? where : "an index", json_text(chosen, "digest"));
	strcpy(ret_digest, json_text(chosen, "digest"));
	return 0;
}

int image_index_check(const cJSON *index, struct failure *f)
{
	if (json_member(index, "layers") == NULL && json_member(index, "config") == NULL)
		return 0;
	return fail(f, 0, "a document is an index and a manifest at once");
}

/* ---- docker's archive ---- */

/* "HEX.json", "blobs/sha256/HEX", "sha256:HEX": all writers put the digest into the name. */
static int digest_of_name(const char *name, char ret[DIGEST_BYTES], struct failure *f)
{
	for (const char *at = name; *at != '\0'; at++) {
		size_t n = strspn(at, "0123456789abcdef");

		if (n == DIGEST_HEX) {
			snprintf(ret, DIGEST_BYTES, DIGEST_ALGORITHM "%.*s", DIGEST_HEX, at);
			return 0;
		}
		at += n > 0 ? n - 1 : 0;
	}
	return fail(f, 0, "manifest.json: no digest is in the name '%.100s'", name);
}

static int file_name(
	const cJSON *item, const char *what, char ret[IMAGE_NAME_BYTES], struct failure *f)
{
	char path[ENTRY_PATH_BYTES];

	if (!cJSON_IsString(item))
		return fail(f, 0, "manifest.json: %s is no text", what);
	if (entry_path_clean(what, item->valuestring, path, f) < 0)
		return -1;
	if (path[0] == '\0' || strlen(path) >= IMAGE_NAME_BYTES)
		return fail(f, 0, "manifest.json: %s has no fitting name", what);
	strcpy(ret, path);
	return 0;
}

static bool is_wanted_of_archive(const cJSON *row, const char *reference)
{
	char digest[DIGEST_BYTES];
	struct failure unheard;
	const cJSON *name;

	if (reference[0] == '\0')
		return true;
	/* By the digest that the config will be checked against: its name may hold more than one. */
	if (digest_is_valid(reference))
		return digest_of_name(json_text(row, "Config"), digest, &unheard) == 0 &&
		       strcmp(digest, reference) == 0;
	cJSON_ArrayForEach(name, json_member(row, "RepoTags"))
	{
		if (cJSON_IsString(name) && is_named(name->valuestring, reference))
			return true;
	}
	return false;
}

static int read_archive(const cJSON *row, struct image_archive *ret, struct failure *f)
{
	const cJSON *layer;

	if (file_name(json_member(row, "Config"), "the config", ret->config, f) < 0 ||
		digest_of_name(ret->config, ret->digest, f) < 0)
		return -1;
	cJSON_ArrayForEach(layer, json_member(row, "Layers"))
	{
		if (ret->layers_n == IMAGE_LAYERS_MAX)
			return fail(f, 0, "the image has more than %d layers", IMAGE_LAYERS_MAX);
		if (file_name(layer, "a layer", ret->layers[ret->layers_n++], f) < 0)
			return -1;
	}
	return 0;
}

int image_archive_choose(
	const cJSON *list, const char *reference, struct image_archive *ret, struct failure *f)
{
	const cJSON *row, *name, *chosen = NULL;
	char names[NAMES_BYTES] = "";

	*ret = (struct image_archive){ 0 };
	cJSON_ArrayForEach(row, list)
	{
		cJSON_ArrayForEach(name, json_member(row, "RepoTags"))
		{
			list_name(names, cJSON_IsString(name) ? name->valuestring : "");
		}
		if (!is_wanted_of_archive(row, reference))
			continue;
		if (chosen != NULL &&
			strcmp(json_text(chosen, "Config"), json_text(row, "Config")) != 0)
			return fail_ambiguous(names, f);
		chosen = row;
	}
	if (chosen == NULL)
		return reference[0] != '\0' ? fail_absent(reference, names, f)
					    : fail(f, 0, "manifest.json names no image");
	return read_archive(chosen, ret, f);
}
