/* sandbox/config/usage.h: --help, from the rows of verbs and options. */
#ifndef SANDBOX_CONFIG_USAGE_H
#define SANDBOX_CONFIG_USAGE_H

#include "sandbox/config/config.h"

#include <stdio.h>

/* Print the usage of a verb (VERB_HELP: of all). */
void config_usage(enum verb topic, FILE *out);

#endif
