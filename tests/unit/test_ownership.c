/* sandbox/broker/ownership.c: what a broker remembers, and what one after it is told by the
 * journal. */
#include "sandbox/base/own.h"
#include "sandbox/broker/ownership.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recall),
		cmocka_unit_test(test_recall_of_much),
	};

	return cmocka_run_group_tests_name("ownership", tests, NULL, NULL);
}
