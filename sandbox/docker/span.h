/* sandbox/docker/span.h: parts of a stranger's bytes.
 *
 * Pure. Spans are borrowed; blanks are ' ' and '\t', letters those of ASCII.
 */
#ifndef SANDBOX_DOCKER_SPAN_H
#define SANDBOX_DOCKER_SPAN_H

#include "sandbox/docker/text.h"

bool span_is(struct span s, const char *word);
bool span_folds_to(struct span s, const char *word); /* in any case */
bool span_begins(struct span s, const char *word);

bool span_is_blank(char c);
/* Without the blanks on both sides. */
struct span span_trim(struct span s);
/* What stands before the first c; *rest what stands behind it, s NULL if there is no c. */
struct span span_cut(struct span s, char c, struct span *rest);

#endif
