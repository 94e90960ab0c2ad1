/* sandbox/fetch/repo_config.h: read the repository's .cofferdam.json.
 *
 * It is a stranger's file, so it is parsed here, behind the fetcher's walls. */
#ifndef SANDBOX_FETCH_REPO_CONFIG_H
#define SANDBOX_FETCH_REPO_CONFIG_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

/* 1 and *ret if the file is there, 0 if not. A file that is not a regular one, too
 * long or wrong is a failure. */
int repo_config_read(const char *into, struct repo_request *ret, struct failure *f);

#endif
