/* sandbox/docker/http_status.h: the statuses of answers, and their words.
 *
 * Pure     a table. Every status that a refusal or an answer of ours can have is in it
 *          (tests/unit/test_http_status.c reads the sources), and those of an engine, whose
 *          status is passed on.
 * Source   RFC 9110, section 15; RFC 6585.
 */
#ifndef SANDBOX_DOCKER_HTTP_STATUS_H
#define SANDBOX_DOCKER_HTTP_STATUS_H

/* "Not Found"; of a status without a row: what its class means. */
const char *http_status_phrase(int status);

#endif
