/* sandbox/keeper/message.c: whole messages of a known size, or none. */
#include "sandbox/base/own.h"
#include "sandbox/keeper/message.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static void pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void test_every_type_arrives(void **state)
{
	own_fd int a = -1, b = -1;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	int ends[2];
	struct failure f;

	(void)state;
	pair(ends);
	a = ends[0];
	b = ends[1];
	for (uint32_t type = MESSAGE_MAPPED; type <= MESSAGE_PUBLIC; type++) {
		struct message out = { .type = type, .status = 42 }, in;

		if (type == MESSAGE_FAILED)
			strcpy(out.failure.what, "here");
		assert_int_equal(message_send(a, &out, NULL, &f), 0);
		assert_int_equal(message_receive(b, &in, &fds, &f), 1);
		assert_int_equal(in.type, type);
		assert_int_equal(in.status, 42);
		assert_int_equal(fds.at[0], -1);
		if (type == MESSAGE_FAILED)
			assert_string_equal(in.failure.what, "here");
	}
}

static void test_descriptors_arrive(void **state)
{
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	own_fd int a = -1, b = -1, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct message out = { .type = MESSAGE_READY }, in;
	struct failure f;
	struct stat st;
	int ends[2];

	(void)state;
	pair(ends);
	a = ends[0];
	b = ends[1];
	assert_int_equal(
		message_send(a, &out, &(struct packet_fds){ { null, null, null }, 3 }, &f), 0);
	assert_int_equal(message_receive(b, &in, &fds, &f), 1);
	assert_int_equal(fds.n, 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fstat(fds.at[i], &st), 0);
		assert_true(S_ISCHR(st.st_mode));
		assert_true((fcntl(fds.at[i], F_GETFD) & FD_CLOEXEC) != 0);
	}
}

static void test_entries_arrive_and_no_more_than_fit(void **state)
{
	own_fd int a = -1, b = -1;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	struct message out = { .type = MESSAGE_PUBLIC, .public = { .n = 2 } }, in;
	struct failure f;
	int ends[2];

	(void)state;
	pair(ends);
	a = ends[0];
	b = ends[1];
	strcpy(out.public.entries[1].name, "vim");
	assert_int_equal(message_send(a, &out, NULL, &f), 0);
	assert_int_equal(message_receive(b, &in, &fds, &f), 1);
	assert_int_equal(in.public.n, 2);
	assert_string_equal(in.public.entries[1].name, "vim");
	/* The second entry is missing, or there are more than a keeper has room for. */
	assert_int_equal(send(a, &out, offsetof(struct message, public.entries[1]), 0),
		offsetof(struct message, public.entries[1]));
	assert_int_equal(message_receive(b, &in, &fds, &f), -1);
	out.public.n = ETC_PUBLIC_MAX + 1;
	assert_int_equal(send(a, &out, offsetof(struct message, public.entries[2]), 0),
		offsetof(struct message, public.entries[2]));
	assert_int_equal(message_receive(b, &in, &fds, &f), -1);
}

static void test_wrong_sizes_are_refused(void **state)
{
	static const size_t sizes[] = { 1, 4, 9, sizeof(struct message) - 1 };
	own_fd int a = -1, b = -1;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	int ends[2];
	struct message out = { .type = MESSAGE_SIGNAL }, in;
	struct failure f;

	(void)state;
	pair(ends);
	a = ends[0];
	b = ends[1];
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_int_equal(send(a, &out, sizes[i], 0), (ssize_t)sizes[i]);
		assert_int_equal(message_receive(b, &in, &fds, &f), -1);
	}
}

static void test_the_end_is_an_end(void **state)
{
	own_fd int b = -1;
	own_packet_fds struct packet_fds fds = PACKET_FDS_NONE;
	int ends[2];
	struct message in;
	struct failure f;

	(void)state;
	pair(ends);
	b = ends[1];
	close(ends[0]);
	assert_int_equal(message_receive(b, &in, &fds, &f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_arrives),
		cmocka_unit_test(test_descriptors_arrive),
		cmocka_unit_test(test_entries_arrive_and_no_more_than_fit),
		cmocka_unit_test(test_wrong_sizes_are_refused),
		cmocka_unit_test(test_the_end_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
