/* sandbox/base/own.h: ownership on the declaration.
 *
 * own_fd, own_mem, own_secret, own_file, own_dir end what they hold when the variable
 * leaves its scope; own_fd_give and own_mem_give are the only ways out. A descriptor
 * that is not held is -1, never 0. errno survives every end.
 */
#ifndef SANDBOX_BASE_OWN_H
#define SANDBOX_BASE_OWN_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void own_fd_end(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved; /* cleanup must not eat the error being returned */
}

static inline int own_fd_give(int *fd)
{
	int given = *fd;

	*fd = -1;
	return given;
}

static inline void own_mem_end(void *p)
{
	int saved = errno;

	free(*(void **)p);
	*(void **)p = NULL;
	errno = saved;
}

/* A string that nobody may find in memory later: overwritten, then freed. */
static inline void own_secret_end(char **secret)
{
	if (*secret != NULL)
		explicit_bzero(*secret, strlen(*secret));
	own_mem_end(secret);
}

static inline void own_file_end(FILE **file)
{
	int saved = errno;

	if (*file != NULL)
		fclose(*file);
	*file = NULL;
	errno = saved;
}

static inline void own_dir_end(DIR **dir)
{
	int saved = errno;

	if (*dir != NULL)
		closedir(*dir);
	*dir = NULL;
	errno = saved;
}

#define own_fd     __attribute__((cleanup(own_fd_end)))
#define own_mem    __attribute__((cleanup(own_mem_end)))
#define own_secret __attribute__((cleanup(own_secret_end)))
#define own_file   __attribute__((cleanup(own_file_end)))
#define own_dir    __attribute__((cleanup(own_dir_end)))

/* Take a heap pointer out of an own_mem variable. */
#define own_mem_give(p)                                                                            \
	({                                                                                         \
		__typeof__(p) given_ = (p);                                                        \
		(p) = NULL;                                                                        \
		given_;                                                                            \
	})

#endif
