/* sandbox/egress/watcher.h: who is told when something happens to a descriptor.
 *
 * epoll(7) keeps a pointer to it, so it lives as long as the descriptor is open, and to the end
 * of the turn in which that was closed.
 */
#ifndef SANDBOX_EGRESS_WATCHER_H
#define SANDBOX_EGRESS_WATCHER_H

#include <stdint.h>

struct watcher {
	int fd;
	void (*happened)(struct watcher *watcher, uint32_t events);
};

#endif
