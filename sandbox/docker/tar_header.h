/* sandbox/docker/tar_header.h: one header of a tar, read and written.
 *
 * Pure     512 bytes in, values out. Formats: context.h.
 */
#ifndef SANDBOX_DOCKER_TAR_HEADER_H
#define SANDBOX_DOCKER_TAR_HEADER_H

#include "sandbox/docker/text.h"

#include <stdbool.h>
#include <stdint.h>

#define TAR_BLOCK        512
#define TAR_TYPE         156 /* where the type of the entry stands, one character */
#define TAR_PATH_BYTES   260
#define TAR_TARGET_BYTES 101

/* Its checksum fits, by bytes with or without a sign. */
bool tar_header_is_sound(const char block[TAR_BLOCK]);
/* Octal, or base-256 if the first bit is set. */
int tar_header_size(const char block[TAR_BLOCK], uint64_t *ret);
/* Name and prefix, as they stand. */
void tar_header_path(const char block[TAR_BLOCK], char ret[TAR_PATH_BYTES]);
/* Where a link leads. */
void tar_header_target(const char block[TAR_BLOCK], char ret[TAR_TARGET_BYTES]);

bool tar_is_end(const char block[TAR_BLOCK]); /* nothing but zeros */
/* What engines would unpack before they read it as a tar. */
bool tar_is_compressed(const char block[TAR_BLOCK]);

/* A regular file of root's, mode 0600, of less than 8 GiB. name: less than 100 bytes. */
void tar_write_header(struct text *text, const char *name, uint64_t size);
/* The same with what is in it, padded. */
void tar_write_file(struct text *text, const char *name, const struct text *content);

#endif
