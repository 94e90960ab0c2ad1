#include "sandbox/egress/gateway.h"

#include <sys/epoll.h>
#include <sys/socket.h>

int gateway_watch(struct gateway *gateway, struct watcher *watcher)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		.data.ptr = watcher,
	};

	return epoll_ctl(gateway->epoll_fd, EPOLL_CTL_ADD, watcher->fd, &event);
}

void gateway_tell(struct gateway *gateway, const struct egress_record *record)
{
	struct egress_message message = { .type = EGRESS_RECORD, .record = *record };
	struct failure unsent;

	if (egress_message_send(gateway->control.fd, &message, NULL, MSG_DONTWAIT, &unsent) < 0)
		gateway->lost++;
}
