#include "sandbox/egress/resolver.h"

#include "sandbox/egress/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define TIMEOUT_MS 3000 /* of one question to one server */
#define TRIES      2

struct resolver_socket {
	struct watcher watcher; /* fd -1: free */
	struct resolver *resolver;
};

struct waiter {
	struct waiter *next;
	resolver_fn fn;
	void *data;
};

/* One that is under way; whoever asks the same meanwhile waits for its answer, so that a build that
 * opens a hundred connections at once asks once. */
struct question {
	struct question *next;
	struct resolver *resolver;
	struct waiter *waiters;
	char name[HOST_NAME_BYTES];
};

static void on_socket(struct watcher *watcher, uint32_t events)
{
	struct resolver_socket *socket = (struct resolver_socket *)watcher;
	int fd = watcher->fd;

	if (fd < 0)
		return; /* closed in this very turn */
	ares_process_fd(socket->resolver->channel,
		(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? fd : ARES_SOCKET_BAD,
		(events & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
}

static struct resolver_socket *socket_of(struct resolver *resolver, int fd)
{
	for (size_t i = 0; i < RESOLVER_SOCKETS; i++)
		if (resolver->sockets[i].watcher.fd == fd)
			return &resolver->sockets[i];
	return NULL;
}

/* Level triggered, as the library expects it. A socket that finds no place is not heard of
 * again, and its question ends with its time. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
	struct resolver *resolver = data;
	struct resolver_socket *place = socket_of(resolver, fd);
	bool known = place != NULL;
	struct epoll_event event = {
		.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U),
	};

	if (!readable && !writable) {
		if (known)
			place->watcher.fd = -1; /* closing it takes it out of the epoll set */
		return;
	}
	if (!known)
		place = socket_of(resolver, -1);
	if (place == NULL)
		return;
	place->watcher = (struct watcher){ .fd = fd, .happened = on_socket };
	place->resolver = resolver;
	event.data.ptr = place;
	epoll_ctl(resolver->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

int resolver_open(struct resolver *resolver, int epoll_fd, struct failure *f)
{
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH, /* or a name could become another one */
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = resolver,
	};
	int status = ares_library_init(ARES_LIB_INIT_ALL);

	resolver->epoll_fd = epoll_fd;
	resolver->sockets = calloc(RESOLVER_SOCKETS, sizeof(*resolver->sockets));
	if (resolver->sockets == NULL)
		return fail(f, ENOMEM, "make the resolver");
	for (size_t i = 0; i < RESOLVER_SOCKETS; i++)
		resolver->sockets[i].watcher.fd = -1;
	if (status == ARES_SUCCESS)
		status = ares_init_options(&resolver->channel, &options,
			ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
				ARES_OPT_SOCK_STATE_CB);
	return status == ARES_SUCCESS ? 0
				      : fail(f, 0, "start the resolver: %s", ares_strerror(status));
}

void resolver_close(struct resolver *resolver)
{
	if (resolver->channel != NULL)
		ares_destroy(resolver->channel);
	resolver->channel = NULL;
	free(resolver->sockets);
	resolver->sockets = NULL;
}

static bool take_address(const struct sockaddr *from, struct address *ret)
{
	ret->family = from->sa_family;
	if (from->sa_family == AF_INET)
		ret->v4 = ((const struct sockaddr_in *)from)->sin_addr;
	else if (from->sa_family == AF_INET6)
		ret->v6 = ((const struct sockaddr_in6 *)from)->sin6_addr;
	return from->sa_family == AF_INET || from->sa_family == AF_INET6;
}

static void forget(struct question *question)
{
	struct question **at = &question->resolver->questions;

	while (*at != question)
		at = &(*at)->next;
	*at = question->next;
}

static void on_answer(void *data, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct question *question = data;
	struct address all[RESOLVER_ADDRESSES];
	size_t n = 0;

	(void)timeouts;
	if (status == ARES_SUCCESS)
		for (struct ares_addrinfo_node *node = answer->nodes;
			node != NULL && n < RESOLVER_ADDRESSES; node = node->ai_next)
			n += take_address(node->ai_addr, &all[n]) ? 1 : 0;
	if (answer != NULL)
		ares_freeaddrinfo(answer);
	forget(question); /* who asks from here on asks anew */
	while (question->waiters != NULL) {
		struct waiter *waiter = question->waiters;

		question->waiters = waiter->next;
		waiter->fn(waiter->data, all, n, n == 0 ? ares_strerror(status) : NULL);
		free(waiter);
	}
	free(question);
}

static struct question *question_of(struct resolver *resolver, const char *name)
{
	struct question *question = resolver->questions;

	while (question != NULL && strcmp(question->name, name) != 0)
		question = question->next;
	return question;
}

void resolver_ask(struct resolver *resolver, const char *name, resolver_fn fn, void *data)
{
	const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
		.ai_flags = ARES_AI_NOSORT };
	struct question *known = question_of(resolver, name), *question = known;
	struct waiter *waiter = malloc(sizeof(*waiter));

	if (question == NULL)
		question = calloc(1, sizeof(*question));
	if (question == NULL || waiter == NULL) {
		free(waiter);
		if (known == NULL)
			free(question);
		fn(data, NULL, 0, "out of memory");
		return;
	}
	*waiter = (struct waiter){ question->waiters, fn, data };
	question->waiters = waiter;
	if (known != NULL)
		return;
	question->resolver = resolver;
	snprintf(question->name, sizeof(question->name), "%s", name);
	question->next = resolver->questions;
	resolver->questions = question;
	ares_getaddrinfo(resolver->channel, question->name, NULL, &hints, on_answer, question);
}

void resolver_tick(struct resolver *resolver)
{
	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
