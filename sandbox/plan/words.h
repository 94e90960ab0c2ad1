/* sandbox/plan/words.h: an argv or an environment, word by word. */
#ifndef SANDBOX_PLAN_WORDS_H
#define SANDBOX_PLAN_WORDS_H

#include "sandbox/base/failure.h"
#include "sandbox/config/config.h"

/* words->v is NULL-terminated, whatever fails. */
int words_add(struct strings *words, struct failure *f, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void words_release(char **words);

#endif
