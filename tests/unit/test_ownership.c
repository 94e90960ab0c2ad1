/* sandbox/broker/ownership.c: what a broker remembers, and what one after it is told by the
 * journal. */
#include "sandbox/base/own.h"
#include "sandbox/broker/ownership.h"
#include "sandbox/broker/reservation.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#define VOLUMES 300 /* more than one read(2) of the journal */

static const struct policy policy = {
	.run_id = "00112233445566778899aabbccddeeff",
	.owner = "ffeeddccbbaa99887766554433221100",
	.started = 17,
};

/* As state/journal.c opens it. */
static int journal_make(void)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);

	assert_true(fd >= 0 && fcntl(fd, F_SETFL, O_APPEND) == 0);
	return fd;
}

static off_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_size;
}

static void make(struct ownership *o, enum object_kind kind, const char *id, bool kept, bool passes)
{
	struct object *object = ownership_made(o, kind, id, "");

	assert_non_null(object);
	object->kept = kept;
	object->intermediate = passes;
	ownership_record(o, object);
}

static void test_recall(void **state)
{
	own_fd int journal = journal_make();
	struct ownership first = { .policy = &policy, .journal_fd = journal, .control_fd = -1 };
	struct ownership second = { .policy = &policy, .journal_fd = -1, .control_fd = -1 };
	struct refusal r;
	struct failure f;

	(void)state;
	assert_int_equal(ownership_begin(&first, &f), 0);
	assert_int_equal(ownership_intend(&first, OBJECT_CONTAINER, "web", &r), 0);
	make(&first, OBJECT_CONTAINER, "c1", false, false);
	make(&first, OBJECT_IMAGE, "sha256:1", false, true);
	make(&first, OBJECT_TAG, "a/b:1", true, false);
	make(&first, OBJECT_VOLUME, "v", false, false);
	ownership_gone(&first, OBJECT_VOLUME, "v");
	assert_int_equal(ownership_recall(&second, journal, &f), 0);
	assert_int_equal(second.n, first.n);
	for (size_t i = 0; i < first.n; i++) {
		const struct object *object =
			ownership_find(&second, first.objects[i].kind, first.objects[i].id);

		assert_non_null(object);
		assert_int_equal(object->kept, first.objects[i].kept);
		assert_int_equal(object->intermediate, first.objects[i].intermediate);
	}
	ownership_release(&first);
	ownership_release(&second);
}

/* What was gone long ago is neither written again, which would move the end of the file under
 * the reader, nor told again. */
static void test_recall_of_much(void **state)
{
	own_fd int journal = journal_make(), told = -1, tells = -1;
	struct ownership o = { .policy = &policy, .journal_fd = journal };
	struct failure f;
	int pair[2];
	off_t size;
	char byte;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	tells = pair[0];
	told = pair[1];
	o.control_fd = tells;
	assert_int_equal(dprintf(journal, "made container c1\ngone container c1\n"), 36);
	for (int i = 0; i < VOLUMES; i++)
		assert_true(dprintf(journal, "made volume v%d\n", i) > 0);
	size = size_of(journal);
	assert_int_equal(ownership_recall(&o, journal, &f), 0);
	assert_int_equal(o.n, VOLUMES);
	assert_int_equal(size_of(journal), size);
	assert_int_equal(recv(told, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	ownership_release(&o);
}

/* All who look at once, before any of them has made what it looked for. */
static void test_room_is_taken(void **state)
{
	struct ownership o = { .policy = &policy, .journal_fd = -1, .control_fd = -1 };
	size_t most = ownership_limits[OBJECT_TAG].most;
	struct reservation all[300] = { 0 }, sixteen = { 0 };
	size_t taken = 0;
	struct refusal r;
	char name[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		snprintf(name, sizeof(name), "t%zu", i);
		taken += reservation_intend(&all[i], &o, OBJECT_TAG, name, &r) == 0;
	}
	assert_int_equal(taken, most);
	assert_int_equal(r.status, 429);
	make(&o, OBJECT_TAG, "t0", false, false);
	reservation_leave(&all[0]);
	reservation_leave(&all[0]); /* once more changes nothing */
	assert_int_equal(reservation_take(&sixteen, &o, OBJECT_TAG, 1, &r), -1);
	for (size_t i = 1; i < ARRAY_LEN(all); i++)
		reservation_leave(&all[i]);
	assert_int_equal(reservation_take(&sixteen, &o, OBJECT_TAG, most, &r), -1);
	assert_int_equal(sixteen.n, 0);
	assert_int_equal(reservation_take(&sixteen, &o, OBJECT_TAG, most - 1, &r), 0);
	reservation_leave(&sixteen);
	assert_int_equal(o.reserved[OBJECT_TAG], 0);
	ownership_release(&o);
}

/* A step of a build prints names of images; they take nothing from what is counted. */
static void test_what_passes(void **state)
{
	struct ownership o = { .policy = &policy, .journal_fd = -1, .control_fd = -1 };
	struct reservation network = { 0 };
	struct refusal r;
	char id[16];

	(void)state;
	for (int i = 0; i < OWNERSHIP_PASSING; i++) {
		snprintf(id, sizeof(id), "%012d", i);
		assert_true(ownership_passes(&o, OBJECT_IMAGE, id));
	}
	assert_true(ownership_passes(&o, OBJECT_IMAGE, id));
	assert_false(ownership_passes(&o, OBJECT_IMAGE, "abcdefabcdef"));
	for (int i = 0; i < 16; i++) {
		snprintf(id, sizeof(id), "n%d", i);
		assert_int_equal(reservation_intend(&network, &o, OBJECT_NETWORK, id, &r), 0);
		make(&o, OBJECT_NETWORK, id, false, false);
		reservation_leave(&network);
	}
	assert_int_equal(reservation_intend(&network, &o, OBJECT_NETWORK, "n16", &r), -1);
	ownership_release(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recall),
		cmocka_unit_test(test_recall_of_much),
		cmocka_unit_test(test_room_is_taken),
		cmocka_unit_test(test_what_passes),
	};

	return cmocka_run_group_tests_name("ownership", tests, NULL, NULL);
}
