/* sandbox/base/packet.c: one message and its descriptors, whole or not at all. */
#include "sandbox/base/own.h"
#include "sandbox/base/packet.h"
#include "tests/lib/emulated.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

struct text {
	char s[16];
};

struct both {
	int a, b;
};

static void both_end(struct both *both)
{
	own_fd_end(&both->a);
	own_fd_end(&both->b);
}
#define own_both __attribute__((cleanup(both_end)))

static struct both both(void)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	return (struct both){ ends[0], ends[1] };
}

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* By hand, for what packet_send() does not send. */
static void send_raw(int socket, size_t bytes, size_t fds_n)
{
	char text[64] = "raw";
	struct iovec part = { text, bytes };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(8 * sizeof(int))];
	} room = { 0 };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[8];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = STDIN_FILENO;
	if (fds_n > 0) {
		room.header.cmsg_level = SOL_SOCKET;
		room.header.cmsg_type = SCM_RIGHTS;
		room.header.cmsg_len = CMSG_LEN(fds_n * sizeof(int));
		memcpy(CMSG_DATA(&room.header), fds, fds_n * sizeof(int));
		header.msg_control = room.bytes;
		header.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &header, 0), (ssize_t)bytes);
}

static void crosses_whole(void **state)
{
	own_both struct both s = both();
	struct text in, out = { "hello" };
	struct failure f;

	(void)state;
	assert_int_equal(packet_send(s.a, &out, sizeof(out), NULL, 0, &f), 0);
	assert_int_equal(packet_receive(s.b, &in, sizeof(in), NULL, 0, &f), 1);
	assert_memory_equal(&in, &out, sizeof(in));
}

static void descriptors_are_closed_on_exec(void **state)
{
	own_both struct both s = both();
	own_fd int null = open("/dev/null", O_RDONLY);
	own_packet_fds struct packet_fds got = PACKET_FDS_NONE;
	struct text text = { "" };
	struct failure f;
	struct stat st;

	(void)state;
	for (size_t n = 0; n <= PACKET_FDS; n++) {
		const struct packet_fds sent = { { null, null, null }, n };

		assert_int_equal(packet_send(s.a, &text, sizeof(text), &sent, 0, &f), 0);
		assert_int_equal(packet_receive(s.b, &text, sizeof(text), &got, 0, &f), 1);
		assert_int_equal(got.n, n);
		for (size_t i = 0; i < PACKET_FDS; i++) {
			if (i >= n) {
				assert_int_equal(got.at[i], -1);
				continue;
			}
			assert_int_equal(fstat(got.at[i], &st), 0);
			assert_true(S_ISCHR(st.st_mode));
			assert_true((fcntl(got.at[i], F_GETFD) & FD_CLOEXEC) != 0);
		}
		packet_fds_end(&got);
	}
}

/* Whatever comes, nothing of it stays open that the caller does not know of. */
static void the_unexpected_is_refused_and_closed(void **state)
{
	static const struct {
		const char *what;
		size_t bytes, fds;
		bool takes_fds;
		int result;
	} rows[] = {
		{ "as it is due", sizeof(struct text), 0, false, 1 },
		{ "as it is due, with room for descriptors", sizeof(struct text), 0, true, 1 },
		{ "as it is due, with descriptors", sizeof(struct text), 3, true, 1 },
		{ "too short", sizeof(struct text) - 1, 0, false, -1 },
		{ "too short, with a descriptor", sizeof(struct text) - 1, 1, true, -1 },
		{ "one byte", 1, 2, true, -1 },
		{ "too long", sizeof(struct text) + 1, 0, false, -1 },
		{ "too long, with descriptors", sizeof(struct text) + 1, 3, true, -1 },
		{ "a descriptor where none is due", sizeof(struct text), 1, false, -1 },
		{ "more descriptors than any message has", sizeof(struct text), 5, true, -1 },
		{ "eight of them", sizeof(struct text), 8, true, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* qemu-user does not say that descriptors found no room (MSG_CTRUNC). */
		if (emulated() && rows[i].fds > PACKET_FDS)
			continue;
		own_both struct both s = both();
		struct packet_fds fds = PACKET_FDS_NONE;
		struct text text;
		struct failure f;
		int before = open_descriptors(), got;

		send_raw(s.a, rows[i].bytes, rows[i].fds);
		got = packet_receive(
			s.b, &text, sizeof(text), rows[i].takes_fds ? &fds : NULL, 0, &f);
		if (got != rows[i].result)
			fail_msg("%s: expected %d, got %d", rows[i].what, rows[i].result, got);
		if (got < 0 && (fds.n != 0 || fds.at[0] != -1))
			fail_msg("%s: descriptors are left", rows[i].what);
		packet_fds_end(&fds);
		if (open_descriptors() != before)
			fail_msg("%s: %d descriptors have leaked", rows[i].what,
				open_descriptors() - before);
	}
}

/* The kernel may round the room for descriptors up, so that one more fits in it. */
static void one_descriptor_more_is_closed(void **state)
{
	if (emulated()) /* qemu-user makes room of its own, and drops what we have none for */
		skip();
	own_both struct both s = both();
	struct packet_fds fds = PACKET_FDS_NONE;
	struct text text;
	struct failure f;
	int before = open_descriptors(), got;

	(void)state;
	send_raw(s.a, sizeof(text), PACKET_FDS + 1);
	got = packet_receive(s.b, &text, sizeof(text), &fds, 0, &f);
	assert_true(got == 1 ? fds.n == PACKET_FDS : fds.n == 0);
	packet_fds_end(&fds);
	assert_int_equal(open_descriptors(), before);
}

static void most_says_how_much(void **state)
{
	own_both struct both s = both();
	struct text text;
	struct failure f;

	(void)state;
	send_raw(s.a, 3, 0);
	assert_int_equal(packet_receive_most(s.b, &text, sizeof(text), NULL, 0, &f), 3);
	send_raw(s.a, sizeof(text) + 1, 0);
	assert_int_equal(packet_receive_most(s.b, &text, sizeof(text), NULL, 0, &f), -1);
}

static void an_end_is_an_end_and_nothing_is_nothing(void **state)
{
	own_both struct both s = both();
	struct text text = { "" };
	struct failure f;

	(void)state;
	assert_int_equal(packet_receive(s.b, &text, sizeof(text), NULL, MSG_DONTWAIT, &f), -1);
	assert_int_equal(f.errnum, EAGAIN);
	own_fd_end(&s.a);
	assert_int_equal(packet_receive(s.b, &text, sizeof(text), NULL, 0, &f), 0);
	assert_int_equal(packet_send(s.b, &text, sizeof(text), NULL, 0, &f), -1);
	assert_int_equal(f.errnum, EPIPE);
}

/* What it said before it went stands behind the error that it left what we said unread. */
static void last_messages_are_heard(void **state)
{
	own_both struct both s = both();
	struct text text = { "last" };
	struct failure f;

	(void)state;
	assert_int_equal(packet_send(s.b, &text, sizeof(text), NULL, 0, &f), 0);
	assert_int_equal(packet_send(s.a, &text, sizeof(text), NULL, 0, &f), 0);
	own_fd_end(&s.a);
	assert_int_equal(packet_receive(s.b, &text, sizeof(text), NULL, 0, &f), 1);
	assert_string_equal(text.s, "last");
	assert_int_equal(packet_receive(s.b, &text, sizeof(text), NULL, 0, &f), 0);
}

static void a_full_socket_says_so(void **state)
{
	own_both struct both s = both();
	struct text text = { "" };
	struct failure f;
	int n = 0;

	(void)state;
	while (packet_send(s.a, &text, sizeof(text), NULL, MSG_DONTWAIT, &f) == 0)
		assert_true(++n < 1000000);
	assert_int_equal(f.errnum, EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crosses_whole),
		cmocka_unit_test(descriptors_are_closed_on_exec),
		cmocka_unit_test(the_unexpected_is_refused_and_closed),
		cmocka_unit_test(one_descriptor_more_is_closed),
		cmocka_unit_test(most_says_how_much),
		cmocka_unit_test(an_end_is_an_end_and_nothing_is_nothing),
		cmocka_unit_test(last_messages_are_heard),
		cmocka_unit_test(a_full_socket_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
