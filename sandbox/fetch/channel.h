/* sandbox/fetch/channel.h: records to the launcher.
 *
 * Usage    one channel for the life of the process. Progress is thinned to 20 records
 *          a second and dropped when the reader lags; all other records are waited for.
 */
#ifndef SANDBOX_FETCH_CHANNEL_H
#define SANDBOX_FETCH_CHANNEL_H

#include "sandbox/fetch/record.h"

struct channel {
	int fd; /* SOCK_SEQPACKET; borrowed */
	uint64_t last_ms;
	uint32_t last_stage;
};

void channel_init(struct channel *channel, int fd);

void channel_progress(struct channel *channel, enum fetch_stage stage, uint64_t done,
	uint64_t total, uint64_t bytes);
int channel_confined(const struct channel *channel, const char *text, struct failure *f);
int channel_request(
	const struct channel *channel, const struct repo_request *request, struct failure *f);
int channel_notice(
	const struct channel *channel, const struct fetch_notice *notice, struct failure *f);
int channel_submodule(const struct channel *channel, const char *path, const char *url,
	const char *commit, struct failure *f);
int channel_mirror(
	const struct channel *channel, const struct fetch_mirror *mirror, struct failure *f);
int channel_done(
	const struct channel *channel, const char *commit, const char *ref, struct failure *f);

/* The last resort: nothing can be done if this fails as well. */
void channel_failed(const struct channel *channel, const struct failure *failure);

#endif
