#include "sandbox/config/secret_word.h"

#include <string.h>

int secret_word_parse(
	const char *origin, const char *word, struct secret_word *ret, struct failure *f)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				   "._-";
	static const char env[] = "env:";
	size_t n = strspn(word, name);

	*ret = (struct secret_word){ .target = NULL };
	if (n == 0 || n >= sizeof(ret->name) || word[n] != '=' || word[0] == '.' ||
		word[n + 1] == '\0') {
		fail(f, 0, "%s: it is not NAME=FILE, NAME=fd:N or NAME=env:VAR", origin);
		return fail_remedy(f,
			"a name has letters, digits, dots, dashes and underscores, begins with no dot "
			"and has at most %d characters",
			SECRET_NAME_BYTES - 1);
	}
	memcpy(ret->name, word, n);
	if (strncmp(word + n + 1, env, sizeof(env) - 1) != 0) {
		ret->target = word + n + 1;
		return 0;
	}
	ret->variable = word + n + sizeof(env);
	return ret->variable[0] != '\0' ? 0 : fail(f, 0, "%s: env: names no variable", origin);
}
