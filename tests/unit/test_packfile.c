/* The pack writer against libgit2: what we write, it must read, and the index that
 * it would make of our pack must be ours, byte for byte. */
#include "sandbox/base/own.h"
#include "sandbox/fetch/objectset.h"
#include "sandbox/fetch/packfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <git2.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#define OBJECTS 40

struct fixture {
	char path[64];
	int dir;
};

static int set_up(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));

	assert_non_null(fx);
	strcpy(fx->path, "/tmp/cofferdam-pack.XXXXXX");
	assert_non_null(mkdtemp(fx->path));
	fx->dir = open(fx->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fx->dir >= 0);
	*state = fx;
	return 0;
}

/* The only file whose name ends so, "" if there is none; counts all. */
static unsigned find(const struct fixture *fx, const char *suffix, char *ret, size_t size)
{
	own_dir DIR *dir = opendir(fx->path);
	const struct dirent *entry;
	unsigned all = 0;

	assert_non_null(dir);
	ret[0] = '\0';
	while ((entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name), end = strlen(suffix);

		all += entry->d_name[0] != '.';
		if (length > end && strcmp(entry->d_name + length - end, suffix) == 0)
			snprintf(ret, size, "%s/%s", fx->path, entry->d_name);
	}
	return all;
}

static int tear_down(void **state)
{
	struct fixture *fx = *state;
	own_dir DIR *dir = opendir(fx->path);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		unlinkat(fx->dir, entry->d_name, 0);
	assert_int_equal(rmdir(fx->path), 0);
	close(fx->dir);
	free(fx);
	return 0;
}

/* Object n: sizes around every boundary of the header's varint and of the buffers,
 * content that deflates well or not at all. */
static size_t size_of(unsigned n)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 2047, 2048, 2049, 16383, 16384, 65535,
		65536, 262143, 262144, 262145, 600000 };

	/* no two alike: libgit2's indexer refuses a pack that has an object twice */
	return sizes[n % ARRAY_LEN(sizes)] + n / ARRAY_LEN(sizes) * 3;
}

static unsigned char *content_of(unsigned n)
{
	size_t size = size_of(n);
	unsigned char *data = malloc(size + 1);
	unsigned state = n * 2654435761U + 1;

	assert_non_null(data);
	for (size_t i = 0; i < size; i++) {
		state = state * 1664525U + 1013904223U;
		data[i] = n % 2 ? (unsigned char)(state >> 24) : (unsigned char)('a' + n % 16);
	}
	return data;
}

static void write_pack(const struct fixture *fx, unsigned count, uint64_t stored)
{
	struct packfile pack;
	struct failure f;

	assert_int_equal(packfile_open(&pack, fx->dir, count, stored, &f), 0);
	for (unsigned n = 0; n < count; n++) {
		own_mem unsigned char *data = content_of(n);
		git_oid id;

		assert_int_equal(git_odb_hash(&id, data, size_of(n), GIT_OBJECT_BLOB), 0);
		assert_int_equal(
			packfile_add(&pack, PACKFILE_BLOB, id.id, data, size_of(n), &f), 0);
	}
	assert_int_equal(packfile_finish(&pack, &f), 0);
	packfile_release(&pack);
}

static void check_objects(const char *index, unsigned count)
{
	git_odb_backend *backend;
	git_odb *odb;

	assert_int_equal(git_odb_new(&odb), 0);
	assert_int_equal(git_odb_backend_one_pack(&backend, index), 0);
	assert_int_equal(git_odb_add_backend(odb, backend, 1), 0);
	for (unsigned n = 0; n < count; n++) {
		own_mem unsigned char *data = content_of(n);
		git_odb_object *object;
		git_oid id;

		assert_int_equal(git_odb_hash(&id, data, size_of(n), GIT_OBJECT_BLOB), 0);
		assert_int_equal(git_odb_read(&object, odb, &id), 0);
		assert_int_equal(git_odb_object_type(object), GIT_OBJECT_BLOB);
		assert_int_equal(git_odb_object_size(object), size_of(n));
		assert_memory_equal(git_odb_object_data(object), data, size_of(n));
		git_odb_object_free(object);
	}
	git_odb_free(odb);
}

static unsigned char *read_file(const char *path, size_t *ret_size)
{
	own_file FILE *file = fopen(path, "re");
	struct stat st;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	unsigned char *data = malloc((size_t)st.st_size + 1);

	assert_non_null(data);
	*ret_size = fread(data, 1, (size_t)st.st_size, file);
	assert_int_equal(*ret_size, st.st_size);
	return data;
}

/* libgit2's indexer reads our pack, checks every CRC and sum, and indexes it anew. */
static void check_index(const struct fixture *fx, const char *pack, const char *index)
{
	size_t pack_size, ours_size, theirs_size;
	own_mem unsigned char *bytes = read_file(pack, &pack_size);
	own_mem unsigned char *ours = read_file(index, &ours_size);
	git_indexer_progress progress = { 0 };
	char other[80], name[256];
	git_indexer *indexer;

	snprintf(other, sizeof(other), "%s/other", fx->path);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(git_indexer_new(&indexer, other, 0600, NULL, NULL), 0);
	assert_int_equal(git_indexer_append(indexer, bytes, pack_size, &progress), 0);
	assert_int_equal(git_indexer_commit(indexer, &progress), 0);
	snprintf(name, sizeof(name), "%s/pack-%s.idx", other, git_indexer_name(indexer));
	own_mem unsigned char *theirs = read_file(name, &theirs_size);

	assert_int_equal(ours_size, theirs_size);
	assert_memory_equal(ours, theirs, ours_size);
	unlink(name);
	snprintf(name, sizeof(name), "%s/pack-%s.pack", other, git_indexer_name(indexer));
	unlink(name);
	git_indexer_free(indexer);
	assert_int_equal(rmdir(other), 0);
}

static void check_pack(void **state, unsigned count, uint64_t stored)
{
	const struct fixture *fx = *state;
	char pack[400], index[400];

	write_pack(fx, count, stored);
	assert_int_equal(find(fx, ".pack", pack, sizeof(pack)), 2);
	assert_int_equal(find(fx, ".idx", index, sizeof(index)), 2);
	check_objects(index, count);
	check_index(fx, pack, index);
}

static void stored_packs_are_read_by_libgit2(void **state)
{
	check_pack(state, OBJECTS, UINT64_MAX);
}

static void deflated_packs_are_read_by_libgit2(void **state)
{
	check_pack(state, OBJECTS, 0);
}

/* The level changes between two objects, in the middle of a buffer. */
static void mixed_packs_are_read_by_libgit2(void **state)
{
	check_pack(state, OBJECTS, 700000);
}

static void a_pack_of_one_object_is_read_by_libgit2(void **state)
{
	check_pack(state, 1, 0);
}

static void a_wrong_count_leaves_nothing(void **state)
{
	const struct fixture *fx = *state;
	unsigned char id[SHA1_DIGEST_LENGTH] = { 1 };
	struct packfile pack;
	struct failure f;
	char name[400];

	assert_int_equal(packfile_open(&pack, fx->dir, 2, 0, &f), 0);
	assert_int_equal(packfile_add(&pack, PACKFILE_BLOB, id, "x", 1, &f), 0);
	assert_int_equal(packfile_finish(&pack, &f), -1);
	packfile_release(&pack);
	assert_int_equal(find(fx, ".pack", name, sizeof(name)), 0);

	assert_int_equal(packfile_open(&pack, fx->dir, 0, 0, &f), 0);
	assert_int_equal(packfile_add(&pack, PACKFILE_BLOB, id, "x", 1, &f), -1);
	packfile_release(&pack);
	assert_int_equal(find(fx, ".pack", name, sizeof(name)), 0);
}

/* A file that may not grow is as good as a full tmpfs, and needs no privilege. */
static void a_write_that_fails_is_told_and_leaves_nothing(void **state)
{
	const struct fixture *fx = *state;
	own_mem unsigned char *data = content_of(15);
	unsigned char id[SHA1_DIGEST_LENGTH] = { 1 };
	struct rlimit limit, small;
	struct packfile pack;
	struct failure f;
	char name[400];

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = (struct rlimit){ .rlim_cur = 100000, .rlim_max = limit.rlim_max };
	assert_int_equal(packfile_open(&pack, fx->dir, 1, UINT64_MAX, &f), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int rc = packfile_add(&pack, PACKFILE_BLOB, id, data, size_of(15), &f);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(f.errnum, EFBIG);
	packfile_release(&pack);
	assert_int_equal(find(fx, ".pack", name, sizeof(name)), 0);
}

static void a_set_keeps_order_and_refuses_doubles(void **state)
{
	struct objectset set = { 0 };
	unsigned char id[20] = { 0 };

	(void)state;
	assert_false(objectset_has(&set, id));
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t n = 0; n < 50000; n++) {
			/* names that share their first bytes must be told apart as well */
			uint32_t head = n % 3 ? n * 2654435761U : 7;

			memcpy(id, &head, sizeof(head));
			memcpy(id + 12, &n, sizeof(n));
			if (n % 3 == 0 && n > 600)
				continue;
			assert_int_equal(objectset_add(&set, id, 3), round == 0);
			assert_true(objectset_has(&set, id));
		}
	}
	memset(id, 0xff, sizeof(id));
	assert_false(objectset_has(&set, id));
	for (uint32_t i = 1; i < set.count; i++) {
		uint32_t before, here;

		memcpy(&before, set.items[i - 1].id + 12, sizeof(before));
		memcpy(&here, set.items[i].id + 12, sizeof(here));
		assert_true(before < here);
	}
	objectset_release(&set);
	assert_int_equal(set.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			stored_packs_are_read_by_libgit2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			deflated_packs_are_read_by_libgit2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mixed_packs_are_read_by_libgit2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_pack_of_one_object_is_read_by_libgit2, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_wrong_count_leaves_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_write_that_fails_is_told_and_leaves_nothing, set_up, tear_down),
		cmocka_unit_test(a_set_keeps_order_and_refuses_doubles),
	};

	git_libgit2_init();
	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	git_libgit2_shutdown();
	return rc;
}
